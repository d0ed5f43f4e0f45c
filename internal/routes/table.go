package routes

import (
	"iter"
	"net/netip"

	"github.com/gaissmai/bart"
)

// Route is what one peer says of one prefix.
type Route struct {
	Peer PeerID
	// Path tells several routes of one peer apart (ADD-PATH, RFC 7911); 0 otherwise.
	Path uint32
	Attr AttrID
	// Since is when the peer last said so, in seconds since 1970.
	Since uint32
}

// Change is what an element did to the table. Old and New are 0 for "no route".
type Change struct {
	Prefix   PrefixID
	Old, New AttrID
	// Stale says that the old route was no longer live ([Table.IsLive]).
	Stale bool
}

// ResyncTime is how long, in seconds, the old routes of a peer count as live after its session came back, while it
// repeats them; those not repeated by then have gone. It is the usual restart time of RFC 4724 speakers (120 s) with
// room for a full table.
const ResyncTime = 600

// HeapGrowth is by how many percent the heap of a program that holds whole tables should grow before the garbage
// collector runs (debug.SetGCPercent): half of Go's default. What a table and its interner hold is there to stay and has
// few pointers to follow, so that to look through it more often costs little, where room to grow by as much again would
// double the memory.
const HeapGrowth = 50

// Table is every peer's routes at one moment: the state after the elements applied so far. Not safe for concurrent use.
type Table struct {
	Peers    Peers
	interner *Interner
	index    bart.Table[PrefixID]
	prefixes list[packed]
	spans    list[span] // by prefix
	routes   arena
	last     netip.Prefix // the one asked for last, if valid, and its number
	lastID   PrefixID
}

// packed is a prefix without a pointer in it, which a netip.Prefix has.
type packed struct {
	addr [16]byte
	bits uint8
	is4  bool
}

func pack(p netip.Prefix) packed {
	if a := p.Addr(); a.Is4() {
		four := a.As4()
		return packed{[16]byte(append(four[:], make([]byte, 12)...)), uint8(p.Bits()), true}
	}
	return packed{p.Addr().As16(), uint8(p.Bits()), false}
}

func (p *packed) prefix() netip.Prefix {
	if p.is4 {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(p.addr[:4])), int(p.bits))
	}
	return netip.PrefixFrom(netip.AddrFrom16(p.addr), int(p.bits))
}

func (p *packed) family() Family {
	if p.is4 {
		return IPv4
	}
	return IPv6
}

// NewTable gives an empty table whose attribute sets are those of in.
func NewTable(in *Interner) *Table { return &Table{interner: in} }

// Interner gives the interner that names the table's attribute sets.
func (t *Table) Interner() *Interner { return t.interner }

// Len is how many prefixes have ever had a route.
func (t *Table) Len() int { return t.prefixes.n }

// Prefix gives the prefix with number id.
func (t *Table) Prefix(id PrefixID) netip.Prefix { return t.prefixes.at(int(id)).prefix() }

// ID gives the number of a prefix, giving it one if need be.
func (t *Table) ID(p netip.Prefix) PrefixID {
	if p == t.last && p.IsValid() {
		return t.lastID
	}
	id, ok := t.index.Get(p)
	if !ok {
		id = PrefixID(t.prefixes.add(pack(p)))
		t.spans.add(span{})
		t.index.Insert(p, id)
	}
	t.last, t.lastID = p, id
	return id
}

// Lookup gives the number of a prefix that has one.
func (t *Table) Lookup(p netip.Prefix) (PrefixID, bool) { return t.index.Get(p) }

// Announce applies an announcement at time sec.
func (t *Table) Announce(peer PeerID, p netip.Prefix, path uint32, attr AttrID, sec int64) Change {
	pr := t.Peers.Get(peer)
	pr.heard(sec)
	pr.Announced++
	return t.set(Route{peer, path, attr, uint32(sec)}, p)
}

