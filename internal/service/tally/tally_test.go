package tally_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/desk/class"
	"pahra/internal/health"
	"pahra/internal/service/reports"
	"pahra/internal/service/tally"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// rig is a desk that takes reports in, and what counts them.
type rig struct {
	t     *testing.T
	store *store.Store
	desk  *reports.Desk
	now   time.Time
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, now: time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)}
	ctx, dir := context.Background(), t.TempDir()
	var err error
	if r.store, err = store.Open(ctx, "sqlite:"+filepath.Join(dir, "pahra.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	files, err := spool.Open(filepath.Join(dir, "desk"))
	if err != nil {
		t.Fatal(err)
	}
	classes, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	own := func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string {
		return "as:" + e.Text("source.asn")
	}
	r.desk, err = reports.Open(ctx, reports.Options{Spool: files, Store: r.store, Own: own, Classes: classes, Now: func() time.Time { return r.now },
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// take takes in a report: n addresses of a network showed a type on a day, each line of it twice.
func (r *rig) take(day, kind string, asn, n int) {
	r.t.Helper()
	var b bytes.Buffer
	for range 2 {
		for i := range n {
			fmt.Fprintf(&b, "{\"classification.type\":%q,\"classification.identifier\":\"x\",\"source.ip\":\"192.0.%d.%d\",\"source.asn\":%d,\"time.source\":\"%sT01:00:00+00:00\"}\n",
				kind, i/250, i%250, asn, day)
		}
	}
	ctx := context.Background()
	if _, err := r.desk.Accept(ctx, &b, reports.Meta{Source: "sensors", Format: "intelmq", Name: day + kind + fmt.Sprint(asn)}); err != nil {
		r.t.Fatal(err)
	}
	if err := r.desk.Drain(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) tally() *tally.Tally {
	r.t.Helper()
	counts, err := tally.New(tally.Options{Store: r.store, Now: func() time.Time { return r.now }})
	if err != nil {
		r.t.Fatal(err)
	}
	return counts
}

func at(t *testing.T, tables []*health.Table, unit health.Unit, line, period string) string {
	t.Helper()
	for _, table := range tables {
		for _, l := range table.All() {
			for i, c := range table.Columns {
				if table.Basis.Unit == unit && l.Key == line && c.Key == period {
					return l.Cells[i].Text()
				}
			}
		}
	}
	return "not there"
}

// TestYear: lines count what repeats, addresses do not, cases are what was opened; a month that is not over is not shown, and
// what is small is not either.
func TestYear(t *testing.T) {
	r := newRig(t)
	r.take("2026-01-10", "phishing", 64500, 40)
	r.take("2026-01-11", "phishing", 64500, 30)
	r.take("2026-01-11", "spam", 64501, 100)
	r.take("2026-02-11", "spam", 64501, 60)
	r.take("2026-02-12", "scanner", 64501, 3)
	r.take("2026-02-12", "brute-force", 64501, 30)
	r.take("2026-03-12", "spam", 64501, 70)
	for _, month := range []string{"2026-01", "2026-02", "2026-03"} { // among small ones no single one can be told
		for _, kind := range []string{"ddos", "dos", "exploit", "copyright"} {
			r.take(month+"-20", kind, 64502, 5)
		}
	}
	counts := r.tally()
	y, err := counts.Year(context.Background(), 2026)
	if err != nil {
		t.Fatal(err)
	}
	if len(y.Tables) != 3 || len(y.Tables[0].Columns) != 2 {
		t.Fatalf("%d tables", len(y.Tables))
	}
	for _, want := range []struct {
		unit               health.Unit
		line, month, count string
	}{
		{health.ReportLine, "fraud/phishing", "2026-01", "140"},
		{health.AddressDay, "fraud/phishing", "2026-01", "70"},
		{health.ReportLine, "total:all", "2026-01", "380"},
		{health.ReportLine, "total:without-spam", "2026-01", "180"},
		{health.AddressDay, "total:all", "2026-01", "190"},
		{health.ReportLine, "information-gathering/scanner", "2026-02", "suppressed"},
		{health.ReportLine, "information-gathering/scanner", "2026-01", "suppressed"},
		{health.ReportLine, "total:all", "2026-03", "not there"},
	} {
		if got := at(t, y.Tables, want.unit, want.line, want.month); got != want.count {
			t.Errorf("%s, %s, %s: %s; want %s", want.unit, want.line, want.month, got, want.count)
		}
	}
	again, err := counts.Year(context.Background(), 2026)
	if err != nil || again.Tables[0] != y.Tables[0] {
		t.Errorf("what did not change was counted again: %v", err)
	}
	r.now = r.now.AddDate(0, 1, 0)
	if y, err = counts.Year(context.Background(), 2026); err != nil {
		t.Fatal(err)
	}
	if got := at(t, y.Tables, health.AddressDay, "total:all", "2026-Q1"); got != "393" && got != "suppressed" {
		t.Errorf("the first quarter: %s", got)
	}
	if got := at(t, y.Tables, health.OneCase, "total:all", "2026-03"); got != "suppressed" {
		t.Errorf("few cases: %s", got)
	}
	if y, err = counts.Year(context.Background(), 2025); err != nil || len(y.Tables) != 0 {
		t.Errorf("a year without reports: %v, %v", y, err)
	}
}

// TestHealth: a network day by day, and what its cases say.
func TestHealth(t *testing.T) {
	r := newRig(t)
	r.take("2026-03-01", "phishing", 64500, 40)
	r.take("2026-03-02", "phishing", 64500, 20)
	r.take("2026-03-03", "phishing", 64501, 20)
	h, err := r.tally().Health(context.Background(), []values.ASN{64500}, 10_000)
	if err != nil || len(h.Types) != 1 {
		t.Fatalf("%+v, %v", h, err)
	}
	m := h.Types[0]
	if m.AddressDays != 60 || m.CoveredDays != 3 || *m.Prevalence != 20 || *m.Per100k != 200 || m.Incidence != 1 || m.Recovery.Cases != 1 || m.Recovery.Recovered != 0 {
		t.Errorf("%+v", m)
	}
	days := map[string]any{}
	for _, d := range m.Curve {
		if d.Addresses != nil {
			days[d.Day] = *d.Addresses
		}
	}
	if diff := cmp.Diff(map[string]any{"2026-03-01": int64(40), "2026-03-02": int64(20), "2026-03-03": int64(0)}, days); diff != "" {
		t.Error(diff)
	}
}

// TestSums: neighbourhoods that overlap, of which the difference would tell of a single network.
func TestSums(t *testing.T) {
	r := newRig(t)
	for asn, n := range map[int]int{64500: 50, 64501: 60, 64502: 70, 64503: 80, 64504: 4} {
		r.take("2026-02-11", "spam", asn, n)
	}
	r.now = time.Date(2026, 4, 2, 0, 0, 0, 0, time.UTC)
	february := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	places := []tally.Place{
		{"country", []values.ASN{64500, 64501, 64502, 64503, 64504}, 100_000},
		{"one", []values.ASN{64503}, 1000},
	}
	sums, err := r.tally().Sums(context.Background(), places, february)
	if err != nil {
		t.Fatal(err)
	}
	if got := sums["country"]; got.Addresses.Text() != "264" || *got.Per100k != 264 || got.Cases.Text() != "suppressed" {
		t.Errorf("the country: %+v", got)
	}
	if got := sums["one"].Addresses; got.State != health.Suppressed || got.Count != nil || sums["one"].Prevalence != nil {
		t.Errorf("a neighbourhood of one network: %+v", got)
	}
	places = append(places, tally.Place{Name: "association", Networks: []values.ASN{64500, 64501, 64502, 64504}, Addresses: 1})
	if sums, err = r.tally().Sums(context.Background(), places, february); err != nil {
		t.Fatal(err)
	}
	if sums["country"].Addresses.Count != nil && sums["association"].Addresses.Count != nil {
		t.Errorf("their difference is a network: %+v", sums)
	}
	if sums, err = r.tally().Sums(context.Background(), places, february.AddDate(-1, 0, 0)); err != nil || sums["country"].Addresses.State != health.NoData {
		t.Errorf("a month without reports: %+v, %v", sums["country"], err)
	}
}

// TestRisk: open services weighed by what they amplify.
func TestRisk(t *testing.T) {
	r := newRig(t)
	var b bytes.Buffer
	for i := range 101 {
		fmt.Fprintf(&b, "{\"classification.type\":\"vulnerable-system\",\"classification.identifier\":\"open-ssdp\",\"source.ip\":\"192.0.2.%d\",\"source.asn\":64500,\"time.source\":\"2026-03-01T01:00:00+00:00\"}\n", i)
	}
	ctx := context.Background()
	if _, err := r.desk.Accept(ctx, &b, reports.Meta{Source: "sensors", Format: "intelmq"}); err != nil {
		t.Fatal(err)
	}
	if err := r.desk.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	risks, factors, err := r.tally().Risk(ctx, func(string) string { return "IN" }, func(e health.Exposure) string { return e.Network })
	if err != nil || len(factors) == 0 || len(risks) != 1 || risks[0].Of != "as:64500" || risks[0].Weighted != 101*30.8 {
		t.Errorf("%+v, %v", risks, err)
	}
}

// TestHistory: what was loaded is there as published and restated, and replaced when it is loaded again.
func TestHistory(t *testing.T) {
	r := newRig(t)
	records, err := health.CertIn()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for range 2 {
		if err := r.store.PutHistory(ctx, "cert-in", records); err != nil {
			t.Fatal(err)
		}
	}
	back, err := r.store.History(ctx)
	if diff := cmp.Diff(records, back); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
	tables, err := r.tally().History(ctx)
	if err != nil || len(tables) != 3 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	if got := at(t, tables, health.Incident, "total:with-spam", "2014"); got != "130338" {
		t.Errorf("2014: %s", got)
	}
}
