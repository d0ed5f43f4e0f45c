package authority

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// prefix reads a prefix of a table.
func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func TestROV(t *testing.T) {
	table := NewVRPTable([]vrp.VRP{
		{Prefix: prefix("10.0.0.0/16"), MaxLength: 20, ASN: 1, TA: "a"},
		{Prefix: prefix("10.0.0.0/8"), MaxLength: 8, ASN: 2, TA: "a"},
		{Prefix: prefix("10.0.0.0/8"), MaxLength: 24, ASN: 0, TA: "b"},
		{Prefix: prefix("192.0.2.0/24"), MaxLength: 32, ASN: 0, TA: "b"},
		{Prefix: prefix("2001:db8::/32"), MaxLength: 48, ASN: 1, TA: "c"},
		{Prefix: netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 8), MaxLength: 8, ASN: 1},
		{Prefix: prefix("10.0.0.0/8"), MaxLength: 7, ASN: 1},
		{Prefix: prefix("10.0.0.0/8"), MaxLength: 33, ASN: 1},
	})
	if table.Len() != 5 || table.Skipped() != 3 {
		t.Errorf("%d VRPs, %d skipped", table.Len(), table.Skipped())
	}
	tests := []struct {
		prefix  string
		origin  values.ASN
		state   ROV
		as0     bool
		objects []string
	}{
		{"10.0.0.0/16", 1, ROVValid, false, []string{"VRP 10.0.0.0/16-20 AS1 (a)"}},
		{"10.0.16.0/20", 1, ROVValid, false, []string{"VRP 10.0.0.0/16-20 AS1 (a)"}},
		{"10.0.16.0/21", 1, ROVInvalidLength, false, []string{"VRP 10.0.0.0/16-20 AS1 (a)"}},
		{"10.1.0.0/16", 2, ROVInvalidLength, false, []string{"VRP 10.0.0.0/8-8 AS2 (a)"}},
		{"10.0.0.0/16", 3, ROVInvalidOrigin, false, []string{"VRP 10.0.0.0/16-20 AS1 (a)", "VRP 10.0.0.0/8-8 AS2 (a)", "VRP 10.0.0.0/8-24 AS0 (b)"}},
		{"10.0.0.0/16", NoOrigin, ROVInvalidOrigin, false, []string{"VRP 10.0.0.0/16-20 AS1 (a)", "VRP 10.0.0.0/8-8 AS2 (a)", "VRP 10.0.0.0/8-24 AS0 (b)"}},
		{"192.0.2.0/24", 1, ROVInvalidOrigin, true, []string{"VRP 192.0.2.0/24-32 AS0 (b)"}},
		{"192.0.2.0/24", NoOrigin, ROVInvalidOrigin, true, []string{"VRP 192.0.2.0/24-32 AS0 (b)"}},
		{"11.0.0.0/8", 1, ROVNotFound, false, []string{}},
		{"0.0.0.0/0", 1, ROVNotFound, false, []string{}},
		{"10.0.0.0/7", 2, ROVNotFound, false, []string{}},
		{"2001:db8:1::/48", 1, ROVValid, false, []string{"VRP 2001:db8::/32-48 AS1 (c)"}},
		{"2001:db8:1::/49", 1, ROVInvalidLength, false, []string{"VRP 2001:db8::/32-48 AS1 (c)"}},
		{"::/0", 1, ROVNotFound, false, []string{}},
	}
	for _, tt := range tests {
		v := table.Validate(prefix(tt.prefix), tt.origin)
		if v.State != tt.state || v.AS0 != tt.as0 || table.State(prefix(tt.prefix), tt.origin) != tt.state {
			t.Errorf("%s AS%d: %v, AS0 %v", tt.prefix, tt.origin, v.State, v.AS0)
		}
		if d := cmp.Diff(tt.objects, v.Objects()); d != "" {
			t.Errorf("%s AS%d: %s", tt.prefix, tt.origin, d)
		}
	}
	if got := (&VRPTable{}).State(prefix("10.0.0.0/8"), 1); got != ROVNotFound {
		t.Errorf("empty table: %v", got)
	}
	if got := table.State(netip.Prefix{}, 1); got != ROVNotFound {
		t.Errorf("invalid prefix: %v", got)
	}
}

func TestROVDecidingIsBounded(t *testing.T) {
	var vrps []vrp.VRP
	for asn := range values.ASN(20) {
		vrps = append(vrps, vrp.VRP{Prefix: prefix("10.0.0.0/8"), MaxLength: 8, ASN: asn + 1})
	}
	v := NewVRPTable(vrps).Validate(prefix("10.0.0.0/8"), 99)
	if len(v.Deciding) != maxDeciding || v.More != 20-maxDeciding {
		t.Errorf("%d deciding, %d more", len(v.Deciding), v.More)
	}
}

