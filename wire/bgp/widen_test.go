package bgp_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"

	"pgregory.net/rapid"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// message puts the header of an UPDATE before its body.
func message(body []byte) []byte {
	m := append(bytes.Repeat([]byte{0xff}, 16), 0, 0, 2)
	m = append(m, body...)
	binary.BigEndian.PutUint16(m[16:], uint16(len(m)))
	return m
}

func TestWiden(t *testing.T) {
	const (
		path2       = "40 02 06 02 02 fde8 5ba0 " // 65000 23456
		as4Path     = "c0 11 0a 02 02 0000fde8 fa56ea01 "
		wide        = "40 02 0a 02 02 0000fde8 fa56ea01 " // 65000 4200000001
		aggregator2 = "c0 07 06 5ba0 c0000201 "
		as4Agg      = "c0 12 08 fa56ea01 c0000202 "
		wideAgg     = "c0 07 08 fa56ea01 c0000202 "
		narrowAgg   = "c0 07 06 fde8 c0000201 "
		narrowWide  = "c0 07 08 0000fde8 c0000201 "
		stale       = "40 02 0a 02 02 0000fde8 00005ba0 "
		long2       = "40 02 02 02 " // cut
	)
	for name, c := range map[string]struct{ in, want string }{
		"merged":             {origin + path2 + nextHop + aggregator2 + as4Path + as4Agg, origin + wide + nextHop + wideAgg},
		"AS4_PATH first":     {as4Path + origin + path2 + nextHop, origin + wide + nextHop},
		"stale AS4":          {path2 + narrowAgg + as4Path + as4Agg, stale + narrowWide},
		"no AS numbers":      {origin + nextHop, origin + nextHop},
		"empty path":         {"40 02 00 ", "40 02 00 "},
		"extended length":    {"50 02 0006 02 02 fde8 5ba0 " + as4Path, wide},
		"malformed path":     {"40 02 04 02 02 fde8 ", "40 02 04 02 02 fde8 "},
		"ends in attributes": {origin + long2, origin + long2},
		"odd aggregator":     {"c0 07 02 0000 ", "c0 07 02 0000 "},
	} {
		in, want := message(update(t, "18 c00002", c.in, "18 c63364")), message(update(t, "18 c00002", c.want, "18 c63364"))
		got, err := bgp.Widen([]byte("kept"), in)
		if err != nil || !bytes.Equal(got, append([]byte("kept"), want...)) {
			t.Errorf("%s: %v\n got kept+%s\nwant kept+%s", name, err, hex.EncodeToString(got[4:]), hex.EncodeToString(want))
		}
	}
}

func TestWidenRefuses(t *testing.T) {
	good := message(update(t, "", origin, ""))
	keepalive := bytes.Clone(good)
	keepalive[18] = 4
	cut := bytes.Clone(good)
	cut[bgp.HeaderLen+3] = 0xff // the attributes are longer than the message
	path := bytes.Repeat(append([]byte{2, 255}, bytes.Repeat([]byte{0xfd, 0xe8}, 255)...), 80)
	attrs := fmt.Sprintf("50 02 %04x %x", len(path), path)
	long := message(update(t, "", attrs, ""))
	for name, m := range map[string][]byte{"empty": nil, "keepalive": keepalive, "cut": good[:20], "attributes cut": cut, "too long": long} {
		if got, err := bgp.Widen([]byte("kept"), m); err == nil || string(got) != "kept" {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// TestWidenProperty: what a four-octet session says, said by a two-octet one and widened, is the same octets again.
func TestWidenProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a bgp.Attrs
		a.HasOrigin, a.NextHop = true, netip.MustParseAddr("192.0.2.1")
		two, four := []byte(nil), []byte(nil)
		for range rapid.IntRange(1, 4).Draw(t, "segments") {
			asns := rapid.SliceOfN(rapid.Uint32Range(1, 1<<32-1), 1, 90).Draw(t, "ASNs")
			seg := bgp.Segment{Kind: bgp.SegmentKind(rapid.IntRange(1, 2).Draw(t, "kind"))}
			two, four = append(two, byte(seg.Kind), byte(len(asns))), append(four, byte(seg.Kind), byte(len(asns)))
			for _, n := range asns {
				seg.ASNs = append(seg.ASNs, values.ASN(n))
				four = binary.BigEndian.AppendUint32(four, n)
				if n > 0xffff {
					n = uint32(values.ASTrans)
				}
				two = binary.BigEndian.AppendUint16(two, uint16(n))
			}
			a.Path = append(a.Path, seg)
		}
		prefix := netip.MustParsePrefix("198.51.100.0/24")
		want, err := bgp.AppendUpdate(nil, &a, nil, []netip.Prefix{prefix})
		if err != nil {
			t.Fatal(err)
		}
		attrs := append([]byte{0x40, 1, 1, 0, 0x50, 2, byte(len(two) >> 8), byte(len(two))}, two...)
		attrs = append(attrs, 0x40, 3, 4, 192, 0, 2, 1)
		attrs = append(append(attrs, 0xd0, 17, byte(len(four)>>8), byte(len(four))), four...)
		body := append([]byte{0, 0, byte(len(attrs) >> 8), byte(len(attrs))}, attrs...)
		got, err := bgp.Widen(nil, message(append(body, 24, 198, 51, 100)))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v\n got %x\nwant %x", err, got, want)
		}
	})
}

func TestTwoOctet(t *testing.T) {
	for name, c := range map[string]struct {
		attrs string
		want  bool
	}{
		"two":  {origin + "40 02 06 02 02 fde8 5ba0 ", true},
		"four": {origin + path4, false},
		"none": {origin, false},
		"cut":  {origin + "40 02 06 02", false},
		"bad":  {origin + "40 02 03 02 02 fd", false},
	} {
		if got := bgp.TwoOctet(update(t, "18 c00002", c.attrs, "18 c63364")); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if bgp.TwoOctet(nil) {
		t.Error("an empty body has two-octet paths")
	}
}