// Load applies an entry of a table dump: it stands where the peer's route is not known as of the same second or later. A
// route that a later dump no longer holds stays until an update takes it back: a dump that is cut must not look like
// ten thousand withdrawals.
func (t *Table) Load(peer PeerID, p netip.Prefix, path uint32, attr AttrID, sec int64) Change {
	pr := t.Peers.Get(peer)
	pr.heard(sec)
	pr.Dumped++
	if pr.Table == 0 {
		pr.Table = sec
	}
	id := t.ID(p)
	if r := t.find(id, peer, path); r != nil {
		c := Change{Prefix: id, Old: r.Attr, Stale: !t.IsLive(*r, sec)}
		if int64(r.Since) < sec {
			*r = Route{peer, path, attr, uint32(sec)}
		}
		c.New = r.Attr
		return c
	}
	return t.add(id, Route{peer, path, attr, uint32(sec)}, true)
}

// Withdraw applies a withdrawal at time sec. It gives false where the peer had no such route.
func (t *Table) Withdraw(peer PeerID, p netip.Prefix, path uint32, sec int64) (Change, bool) {
	pr := t.Peers.Get(peer)
	pr.heard(sec)
	pr.Withdrawn++
	id, ok := t.Lookup(p)
	if !ok {
		return Change{}, false
	}
	rs := t.RoutesOf(id)
	i := index(rs, peer, path)
	if i < 0 {
		return Change{}, false
	}
	c := Change{Prefix: id, Old: rs[i].Attr, Stale: !t.IsLive(rs[i], sec)}
	t.routes.remove(t.spans.at(int(id)), i)
	return c, true
}

// SetState applies a change of a session's state at time sec.
func (t *Table) SetState(peer PeerID, state uint16, sec int64) {
	pr := t.Peers.Get(peer)
	pr.heard(sec)
	pr.changed(state, sec)
}

func (t *Table) set(r Route, p netip.Prefix) Change {
	id := t.ID(p)
	if old := t.find(id, r.Peer, r.Path); old != nil {
		c := Change{id, old.Attr, r.Attr, !t.IsLive(*old, int64(r.Since))}
		*old = r
		return c
	}
	return t.add(id, r, false)
}

// add adds a route that the prefix does not have. Where it comes from a table dump, the prefix will have about as many
// routes as its neighbour there.
func (t *Table) add(id PrefixID, r Route, dumped bool) Change {
	s, guess := t.spans.at(int(id)), 0
	if s.room == 0 && dumped && id > 0 {
		guess = int(t.spans.at(int(id - 1)).n)
	}
	t.routes.add(s, r, guess)
	t.Peers.sent(r.Peer, t.prefixes.at(int(id)).family())
	return Change{Prefix: id, New: r.Attr}
}

func (t *Table) find(id PrefixID, peer PeerID, path uint32) *Route {
	rs := t.RoutesOf(id)
	if i := index(rs, peer, path); i >= 0 {
		return &rs[i]
	}
	return nil
}

func index(rs []Route, peer PeerID, path uint32) int {
	for i := range rs {
		if rs[i].Peer == peer && rs[i].Path == path {
			return i
		}
	}
	return -1
}

// RoutesOf gives every peer's last word on a prefix, live or not ([Table.IsLive]), in no defined order. The slice is
// the table's own: not to be changed, and valid until the next element.
func (t *Table) RoutesOf(id PrefixID) []Route { return t.routes.of(*t.spans.at(int(id))) }

// IsLive says whether a route of the table stands at time sec: its session is up, and has repeated it since it came up
// or came up less than [ResyncTime] ago.
func (t *Table) IsLive(r Route, sec int64) bool {
	p := t.Peers.Get(r.Peer)
	return !p.Down && (int64(r.Since) >= p.UpSince || sec < p.UpSince+ResyncTime)
}

// Covering yields the known prefixes that cover p, p itself left out, the most specific first.
func (t *Table) Covering(p netip.Prefix) iter.Seq[PrefixID] {
	return func(yield func(PrefixID) bool) {
		for q, id := range t.index.Supernets(p) {
			if q != p && !yield(id) {
				return
			}
		}
	}
}

// All yields every prefix that has had a route, in the order of [values.ComparePrefix].
func (t *Table) All() iter.Seq2[netip.Prefix, PrefixID] { return t.index.AllSorted() }