// slowROV is RFC 6811 section 2.1 by the letter, over a plain list.
func slowROV(vrps []vrp.VRP, p netip.Prefix, origin values.ASN) (state ROV, as0 bool) {
	as0 = true
	for _, v := range vrps {
		if v.Prefix.Bits() > p.Bits() || !v.Prefix.Contains(p.Addr()) {
			continue
		}
		as0 = as0 && v.ASN == 0
		switch {
		case origin != 0 && v.ASN == origin && p.Bits() <= int(v.MaxLength):
			return ROVValid, false
		case origin != 0 && v.ASN == origin:
			state = ROVInvalidLength
		case state == ROVNotFound:
			state = ROVInvalidOrigin
		}
	}
	return state, as0 && state == ROVInvalidOrigin
}

// drawPrefix draws from a few bits, so that prefixes cover each other often.
func drawPrefix() *rapid.Generator[netip.Prefix] {
	return rapid.Custom(func(t *rapid.T) netip.Prefix {
		if rapid.Bool().Draw(t, "v6") {
			var b [16]byte
			b[0], b[1], b[15] = 0x20, rapid.Byte().Draw(t, "b")&0xf0, rapid.Byte().Draw(t, "low")&1
			bits := rapid.SampledFrom([]int{0, 8, 9, 10, 11, 12, 32, 64, 127, 128}).Draw(t, "bits")
			return netip.PrefixFrom(netip.AddrFrom16(b), bits).Masked()
		}
		b := [4]byte{10, rapid.Byte().Draw(t, "b") & 0xc1, rapid.Byte().Draw(t, "c") & 0x81, 0}
		return netip.PrefixFrom(netip.AddrFrom4(b), rapid.IntRange(0, 32).Draw(t, "bits")).Masked()
	})
}

func drawASN() *rapid.Generator[values.ASN] {
	return rapid.Custom(func(t *rapid.T) values.ASN { return values.ASN(rapid.IntRange(0, 4).Draw(t, "asn")) })
}

func drawVRP() *rapid.Generator[vrp.VRP] {
	return rapid.Custom(func(t *rapid.T) vrp.VRP {
		p := drawPrefix().Draw(t, "prefix")
		return vrp.VRP{Prefix: p, ASN: drawASN().Draw(t, "asn"), TA: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "ta"),
			MaxLength: uint8(rapid.IntRange(p.Bits(), p.Addr().BitLen()).Draw(t, "maxLength"))}
	})
}

func TestROVAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		vrps := rapid.SliceOfN(drawVRP(), 0, 40).Draw(t, "vrps")
		table := NewVRPTable(vrps)
		slices.Reverse(vrps)
		reversed := NewVRPTable(vrps)
		for range 20 {
			p, origin := drawPrefix().Draw(t, "route"), drawASN().Draw(t, "origin")
			state, as0 := slowROV(vrps, p, origin)
			v := table.Validate(p, origin)
			if v.State != state || v.AS0 != as0 || table.State(p, origin) != state {
				t.Fatalf("%s AS%d: %v AS0 %v, the oracle says %v %v", p, origin, v.State, v.AS0, state, as0)
			}
			if d := cmp.Diff(v.Objects(), reversed.Validate(p, origin).Objects()); d != "" {
				t.Fatalf("order of input shows: %s", d)
			}
			checkDeciding(t, vrps, p, origin, v)
		}
	})
}

// checkDeciding holds the deciding VRPs against the state that they are said to have decided: alone, they give it.
func checkDeciding(t *rapid.T, vrps []vrp.VRP, p netip.Prefix, origin values.ASN, v ROVVerdict) {
	if (len(v.Deciding) == 0) != (v.State == ROVNotFound) {
		t.Fatalf("%v decided by %v", v.State, v.Objects())
	}
	for _, d := range v.Deciding {
		if !slices.Contains(vrps, d) {
			t.Fatalf("%s is not in the input", VRPID(d))
		}
		if state, _ := slowROV([]vrp.VRP{d}, p, origin); state != v.State {
			t.Fatalf("%s alone gives %v, not %v", VRPID(d), state, v.State)
		}
	}
}

func ExampleVRPTable_Validate() {
	table := NewVRPTable([]vrp.VRP{{Prefix: netip.MustParsePrefix("192.0.2.0/24"), MaxLength: 24, ASN: 64500, TA: "apnic"}})
	v := table.Validate(netip.MustParsePrefix("192.0.2.0/24"), 64501)
	fmt.Println(v.State, v.Objects())
	// Output: invalid-origin [VRP 192.0.2.0/24-24 AS64500 (apnic)]
}
