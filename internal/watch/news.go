package watch

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"pahra/wire/values"
)

// news is which incidents may differ from what was last told of them. It takes no part in any judgement.
type news struct {
	groups  []*group            // each with group.isNews set
	leakers map[values.ASN]bool // whose open leaks may differ: those of one network lend each other evidence
	links   map[edge]bool       // found to have stood before; for what was taken for forged
}

// told is how an incident was last told.
type told struct {
	isNews bool // it is among news.groups
	at     int64
	shared values.ASN        // the network that all paths passed
	sum    [sha256.Size]byte // all zero: never
}

// retellAfter is for how many prefixes an incident waits a second before it is told again, unless it ended.
const retellAfter = 1000

// Changed gives the incidents that opened, changed or ended since the last call, as they stand now, by id. After
// [Restore] the first call gives all that are kept.
//
// That more updates were counted (updates_total) is no change by itself. An incident of many prefixes is told again no
// sooner than after one second of the data's time for each thousand of them; that it ended is told at once. When the
// calls come makes no difference to what comes of an incident.
func (e *Engine) Changed() []Incident {
	e.spreadNews()
	var list []Incident
	var later []*group
	for _, g := range e.news.groups {
		if g.final == nil && g.told.at != 0 && e.now < g.told.at+int64(len(g.members)/retellAfter) {
			later = append(later, g)
			continue
		}
		g.told.isNews = false
		inc := e.report(g)
		g.told.at = e.now
		if sum := sumOf(inc); sum != g.told.sum {
			g.told.sum = sum
			list = append(list, inc)
		}
	}
	e.news.groups = later
	slices.SortFunc(list, func(a, b Incident) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

// spreadNews puts among the news what is noted by network or by link.
func (e *Engine) spreadNews() {
	for asn := range e.news.leakers {
		for _, l := range e.leaksBy[asn] {
			for _, g := range l.groups {
				e.tell(g)
			}
		}
	}
	clear(e.news.leakers)
	if len(e.news.links) == 0 {
		return
	}
	for _, list := range e.groups {
		for _, g := range list {
			if s := g.told.shared; s != 0 && (e.news.links[edge{s, g.asn}] || e.news.links[edge{g.asn, s}]) {
				e.tell(g)
			}
		}
	}
	clear(e.news.links)
}

// tell puts an incident among the news. What ended stays as it is, but for its end.
func (e *Engine) tell(g *group) {
	if g == nil || g.told.isNews || g.final != nil && g.told.sum != [sha256.Size]byte{} {
		return
	}
	g.told.isNews = true
	e.news.groups = append(e.news.groups, g)
}

// tellLeaks puts the open leaks of a network among the news.
func (e *Engine) tellLeaks(leaker values.ASN) { e.news.leakers[leaker] = true }

// tellTrack puts the incident of a track among the news.
func (e *Engine) tellTrack(t *track) {
	switch {
	case t.phase != open:
	case t.leak != nil:
		e.tellLeaks(t.asn)
	default:
		e.tell(t.group)
	}
}

// sumOf tells one state of an incident from another.
func sumOf(inc Incident) [sha256.Size]byte {
	inc.Evidence.UpdatesTotal = 0
	text, err := json.Marshal(inc)
	if err != nil {
		panic("an incident that is no JSON: " + err.Error()) // it holds nothing that JSON cannot
	}
	return sha256.Sum256(text)
}

// ForgetEnded lets go of the incidents that ended before a moment, in seconds since 1970, and that [Engine.Changed] told
// of, with their proofs, and of the explanations logged of candidates first seen before it: a service that stored them
// need not hold them for ever. Afterwards [Engine.Finish], [Engine.Proofs] and [Engine.Log] give only what is kept; all else is as if it had not been
// called. A leak is kept for as long as another of the same network is open, or may open, that began in the same
// burst, since it speaks for that one.
func (e *Engine) ForgetEnded(before int64) {
	e.done = slices.DeleteFunc(e.done, func(g *group) bool {
		if g.end() >= before || g.told.isNews || e.speaksForOpen(g) {
			return false
		}
		if g.leak != nil {
			g.leak.groups = slices.DeleteFunc(g.leak.groups, func(o *group) bool { return o == g })
			e.naive.forgotten += g.shown()
		}
		return true
	})
	e.log = slices.DeleteFunc(e.log, func(x Explained) bool { return x.Time.Unix() < before })
}

// speaksForOpen says whether an ended leak can still count for an open one, or for one that may open.
func (e *Engine) speaksForOpen(g *group) bool {
	if g.leak == nil {
		return false
	}
	if e.now-g.start <= int64((e.set.BurstWindow + e.set.HoldDown + e.set.MinDuration).Seconds()) {
		return true
	}
	return slices.ContainsFunc(e.leaksBy[g.asn], func(l *leak) bool {
		return slices.ContainsFunc(l.groups, func(o *group) bool { return o.open > 0 && e.sameBurst(o, g) })
	})
}
