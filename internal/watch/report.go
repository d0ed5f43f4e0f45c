package watch

import (
	"cmp"
	"encoding/hex"
	"iter"
	"math"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/registry"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Finish lets the time come to sec and gives all incidents, those that ended and those still open, by start, then kind,
// announcing network and id.
func (e *Engine) Finish(sec int64) []Incident {
	e.Advance(sec)
	e.settle()
	groups := e.sortedGroups()
	list := make([]Incident, 0, len(groups))
	for _, g := range groups {
		list = append(list, e.report(g))
	}
	return list
}

// report writes an incident down as it stands.
func (e *Engine) report(g *group) Incident {
	if g.final != nil {
		inc := *g.final
		inc.Evidence.Updates = e.proof(g, e.set.EvidenceUpdates)
		return inc
	}
	at, shared := e.attribute(g)
	g.told.shared = shared
	conf, reasons := e.confidence(g, at, shared)
	inc := Incident{
		ID: g.id, Kind: g.kind, ASN: g.asn, Victim: g.oneVictim(),
		Prefixes: e.prefixesOf(g), Start: time.Unix(g.start, 0).UTC(), Status: Open,
		Attribution: at, Confidence: conf, Reasons: reasons, Anachronism: g.marks,
		Peers: e.peersOf(g),
	}
	if g.open == 0 {
		t := time.Unix(g.end(), 0).UTC()
		inc.End, inc.Status = &t, Ended
	}
	inc.Accomplices, inc.Evidence.Forwarders = e.passedOn(g)
	e.evidence(g, &inc.Evidence)
	return inc
}

func (e *Engine) prefixesOf(g *group) []netip.Prefix {
	var list []netip.Prefix
	for _, m := range g.members {
		list = append(list, e.table.Prefix(m.track.prefix))
	}
	slices.SortFunc(list, values.ComparePrefix)
	return slices.Compact(list)
}

func (e *Engine) peersOf(g *group) []PeerSeen {
	seen := make(map[PeerSeen]bool)
	list := []PeerSeen{}
	for _, m := range g.members {
		for _, s := range m.track.sights {
			p := e.table.Peers.Get(s.peer)
			if key := (PeerSeen{p.Collector, p.ASN, p.IP}); !seen[key] {
				seen[key] = true
				list = append(list, key)
			}
		}
	}
	slices.SortFunc(list, func(a, b PeerSeen) int {
		return cmp.Or(cmp.Compare(a.Collector, b.Collector), cmp.Compare(a.ASN, b.ASN), a.IP.Compare(b.IP))
	})
	return list
}

// passedOn gives the networks that took the announcement from the announcing one, and the others on the paths.
func (e *Engine) passedOn(g *group) (accomplices []Accomplice, forwarders []values.ASN) {
	next, other := make(map[values.ASN]bool), make(map[values.ASN]bool)
	ws := e.witnesses(g)
	for i := range ws {
		if g.leak != nil { // up to the first place of the leaker: behind it stands what it or others wrote
			ws[i].path = ws[i].path[:slices.Index(ws[i].path, g.asn)+1]
		}
	}
	for _, w := range ws {
		for i, asn := range w.path[:len(w.path)-1] {
			if i == len(w.path)-2 {
				next[asn] = true
			} else {
				other[asn] = true
			}
		}
	}
	accomplices = []Accomplice{}
	for _, asn := range sortedASNs(next) {
		weight := 0.0
		if e.accepted(asn, ws) {
			weight = 1
		}
		accomplices = append(accomplices, Accomplice{asn, e.customerEdge(asn, g.asn), weight})
		delete(other, asn)
	}
	return accomplices, sortedASNs(other)
}

// customerEdge says whether customer buys transit from asn; nil where no relation is known.
func (e *Engine) customerEdge(asn, customer values.ASN) *bool {
	if !e.facts.hasRelations() {
		return nil
	}
	rel := e.facts.Registry.Relation(asn, customer)
	if rel == registry.Unknown {
		return nil
	}
	is := rel == registry.ProviderOf
	return &is
}

func sortedASNs[T any](set map[values.ASN]T) []values.ASN {
	list := make([]values.ASN, 0, len(set))
	for a := range set {
		if a != 0 {
			list = append(list, a)
		}
	}
	slices.Sort(list)
	return list
}

// evidence writes down what an incident rests on.
func (e *Engine) evidence(g *group, ev *Evidence) {
	ev.Baseline, ev.Objects, ev.Exclusions = []BaselineOrigin{}, []Object{}, []Tried{}
	ev.Administrative = g.admin
	ev.Victims = sortedASNs(g.victims)
	if g.leak != nil {
		ev.Leak = e.leakEvidence(g)
	}
	if g.kind == PathAnomaly {
		ev.NewLink = g.linkEvidence()
	}
	if g.bogon != 0 {
		b := g.bogon
		ev.BogonASN = &b
	}
	for _, m := range g.members {
		ev.UpdatesTotal += m.track.total
		for _, b := range m.base {
			ev.Baseline = append(ev.Baseline, e.baselineOrigin(b))
		}
		for _, o := range m.opening().objects {
			if len(ev.Objects) < maxObjects && !slices.Contains(ev.Objects, o) {
				ev.Objects = append(ev.Objects, o)
			}
		}
	}
	if tried := g.members[0].opening().tried; tried != nil {
		ev.Exclusions = tried
	}
	ev.Rejudged = slices.Clone(g.rejudged)
	slices.SortFunc(ev.Baseline, func(a, b BaselineOrigin) int {
		return cmp.Or(values.ComparePrefix(a.Prefix, b.Prefix), cmp.Compare(a.Origin, b.Origin))
	})
	ev.Baseline = slices.Compact(ev.Baseline)
	ev.Baseline = ev.Baseline[:min(len(ev.Baseline), maxObjects)]
	ev.Updates = e.proof(g, e.set.EvidenceUpdates)
}

// maxObjects bounds how many objects and baseline origins an incident's line holds.
const maxObjects = 64

func (e *Engine) baselineOrigin(b base) BaselineOrigin {
	source := "updates"
	if b.flags&fromTable != 0 {
		source = "table"
	}
	return BaselineOrigin{e.table.Prefix(b.prefix), b.origin, time.Unix(int64(b.first), 0).UTC(), int(b.now), source}
}

// proof gives the first element of each peer for each prefix of an incident, in the order of time, at most limit.
func (e *Engine) proof(g *group, limit int) []Update {
	list := []Update{}
	for _, m := range g.members {
		for i := range m.track.sights {
			list = append(list, e.update(m.track, &m.track.sights[i]))
		}
	}
	slices.SortStableFunc(list, compareUpdate)
	return list[:min(len(list), limit)]
}

func compareUpdate(a, b Update) int {
	return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Collector, b.Collector), a.PeerIP.Compare(b.PeerIP),
		values.ComparePrefix(a.Prefix, b.Prefix))
}

