package authority

import (
	"cmp"
	"fmt"
	"net/netip"
	"runtime"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/values"
)

// routes builds a table of "prefix origin source" rows; RIPE is authenticated.
func routes(t testing.TB, rows ...RouteObject) *RouteTable {
	t.Helper()
	var b RouteBuilder
	for _, o := range rows {
		o.Authenticated = o.Source == "RIPE"
		if err := b.Add(o); err != nil {
			t.Fatal(err)
		}
	}
	return b.Build()
}

// year is the first moment of a year.
func year(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestIRR(t *testing.T) {
	table := routes(t,
		RouteObject{Prefix: prefix("10.0.0.0/8"), Origin: 1, Source: "RIPE"},
		RouteObject{Prefix: prefix("10.1.0.0/16"), Origin: 2, Source: "RADB"},
		RouteObject{Prefix: prefix("10.1.0.0/16"), Origin: 2, Source: "RIPE"},
		RouteObject{Prefix: prefix("10.1.1.0/24"), Origin: 3, Source: "RADB"},
		RouteObject{Prefix: prefix("10.2.0.0/16"), Origin: 4, Source: "RADB", Created: year(2020)},
		RouteObject{Prefix: prefix("10.3.0.0/16"), Origin: 5, Source: "RADB", LastModified: year(2020)},
		RouteObject{Prefix: prefix("2001:db8::/32"), Origin: 1, Source: "ALTDB"},
		RouteObject{Prefix: netip.PrefixFrom(netip.MustParseAddr("10.0.0.1"), 8), Origin: 1},
		RouteObject{Prefix: prefix("12.0.0.0/8"), Origin: 0, Source: "RADB"},
	)
	if table.Len() != 8 || table.Skipped() != 1 {
		t.Errorf("%d objects, %d skipped", table.Len(), table.Skipped())
	}
	tests := []struct {
		prefix        string
		origin        values.ASN
		at            time.Time
		state, authed IRR
		exact         bool
		object        string
	}{
		{"10.0.0.0/8", 1, time.Time{}, IRRValid, IRRValid, false, "route 10.0.0.0/8 AS1 RIPE"},
		{"10.1.0.0/16", 2, time.Time{}, IRRValid, IRRValid, false, "route 10.1.0.0/16 AS2 RIPE"},
		{"10.1.1.0/24", 3, time.Time{}, IRRValid, IRRInvalidOrigin, false, "route 10.1.1.0/24 AS3 RADB"},
		{"10.1.2.0/24", 2, time.Time{}, IRRValidLessSpecific, IRRValidLessSpecific, false, "route 10.1.0.0/16 AS2 RIPE"},
		{"10.1.1.0/24", 2, time.Time{}, IRRInvalidMoreSpecific, IRRValidLessSpecific, false, "route 10.1.0.0/16 AS2 RIPE"},
		{"10.1.1.0/24", 1, time.Time{}, IRRInvalidMoreSpecific, IRRInvalidMoreSpecific, false, "route 10.0.0.0/8 AS1 RIPE"},
		{"10.1.1.0/24", 9, time.Time{}, IRRInvalidOrigin, IRRInvalidOrigin, true, "route 10.1.0.0/16 AS2 RIPE"},
		{"10.1.2.0/24", 9, time.Time{}, IRRInvalidOrigin, IRRInvalidOrigin, false, "route 10.1.0.0/16 AS2 RIPE"},
		{"10.2.0.0/16", 4, year(2021), IRRValid, IRRInvalidOrigin, false, "route 10.2.0.0/16 AS4 RADB"},
		{"10.2.0.0/16", 4, year(2020), IRRValid, IRRInvalidOrigin, false, "route 10.2.0.0/16 AS4 RADB"},
		{"10.2.0.0/16", 4, year(2019), IRRInvalidOrigin, IRRInvalidOrigin, false, "route 10.0.0.0/8 AS1 RIPE"},
		{"10.3.0.0/16", 5, year(2019), IRRInvalidOrigin, IRRInvalidOrigin, false, "route 10.0.0.0/8 AS1 RIPE"},
		{"10.3.0.0/16", 5, year(2021), IRRValid, IRRInvalidOrigin, false, "route 10.3.0.0/16 AS5 RADB"},
		{"2001:db8::/32", 1, time.Time{}, IRRValid, IRRNotFound, false, "route6 2001:db8::/32 AS1 ALTDB"},
		{"10.1.1.0/24", NoOrigin, time.Time{}, IRRInvalidOrigin, IRRInvalidOrigin, true, "route 10.1.0.0/16 AS2 RIPE"},
		{"12.0.0.0/8", NoOrigin, time.Time{}, IRRInvalidOrigin, IRRNotFound, true, "route 12.0.0.0/8 AS0 RADB"},
		{"11.0.0.0/8", 1, time.Time{}, IRRNotFound, IRRNotFound, false, ""},
		{"0.0.0.0/0", 1, time.Time{}, IRRNotFound, IRRNotFound, false, ""},
	}
	for _, tt := range tests {
		v := table.Validate(prefix(tt.prefix), tt.origin, tt.at)
		if v.State != tt.state || v.AuthenticatedState != tt.authed || v.Exact != tt.exact || v.Object != tt.object {
			t.Errorf("%s AS%d at %v: %+v", tt.prefix, tt.origin, tt.at.Year(), v)
		}
	}
}

func TestPrefixesOf(t *testing.T) {
	table := routes(t,
		RouteObject{Prefix: prefix("10.1.0.0/16"), Origin: 2, Source: "RADB"},
		RouteObject{Prefix: prefix("10.1.0.0/16"), Origin: 1, Source: "RIPE"},
		RouteObject{Prefix: prefix("10.0.0.0/16"), Origin: 2, Source: "RIPE"},
		RouteObject{Prefix: prefix("10.3.0.0/16"), Origin: 2, Source: "RIPE", Created: year(2020)},
		RouteObject{Prefix: prefix("2001:db8::/32"), Origin: 3, Source: "RIPE"},
	)
	got, truncated := table.PrefixesOf([]values.ASN{3, 2, 1, 0, 1<<32 - 1}, year(2010), 0)
	want := []netip.Prefix{prefix("10.0.0.0/16"), prefix("10.1.0.0/16"), prefix("2001:db8::/32")}
	if !slices.Equal(got, want) || truncated {
		t.Errorf("%v, truncated %v", got, truncated)
	}
	if got, truncated = table.PrefixesOf([]values.ASN{1, 2, 3}, time.Time{}, 2); len(got) != 2 || !truncated {
		t.Errorf("%v, truncated %v", got, truncated)
	}
	if got := table.OfOrigin(2, time.Time{}); len(got) != 3 || got[2].ID() != "route 10.3.0.0/16 AS2 RIPE" {
		t.Errorf("objects of AS2: %v", got)
	}
}

// slowIRR judges over a plain list: all covering objects known at the time, then the cases one after the other.
func slowIRR(objects []RouteObject, p netip.Prefix, origin values.ASN, at time.Time, authenticatedOnly bool) IRR {
	longest, own := -1, -1
	for _, o := range objects {
		if !o.Prefix.Overlaps(p) || o.Prefix.Bits() > p.Bits() || (authenticatedOnly && !o.Authenticated) {
			continue
		}
		if !at.IsZero() && !o.KnownAt(at) {
			continue
		}
		longest = max(longest, o.Prefix.Bits())
		if o.Origin == origin && origin != 0 {
			own = max(own, o.Prefix.Bits())
		}
	}
	switch {
	case longest < 0:
		return IRRNotFound
	case own < 0:
		return IRRInvalidOrigin
	case own == p.Bits():
		return IRRValid
	case own == longest:
		return IRRValidLessSpecific
	}
	return IRRInvalidMoreSpecific
}

func drawRoute() *rapid.Generator[RouteObject] {
	return rapid.Custom(func(t *rapid.T) RouteObject {
		when := rapid.SampledFrom([]time.Time{{}, year(2001), year(2002), year(2003)})
		source := rapid.SampledFrom([]string{"RIPE", "RADB", "ALTDB"}).Draw(t, "source")
		return RouteObject{Prefix: drawPrefix().Draw(t, "prefix"), Origin: drawASN().Draw(t, "origin"), Source: source,
			Authenticated: source == "RIPE", Created: when.Draw(t, "created"), LastModified: when.Draw(t, "modified")}
	})
}

func TestIRRAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		objects := rapid.SliceOfNDistinct(drawRoute(), 0, 40, func(o RouteObject) string { return o.ID() }).Draw(t, "objects")
		build := func() *RouteTable {
			var b RouteBuilder
			for _, o := range objects {
				if err := b.Add(o); err != nil {
					t.Fatal(err)
				}
			}
			return b.Build()
		}
		table := build()
		slices.Reverse(objects)
		reversed := build()
		for range 20 {
			p, origin := drawPrefix().Draw(t, "route"), drawASN().Draw(t, "asn")
			at := rapid.SampledFrom([]time.Time{{}, year(2000), year(2002)}).Draw(t, "at")
			v := table.Validate(p, origin, at)
			want, authed := slowIRR(objects, p, origin, at, false), slowIRR(objects, p, origin, at, true)
			if v.State != want || table.State(p, origin, at) != want || v.AuthenticatedState != authed || v.Authenticated != (want == authed && want != IRRNotFound) {
				t.Fatalf("%s AS%d: %+v, the oracle says %v, %v", p, origin, v, want, authed)
			}
			if d := gocmp.Diff(v.Objects(), reversed.Validate(p, origin, at).Objects()); d != "" {
				t.Fatalf("order of input shows: %s", d)
			}
			for _, d := range v.Deciding {
				if !slices.Contains(objects, d) || !d.KnownAt(cmp.Or(at, year(2100))) {
					t.Fatalf("%s is not among the objects known at %s", d.ID(), at)
				}
			}
		}
		prefixes, _ := table.PrefixesOf([]values.ASN{1, 2}, time.Time{}, 0)
		var want []netip.Prefix
		for _, o := range objects {
			if o.Origin == 1 || o.Origin == 2 {
				want = append(want, o.Prefix)
			}
		}
		slices.SortFunc(want, values.ComparePrefix)
		if !slices.Equal(prefixes, slices.Compact(want)) {
			t.Fatalf("prefixes of AS1 and AS2: %v, want %v", prefixes, want)
		}
	})
}

