package world

import (
	"net/netip"
	"slices"

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
	liar      bool // it tells what no one announced
	partial   bool // it tells few of its routes
}

// listen deals the peers out among the collectors: some of each tier. Of six or more that are not of the top, the last
// lies and the one before tells little.
func (w *world) listen() {
	lans := make([]lan, len(w.p.Collectors))
	for i := range lans {
		lans[i] = w.collectorLAN()
	}
	for i, n := range w.peerNodes() {
		k := i % len(lans)
		w.speakers = append(w.speakers, speaker{node: n, collector: k, session: mrt.Session{
			PeerAS: w.net(n).asn, LocalAS: lans[k].asn, PeerIP: host(lans[k].four, uint32(i+1)), LocalIP: host(lans[k].four, 1022),
		}, hop6: host(lans[k].six, uint32(i+1))})
	}
	if last := len(w.speakers) - 1; last >= 8 && !w.p.Flawless {
		liar, partial := &w.speakers[last], &w.speakers[last-1]
		liar.liar, partial.partial = true, true
		w.truth.Facts.Liars = []values.ASN{w.net(liar.node).asn}
		w.truth.Facts.Partial = []values.ASN{w.net(partial.node).asn}
	}
}

// lan is where a collector meets its peers.
type lan struct {
	four, six netip.Prefix
	asn       values.ASN
}

func (w *world) collectorLAN() lan {
	s := w.space["ripencc"]
	four, err := s.take4(22)
	if err != nil {
		four = netip.MustParsePrefix("193.0.64.0/22")
	}
	return lan{four, s.block6(), s.asn(w.rand, stub)}
}

// peerNodes draws those that feed collectors, the largest first.
func (w *world) peerNodes() []node {
	var list []node
	shares := []float64{tier1: 0.2, large: 0.3, small: 0.2, regional: 0.15}
	for tier := tier1; tier <= stub; tier++ {
		count := w.p.Peers - len(list)
		first, size := w.tiers[tier], int(w.tiers[tier+1]-w.tiers[tier])
		if tier < stub {
			count = min(max(1, int(shares[tier]*float64(w.p.Peers))), count, size)
		}
		for _, i := range w.rand.Perm(size)[:count] {
			list = append(list, first+node(i))
		}
	}
	slices.Sort(list)
	return list
}

// attrs are the attributes with which a speaker tells a route.
func (w *world) attrs(s *speaker, r *route, p netip.Prefix) *bgp.Attrs {
	a := &bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: r.path}}, HasOTC: r.otc != 0, OTC: r.otc}
	if p.Addr().Is4() {
		a.NextHop = s.session.PeerIP
	} else {
		a.MPNextHop = s.hop6
	}
	if asn := w.net(s.node).asn; asn < 1<<16 {
		a.Communities = append(a.Communities, uint32(asn)<<16|uint32(1000+len(r.path)))
	}
	a.Communities = append(a.Communities, r.communities...)
	return a
}
