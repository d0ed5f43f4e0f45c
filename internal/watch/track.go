package watch

import (
	"bytes"
	"cmp"
	"slices"

	"pahra/internal/routes"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// phase is where a track stands.
type phase uint8

const (
	waiting   phase = iota // not seen by enough peers for long enough
	open                   // part of an open incident
	explained              // a benign explanation covers it
	closed                 // its incident ended
)

// track follows one possible deviation: of one kind, at one prefix, by one announcing network.
type track struct {
	kind   Kind
	prefix routes.PrefixID
	asn    values.ASN // the announcing network
	bogon  values.ASN // of BogonASN
	admin  bool       // of BogonPrefix: merely administrative
	leak   *leak      // of Leak
	far    values.ASN // of PathAnomaly: the origin
	// oneProof is set of a leak's prefixes beyond those for which every peer's element is kept.
	oneProof bool

	seq     int // the order in which tracks were made
	phase   phase
	refuted bool // the facts no longer show it
	proven  bool // independent paths showed it, this time or before
	// returned is set until the end of the second in which it was seen again after its incident ended.
	returned bool
	first    int64 // when it was first seen, this time
	from     int64 // since when enough peers have seen it without a break; 0 while they do not
	gone     int64 // since when too few have seen it; 0 while they do
	sights   []sight
	total    int // elements that showed it
	group    *group
}

// leakProofs is for how many prefixes of a leak every peer's element is kept as proof; of more, the first peer's.
const leakProofs = 64

// standing is the kind of a sight that stood already when new facts made it a deviation.
const standing mrt.ElemKind = 0

// sight is the first element by which a peer showed a deviation.
type sight struct {
	sec    int64
	micro  uint32
	kind   mrt.ElemKind
	peer   routes.PeerID
	attr   routes.AttrID
	file   string
	offset int64
	raw    []byte
}

// began is when the deviation counts as begun: when it was first seen, but no longer before enough peers saw it than a
// flap lasts, lest a route that one peer had for hours begin an incident in the past.
func (e *Engine) began(t *track) int64 {
	return max(t.first, t.from-int64(e.set.HoldDown.Seconds()))
}

// shows says whether a route shows the deviation.
func (e *Engine) shows(t *track, id routes.AttrID) bool {
	a := e.in.Attr(id)
	switch t.kind {
	case Leak:
		return e.leakOf(id) == t.leak
	case BogonASN:
		note := e.notePath(a)
		return note.culprit == t.asn && note.bogon == t.bogon
	case PathAnomaly:
		note := e.notePath(a)
		return note.near == t.asn && a.Origin == t.far && (t.phase == open || e.endsNew(note, a.Origin))
	}
	return a.Origin == t.asn
}

// track gives the prefix's track like want, making it if need be.
func (e *Engine) track(s *prefixState, want track) *track {
	for _, t := range s.tracks {
		if t.kind == want.kind && t.asn == want.asn && t.bogon == want.bogon && t.leak == want.leak && t.far == want.far {
			return t
		}
	}
	t := &want
	e.made++
	t.seq = e.made
	s.tracks = append(s.tracks, t)
	e.tracks = append(e.tracks, t)
	if t.kind == Hijack {
		e.takers[t.asn] = append(e.takers[t.asn], t)
	}
	if t.leak != nil {
		t.leak.tracks = append(t.leak.tracks, t)
		t.oneProof = len(t.leak.tracks) > leakProofs
	}
	return t
}

// step gives the step of a leak; none for other kinds.
func (t *track) step() triple {
	if t.leak == nil {
		return triple{}
	}
	return t.leak.triple
}

// revive lets a track whose incident ended wait again. The routes of peers that showed it all along are added when the
// second is over.
func (t *track) revive() {
	t.phase, t.sights, t.total, t.first, t.from, t.gone, t.group = waiting, nil, 0, 0, 0, 0, nil
	t.returned = true
}

// saw keeps an element that shows the deviation, if it is the first of its peer this time, and says whether it did.
func (t *track) saw(ev *Event, limit int) bool {
	if t.first == 0 {
		t.first = ev.Sec
	}
	t.total++
	if t.oneProof {
		limit = 1
	}
	if len(t.sights) >= limit {
		return false
	}
	for i := range t.sights {
		if t.sights[i].peer == ev.Peer {
			return false
		}
	}
	sg := sight{ev.Sec, ev.Micro, ev.Kind, ev.Peer, ev.Attr, ev.File, ev.Offset, nil}
	if ev.Kind == mrt.Announce { // a table's record holds every peer's route: its place is proof enough
		sg.raw = bytes.Clone(ev.Raw)
	}
	t.sights = append(t.sights, sg)
	return true
}

// visible counts the peer networks that show the deviation now: in live routes, and in all routes not known to have
// gone, which counts sessions that are down for as long as they may come back.
func (e *Engine) visible(t *track) (live, standing int) {
	if t.refuted {
		return 0, 0
	}
	var liveASNs, standingASNs [64]values.ASN
	l, st := liveASNs[:0], standingASNs[:0]
	for _, r := range e.table.RoutesOf(t.prefix) {
		if !e.shows(t, r.Attr) {
			continue
		}
		p := e.table.Peers.Get(r.Peer)
		switch {
		case e.table.IsLive(r, e.now):
			l, st = appendNew(l, p.ASN), appendNew(st, p.ASN)
		case p.Down && e.now < p.DownSince+routes.ResyncTime:
			st = appendNew(st, p.ASN)
		}
	}
	if t.leak == nil {
		return len(l), len(st)
	}
	by := e.seen(t.leak) // seen here at all, it counts as seen by whoever sees it anywhere
	return by.live * min(len(l), 1), by.stood * min(len(st), 1)
}

func appendNew(list []values.ASN, asn values.ASN) []values.ASN {
	for _, a := range list {
		if a == asn {
			return list
		}
	}
	return append(list, asn)
}

// look brings a track up to date with the table. What comes of it is decided when its appointment is due.
func (e *Engine) look(t *track) {
	if t.phase == explained || t.phase == closed {
		return
	}
	live, standing := e.visible(t)
	need := e.required(t.prefix)
	if t.phase == open {
		e.lookForEnd(t, standing >= need)
		return
	}
	switch {
	case standing == 0:
		t.first, t.from, t.sights, t.total = 0, 0, nil, 0
	case live < need:
		t.from = 0
	case t.from == 0:
		t.from = e.now
		e.agenda.add(e.now+int64(e.set.MinDuration.Seconds()), t)
	}
}

func (e *Engine) lookForEnd(t *track, seen bool) {
	switch {
	case seen:
		t.gone = 0
	case t.gone == 0:
		t.gone = e.now
		e.agenda.add(e.now+int64(e.set.HoldDown.Seconds()), t)
	}
}

// review decides on tracks whose appointments are due: which incidents open, which end.
func (e *Engine) review(tracks []*track) {
	var ripe []*track
	for _, t := range tracks {
		e.look(t)
		switch {
		case t.phase == waiting && t.from != 0 && e.now-t.from >= int64(e.set.MinDuration.Seconds()):
			ripe = append(ripe, t)
		case t.phase == open && t.gone != 0 && e.now-t.gone >= int64(e.set.HoldDown.Seconds()):
			e.end(t)
		}
	}
	slices.SortFunc(ripe, func(a, b *track) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), values.ComparePrefix(e.table.Prefix(a.prefix), e.table.Prefix(b.prefix)),
			cmp.Compare(a.asn, b.asn), cmp.Compare(a.bogon, b.bogon), cmp.Compare(a.far, b.far), compareSteps(a.step(), b.step()))
	})
	if len(ripe) > 0 {
		e.judge(ripe)
	}
	e.settleEnded()
}