func TestRouteBuilderMergesCopies(t *testing.T) {
	o := RouteObject{Prefix: prefix("10.0.0.0/8"), Origin: 1, Source: "RADB"}
	later, earlier := o, o
	later.Created, earlier.Created = year(2005), year(2001)
	got := routes(t, o, later, earlier).OfOrigin(1, time.Time{})
	if len(got) != 1 || !got[0].Created.Equal(year(2001)) {
		t.Errorf("%v", got)
	}
}

// BenchmarkIRR measures a table of 1.2 million route objects: building, heap, state.
func BenchmarkIRR(b *testing.B) {
	var objects []RouteObject
	for i := range 1_200_000 {
		addr := netip.AddrFrom4([4]byte{byte(1 + i%200), byte(i >> 14), byte(i >> 6), 0})
		p := netip.PrefixFrom(addr, 16+i%9).Masked()
		if i%6 == 0 {
			p = netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 1, byte(i >> 16), byte(i >> 8), byte(i)}), 40+i%9).Masked()
		}
		objects = append(objects, RouteObject{Prefix: p, Origin: values.ASN(1 + i%70_000), Source: fmt.Sprint("S", i%25),
			Authenticated: i%25 < 5, Created: year(2000 + i%20)})
	}
	build := func() *RouteTable {
		var rb RouteBuilder
		for _, o := range objects {
			rb.Add(o)
		}
		return rb.Build()
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	table := build()
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			build()
		}
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/(1<<20), "MiB-heap")
		b.ReportMetric(float64(table.Len()), "objects")
	})
	b.Run("state", func(b *testing.B) {
		b.ReportAllocs()
		i, at := 0, year(2010)
		for b.Loop() {
			o := &objects[i]
			table.State(o.Prefix, o.Origin, at)
			if i++; i == len(objects) {
				i = 0
			}
		}
	})
}
