package main

import (
	"encoding/binary"
	"io"
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// taken is when the table is taken: 2026-02-10 00:00 UTC.
const taken = 1_770_681_600

// writeTable writes the PEER_INDEX_TABLE and a record for each prefix.
func (m *model) writeTable(out io.Writer) error {
	w := mrt.NewWriter(out)
	var peers []mrt.Speaker
	for p := range m.peers {
		ip := m.peerIP(p)
		peers = append(peers, mrt.Speaker{ID: ip, IP: ip, ASN: m.peerASN(p)})
	}
	if err := w.PeerIndex(taken, netip.AddrFrom4([4]byte{193, 0, 4, 28}), "", peers); err != nil {
		return err
	}
	entries := make([]mrt.TableEntry, m.peers)
	var a attrs
	for i := range m.n {
		p, group := m.prefix(i), m.group(i)
		m.seen[group/64] |= 1 << (group % 64)
		for k := range entries {
			e := &entries[k]
			e.Peer = uint16(k)
			e.Originated = taken - uint32(m.draw(drawRoute, uint64(i*m.peers+k))%5_000_000)
			e.Attrs = a.encode(e.Attrs[:0], m, k, group, p.Addr().Is6())
			m.hops += a.hops
			m.routes++
		}
		if err := w.Table(taken, uint32(i), p, entries); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) peerASN(p int) values.ASN { return values.ASN(3000 + 97*p) }

func (m *model) peerIP(p int) netip.Addr { return netip.AddrFrom4([4]byte{193, 0, 4, byte(30 + p)}) }

// attrs makes attribute sets, with storage that is used again.
type attrs struct {
	a    bgp.Attrs
	path []values.ASN
	segs [1]bgp.Segment
	hops int
}

// encode appends the attributes that peer k gives for a group: a path of two to eight networks through a core of 200,
// sometimes prepended, up to eight communities, sometimes a MED or an aggregator.
func (a *attrs) encode(dst []byte, m *model, k int, group uint64, six bool) []byte {
	r := m.draw(drawRoute+100, group*256+uint64(k))
	origin := m.origin(group)
	way := m.draw(drawCore+100, uint64(origin)*512+uint64(k)*2+group%2) // one of two, shared by the origin's groups
	a.path = append(a.path[:0], m.peerASN(k))
	for i := range [...]int{1, 2, 2, 2, 3, 3, 3, 4}[way%8] {
		a.path = append(a.path, values.ASN(5000+m.draw(drawCore, way>>3+uint64(i))%200*7))
	}
	for range 1 + max(0, int(way>>60)-12) {
		a.path = append(a.path, origin)
	}
	a.hops = len(a.path)
	a.segs[0] = bgp.Segment{Kind: bgp.ASSequence, ASNs: a.path}
	communities := append(a.a.Communities[:0], uint32(m.peerASN(k))<<16|uint32(group>>16), uint32(m.peerASN(k))<<16|uint32(group&0xffff))
	for i := range r >> 8 % 7 {
		communities = append(communities, uint32(5000+r>>(16+i)%1400)<<16|uint32(r>>(20+i)%3000))
	}
	a.a = bgp.Attrs{HasOrigin: true, Origin: bgp.Origin(max(0, int(r>>32%10)-8) * 2), Path: a.segs[:],
		HasMED: r>>40%4 == 0, MED: uint32(r >> 44 % 50), Communities: communities}
	if r>>50%16 == 0 {
		a.a.HasAggregator, a.a.AggregatorASN, a.a.AggregatorIP = true, origin, addr4(uint32(group)+11<<24)
	}
	if six {
		a.a.MPNextHop = netip.AddrFrom16([16]byte{0x20, 0x01, 0x07, 0xf8, 15: byte(k + 1)})
	} else {
		a.a.NextHop = m.peerIP(k)
	}
	return bgp.AppendAttrs(dst, &a.a)
}

func addr4(n uint32) netip.Addr {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n)
	return netip.AddrFrom4(b)
}
