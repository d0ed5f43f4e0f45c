package bmp

import (
	"bytes"
	"net/netip"
	"time"

	"pahra/wire/bgp"
	wire "pahra/wire/bmp"
	"pahra/wire/mrt"
)

const (
	// tableRest is how long nothing of a table must have come for it to count as told, where End-of-RIB does not say so.
	tableRest = 30 * time.Second
	// tableTime is how long the telling of a table may take.
	tableTime = 15 * time.Minute
	// maxAhead is how far the router's clock may be ahead of ours and still be believed.
	maxAhead = time.Minute
)

// The BGP FSM states of RFC 6396 section 4.4.1 that are told.
const (
	stateIdle        = 1
	stateEstablished = 6
)

// peerKey tells the neighbours of a router apart (RFC 7854 section 4.2).
type peerKey struct {
	kind          wire.PeerType
	distinguisher uint64
	ip            netip.Addr
}

// peer is a neighbour of a router, or the router's Loc-RIB.
type peer struct {
	key     peerKey
	session mrt.Session
	id      netip.Addr
	up      bool // it was told that the peer is up
	gone    bool // it went down since
	// opens is what its Peer Up said; opened whether there was one.
	opens  wire.PeerUp
	opened bool
	last   int64      // moment of its last record, microseconds since 1970
	tables [2]telling // of IPv4 and IPv6 unicast
}

// telling is the first telling of a table.
type telling struct {
	begun, last time.Time
	over        bool
}

// going tells whether a table is still told at now, and takes note of it.
func (t *telling) going(now time.Time) bool {
	switch {
	case t.over:
	case t.begun.IsZero():
		t.begun, t.last = now, now
	case now.Sub(t.last) >= tableRest || now.Sub(t.begun) >= tableTime:
		t.over = true
	default:
		t.last = now
	}
	return !t.over
}

// telling gives the state of a family's table; nil for families that have no first telling here.
func (p *peer) telling(f bgp.Family) *telling {
	if f.SAFI != 1 {
		return nil
	}
	return &p.tables[f.AFI-bgp.AFI4]
}

// live gives the moment of something that the peer says now: the router's time, unless there is none, or it is far in
// the future, or before what was said last.
func (s *session) live(p *peer, at time.Time) int64 {
	moment := s.heard
	if !at.IsZero() && at.Sub(s.heard) <= maxAhead {
		moment = at
		s.lag.note(s.heard, s.heard.Sub(at))
	}
	p.last = max(p.last, moment.UnixMicro())
	return p.last
}

// arrival gives the moment of something that stood before: that of its arrival, in whole seconds, as tables have.
func (s *session) arrival(p *peer) int64 {
	p.last = max(s.heard.Unix()*1e6, (p.last+1e6-1)/1e6*1e6)
	return p.last
}

// wanted tells whether messages of a peer are taken at all: those of the instance and the kind of table that is
// configured.
func (s *session) wanted(p *wire.Peer) bool {
	if (p.Type == wire.LocRIB) != (s.router.view == wire.LocRIBView) {
		return false
	}
	switch {
	case p.Type == wire.LocRIB:
	case p.IP.IsUnspecified(): // FRR tells its Loc-RIB like this
		return false
	case p.Type == wire.GlobalInstance:
		return s.router.distinguisher == 0
	default:
		return p.Distinguisher != 0 && p.Distinguisher == s.router.distinguisher
	}
	return p.Distinguisher == s.router.distinguisher
}

func keyOf(p *wire.Peer) peerKey { return peerKey{p.Type, p.Distinguisher, p.IP} }

