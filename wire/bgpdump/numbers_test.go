package bgpdump

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNumbersAreThoseOfFmt(t *testing.T) {
	check := func(n uint32) {
		if got, want := string(appendUint([]byte("x"), n)), fmt.Sprintf("x%d", n); got != want {
			t.Errorf("appendUint: %s, want %s", got, want)
		}
		if got, want := string(appendInt(nil, n)), fmt.Sprint(int32(n)); got != want {
			t.Errorf("appendInt: %s, want %s", got, want)
		}
		if got, want := string(appendMicros(nil, n)), fmt.Sprintf("%06d", n); got != want {
			t.Errorf("appendMicros: %s, want %s", got, want)
		}
	}
	for n := uint32(0); n < 120000; n++ {
		check(n)
	}
	for n := uint32(1); n != 0; n *= 2 {
		check(n)
		check(n - 1)
	}
	rapid.Check(t, func(t *rapid.T) { check(rapid.Uint32().Draw(t, "n")) })
}

func TestIPv4IsThatOfNetip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ip := netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "ip")))
		if got := string(appendAddr(nil, ip)); got != ip.String() {
			t.Errorf("%s, want %s", got, ip)
		}
	})
}

// TestIPv6ReadsBack: the text may differ from RFC 5952, but means the same address, and differs only where it must.
func TestIPv6ReadsBack(t *testing.T) {
	group := rapid.OneOf(rapid.Just(uint16(0)), rapid.Uint16())
	rapid.Check(t, func(t *rapid.T) {
		var octets [16]byte
		single, embedded := false, true
		groups := rapid.SliceOfN(group, 8, 8).Draw(t, "groups")
		for i, g := range groups {
			octets[2*i], octets[2*i+1] = byte(g>>8), byte(g)
			alone := g == 0 && (i == 0 || groups[i-1] != 0) && (i == 7 || groups[i+1] != 0)
			single = single || alone
			embedded = embedded && (i > 4 || g == 0)
		}
		ip := netip.AddrFrom16(octets)
		got := string(appendAddr(nil, ip))
		if back, err := netip.ParseAddr(got); err != nil || back != ip {
			t.Fatalf("%s reads back as %v (%v), want %s", got, back, err, ip)
		}
		if got != ip.String() && !single && !embedded {
			t.Errorf("%s, want %s", got, ip)
		}
	})
}

func TestIPv6Peculiarities(t *testing.T) {
	for in, want := range map[string]string{
		"::": "::", "::1": "::1", "::192.0.2.1": "::192.0.2.1", "::ffff:192.0.2.1": "::ffff:192.0.2.1", "fe80::": "fe80::",
		"2001:db8:1:0:2:3:4:5": "2001:db8:1::2:3:4:5", "2001:db8:0:1:0:0:2:3": "2001:db8:0:1::2:3", "::2:0:0:0:0": "0:0:0:2::",
		"0:0:0:1:0:0:0:2": "::1:0:0:0:2", "1:2:3:4:5:6:7:0": "1:2:3:4:5:6:7::",
	} {
		if got := string(appendAddr(nil, netip.MustParseAddr(in))); got != want {
			t.Errorf("%s gives %s, want %s", in, got, want)
		}
	}
}

// slowPath is an obvious writer of well-formed paths.
func slowPath(segments [][]uint32, kinds []byte) string {
	var parts []string
	for i, numbers := range segments {
		text, separator := make([]string, len(numbers)), " "
		for j, n := range numbers {
			text[j] = fmt.Sprint(n)
		}
		if kinds[i] == asSet || kinds[i] == asConfedSet {
			separator = ","
		}
		open := map[byte]string{asSet: "{", asSequence: "", asConfedSequence: "(", asConfedSet: "["}[kinds[i]]
		shut := map[byte]string{asSet: "}", asSequence: "", asConfedSequence: ")", asConfedSet: "]"}[kinds[i]]
		parts = append(parts, open+strings.Join(text, separator)+shut)
	}
	return strings.Join(parts, " ")
}

func TestPathsAreThoseOfTheSlowWriter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		segments := rapid.SliceOfN(rapid.SliceOfN(rapid.Uint32(), 1, 6), 0, 5).Draw(t, "segments")
		kinds := rapid.SliceOfN(rapid.ByteRange(1, 4), len(segments), len(segments)).Draw(t, "kinds")
		var raw []byte
		for i, numbers := range segments {
			raw = append(raw, kinds[i], byte(len(numbers)))
			for _, n := range numbers {
				raw = append(raw, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
			}
		}
		a := attributes{path: raw, hasPath: true}
		if got, want := string(a.appendPath(nil, 4)), slowPath(segments, kinds); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}

// FuzzAttributes: no octets make the text malformed, and the cache never changes it.
func FuzzAttributes(f *testing.F) {
	f.Add([]byte{0x40, 1, 1, 0, 0x40, 2, 4, 2, 1, 0xFB, 0xF4, 0x40, 3, 4, 192, 0, 2, 1}, byte(3), false, false, false)
	f.Add([]byte{0x40, 2, 6, 1, 1, 0, 0, 0, 9, 0x80, 14, 5, 4, 1, 2, 3, 4}, byte(2), true, false, false)
	f.Add([]byte{0x90, 14, 0, 9, 0, 2, 1, 4, 1, 2, 3, 4, 0}, byte(4), true, true, true)
	f.Fuzz(func(t *testing.T, raw []byte, kind byte, as4, v6, mp bool) {
		if len(raw) > 0xFFFF {
			return
		}
		context := tailContext{form(kind%4 + 1), as4, v6, mp, kind & 3}
		text := string(appendTail(nil, context, raw))
		if !strings.HasSuffix(text, "|\n") || strings.Count(text, "\n") != 1 {
			t.Fatalf("%q", text)
		}
		var slot [tailSlotSize]byte
		fill(slot[:], context, raw, []byte(text))
		if kept, cached := slotParts(slot[:]); len(kept) > 0 && (string(kept) != string(raw) || string(cached) != text) {
			t.Fatalf("cached %q, not %q", cached, text)
		}
	})
}
