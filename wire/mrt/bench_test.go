package mrt_test

import (
	"bytes"
	"net/netip"
	"testing"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

const (
	benchPrefixes = 50_000
	benchPeers    = 10
)

// benchTable makes a table of half a million routes with paths of three to six hops, communities on every second.
func benchTable(tb testing.TB) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := mrt.NewWriter(&out)
	var peers []mrt.Speaker
	for i := range benchPeers {
		ip := netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)})
		peers = append(peers, mrt.Speaker{ID: ip, IP: ip, ASN: values.ASN(64500 + i)})
	}
	must(tb, w.PeerIndex(1_200_000_000, netip.AddrFrom4([4]byte{192, 0, 2, 0}), "", peers))
	for p := range benchPrefixes {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(p>>16) + 20, byte(p >> 8), byte(p), 0}), 24)
		var entries []mrt.TableEntry
		for i := range benchPeers {
			raw := bgp.AppendAttrs(nil, benchAttrs(p, i))
			entries = append(entries, mrt.TableEntry{Peer: uint16(i), Originated: 1_199_000_000, Attrs: raw})
		}
		must(tb, w.Table(1_200_000_000, uint32(p), prefix, entries))
	}
	return out.Bytes()
}

func benchAttrs(prefix, peer int) *bgp.Attrs {
	path := []values.ASN{values.ASN(64500 + peer)}
	for hop := range 2 + prefix%4 {
		path = append(path, values.ASN(1000+(prefix*7+hop*13)%60_000))
	}
	a := &bgp.Attrs{HasOrigin: true, HasPath: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: path}},
		HasNextHop: true, NextHop: netip.AddrFrom4([4]byte{192, 0, 2, byte(peer + 1)})}
	if prefix%2 == 0 {
		a.Communities = []uint32{uint32(prefix), uint32(peer)}
	}
	return a
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// BenchmarkTable measures a table from memory: framing and elements alone, with a walk along each path, and with every
// attribute decoded. ns/route is what a route costs.
func BenchmarkTable(b *testing.B) {
	data := benchTable(b)
	var attrs bgp.Attrs
	var sum uint64
	for _, c := range []struct {
		name string
		do   func(*mrt.Elem)
	}{
		{"elements", func(*mrt.Elem) {}},
		{"path-walk", func(e *mrt.Elem) { sum += walkPath(e.RawAttrs) }},
		{"attributes", func(e *mrt.Elem) { bgp.DecodeAttrs(&attrs, e.RawAttrs, e.AS4, e.RIB) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			routes := 0
			for b.Loop() {
				err := mrt.Scan(bytes.NewReader(data), nil, func(e *mrt.Elem, _ *mrt.Record) error {
					c.do(e)
					routes++
					return nil
				})
				must(b, err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(routes), "ns/route")
		})
	}
	_ = sum
}

// walkPath adds up the AS numbers of the path.
func walkPath(raw []byte) (sum uint64) {
	for {
		a, rest, ok := bgp.NextAttr(raw)
		if !ok {
			return sum
		}
		raw = rest
		if a.Code != bgp.CodeASPath {
			continue
		}
		for v := a.Value; len(v) >= 2; {
			n := 2 + 4*int(v[1])
			for i := 2; i < n; i += 4 {
				sum += uint64(v[i])<<24 | uint64(v[i+1])<<16 | uint64(v[i+2])<<8 | uint64(v[i+3])
			}
			v = v[n:]
		}
	}
}

// BenchmarkUpdates measures UPDATEs of one to three prefixes, as most are.
func BenchmarkUpdates(b *testing.B) {
	var out bytes.Buffer
	w := mrt.NewWriter(&out)
	s := mrt.Session{PeerAS: 64500, LocalAS: 64499,
		PeerIP: netip.AddrFrom4([4]byte{192, 0, 2, 1}), LocalIP: netip.AddrFrom4([4]byte{192, 0, 2, 2})}
	for i := range 100_000 {
		prefixes := make([]netip.Prefix, 1+i%3)
		for j := range prefixes {
			prefixes[j] = netip.PrefixFrom(netip.AddrFrom4([4]byte{20, byte(i >> 8), byte(i), 0}), 24)
		}
		must(b, w.Announce(1_200_000_000+uint32(i/1000), s, benchAttrs(i, 0), prefixes))
	}
	b.SetBytes(int64(out.Len()))
	b.ReportAllocs()
	elems := 0
	for b.Loop() {
		must(b, mrt.Scan(bytes.NewReader(out.Bytes()), nil, func(*mrt.Elem, *mrt.Record) error { elems++; return nil }))
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(elems), "ns/elem")
}