// peerUp takes a neighbour that came up. Some routers say so once for each view; the later ones say nothing new.
func (s *session) peerUp(m *wire.Message) error {
	if m.Peer.Type != wire.LocRIB && m.Up.Sent.ASN != 0 {
		s.own = m.Up.Sent.ASN
	}
	if !s.wanted(&m.Peer) {
		s.passed++
		return nil
	}
	p := s.peers[keyOf(&m.Peer)]
	if p != nil && !p.gone && p.opened && sameSession(&p.opens, &m.Up) {
		return nil
	}
	if p != nil {
		if err := s.tellDown(p, s.live(p, m.Peer.Time())); err != nil {
			return err
		}
	} else if p = s.addPeer(&m.Peer); p == nil {
		return nil
	}
	p.gone, p.opened, p.tables = false, true, [2]telling{}
	p.opens = m.Up
	p.opens.SentOpen, p.opens.ReceivedOpen = bytes.Clone(m.Up.SentOpen), bytes.Clone(m.Up.ReceivedOpen)
	if p.key.kind == wire.LocRIB {
		return nil // its AS is told by its routes alone, where a router tells 0 before
	}
	return s.tellUp(p, &m.Peer)
}

// sameSession tells whether two Peer Ups are of one session of the neighbour.
func sameSession(a, b *wire.PeerUp) bool {
	return a.LocalPort == b.LocalPort && a.RemotePort == b.RemotePort && bytes.Equal(a.SentOpen, b.SentOpen) && bytes.Equal(a.ReceivedOpen, b.ReceivedOpen)
}

// addPeer makes room for a neighbour and adds it; nil where there are too many.
func (s *session) addPeer(m *wire.Peer) *peer {
	if len(s.peers) >= s.l.plan.MaxPeers {
		kept := s.order[:0]
		for _, p := range s.order {
			if p.gone {
				delete(s.peers, p.key)
			} else {
				kept = append(kept, p)
			}
		}
		clear(s.order[len(kept):])
		s.order = kept
	}
	if len(s.peers) >= s.l.plan.MaxPeers {
		s.fault("it has more than %d neighbours; %s is passed over", s.l.plan.MaxPeers, m.IP)
		s.passed++
		return nil
	}
	p := &peer{key: keyOf(m)}
	s.peers[p.key] = p
	s.order = append(s.order, p)
	return p
}

// tellUp tells that a peer is up.
func (s *session) tellUp(p *peer, m *wire.Peer) error {
	p.id, p.up = m.ID, true
	p.session = mrt.Session{PeerAS: m.ASN, PeerIP: m.IP, LocalAS: s.own}
	if p.opens.Sent.ASN != 0 {
		p.session.LocalAS = p.opens.Sent.ASN
	}
	if local := p.opens.LocalIP; local.Is4() == m.IP.Is4() {
		p.session.LocalIP = local
	}
	if p.key.kind == wire.LocRIB {
		p.session.PeerIP, p.session.LocalIP = s.addr, netip.Addr{}
		if m.ASN == 0 {
			p.session.PeerAS = s.own
		}
		p.session.LocalAS = p.session.PeerAS
	}
	return s.tellState(p, s.arrival(p), stateIdle, stateEstablished)
}

// peerDown takes a neighbour that went down: all its routes are gone.
func (s *session) peerDown(m *wire.Message) error {
	p := s.peers[keyOf(&m.Peer)]
	if p == nil || p.gone || !s.wanted(&m.Peer) {
		s.passed++
		return nil
	}
	return s.tellDown(p, s.live(p, m.Peer.Time()))
}

// tellDown tells that a peer went down, if it was told that it is up.
func (s *session) tellDown(p *peer, at int64) error {
	p.gone = true
	if !p.up {
		return nil
	}
	p.up = false
	return s.tellState(p, at, stateEstablished, stateIdle)
}

func (s *session) tellState(p *peer, at int64, from, to uint16) error {
	var err error
	if s.record, err = mrt.AppendStateChange(s.record[:0], uint32(at/1e6), uint32(at%1e6), p.session, from, to); err != nil {
		s.fault("%v", err)
		return nil
	}
	s.table.leave()
	return s.put(s.record)
}

// down takes all peers down when the connection has ended.
func (s *session) down() {
	s.heard = s.l.now()
	for _, p := range s.order {
		if err := s.tellDown(p, s.live(p, time.Time{})); err != nil {
			return // said by put
		}
	}
}
