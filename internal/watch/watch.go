// Package watch judges what the networks announce: it finds mis-originations (hijacks), RPKI-invalid announcements,
// bogon prefixes and bogon ASNs, and gathers the evidence for each.
//
// [New] gives an [Engine]; [Engine.SetFacts] says what was authorised from now on; [Engine.Feed] takes the elements of
// all peers in time order; [Engine.Finish] gives the incidents. The same engine serves a folder of archives and a live
// feed: it holds no clock, acts only on the times of the elements, and the same elements in the same order give the
// same incidents, byte for byte.
//
// A service lets the time come while nothing is heard ([Engine.Advance]), asks what changed ([Engine.Changed]), lets go of
// what ended ([Engine.ForgetEnded]), and goes on after a restart from what [Engine.Save] wrote ([Restore]). None of that
// makes a difference to what comes of an incident.
//
// What was seen is kept apart from who did it: an incident names its announcing network, and [Attribution] says whether
// independent evidence supports that. A candidate that a benign explanation covers is no incident; it is counted and
// kept as an [Explained].
//
// The package scores nothing (norms does) and reads nothing (service does).
package watch

import (
	"iter"
	"net/netip"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Event is one element, its peer and attributes named by the engine's table.
type Event struct {
	Sec    int64 // since 1970
	Micro  uint32
	Kind   mrt.ElemKind
	Peer   routes.PeerID
	Prefix netip.Prefix
	PathID uint32 // ADD-PATH
	Attr   routes.AttrID
	State  uint16 // of a State element, the new one
	File   string
	Offset int64
	Raw    []byte // the MRT record; the engine copies what it keeps
}

// Facts are what was authorised and known, as of a moment. A nil part is "no data".
type Facts struct {
	VRPs     *authority.VRPTable
	ASPAs    *authority.ASPATable // of the same snapshots as VRPs
	IRR      *authority.RouteTable
	Bogons   *authority.Bogons
	Registry *registry.Registry
	// NoData gives for each input kind that is missing the reason: "vrp", "irr", "relations", "organisations", ...
	NoData map[string]string
	// Anachronism names the kinds that are used against their time or age.
	Anachronism []string
}

// Engine is the detectors with their state. Not safe for concurrent use.
type Engine struct {
	set        Settings
	facts      Facts
	heldFacts  int // how often facts were set
	table      *routes.Table
	in         *routes.Interner
	states     []prefixState // by routes.PrefixID
	paths      [2][]pathNote // of four-octet and of two-octet sessions, by routes.PathID
	edges      map[edge]int64
	below      map[values.ASN]int32 // how many networks each was known to carry routes of
	newLinks   []*track             // of routes over new links in this second
	fresh      []edge               // links first seen while judging and still new, oldest first
	leaks      []*leak
	leakAt     map[triple]uint32 // place in leaks plus one
	leaksBy    map[values.ASN][]*leak
	given      map[edge]int             // how much speaks for the second being a customer of the first, by what it was given; see teach
	taken      map[edge]int             // the same, by what the first took of it and passed on
	otc        map[routes.AttrID]uint32 // of attribute sets with Only to Customer, as pathNote.leak
	sources    map[edge]*leakSource     // by leaker and whose routes they are
	stirred    []*leakSource            // those that more or fewer show since the last second
	naive      naive
	heldBogons map[values.ASN]authority.BogonKind // while there are no lists of bogons; see hold
	judging    int64                              // when learning ended; 0 while it has not
	recalling  bool                               // what is noted now stood before
	held       iter.Seq[routes.AttrID]            // see ForgetUnused
	atHand     routes.AttrID                      // of the element that is fed
	speaker    values.ASN                         // the network of its peer; 0 where none speaks
	shares     map[values.ASN]share               // by peer network
	swept      int                                // how many attribute sets the last sweep left
	past       []pastStep                         // ascending
	agenda     agenda
	resyncs    []int64 // when to look at all that is under way, ascending
	tracks     []*track
	made       int                     // tracks ever made
	takers     map[values.ASN][]*track // of Hijack, by the origin
	groups     map[groupKey][]*group
	done       []*group
	ended      []*group // of done, those that ended at this moment
	off        map[string]bool
	protectors map[values.ASN]protector
	now        int64
	warm       int64 // end of the warm-up; 0 before the first element
	lastEntry  int64 // when the last entry of a table dump came
	need       [2]needed
	touched    []routes.PrefixID // what elements of this second changed
	shaken     bool              // a session's state changed in this second
	whole      bool              // whether whole tables are known, as of the second before
	wholeFrom  int64             // since when that is so
	hops       []values.ASN
	log        []Explained
	news       news
}

// New gives an engine that watches the routes of table.
func New(set Settings, table *routes.Table) *Engine {
	e := &Engine{
		set:        set,
		table:      table,
		in:         table.Interner(),
		takers:     make(map[values.ASN][]*track),
		edges:      make(map[edge]int64),
		below:      make(map[values.ASN]int32),
		leakAt:     make(map[triple]uint32),
		leaksBy:    make(map[values.ASN][]*leak),
		sources:    make(map[edge]*leakSource),
		given:      make(map[edge]int),
		taken:      make(map[edge]int),
		otc:        make(map[routes.AttrID]uint32),
		naive:      naive{triples: make(map[triple]bool)},
		heldBogons: make(map[values.ASN]authority.BogonKind),
		shares:     make(map[values.ASN]share),
		groups:     make(map[groupKey][]*group),
		off:        make(map[string]bool),
		protectors: readProtectors(),
		news:       news{leakers: make(map[values.ASN]bool), links: make(map[edge]bool)},
	}
	for _, name := range set.Off {
		e.off[name] = true
	}
	return e
}

// Table gives the table that the engine keeps.
func (e *Engine) Table() *routes.Table { return e.table }

// Feed takes the next element. Its time is not before that of the last; an earlier one counts as now.
func (e *Engine) Feed(ev *Event) {
	ev.Sec = max(ev.Sec, e.now)
	if e.warm == 0 {
		e.warm = ev.Sec + int64(e.set.WarmUp.Seconds())
	}
	e.atHand = ev.Attr
	e.Advance(ev.Sec)
	e.speaker = e.table.Peers.Get(ev.Peer).ASN
	e.apply(ev)
	e.speaker = 0
}

// apply applies an element to the table and takes note of what it did.
func (e *Engine) apply(ev *Event) {
	attr := e.in.Attr(ev.Attr)
	switch {
	case ev.Kind == mrt.State:
		e.sessionChanged(ev)
	case ev.Prefix.Bits() == 0: // a default route says nothing of its origin's rights
	case ev.Kind == mrt.Withdraw || attr.Flags&routes.Malformed != 0:
		if c, ok := e.table.Withdraw(ev.Peer, ev.Prefix, ev.PathID, ev.Sec); ok {
			e.changed(c, ev)
		}
	case ev.Kind == mrt.RIBEntry:
		e.lastEntry = ev.Sec
		e.changed(e.table.Load(ev.Peer, ev.Prefix, ev.PathID, ev.Attr, ev.Sec), ev)
	default:
		e.changed(e.table.Announce(ev.Peer, ev.Prefix, ev.PathID, ev.Attr, ev.Sec), ev)
	}
}

// Advance lets the time come to sec with nothing heard: what was due before then is looked at.
func (e *Engine) Advance(sec int64) {
	if sec <= e.now {
		return
	}
	e.settle()
	from := e.now
	for e.nextReview(sec - 1) {
	}
	e.sweepBy(from, sec)
	e.now = sec
	e.beginJudging()
}

// beginJudging notes when learning ended, once it has: the very moment, whenever it is noticed.
func (e *Engine) beginJudging() {
	if e.judging != 0 || !e.Learned() {
		return
	}
	e.judging = e.warm
	if e.whole {
		e.judging = min(e.warm, max(e.lastEntry+tableRest, e.wholeFrom))
	}
}

// nextReview looks at what is due first, no later than sec; false where nothing is.
func (e *Engine) nextReview(sec int64) bool {
	resync := len(e.resyncs) > 0 && e.resyncs[0] <= sec
	if resync {
		sec = e.resyncs[0]
	}
	due, tracks := e.agenda.next(sec)
	switch {
	case tracks != nil:
	case !resync:
		return false
	default: // routes that sessions have not repeated since they came up are gone from now on
		due, tracks, e.resyncs = sec, e.underWay(), e.resyncs[1:]
	}
	e.now = max(e.now, due)
	e.review(tracks)
	return true
}

// underWay gives the tracks that a session's state can change.
func (e *Engine) underWay() (list []*track) {
	for _, t := range e.tracks {
		if t.phase == open || t.phase == waiting && t.first != 0 {
			list = append(list, t)
		}
	}
	return list
}

// settle looks at what the elements of a second changed, once all of them are there: the order of peers within a
// second is chance.
func (e *Engine) settle() {
	e.settleLinks()
	for _, id := range e.touched {
		s := &e.states[id]
		s.touched = false
		e.count(s, id)
		for _, t := range s.tracks {
			if t.returned {
				t.returned = false
				e.addStanding(t, e.now)
			}
			e.remember(t)
			e.look(t)
		}
	}
	e.touched = e.touched[:0]
	e.settleLeaks()
	if whole := e.tablesKnown(); whole != e.whole {
		e.whole, e.wholeFrom = whole, e.now+1
	}
	if !e.shaken {
		return
	}
	e.shaken = false
	for _, t := range e.underWay() {
		e.look(t)
	}
	e.resyncs = append(e.resyncs, e.now+routes.ResyncTime)
}

// sessionChanged applies a change of a session's state.
func (e *Engine) sessionChanged(ev *Event) {
	e.table.SetState(ev.Peer, ev.State, ev.Sec)
	e.need = [2]needed{}
	e.shaken = true
	for _, s := range e.sources {
		s.counted = -1
	}
}

// changed takes note of what an element did to the table.
func (e *Engine) changed(c routes.Change, ev *Event) {
	for int(c.Prefix) >= len(e.states) {
		e.states = append(e.states, prefixState{})
	}
	s := &e.states[c.Prefix]
	e.recalling = e.learning(ev)
	before, after := e.in.Attr(c.Old), e.in.Attr(c.New)
	if c.Old != 0 {
		e.leaveAttr(before)
	}
	if c.Old != 0 && (c.New == 0 || before.Origin != after.Origin) {
		s.lost(before.Origin, ev.Sec, c.Stale)
	}
	if c.New != 0 {
		e.gained(c, s, after, ev, c.Old == 0 || before.Origin != after.Origin)
	}
	e.followLeak(c, s, ev.Peer)
	e.recalling = false
	for _, t := range s.tracks {
		if c.New != 0 && e.shows(t, c.New) {
			if t.phase == closed {
				t.revive()
			}
			if t.phase != explained || t.leak != nil { // a leak that is explained may be judged again
				if t.saw(ev, e.set.EvidencePeers) {
					e.tellTrack(t)
				}
			}
		}
	}
	if !s.touched {
		s.touched = true
		e.touched = append(e.touched, c.Prefix)
	}
}

// gained takes note of a route that a peer has now.
func (e *Engine) gained(c routes.Change, s *prefixState, after routes.Attr, ev *Event, moved bool) {
	note := e.notePath(after)
	e.classifyPath(s, c.Prefix, note)
	if ev.Kind == mrt.Announce && e.facts.hasRelations() {
		e.naive.announcements++
		if note.naive {
			e.naive.flagged++
		}
	}
	if after.Origin == 0 {
		return
	}
	if s.find(after.Origin) == nil && !e.roomForOrigin(s) {
		return
	}
	e.classifyLink(s, c.Prefix, after, note)
	p, isNew := s.pair(after.Origin, ev.Sec)
	p.last = uint32(ev.Sec)
	if moved {
		p.now++
	}
	if !isNew {
		return
	}
	if e.learning(ev) {
		p.flags |= baseline
		if ev.Kind == mrt.RIBEntry {
			p.flags |= fromTable
		}
	} else if e.isNovel(s, c.Prefix, after.Origin) {
		p.flags |= suspect
		e.track(s, track{kind: Hijack, prefix: c.Prefix, asn: after.Origin})
	}
	e.classify(s, c.Prefix, after.Origin)
}

// followLeak takes note of which leak, if any, a session's route shows now and no longer shows.
func (e *Engine) followLeak(c routes.Change, s *prefixState, peer routes.PeerID) {
	before, after := e.leakOf(c.Old), e.leakOf(c.New)
	e.countLeak(peer, before, after)
	if after != nil {
		e.classifyLeak(s, c.Prefix, after)
	}
}

// learning says whether a route first seen now belongs to the baseline: during the warm-up where no table came before,
// and while a peer's first table is being read.
func (e *Engine) learning(ev *Event) bool {
	if ev.Kind == mrt.RIBEntry {
		return ev.Sec-e.table.Peers.Get(ev.Peer).Table < tableTime
	}
	return ev.Sec < e.warm && !e.whole
}

// Learned says whether what stood before is known by now: whole tables have been read, or the warm-up is over.
func (e *Engine) Learned() bool {
	return e.warm != 0 && (e.now >= e.warm || e.whole && e.now >= e.lastEntry+tableRest)
}

// tableRest is how long, in seconds, no entry of a table dump must have come for the tables to count as read.
const tableRest = 1

// tableTime is how long, in seconds, the records of one table dump may take: RouteViews writes its tables over some
// twenty minutes.
const tableTime = 3600
