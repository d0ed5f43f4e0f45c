package bgpdump_test

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/bgpdump"
	"pahra/wire/mrt"
)

// attr encodes one path attribute.
func attr(code byte, value ...byte) []byte {
	if len(value) > 255 {
		return append([]byte{0x50, code, byte(len(value) >> 8), byte(len(value))}, value...)
	}
	return append([]byte{0x40, code, byte(len(value))}, value...)
}

// path encodes segments of two- or four-octet AS numbers; a segment is its kind and the numbers.
func path(size int, segments ...[]uint32) (out []byte) {
	for _, s := range segments {
		out = append(out, byte(s[0]), byte(len(s)-1))
		for _, n := range s[1:] {
			if size == 4 {
				out = binary.BigEndian.AppendUint32(out, n)
			} else {
				out = binary.BigEndian.AppendUint16(out, uint16(n))
			}
		}
	}
	return out
}

func join(parts ...[]byte) (out []byte) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// base is what most lines below share: IGP, a path and a next hop.
func base(size int) []byte {
	return join(attr(1, 0), attr(2, path(size, []uint32{2, 64500, 64501})...), attr(3, 192, 0, 2, 1))
}

func v6(s string) []byte { return netip.MustParseAddr(s).AsSlice() }

// reach6 is an MP_REACH_NLRI for IPv6 unicast in full form, with its next hops.
func reach6(hops ...byte) []byte {
	return attr(14, join([]byte{0, 2, 1, byte(len(hops))}, hops, []byte{0, 32, 0x20, 0x01, 0x0d, 0xb8})...)
}

func elem(kind mrt.ElemKind, prefix string, mrtType, subtype uint16, raw []byte) *mrt.Elem {
	e := &mrt.Elem{
		Kind: kind, Sec: 1203638400, PeerAS: 64500, PeerIP: netip.MustParseAddr("192.0.2.1"), Safi: 1, PeerIndex: -1,
		Type: mrtType, Subtype: subtype, RawAttrs: raw,
	}
	if prefix != "" {
		e.Prefix = netip.MustParsePrefix(prefix)
	}
	return e
}

// with changes a copy of e.
func with(e *mrt.Elem, change func(*mrt.Elem)) *mrt.Elem {
	c := *e
	change(&c)
	return &c
}

