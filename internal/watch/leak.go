package watch

import (
	"cmp"
	"maps"

	"pahra/internal/routes"
	"pahra/wire/values"
)

// triple is one step of a route: leaker had it of from and gave it to to.
type triple struct{ from, leaker, to values.ASN }

// leakSource is one network's routes at one leaker, whoever takes them. The peers that show any of its leaks count
// together: of what goes to several neighbours each peer sees a part, as of the prefixes.
type leakSource struct {
	leaks   []*leak
	touched bool  // in Engine.stirred
	counted int64 // when seenBy was counted, here and of the leaks; -1 if not since it changed
	seenBy        // those that show any of the leaks
}

// compareSteps orders by leaker, then from and to.
func compareSteps(a, b triple) int {
	return cmp.Or(cmp.Compare(a.leaker, b.leaker), cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
}

// seenBy is how many peer networks show something: by sessions that are up, and with those that are down and may come
// back.
type seenBy struct{ live, stood int }

// leak is a triple by which routes went against what the networks are to one another, and who shows it now. The routes
// of all prefixes count together: what one network leaks, each peer sees a part of.
type leak struct {
	triple
	rule     rule
	facts    int           // Engine.heldFacts when the rule was found
	fromIs   KnownRelation // what from is to the leaker
	toIs     KnownRelation
	standing bool // stood before judging began, so that it is what these networks always do
	held     held
	shown    map[routes.PeerID]int
	tracks   []*track
	source   *leakSource
	seenBy          // those that show this very leak
	settled  seenBy // who showed it when its tracks were last looked at, no more than any rule asks for
	isShown  bool   // whether any peer showed it at the end of the last second
	since    int64  // since when that is so
	most     int    // the most peer networks that ever showed it at once
	benign   string // the explanation, as of when it was last judged
	tried    []Tried
	judged   int64    // when it was last judged
	groups   []*group // its incidents
}

// leakOf gives the leak that a route shows; nil if none. A path with an AS_SET does not tell who stood next to whom.
func (e *Engine) leakOf(id routes.AttrID) *leak {
	if id == 0 {
		return nil
	}
	a := e.in.Attr(id)
	if a.Flags&routes.HasSet != 0 {
		return nil
	}
	n := e.notePath(a).leak
	if a.OTC != 0 {
		n = e.noteOTC(id, a)
	}
	if n == 0 {
		return nil
	}
	return e.leaks[n-1]
}

// countLeak keeps account of which session shows which leak.
func (e *Engine) countLeak(peer routes.PeerID, before, after *leak) {
	if before == after {
		return
	}
	if before != nil && before.shown[peer] > 0 {
		if before.shown[peer]--; before.shown[peer] == 0 {
			delete(before.shown, peer)
		}
		e.touchLeak(before)
	}
	if after != nil {
		after.shown[peer]++
		e.touchLeak(after)
	}
}

func (e *Engine) touchLeak(l *leak) {
	l.source.counted = -1
	if !l.source.touched {
		l.source.touched = true
		e.stirred = append(e.stirred, l.source)
	}
}

// settleLeaks looks at the leaks that more or fewer peers show since the second before. Beyond what any rule asks for
// the number makes no difference.
func (e *Engine) settleLeaks() {
	for _, s := range e.stirred {
		s.touched = false
		e.countShown(s)
		for _, l := range s.leaks {
			if l.isShown != (len(l.shown) > 0) { // within a second one peer may lose it before or after another has it
				l.isShown, l.since = !l.isShown, e.now
			}
			is := e.seen(l)
			is = seenBy{min(is.live, e.set.MinVisibility), min(is.stood, e.set.MinVisibility)}
			if is == l.settled {
				continue
			}
			l.settled = is
			for _, t := range l.tracks {
				e.look(t)
			}
		}
	}
	e.stirred = e.stirred[:0]
}

// countShown counts the peer networks that show the leaks of a source now, by live sessions and by those that may come
// back.
func (e *Engine) countShown(s *leakSource) {
	if s.counted == e.now {
		return
	}
	s.counted = e.now
	live, stood := make(map[values.ASN]bool), make(map[values.ASN]bool)
	for _, l := range s.leaks {
		up, ever := make(map[values.ASN]bool), make(map[values.ASN]bool)
		for peer := range l.shown {
			p := e.table.Peers.Get(peer)
			switch {
			case !p.Down:
				up[p.ASN], ever[p.ASN] = true, true
			case e.now < p.DownSince+routes.ResyncTime:
				ever[p.ASN] = true
			}
		}
		l.seenBy = seenBy{len(up), len(ever)}
		if l.live > l.most {
			l.most = l.live
			e.tellLeaks(l.leaker)
		}
		maps.Copy(live, up)
		maps.Copy(stood, ever)
	}
	s.seenBy = seenBy{len(live), len(stood)}
}

// seen gives who shows a leak, as it counts: with the other leaks of its source, unless it is not known which networks
// are of one organisation. Those share their peers' routes, each with a few, and would look like that.
func (e *Engine) seen(l *leak) seenBy {
	e.countShown(l.source)
	if e.countsTogether(l) {
		return l.source.seenBy
	}
	return l.seenBy
}

// countsTogether says whether who shows any leak of its source counts for a leak.
func (e *Engine) countsTogether(l *leak) bool {
	return e.facts.hasOrganisations() || l.held.together && l.isOpen()
}

// classifyLeak follows a leak at one prefix.
func (e *Engine) classifyLeak(s *prefixState, id routes.PrefixID, l *leak) *track {
	if l == nil || e.tooSpecific(e.table.Prefix(id)) || !e.roomForTrack(s) {
		return nil
	}
	t := e.track(s, track{kind: Leak, prefix: id, asn: l.leaker, leak: l})
	return t
}

// noteLeaks finds the step of a path that goes against the relations: of several the one next to the origin, since what
// comes after follows from it, but one that an authority speaks of before all others. It gives the place of the leak in
// the engine's list plus one, and whether there is any such step at all, however doubtful.
func (e *Engine) noteLeaks(hops []values.ASN) (n uint32, naive bool) {
	if hops = plain(hops); len(hops) < 3 {
		return 0, false
	}
	best := rule(0)
	for i := len(hops) - 2; i > 0; i-- {
		step := triple{from: hops[i+1], leaker: hops[i], to: hops[i-1]}
		r, against := e.ruleFor(step)
		naive = naive || against
		if against {
			e.countNaive(step)
		}
		if r == 0 || r <= best && !e.recalling { // all that stood before teaches something
			continue
		}
		if l := e.followed(step, r); l != 0 && r > best {
			n, best = l, r
		}
	}
	return n, naive
}

// followed gives the place of the leak at a step, plus one; 0 where it is no candidate. What stood before judging began
// teaches which relations are not what they are held to be.
func (e *Engine) followed(step triple, r rule) uint32 {
	if at, known := e.leakAt[step]; known {
		l := e.leaks[at-1]
		if e.facts.hasRelations() && (l.rule < r || l.facts != e.heldFacts) { // what an incident was opened by stays in it until new facts show it again
			l.rule, l.facts = r, e.heldFacts
			e.describe(l)
			e.tellLeaks(l.leaker)
		}
		if l.standing && !r.needsNoNovelty() && !e.off["standing"] {
			return 0
		}
		return at
	}
	if !e.mayShowLeak() {
		return 0
	}
	l := &leak{triple: step, rule: r, facts: e.heldFacts, standing: e.recalling, shown: make(map[routes.PeerID]int)}
	e.describe(l)
	if l.standing {
		e.teach(l)
	}
	l.source = e.sourceOf(edge{step.leaker, step.from})
	l.source.leaks = append(l.source.leaks, l)
	e.leaks = append(e.leaks, l)
	e.leaksBy[step.leaker] = append(e.leaksBy[step.leaker], l)
	at := uint32(len(e.leaks))
	e.leakAt[step] = at
	if l.standing && !r.needsNoNovelty() && !e.off["standing"] {
		return 0
	}
	return at
}

// teach takes from a step that stood before what it teaches: that one of its two relations, the less sure one, is not
// what the sources have. Where they are alike it takes two steps to tell which.
func (e *Engine) teach(l *leak) {
	to, from := edge{l.leaker, l.to}, edge{l.leaker, l.from}
	switch {
	case l.toIs.Confidence < l.fromIs.Confidence:
		e.given[to] += refuted
	case l.toIs.Confidence > l.fromIs.Confidence:
		e.taken[from] += refuted
	default:
		e.given[to]++
		e.taken[from]++
	}
}

// refuted is what Engine.given or Engine.taken must come to for a relation not to be what the sources have.
const refuted = 2

// sourceOf gives the source of leaks by a link, the leaker first.
func (e *Engine) sourceOf(link edge) *leakSource {
	s := e.sources[link]
	if s == nil {
		s = &leakSource{}
		e.sources[link] = s
	}
	return s
}

// plain gives a path as its steps can be held against the relations: without what stands between two places of one network,
// since anybody there could have written it, and without the second place. That one gave the route on all the same, be the
// rest its own or another's word; attribution decides whose. Of a path too long to be true nothing is left.
func plain(hops []values.ASN) []values.ASN {
	if len(hops) > maxHops {
		return nil
	}
	if !hasLoop(hops) {
		return hops
	}
	out := make([]values.ASN, 0, len(hops))
	for i := 0; i < len(hops); i++ {
		for j := len(hops) - 1; j > i; j-- {
			if hops[j] == hops[i] {
				i = j
				break
			}
		}
		out = append(out, hops[i])
	}
	return out
}

// hasLoop says whether a network stands in two places of a path: somebody wrote what is in between.
func hasLoop(hops []values.ASN) bool {
	for i := range hops {
		for j := i + 2; j < len(hops); j++ {
			if hops[i] == hops[j] {
				return true
			}
		}
	}
	return false
}

// NaiveLeaks is what a test for valley-free paths alone finds, for comparison: each step of a path on which a network
// passes routes of a provider or a peer on to a provider or a peer, as the relations at hand have it.
type NaiveLeaks struct {
	Announcements int64 `json:"announcements"` // heard while relations were at hand
	Flagged       int64 `json:"flagged"`       // of them, those with such a step
	Triples       int   `json:"triples"`       // distinct (from, leaker, to)
	// Shown is how many of the announcements belong to leaks that were found.
	Shown int64 `json:"shown"`
	// Refused counts how often a triple was beyond those that can be followed, RefusedLinks how often a link was beyond those
	// that can be remembered: both mean that somebody makes up paths.
	Refused      int `json:"refused,omitempty"`
	RefusedLinks int `json:"refused_links,omitempty"`
}

// naive counts for NaiveLeaks.
type naive struct {
	announcements, flagged int64
	triples                map[triple]bool
	refused, refusedLinks  int
	forgotten              int64 // of NaiveLeaks.Shown, those of incidents that are forgotten
}

// countNaive counts a step against the relations once.
func (e *Engine) countNaive(step triple) {
	if len(e.naive.triples) < maxNaive {
		e.naive.triples[step] = true
	}
}

// shown counts the elements that showed an incident.
func (g *group) shown() (n int64) {
	for _, m := range g.members {
		n += int64(m.track.total)
	}
	return n
}

// NaiveLeaks gives the counts up to now.
func (e *Engine) NaiveLeaks() NaiveLeaks {
	n := NaiveLeaks{Announcements: e.naive.announcements, Flagged: e.naive.flagged, Triples: len(e.naive.triples), Refused: e.naive.refused,
		RefusedLinks: e.naive.refusedLinks, Shown: e.naive.forgotten}
	for _, g := range e.sortedGroups() {
		if g.kind == Leak {
			n.Shown += g.shown()
		}
	}
	return n
}
