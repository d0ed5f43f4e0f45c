package origins

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pahra/wire/values"
)

// route is one that the slow oracle keeps.
type route struct {
	prefix netip.Prefix
	origin values.ASN
}

// oracle looks at every route: the longest prefix, of its origins that of the most routes, of equal ones the lowest.
func oracle(routes []route, a netip.Addr) (o Origin, found bool) {
	for _, r := range routes {
		if r.prefix.Contains(a) && (!found || r.prefix.Bits() > o.Prefix.Bits()) {
			o.Prefix, found = r.prefix, true
		}
	}
	counts := map[values.ASN]int{}
	for _, r := range routes {
		if found && r.prefix == o.Prefix {
			counts[r.origin]++
		}
	}
	for asn, n := range counts {
		if n > o.Peers || n == o.Peers && asn < o.ASN {
			o.ASN, o.Peers = asn, n
		}
	}
	for asn := range counts {
		if asn != o.ASN {
			o.Others = append(o.Others, asn)
		}
	}
	slices.Sort(o.Others)
	return o, found
}

// crowded gives an address of a small part of the space, so that prefixes meet.
func crowded(r *rand.Rand) netip.Addr {
	if r.IntN(3) == 0 {
		return netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(r.IntN(256))})
	}
	return netip.AddrFrom4([4]byte{192, 0, byte(r.IntN(4)), byte(r.IntN(256))})
}

func TestLookup(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var b Builder
		var routes []route
		for range random.IntN(200) {
			a := crowded(random)
			p, err := a.Prefix(1 + random.IntN(a.BitLen()))
			if err != nil {
				t.Fatal(err)
			}
			r := route{p, values.ASN(64500 + random.IntN(4))}
			b.Add(r.prefix, r.origin)
			routes = append(routes, r)
		}
		b.Add(netip.MustParsePrefix("0.0.0.0/0"), 1)
		b.Add(netip.MustParsePrefix("192.0.2.0/25"), 0)
		table := b.Build(time.Unix(1, 0))
		for range 200 {
			a := crowded(random)
			want, known := oracle(routes, a)
			got, found := table.Lookup(a)
			if found != known || got.Prefix != want.Prefix || got.ASN != want.ASN || got.Peers != want.Peers || !slices.Equal(got.Others, want.Others) {
				t.Fatalf("%s: %+v %v, want %+v %v", a, got, found, want, known)
			}
		}
	}
	var empty Table
	if o, found := empty.Lookup(netip.Addr{}); found {
		t.Error(o)
	}
}

func TestSeries(t *testing.T) {
	at := func(hour int) time.Time { return time.Date(2026, 3, 24, hour, 0, 0, 0, time.UTC) }
	first, second := new(Builder).Build(at(8)), new(Builder).Build(at(16))
	for _, test := range []struct {
		at     time.Time
		later  bool
		want   *Table
		marked bool
	}{
		{at(7), false, nil, false}, {at(7), true, first, true}, {at(8), false, first, false}, {at(15), false, first, false},
		{at(16), true, second, false}, {at(20), false, second, false}, {at(24), false, nil, false}, {at(24), true, second, true},
	} {
		got, marked := NewSeries(7*time.Hour+30*time.Minute, test.later, second, first).At(test.at)
		if got != test.want || marked != test.marked {
			t.Errorf("%s, %v: %v %v", test.at, test.later, got, marked)
		}
	}
	if got, _ := new(Series).At(at(1)); got != nil {
		t.Error("a table of nowhere")
	}
}