// TestLines shows the text of each form of record and of what is peculiar in it.
func TestLines(t *testing.T) {
	as4 := func(e *mrt.Elem) { e.AS4 = true }
	mp := func(e *mrt.Elem) { e.AS4, e.MP = true, true }
	sixPeer := func(e *mrt.Elem) { e.AS4, e.MP, e.PeerIP = true, true, netip.MustParseAddr("2001:db8::9") }
	const net = "198.51.100.0/24"
	for _, c := range []struct {
		name, want string
		e          *mrt.Elem
	}{
		{"announced", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|64500 64501|IGP|192.0.2.1|0|0||NAG||",
			elem('A', net, 16, 1, base(2))},
		{"four octets", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|64500 4200000000|EGP|192.0.2.1|100|4294967295||AG|4200000000 203.0.113.5|",
			with(elem('A', net, 16, 4, join(attr(1, 1), attr(2, path(4, []uint32{2, 64500, 4200000000})...), attr(3, 192, 0, 2, 1),
				attr(4, 255, 255, 255, 255), attr(5, 0, 0, 0, 100), attr(6), attr(7, 0xFA, 0x56, 0xEA, 0, 203, 0, 113, 5))), as4)},
		{"withdrawn", "BGP4MP|1203638400|W|192.0.2.1|64500|198.51.100.0/24", elem('W', net, 16, 1, nil)},
		{"microseconds", "BGP4MP_ET|1203638400.000042|W|192.0.2.1|64500|198.51.100.0/24",
			with(elem('W', net, 17, 1, nil), func(e *mrt.Elem) { e.Micro = 42 })},
		{"state", "BGP4MP|1203638400|STATE|192.0.2.1|64500|6|1",
			with(elem('S', "", 16, 0, nil), func(e *mrt.Elem) { e.OldState, e.NewState = 6, 1 })},
		{"state of extended time", "BGP4MP_ET|1203638400.000000|STATE|192.0.2.1|64500|0|65535",
			with(elem('S', "", 17, 5, nil), func(e *mrt.Elem) { e.NewState = 65535 })},
		{"sent by the collector", "BGP4MP_LOCAL|1203638400|W|192.0.2.1|64500|198.51.100.0/24", elem('W', net, 16, 6, nil)},
		{"path identifier", "BGP4MP_AP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|7|64500 64501|IGP|192.0.2.1|0|0||NAG||",
			with(elem('A', net, 16, 8, base(2)), func(e *mrt.Elem) { e.PathID, e.HasPathID = 7, true })},
		{"path identifier withdrawn", "BGP4MP_ET_AP|1203638400.000000|W|192.0.2.1|64500|198.51.100.0/24|0",
			with(elem('W', net, 17, 9, nil), func(e *mrt.Elem) { e.HasPathID = true })},
		{"bits behind the length", "BGP4MP|1203638400|W|192.0.2.1|64500|198.51.100.7/24",
			with(elem('W', net, 16, 1, nil), func(e *mrt.Elem) { e.Unmasked = netip.MustParseAddr("198.51.100.7") })},
		{"old type 5", "BGP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|64500 64501|IGP|192.0.2.1|0|0|NAG||",
			elem('A', net, 5, 1, base(2))},
		{"old type 5 glues communities to MED", "BGP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|64500 64501|IGP|192.0.2.1|0|564500:1|NAG||",
			elem('A', net, 5, 1, join(base(2), attr(4, 0, 0, 0, 5), attr(8, 0xFB, 0xF4, 0, 1)))},
		{"old type 5 loses withdrawn prefixes", "BGP|1203638400|W|192.0.2.1|64500|192.0.2.1/24", elem('W', net, 5, 1, nil)},
		{"table", "TABLE_DUMP|1203638400|B|192.0.2.1|64500|198.51.100.0/24|64500 64501|IGP|192.0.2.1|0|0||NAG||",
			elem('R', net, 12, 1, base(2))},
		{"table version 2", "TABLE_DUMP2|1203638400|B|192.0.2.1|64500|198.51.100.0/24|64500 64501|IGP|192.0.2.1|0|0||NAG||",
			with(elem('R', net, 13, 2, base(4)), as4)},
		{"table with path identifiers", "TABLE_DUMP2_AP|1203638400|B|192.0.2.1|64500|198.51.100.0/24|9|64500 64501|IGP|192.0.2.1|0|0||NAG||",
			with(elem('R', net, 13, 8, base(4)), func(e *mrt.Elem) { e.AS4, e.PathID = true, 9 })},
		{"short MP_REACH_NLRI in a table", "TABLE_DUMP2|1203638400|B|192.0.2.1|64500|2001:db8::/32|64500|INCOMPLETE|2001:db8::1|0|0||NAG||",
			with(elem('R', "2001:db8::/32", 13, 4, join(attr(2, path(4, []uint32{2, 64500})...), attr(14, join([]byte{16}, v6("2001:db8::1"))...))), as4)},
		{"two next hops", "BGP4MP|1203638400|A|192.0.2.1|64500|2001:db8::/32||INCOMPLETE|2001:db8::1|0|0||NAG||",
			with(elem('A', "2001:db8::/32", 16, 4, reach6(join(v6("2001:db8::1"), v6("fe80::1"))...)), mp)},
		{"IPv6 peer", "BGP4MP|1203638400|A|2001:db8::9|64500|2001:db8::/32||INCOMPLETE|2001:db8::1|0|0||NAG||",
			with(elem('A', "2001:db8::/32", 16, 4, reach6(v6("2001:db8::1")...)), sixPeer)},
		{"next hop of an odd length", "BGP4MP|1203638400|A|192.0.2.1|64500|2001:db8::/32||NAG||",
			with(elem('A', "2001:db8::/32", 16, 4, reach6(1, 2, 3)), mp)},
		{"no attributes", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24||INCOMPLETE|255.255.255.255|0|0||NAG||",
			elem('A', net, 16, 1, nil)},
		{"set and confederation", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|(65000 65001) 64500 [3,4] {1,2}|IGP|255.255.255.255|0|0||NAG||",
			elem('A', net, 16, 1, join(attr(1, 0), attr(2, path(2, []uint32{3, 65000, 65001}, []uint32{2, 64500}, []uint32{4, 3, 4}, []uint32{1, 1, 2})...)))},
		{"path cut", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|! Error !|IGP|255.255.255.255|0|0||NAG||",
			elem('A', net, 16, 1, join(attr(1, 0), attr(2, 2, 5, 1, 1)))},
		{"AS4_PATH", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|64500 4200000000 64502|IGP|255.255.255.255|0|0||NAG||",
			elem('A', net, 16, 1, join(attr(1, 0), attr(2, path(2, []uint32{2, 64500, 23456, 64502})...), attr(17, path(4, []uint32{2, 4200000000, 64502})...)))},
		{"AS4_PATH made stale by an aggregator", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24|64500 23456|IGP|255.255.255.255|0|0||NAG|64500 192.0.2.9|",
			elem('A', net, 16, 1, join(attr(1, 0), attr(2, path(2, []uint32{2, 64500, 23456})...), attr(7, 0xFB, 0xF4, 192, 0, 2, 9),
				attr(17, path(4, []uint32{2, 4200000000})...), attr(18, 0, 0, 0, 1, 192, 0, 2, 8)))},
		{"AS4_AGGREGATOR", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24||IGP|255.255.255.255|0|0||NAG|4200000000 192.0.2.8|",
			elem('A', net, 16, 1, join(attr(1, 0), attr(7, 0x5B, 0xA0, 192, 0, 2, 9), attr(18, 0xFA, 0x56, 0xEA, 0, 192, 0, 2, 8)))},
		{"communities", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24||IGP|255.255.255.255|0|0|no-export no-advertise local-AS 64500:666 65535:666|NAG||",
			elem('A', net, 16, 1, join(attr(1, 0), attr(8, 255, 255, 255, 1, 255, 255, 255, 2, 255, 255, 255, 3, 0xFB, 0xF4, 2, 0x9A, 255, 255, 2, 0x9A)))},
		{"last attribute cut", "BGP4MP|1203638400|A|192.0.2.1|64500|198.51.100.0/24||IGP|255.255.255.255|0|0||NAG||",
			elem('A', net, 16, 1, join(attr(1, 0), []byte{0x40, 3, 4, 192}))},
		{"a type without lines", "", elem('A', net, 99, 1, nil)},
	} {
		want := c.want
		if want != "" {
			want += "\n"
		}
		printer := bgpdump.NewPrinter()
		for _, time := range []string{"first", "from the cache"} {
			if diff := cmp.Diff(want, string(printer.Append(nil, c.e))); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", c.name, time, diff)
			}
		}
	}
}

// TestLimits shows where long lists are broken off.
func TestLimits(t *testing.T) {
	var segments []byte
	for range 9 {
		segments = append(segments, path(4, append([]uint32{2}, make([]uint32, 250)...))...)
	}
	for i := 2; i < len(segments); i++ { // AS 4294967295 everywhere: ten digits
		if i%1002 >= 2 {
			segments[i] = 0xFF
		}
	}
	e := elem('A', "198.51.100.0/24", 16, 4, attr(2, segments...))
	e.AS4 = true
	text := strings.Split(string(bgpdump.NewPrinter().Append(nil, e)), "|")[6]
	if n := len(text); n < 7900 || n > 7920 || !strings.HasSuffix(text, "...") {
		t.Errorf("a path of %d octets that ends in %q", n, text[max(0, n-12):])
	}
	many := make([]byte, 4*2000)
	for i := range many {
		many[i] = 0xFE
	}
	e = elem('A', "198.51.100.0/24", 16, 1, attr(8, many...))
	if n := len(strings.Split(string(bgpdump.NewPrinter().Append(nil, e)), "|")[11]); n != 8190 {
		t.Errorf("communities of %d octets", n)
	}
}
