package routes

import (
	"net/netip"

	"pahra/wire/values"
)

// PeerID names a session of a collector, from 0 in the order of first use.
type PeerID uint16

// PeerKey tells one session from another.
type PeerKey struct {
	Collector string
	ASN       values.ASN
	IP        netip.Addr
}

// Peer is a session that a collector has with a network, and its health. Times are seconds since 1970.
type Peer struct {
	PeerKey
	// Down is set while the last state heard of was not Established.
	Down bool
	// Families are the address families of which the peer has sent routes.
	Families Family
	// DownSince is when the session was last seen to go down.
	DownSince int64
	// UpSince is when the session was last seen to come up; 0 where it never went down while watched.
	UpSince int64
	// Table is when the peer's routes were first learned from a whole table; 0 while only updates are known of it.
	Table int64
	// Resets counts how often the session went down.
	Resets int
	// First and Last bracket the elements heard from the peer.
	First, Last int64
	// Announced, Withdrawn and Dumped count its elements.
	Announced, Withdrawn, Dumped int64
}

// Established is the BGP FSM state in which routes are exchanged (RFC 6396 section 4.4.1).
const Established = 6

// Family is a set of address families.
type Family uint8

// The address families.
const (
	IPv4 Family = 1 << iota
	IPv6
)

// Peers numbers sessions. The zero value is ready to use.
type Peers struct {
	list []Peer
	with [2]int // sessions that have sent routes, by family
	ids  map[PeerKey]PeerID
	near [64]PeerID // sessions looked up of late, by [PeerKey.slot], plus 1
}

// MaxPeers is how many sessions one table can tell apart.
const MaxPeers = 1 << 16

// ID gives the number of a session, and false where MaxPeers others are known already.
func (p *Peers) ID(key PeerKey) (PeerID, bool) {
	near := &p.near[key.slot()]
	if *near > 0 && p.list[*near-1].PeerKey == key {
		return *near - 1, true
	}
	id, ok := p.ids[key]
	if !ok {
		if len(p.list) == MaxPeers {
			return 0, false
		}
		if p.ids == nil {
			p.ids = make(map[PeerKey]PeerID)
		}
		id = PeerID(len(p.list))
		p.ids[key] = id
		p.list = append(p.list, Peer{PeerKey: key})
	}
	*near = id + 1 // the last of all becomes 0 and is not remembered
	return id, true
}

// slot spreads sessions over the places of Peers.near: those of one collector mostly differ in their ASN.
func (k *PeerKey) slot() uint32 { return uint32(k.ASN) * 0x9e3779b1 >> 26 }

// Get gives a session for reading and, by this package's users, for nothing else.
func (p *Peers) Get(id PeerID) *Peer { return &p.list[id] }

// Len is how many sessions are known.
func (p *Peers) Len() int { return len(p.list) }

// Sessions is how many sessions have sent routes of a family.
func (p *Peers) Sessions(f Family) int { return p.with[f-1] }

// sent notes that a session sent a route of a family.
func (p *Peers) sent(id PeerID, f Family) {
	if pr := &p.list[id]; pr.Families&f == 0 {
		pr.Families |= f
		p.with[f-1]++
	}
}

// heard notes an element of the peer at time sec.
func (p *Peer) heard(sec int64) {
	if p.First == 0 {
		p.First = sec
	}
	p.Last = max(p.Last, sec)
}

// changed notes a change of the session's state at time sec.
func (p *Peer) changed(state uint16, sec int64) {
	switch up := state == Established; {
	case up && p.Down:
		p.Down, p.UpSince = false, sec
	case !up && !p.Down:
		p.Down, p.DownSince = true, sec
		p.Resets++
	}
}
