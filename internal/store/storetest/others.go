package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/norms"
	"pahra/internal/source"
	"pahra/internal/store"
	vals "pahra/wire/values"
)

func gaps(t *testing.T, s *store.Store) {
	ctx := context.Background()
	gap := source.Gap{Source: "ris", Collector: "rrc00", From: noon(), To: noon().Add(time.Minute), Reason: "connection lost"}
	longer := gap
	longer.To = noon().Add(time.Hour)
	other := source.Gap{Source: "ris", Collector: "rrc01", From: noon().Add(2 * time.Hour), To: noon().Add(3 * time.Hour), Reason: "restart"}
	now := noon().Add(4 * time.Hour)
	err := errors.Join(s.AddGap(ctx, now, gap), s.FillGap(ctx, now, gap, "archive"), s.AddGap(ctx, now, longer), s.AddGap(ctx, now, gap),
		s.AddGap(ctx, now, other), s.FillGap(ctx, now, other, "https://data.ris.example/updates.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FillGap(ctx, now, source.Gap{Source: "ris"}, "x"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("filling a gap that is not there: %v", err)
	}
	open := store.StoredGap{Gap: longer, Stored: now}
	filled := store.StoredGap{Gap: other, Stored: now, Filled: &now, FilledBy: "https://data.ris.example/updates.gz"}
	for _, test := range []struct {
		name   string
		filter store.GapFilter
		want   []store.StoredGap
	}{
		{"all", store.GapFilter{}, []store.StoredGap{open, filled}},
		{"unfilled", store.GapFilter{Unfilled: true}, []store.StoredGap{open}},
		{"of a collector", store.GapFilter{Collectors: []string{"rrc01"}}, []store.StoredGap{filled}},
		{"later", store.GapFilter{From: noon().Add(90 * time.Minute)}, []store.StoredGap{filled}},
		{"earlier", store.GapFilter{To: noon().Add(90 * time.Minute)}, []store.StoredGap{open}},
	} {
		got, err := s.Gaps(ctx, test.filter)
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(test.want, got, same()); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func sources(t *testing.T, s *store.Store) {
	ctx := context.Background()
	ris := source.Status{Name: "ris", Kind: "rislive", Up: true, Since: noon(), Messages: 5, Parts: []string{"rrc00"}}
	vrp := source.Status{Name: "vrp", Kind: "rtr", Errors: 1, LastError: "refused"}
	later := ris
	later.Messages = 6
	now := noon().Add(time.Hour)
	err := errors.Join(s.SaveSources(ctx, noon(), []source.Status{vrp, ris}), s.SaveSources(ctx, now, []source.Status{later}))
	if err != nil {
		t.Fatal(err)
	}
	want := []store.SourceState{{Status: later, Seen: now}, {Status: vrp, Seen: noon()}}
	got, err := s.Sources(ctx)
	if diff := gocmp.Diff(want, got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := s.ForgetSources(ctx, now); err != nil {
		t.Fatal(err)
	}
	got, err = s.Sources(ctx)
	if diff := gocmp.Diff(want[:1], got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func month(text string) vals.Month {
	m, err := vals.ParseMonth(text)
	if err != nil {
		panic(err) // a mistake in the test
	}
	return m
}

func number(f float64) *float64 { return &f }

// networkMonth makes the measures of a network.
func networkMonth(asn vals.ASN, m vals.Month, percent float64) store.NetworkMonth {
	return store.NetworkMonth{ASN: asn, Month: m, Profile: "manrs-1", Incidents: 2, Snapshot: "s1", Measures: []store.Measure{
		{Metric: norms.M1, Raw: number(3.5), Percent: number(percent), Band: norms.Aspiring},
		{Metric: norms.M7IRR, Fraction: number(1.0 / 3), Percent: number(33), Band: norms.Lagging},
		{Metric: norms.M8, Band: norms.NoBand, Reason: "no registry data"},
	}}
}

func months(t *testing.T, s *store.Store) {
	ctx := context.Background()
	oct, nov := month("2026-10"), month("2026-11")
	rows := []store.NetworkMonth{networkMonth(64501, nov, 70), networkMonth(64500, oct, 50), networkMonth(64500, nov, 60)}
	if err := s.SaveMonth(ctx, noon(), rows, ""); err != nil {
		t.Fatal(err)
	}
	again := networkMonth(64500, nov, 65)
	again.Snapshot = "s2"
	if err := s.SaveMonth(ctx, noon().Add(time.Hour), []store.NetworkMonth{again}, ""); err != nil {
		t.Fatal(err)
	}
	rows[0].Stored, rows[1].Stored, again.Stored = noon(), noon(), noon().Add(time.Hour)
	got, err := s.NetworkHistory(ctx, 64500)
	if diff := gocmp.Diff([]store.NetworkMonth{rows[1], again}, got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = s.MonthOf(ctx, nov)
	if diff := gocmp.Diff([]store.NetworkMonth{again, rows[0]}, got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	list, err := s.Months(ctx)
	if err != nil || len(list) != 2 || list[0] != oct || list[1] != nov {
		t.Errorf("months %v, %v", list, err)
	}
	if past, err := s.NetworkPast(ctx, 64500); err != nil || len(past) != 0 {
		t.Errorf("a running month kept %v, %v", past, err)
	}
	if none, err := s.NetworkHistory(ctx, 1); err != nil || len(none) != 0 {
		t.Errorf("a network without months has %v, %v", none, err)
	}
}

func corrections(t *testing.T, s *store.Store) {
	ctx := context.Background()
	oct := month("2026-10")
	old, untouched := networkMonth(64500, oct, 50), networkMonth(64501, oct, 80)
	if err := s.SaveMonth(ctx, noon(), []store.NetworkMonth{old, untouched}, ""); err != nil {
		t.Fatal(err)
	}
	mended := networkMonth(64500, oct, 90)
	mended.Snapshot = "s2"
	now := noon().Add(time.Hour)
	if err := s.SaveMonth(ctx, now, []store.NetworkMonth{mended, untouched}, "override-7"); err != nil {
		t.Fatal(err)
	}
	old.Stored = noon()
	past, err := s.NetworkPast(ctx, 64500)
	if diff := gocmp.Diff([]store.PastMonth{{NetworkMonth: old, Replaced: now, Correction: "override-7"}}, past, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if past, err := s.NetworkPast(ctx, 64501); err != nil || len(past) != 0 {
		t.Errorf("what did not change was kept as past: %v, %v", past, err)
	}
	mended.Stored = now
	got, err := s.NetworkHistory(ctx, 64500)
	if diff := gocmp.Diff([]store.NetworkMonth{mended}, got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func neighbourhoods(t *testing.T, s *store.Store) {
	ctx := context.Background()
	row := func(id, m string, networks int) store.NeighbourhoodMonth {
		return store.NeighbourhoodMonth{Neighbourhood: id, Month: month(m), Profile: "manrs-1", Networks: networks, Snapshot: "s1",
			Measures: []store.Measure{{Metric: norms.A1, Percent: number(77.5), Band: norms.Aspiring}},
			Bands:    []store.Bands{{Metric: norms.A1, Ready: 1, Aspiring: 2, Lagging: 3, NoData: 4}}}
	}
	rows := []store.NeighbourhoodMonth{row("IN", "2026-11", 10), row("IN", "2026-10", 9), row("ispai", "2026-11", 3)}
	if err := s.SaveNeighbourhoods(ctx, noon(), append(rows[:3:3], row("IN", "2026-11", 10))); err != nil {
		t.Fatal(err)
	}
	for n := range rows {
		rows[n].Stored = noon()
	}
	got, err := s.NeighbourhoodHistory(ctx, "IN")
	if diff := gocmp.Diff([]store.NeighbourhoodMonth{rows[1], rows[0]}, got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
	got, err = s.NeighbourhoodsOf(ctx, month("2026-11"))
	if diff := gocmp.Diff([]store.NeighbourhoodMonth{rows[0], rows[2]}, got, same()); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// NetworkMonths makes the measures of n networks.
func NetworkMonths(m string, n int) []store.NetworkMonth {
	rows := make([]store.NetworkMonth, n)
	for i := range rows {
		rows[i] = networkMonth(vals.ASN(4200000000+i), month(m), float64(i%1000)/10)
	}
	return rows
}
