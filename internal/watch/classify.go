package watch

import (
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// classify holds an origin of a prefix against the RPKI and the bogons, which need no history.
func (e *Engine) classify(s *prefixState, id routes.PrefixID, origin values.ASN) {
	p := e.table.Prefix(id)
	if e.tooSpecific(p) { // a blackhole, or an internal route that leaked: not meant for the Internet
		return
	}
	if e.facts.VRPs != nil && e.facts.VRPs.State(p, origin).Invalid() && !e.isBogonASN(origin) {
		e.track(s, track{kind: RPKIInvalid, prefix: id, asn: origin})
	}
	if e.facts.Bogons == nil {
		return
	}
	if v := e.facts.Bogons.Prefix(p, time.Unix(e.now, 0)); v.Kind != authority.BogonNone {
		e.track(s, track{kind: BogonPrefix, prefix: id, asn: origin, admin: v.Kind == authority.BogonAdministrative})
	}
}

// classifyPath holds a path against the bogon ASNs.
func (e *Engine) classifyPath(s *prefixState, id routes.PrefixID, note pathNote) {
	if note.bogon != 0 && !e.tooSpecific(e.table.Prefix(id)) && e.roomForTrack(s) {
		e.track(s, track{kind: BogonASN, prefix: id, asn: note.culprit, bogon: note.bogon, admin: note.admin})
	}
}

// SetFacts says what was authorised and known from now on. What is announced is held against it again: a deviation that
// the new facts show begins a track; open incidents are judged again, and what came of it stands in their evidence
// ([Evidence.Rejudged]). Incidents that ended, and candidates that were explained by what routes did, stay as they were
// judged.
//
// A part of the facts that did not change must be the same pointer as before, or of RPKI a table that judges as before: what
// rests on it is then not looked at. What there are no data of any more refutes nothing.
func (e *Engine) SetFacts(f Facts) {
	e.settle()
	changed := changedKinds(&e.facts, &f)
	if len(changed) == 0 {
		e.facts = f
		return
	}
	before := e.leaksBefore()
	paths := changed["aspa"] || changed["bogons"] || changed["registry"]
	if paths {
		e.hold(&f)
	}
	e.facts = f
	e.recalling = true // what is looked at now stood already
	defer func() { e.recalling = false }()
	if paths {
		e.recall()
	}
	for id := range e.states {
		s := &e.states[id]
		if changed["vrp"] || changed["bogons"] {
			for i := range s.pairs { // those gone too: they may return
				e.classify(s, routes.PrefixID(id), s.pairs[i].origin)
			}
		}
		if paths {
			e.reclassify(s, routes.PrefixID(id))
		}
		e.reconsider(s)
	}
	e.rejudge(changed, before)
	for _, list := range e.groups {
		for _, g := range list {
			e.tell(g)
		}
	}
}

// hasRelations says whether it is known what networks are to one another.
func (f *Facts) hasRelations() bool { return f.Registry != nil && f.Registry.HasRelations() }

// hasOrganisations says whether it is known which networks are of one organisation.
func (f *Facts) hasOrganisations() bool {
	return f.Registry != nil && f.Registry.HasOrganisations()
}

// recall looks anew at all paths.
func (e *Engine) recall() {
	e.heldFacts++
	for _, l := range e.leaks {
		if len(l.shown) > 0 {
			clear(l.shown)
			e.touchLeak(l)
		}
	}
	e.recallPaths()
	e.recallPast()
}

// reclassify holds the paths to a prefix against the facts.
func (e *Engine) reclassify(s *prefixState, id routes.PrefixID) {
	for _, r := range e.table.RoutesOf(id) {
		a := e.in.Attr(r.Attr)
		e.classifyPath(s, id, e.notePath(a))
		if l := e.leakOf(r.Attr); l != nil {
			e.countLeak(r.Peer, nil, l)
			e.classifyLeak(s, id, l)
		}
	}
}

// reconsider brings the tracks of a prefix up to date after the facts changed. Whether those of open incidents still hold
// is decided afterwards.
func (e *Engine) reconsider(s *prefixState) {
	for _, t := range s.tracks {
		if t.phase != open {
			t.refuted = !e.holds(t)
		}
		e.fillSights(t)
		e.remember(t)
		e.look(t)
	}
}

// holds says whether the facts still show the deviation of a track that is no open incident. Whether a hijack, a leak or a
// path anomaly is one is decided when it is judged.
func (e *Engine) holds(t *track) bool {
	p := e.table.Prefix(t.prefix)
	switch t.kind {
	case RPKIInvalid:
		return e.facts.VRPs == nil || e.facts.VRPs.State(p, t.asn).Invalid()
	case BogonPrefix:
		return e.facts.Bogons == nil || e.facts.Bogons.Prefix(p, time.Unix(e.now, 0)).Kind != authority.BogonNone
	}
	return true
}

// fillSights gives a track that begins with new facts the routes that stood already.
func (e *Engine) fillSights(t *track) {
	if t.phase == closed {
		t.revive()
	}
	if len(t.sights) > 0 || t.phase != waiting || t.refuted {
		return
	}
	e.addStanding(t, e.now+1)
	if len(t.sights) > 0 && t.first == 0 {
		t.first = e.now
	}
}

// addStanding gives a track the live routes that stood before sec, of peers that are not among its sights.
func (e *Engine) addStanding(t *track, sec int64) {
	for _, r := range e.table.RoutesOf(t.prefix) {
		known := slices.ContainsFunc(t.sights, func(s sight) bool { return s.peer == r.Peer })
		if known || int64(r.Since) >= sec || !e.shows(t, r.Attr) || !e.table.IsLive(r, e.now) {
			continue
		}
		if len(t.sights) < e.set.EvidencePeers {
			t.sights = append(t.sights, sight{sec: int64(r.Since), kind: standing, peer: r.Peer, attr: r.Attr})
			t.total++
			e.tellTrack(t)
		}
	}
}
