package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// BenchmarkSaveIncidents stores batches of 100: new ones, then the same with more evidence, then with another verdict.
func BenchmarkSaveIncidents(b *testing.B) {
	ctx := context.Background()
	s := storetest.Open(b, storetest.SQLite(b))
	list := storetest.Incidents(1, 100)
	for _, test := range []struct {
		name   string
		change func(n int, i *watch.Incident)
	}{
		{"new", func(n int, i *watch.Incident) { i.ID = fmt.Sprintf("%s-%d", i.ID[:16], n) }},
		{"grown", func(n int, i *watch.Incident) { i.Evidence.UpdatesTotal = n }},
		{"judged", func(n int, i *watch.Incident) { i.Confidence = 1 / float64(n+2) }},
	} {
		b.Run(test.name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				for k := range list {
					test.change(n, &list[k])
				}
				if _, err := s.SaveIncidents(ctx, time.Unix(0, 0), list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkIncidents reads pages of 50 out of 100,000 incidents.
func BenchmarkIncidents(b *testing.B) {
	ctx := context.Background()
	s := storetest.Open(b, storetest.SQLite(b))
	r := rand.New(rand.NewPCG(1, 1))
	for n := range uint64(100) {
		if _, err := s.SaveIncidents(ctx, time.Unix(0, 0), storetest.Wide(n, 1000)); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := s.SaveIncidents(ctx, time.Unix(3600, 0), storetest.Wide(1000, 5)); err != nil {
		b.Fatal(err)
	}
	asn := func() values.ASN { return values.ASN(4200000000 + r.IntN(80_000)) }
	some := func(n int) (list []values.ASN) {
		for range n {
			list = append(list, asn())
		}
		return list
	}
	for _, test := range []struct {
		name   string
		filter func() store.IncidentFilter
	}{
		{"newest", func() store.IncidentFilter { return store.IncidentFilter{} }},
		{"network", func() store.IncidentFilter { return store.IncidentFilter{ASN: asn()} }},
		{"victim", func() store.IncidentFilter { return store.IncidentFilter{ASN: asn(), Part: store.Victim} }},
		{"60 networks", func() store.IncidentFilter { return store.IncidentFilter{ASNs: some(60)} }},
		{"1900 networks", func() store.IncidentFilter { return store.IncidentFilter{ASNs: some(1900)} }},
		{"20000 networks", func() store.IncidentFilter { return store.IncidentFilter{ASNs: some(20_000)} }},
		{"prefix", func() store.IncidentFilter {
			return store.IncidentFilter{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(1 + r.IntN(223)), byte(r.IntN(256)), 0, 0}), 20)}
		}},
		{"kind and confidence", func() store.IncidentFilter {
			return store.IncidentFilter{Kinds: []watch.Kind{watch.Leak}, MinConfidence: 0.9}
		}},
		{"changed just now", func() store.IncidentFilter { return store.IncidentFilter{UpdatedSince: time.Unix(3600, 0)} }},
		{"open", func() store.IncidentFilter { return store.IncidentFilter{Open: true} }},
		{"a day", func() store.IncidentFilter {
			at := time.Date(2026, 11, 21+r.IntN(3), 0, 0, 0, 0, time.UTC)
			return store.IncidentFilter{Since: at, Until: at.AddDate(0, 0, 1)}
		}},
	} {
		b.Run(test.name, func(b *testing.B) {
			for b.Loop() {
				f := test.filter()
				f.Limit = 50
				if _, err := s.IncidentSummaries(ctx, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("counts of a day", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.IncidentCounts(ctx, time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkMonth stores and reads the measures of 80,000 networks.
func BenchmarkMonth(b *testing.B) {
	ctx := context.Background()
	s := storetest.Open(b, storetest.SQLite(b))
	rows := storetest.NetworkMonths("2026-11", 80_000)
	b.Run("save", func(b *testing.B) {
		for b.Loop() {
			if err := s.SaveMonth(ctx, time.Unix(0, 0), rows, ""); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("network", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			if _, err := s.NetworkHistory(ctx, rows[n%len(rows)].ASN); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.MonthOf(ctx, rows[0].Month); err != nil {
				b.Fatal(err)
			}
		}
	})
}
