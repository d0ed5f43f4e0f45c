package world

import (
	"cmp"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"time"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// speaker is a network that feeds a collector.
type speaker struct {
	node      node
	collector int
	session   mrt.Session
	hop6      netip.Addr
}

// listen deals the peers out among the collectors: half of the tier-1 networks, then transit networks.
func (w *world) listen() {
	type lan struct {
		four, six netip.Prefix
		asn       values.ASN
	}
	var lans []lan
	for range w.p.Collectors {
		s := w.space["ripencc"]
		four, err := s.take4(24)
		if err != nil {
			four = netip.MustParsePrefix("193.0.64.0/24")
		}
		lans = append(lans, lan{four, s.block6(), s.asn(w.rand, stub)})
	}
	top := min(w.p.Tier1, max(1, w.p.Peers/4))
	for i := range w.p.Peers {
		n := node(i)
		if i >= top {
			n = node(w.p.Tier1 + (i-top)*(w.p.Tier1+w.p.Transits-top)/w.p.Peers%w.p.Transits)
		}
		if slices.ContainsFunc(w.speakers, func(s speaker) bool { return s.node == n }) {
			n = w.nextSilent()
		}
		k := i % len(lans)
		w.speakers = append(w.speakers, speaker{n, k, mrt.Session{
			PeerAS: w.net(n).asn, LocalAS: lans[k].asn, PeerIP: host(lans[k].four, uint32(i+1)), LocalIP: host(lans[k].four, 254),
		}, host(lans[k].six, uint32(i+1))})
	}
}

// nextSilent gives the first large network that feeds no collector.
func (w *world) nextSilent() node {
	for n := range node(w.p.Tier1 + w.p.Transits) {
		if !slices.ContainsFunc(w.speakers, func(s speaker) bool { return s.node == n }) {
			return n
		}
	}
	panic("unreachable: there are at most as many peers as large networks")
}

// attrs are the attributes with which a speaker tells a route.
func (w *world) attrs(s *speaker, h held, p netip.Prefix) *bgp.Attrs {
	a := &bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: h.path}}}
	if p.Addr().Is4() {
		a.NextHop = s.session.PeerIP
	} else {
		a.MPNextHop = s.hop6
	}
	if asn := w.net(s.node).asn; asn < 1<<16 {
		a.Communities = append(a.Communities, uint32(asn)<<16|uint32(1000+len(h.path)))
	}
	a.Communities = append(a.Communities, h.communities...)
	return a
}

// state is who announces a prefix and what the speakers hold.
type state struct {
	sources []source
	held    []held
}

// writeRoutes writes each collector's table at the start and its updates after it.
func (w *world) writeRoutes(sink Sink) error {
	now := make(map[netip.Prefix]*state, len(w.order))
	for _, p := range w.order {
		now[p] = &state{w.base[p], w.heard(w.base[p])}
	}
	for c, name := range w.p.Collectors {
		kind := []string{"bview", "rib"}[c%2] // as RIPE RIS and RouteViews call it
		path := fmt.Sprintf("mrt/%s/%s.%s.gz", name, kind, w.p.Start.Format("20060102.1504"))
		if err := writeFile(sink, file{path, gzipped(func(out io.Writer) error { return w.table(out, c, now) })}); err != nil {
			return err
		}
	}
	f := feed{w: w, now: now, down: make([]bool, len(w.speakers))}
	return f.run(sink)
}

// table writes one collector's table.
func (w *world) table(out io.Writer, collector int, now map[netip.Prefix]*state) error {
	m := mrt.NewWriter(out)
	sec := uint32(w.p.Start.Unix())
	var peers []mrt.Speaker
	index := map[int]uint16{}
	for i, s := range w.speakers {
		if s.collector == collector {
			index[i] = uint16(len(peers))
			peers = append(peers, mrt.Speaker{ID: s.session.PeerIP, IP: s.session.PeerIP, ASN: s.session.PeerAS})
		}
	}
	if err := m.PeerIndex(sec, w.speakers[collector].session.LocalIP, "", peers); err != nil {
		return err
	}
	for seq, p := range w.order {
		var entries []mrt.TableEntry
		for i := range w.speakers {
			if h := now[p].held[i]; w.speakers[i].collector == collector && h.path != nil {
				age := uint32((90 + w.rand.IntN(60*24*60)) * 60)
				entries = append(entries, mrt.TableEntry{Peer: index[i], Originated: sec - age,
					Attrs: bgp.AppendAttrs(nil, w.attrs(&w.speakers[i], h, p))})
			}
		}
		if err := m.Table(sec, uint32(seq), p, entries); err != nil {
			return err
		}
	}
	return nil
}

// slot is how much time one file of updates holds.
const slot = 15 * time.Minute

// message is one record of a file of updates.
type message struct {
	sec      int64
	seq      int
	speaker  int
	held     held // nil path: withdraw
	prefixes []netip.Prefix
	states   *[2]uint16 // a change of state
}

func sortMessages(list []message) {
	slices.SortFunc(list, func(a, b message) int { return cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(a.seq, b.seq)) })
}

// put writes one message.
func (w *world) put(m *mrt.Writer, msg message) error {
	s := &w.speakers[msg.speaker]
	switch {
	case msg.states != nil:
		return m.StateChange(uint32(msg.sec), s.session, msg.states[0], msg.states[1])
	case msg.held.path == nil:
		return m.Withdraw(uint32(msg.sec), s.session, msg.prefixes)
	}
	return m.Announce(uint32(msg.sec), s.session, w.attrs(s, msg.held, msg.prefixes[0]), msg.prefixes)
}