func (e *Engine) update(t *track, s *sight) Update {
	p := e.table.Peers.Get(s.peer)
	kind := string(rune(s.kind))
	if s.kind == standing {
		kind = string(rune(mrt.RIBEntry))
	}
	return Update{
		Time:      time.Unix(s.sec, int64(s.micro)*1000).UTC(),
		Collector: p.Collector, PeerASN: p.ASN, PeerIP: p.IP,
		Type: kind, Prefix: e.table.Prefix(t.prefix),
		Path: e.in.AppendPath([]values.ASN{}, e.in.Attr(s.attr).Path),
		File: s.file, Offset: s.offset, Raw: hex.EncodeToString(s.raw),
	}
}

// Proofs yields every element kept as proof, with the incident's id: incident by incident in the order of [Engine.Finish].
func (e *Engine) Proofs() iter.Seq2[string, Update] {
	return func(yield func(string, Update) bool) {
		for _, g := range e.sortedGroups() {
			for _, u := range e.proof(g, math.MaxInt) {
				if !yield(g.id, u) {
					return
				}
			}
		}
	}
}

// sortedGroups gives all incidents in the making and made, in a defined order.
func (e *Engine) sortedGroups() []*group {
	groups := e.allGroups()
	slices.SortFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.kind, b.kind), cmp.Compare(a.asn, b.asn),
			cmp.Compare(a.id, b.id))
	})
	return groups
}

// allGroups gives them in no defined order.
func (e *Engine) allGroups() []*group {
	groups := slices.Clone(e.done)
	for _, open := range e.groups {
		groups = append(groups, open...)
	}
	return groups
}
