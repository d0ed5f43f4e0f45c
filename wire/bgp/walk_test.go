package bgp_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/bgp"
)

// update builds the body of an UPDATE from its three parts in hex.
func update(tb testing.TB, withdrawn, attrs, nlri string) []byte {
	w, a := octets(tb, withdrawn), octets(tb, attrs)
	b := append([]byte{byte(len(w) >> 8), byte(len(w))}, w...)
	b = append(append(b, byte(len(a)>>8), byte(len(a))), a...)
	return append(b, octets(tb, nlri)...)
}

// walk gives one line per route: A, W or T (treated as withdrawn), M if from an MP attribute, family, prefix, path id.
func walk(tb testing.TB, body []byte, opt bgp.UpdateOptions) (routes []string, faults bgp.Faults) {
	tb.Helper()
	faults, err := bgp.WalkUpdate(body, opt, func(r *bgp.Route) error {
		s := "W"
		switch {
		case r.Announced:
			s = "A"
		case r.TreatAsWithdraw:
			s = "T"
		}
		if r.MP {
			s += fmt.Sprintf("M%d/%d", r.AFI, r.SAFI)
		}
		s += " " + r.Prefix.String()
		if r.HasPathID {
			s += fmt.Sprint(" #", r.PathID)
		}
		if r.Unmasked.IsValid() {
			s += " was " + r.Unmasked.String()
		}
		routes = append(routes, s)
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return routes, faults
}

func TestWalkUpdate(t *testing.T) {
	const (
		reach6   = "80 0e 1f 0002 01 10 20010db8000000000000000000000001 00 20 20010db8 20 20010db9 "
		unreach6 = "80 0f 08 0002 01 20 20010dba "
		multi4   = "80 0e 0d 0001 02 04 c0000201 00 18 c63364 "
	)
	four := bgp.UpdateOptions{AS4: true}
	for _, c := range []struct {
		name   string
		body   []byte
		opt    bgp.UpdateOptions
		want   []string
		faults string
	}{
		{"end of RIB", update(t, "", "", ""), four, nil, ""},
		{"plain", update(t, "18 c00002 00", usual, "18 c63364 20 cb007101"), four,
			[]string{"W 192.0.2.0/24", "W 0.0.0.0/0", "A 198.51.100.0/24", "A 203.0.113.1/32"}, ""},
		{"order of parts", update(t, "18 c00002", usual+reach6+unreach6, "18 c63364"), four,
			[]string{"W 192.0.2.0/24", "WM2/1 2001:dba::/32", "A 198.51.100.0/24", "AM2/1 2001:db8::/32", "AM2/1 2001:db9::/32"}, ""},
		{"multicast", update(t, "", usual+multi4, ""), four, []string{"AM1/2 198.51.100.0/24"}, ""},
		{"two families, the second first", update(t, "", usual+reach6+multi4, ""), four,
			[]string{"TM1/2 198.51.100.0/24", "TM2/1 2001:db8::/32", "TM2/1 2001:db9::/32"}, "attribute 14: attribute comes twice"},
		{"path identifiers", update(t, "00000007 18 c00002", usual, "00000001 18 c63364"), bgp.UpdateOptions{AS4: true, AddPath: true},
			[]string{"W 192.0.2.0/24 #7", "A 198.51.100.0/24 #1"}, ""},
		{"host bits", update(t, "", usual, "14 c6336f"), four, []string{"A 198.51.96.0/20 was 198.51.111.0"}, ""},
		{"host bits, IPv6", update(t, "", usual+"80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 1d 20010dbf", ""), four,
			[]string{"AM2/1 2001:db8::/29 was 2001:dbf::"}, ""},
		{"origin malformed", update(t, "18 c00002", "40 01 01 07 "+path4+nextHop, "18 c63364"), four,
			[]string{"W 192.0.2.0/24", "T 198.51.100.0/24"}, "attribute 1: ORIGIN is not one octet of 0, 1 or 2"},
		{"aggregator malformed", update(t, "", usual+"c0 07 01 00", "18 c63364"), four,
			[]string{"A 198.51.100.0/24"}, "attribute 7: length does not fit the size of AS numbers"},
		{"no next hop", update(t, "", origin+path4, "18 c63364"), four,
			[]string{"T 198.51.100.0/24"}, "attribute 3: mandatory attribute is missing"},
		{"no next hop needed", update(t, "", origin+path4+reach6, ""), four,
			[]string{"AM2/1 2001:db8::/32", "AM2/1 2001:db9::/32"}, ""},
		{"withdrawal needs no attributes", update(t, "", unreach6, ""), four, []string{"WM2/1 2001:dba::/32"}, ""},
		{"attributes overrun", update(t, "", usual+"40 05 09 00", "18 c63364"), four,
			[]string{"T 198.51.100.0/24"}, "last attribute is longer than its list"},
		{"cut in the withdrawn routes", octets(t, "000a 18 c00002 18 c633"), four,
			[]string{"W 192.0.2.0/24"}, "UPDATE ends inside its withdrawn routes; prefix list ends inside a prefix"},
		{"cut in the attributes", octets(t, "0004 18 c00002 0040 "+usual), four,
			[]string{"W 192.0.2.0/24"}, "UPDATE ends inside its attributes"},
		{"length beyond the address", update(t, "", usual, "18 c63364 21 cb00710100"), four,
			[]string{"A 198.51.100.0/24"}, "prefix length is beyond the address"},
		{"other families", update(t, "", usual+"80 0e 0d 0001 80 04 c0000201 00 18 c63364", ""), four, nil, ""},
		{"no octet at all", nil, four, nil, "UPDATE ends inside its withdrawn routes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			routes, faults := walk(t, c.body, c.opt)
			if d := cmp.Diff(c.want, routes); d != "" {
				t.Error(d)
			}
			var said []string
			for _, f := range faults {
				said = append(said, f.String())
			}
			if d := cmp.Diff(c.faults, strings.Join(said, "; ")); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestWalkUpdateStops(t *testing.T) {
	enough, calls := errors.New("enough"), 0
	_, err := bgp.WalkUpdate(update(t, "08 0a 08 0b", usual, "08 0c"), bgp.UpdateOptions{AS4: true}, func(*bgp.Route) error {
		calls++
		return enough
	})
	if err != enough || calls != 1 {
		t.Errorf("%d calls, %v", calls, err)
	}
}

func TestLooksAddPath(t *testing.T) {
	for list, want := range map[string]bool{
		"00000001 18 c63364":                    true,
		"00000001 18 c63364 00000002 18 c63364": true,
		"18 c63364":                             false,
		"00":                                    false,
		"00 18 c63364":                          false,
		"00000001 18 c633":                      false,
	} {
		if got := bgp.LooksAddPath(octets(t, list), bgp.AFI4); got != want {
			t.Errorf("%s: %v", list, got)
		}
	}
}
