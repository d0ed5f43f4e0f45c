package bgp_test

import (
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/bgp"
)

var equalAddr = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

func TestOpenRoundTrip(t *testing.T) {
	v4, v6 := bgp.Family{AFI: bgp.AFI4, SAFI: 1}, bgp.Family{AFI: bgp.AFI6, SAFI: 1}
	id := netip.MustParseAddr("192.0.2.9")
	for name, want := range map[string]bgp.Open{
		"plain":    {ASN: 64500, HoldTime: 90, ID: id},
		"four":     {ASN: 4200000001, HoldTime: 180, ID: id, AS4: true, Families: []bgp.Family{v4, v6}},
		"add-path": {ASN: 64500, ID: id, AS4: true, AddPath: []bgp.AddPath{{Family: v4, Mode: bgp.AddPathBoth}, {Family: v6, Mode: bgp.AddPathSend}}},
	} {
		t.Run(name, func(t *testing.T) {
			kind, body, rest, ok := bgp.Message(append(bgp.AppendOpen(nil, &want), 7))
			if !ok || kind != bgp.TypeOpen || len(rest) != 1 {
				t.Fatalf("message of type %d, %d octets behind it, %v", kind, len(rest), ok)
			}
			got, err := bgp.ParseOpen(body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got, equalAddr); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if o := (bgp.Open{AddPath: []bgp.AddPath{{Family: v4, Mode: 9}, {Family: v6, Mode: 2}}}); o.Mode(v4) != 0 || o.Mode(v6) != bgp.AddPathSend {
		t.Errorf("modes are %d and %d", o.Mode(v4), o.Mode(v6))
	}
}

// TestOpenForms holds forms that are never written here, and what is cut.
func TestOpenForms(t *testing.T) {
	const head = "04 fde8 005a c0000201"
	for name, c := range map[string]struct {
		octets string
		as4    bool
		bad    bool
	}{
		"extended parameters":       {head + "ff ff 0009 02 0006 41 04 0000fde8", true, false},
		"two parameters":            {head + "0c 02 02 0200 02 06 41 04 0000fde8", true, false},
		"unknown parameter":         {head + "04 09 02 0000", false, false},
		"cut parameter":             {head + "06 02 08 41 04 0000", false, true},
		"more than there is":        {head + "20 02 06 41", false, true},
		"cut capability":            {head + "08 02 06 41 05 00000000", false, true},
		"capability of odd length":  {head + "07 02 05 41 03 000000", false, false},
		"ends before its parameter": {head + "01 02", false, true},
		"short":                     {"04 fde8", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := hex.DecodeString(strings.ReplaceAll(c.octets, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			o, err := bgp.ParseOpen(b)
			if o.AS4 != c.as4 || errors.Is(err, bgp.ErrOpen) != c.bad {
				t.Errorf("AS4 %v, error %v", o.AS4, err)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(bgp.AppendOpen(nil, &bgp.Open{ASN: 64500, AS4: true, AddPath: []bgp.AddPath{{Family: bgp.Family{AFI: 1, SAFI: 1}, Mode: 3}}})[bgp.HeaderLen:])
	f.Fuzz(func(t *testing.T, body []byte) {
		o, _ := bgp.ParseOpen(body)
		if len(o.Families)+len(o.AddPath) > len(body) {
			t.Fatalf("%d families out of %d octets", len(o.Families)+len(o.AddPath), len(body))
		}
	})
}

func TestEndOfRIB(t *testing.T) {
	for octets, want := range map[string]bgp.Family{
		"0000 0000":                     {AFI: bgp.AFI4, SAFI: 1},
		"0000 0006 800f03 0002 01":      {AFI: bgp.AFI6, SAFI: 1},
		"0000 0007 900f0003 000180":     {AFI: bgp.AFI4, SAFI: 128},
		"0000 0008 800f05 0002 01 0820": {},
		"0001 00 0000":                  {},
		"0000 0000 00":                  {},
		"0000 0004 40010100":            {},
		"0000":                          {},
		"":                              {},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(octets, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := bgp.EndOfRIB(b); got != want || ok != (want != bgp.Family{}) {
			t.Errorf("%q: %v, %v", octets, got, ok)
		}
	}
}
