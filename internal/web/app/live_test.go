package app_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/internal/source"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// liveShown shows the demonstration with a store beside the run: what a service has after some months.
func liveShown(t testing.TB) *service.Shown {
	t.Helper()
	ctx := t.Context()
	alone := servicetest.Shown(t, service.ShownOptions{})
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	answer, err := alone.Answer(ctx, public(), service.IncidentQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var incidents []watch.Incident
	var now time.Time
	for _, line := range answer.(*service.IncidentsPage).List {
		one, err := alone.Answer(ctx, public(), service.IncidentQuestion{ID: line.ID})
		if err != nil {
			t.Fatal(err)
		}
		page := one.(*service.IncidentPage)
		incidents, now = append(incidents, page.Incident), page.Run.To
	}
	late := incidents[0]
	late.ID, late.Start, late.End, late.Status = "11c0ffee11c0ffee11c0ffee11c0ffee", now.Add(-time.Minute), nil, watch.Open
	for _, step := range []error{
		save(db.SaveIncidents(ctx, now, append(incidents, late))),
		db.SaveSources(ctx, now, []source.Status{
			{Name: "ris", Kind: "rislive", Up: true, Since: now.Add(-time.Hour), LastMessage: now.Add(-time.Second), LastEvent: now.Add(-3 * time.Second), Messages: 3600 * 900, Parts: []string{"rrc00", "rrc12"}},
			{Name: "routers", Kind: "bmp", Since: now.Add(-time.Hour), LastMessage: now.Add(-40 * time.Minute), Messages: 99, Errors: 2, LastError: "connection reset"},
		}),
		db.AddGap(ctx, now, source.Gap{Source: "ris", Collector: "rrc00", From: now.Add(-2 * time.Hour), To: now.Add(-110 * time.Minute), Reason: "connection lost"}),
		db.SaveNeighbourhoods(ctx, now, pastMonths(service.AllNetworks, "lantern-coast", "country:IN", "country:DE")),
		db.SaveMonth(ctx, now, pastOf(incidents[0].ASN), ""),
		dispute(t, db, &incidents[0], now),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	return servicetest.Shown(t, service.ShownOptions{Store: db, Records: db.PublicationRecordsOf, Policy: open(), Now: func() time.Time { return now }, Synthetic: true})
}

func save(_ store.Saved, err error) error { return err }

// open is a policy that shows everything, as an organisation may choose among its own.
func open() *publication.Policy {
	text := strings.NewReplacer("at_least: 5", "at_least: 1", "confidence: 0.8", "confidence: 0", "attribution: supported", "attribution: any", "notified: true", "notified: false", "wait: 72h", "wait: 0s",
		"[M6, M7IRR, M7RPKI, M7RPKIN, M8, M9, A3, A4]", "[M1, M1C, M2, M2C, M3, M3C, M4, M4C, M5, M5C, M6, M7IRR, M7RPKI, M7RPKIN, M8, M9, A1, A2, A3, A4]").Replace(string(publication.DefaultYAML()))
	p, err := publication.Read(strings.NewReader(text))
	if err != nil {
		panic(err) // the default is embedded
	}
	return p
}

// month gives the n-th month before the run's.
func month(n int) values.Month {
	m := values.MonthOf(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	for range n {
		m = values.MonthOf(m.Start().Add(-time.Hour))
	}
	return m
}

// pastMonths make a year in which things get better.
func pastMonths(names ...string) (rows []store.NeighbourhoodMonth) {
	for _, name := range names {
		for n := 1; n <= 11; n++ {
			row := store.NeighbourhoodMonth{Neighbourhood: name, Month: month(n), Profile: "manrs-2024", Networks: 200}
			for k, a := range norms.Actions() {
				mean := float64(80 - 3*n - 5*k)
				row.Measures = append(row.Measures, store.Measure{Metric: a, Percent: &mean, Band: norms.Aspiring})
				row.Bands = append(row.Bands, store.Bands{Metric: a, Ready: 120 - 8*n - 10*k, Aspiring: 20 + n, Lagging: 30 + 5*n, NoData: 30 + 2*n + 10*k})
			}
			rows = append(rows, row)
		}
	}
	return rows
}

func pastOf(asn values.ASN) (rows []store.NetworkMonth) {
	for n := 1; n <= 11; n++ {
		row := store.NetworkMonth{ASN: asn, Month: month(n), Profile: "manrs-2024"}
		for k, a := range norms.Actions() {
			percent := float64((95 - 7*n + 20*k) % 100)
			row.Measures = append(row.Measures, store.Measure{Metric: a, Percent: &percent, Band: norms.Aspiring})
		}
		rows = append(rows, row)
	}
	return rows
}

// dispute has a holder told, reply and dispute.
func dispute(t testing.TB, db *store.Store, i *watch.Incident, now time.Time) error {
	t.Helper()
	r := publication.Record{Incident: i.ID, ASN: i.ASN, Kind: i.Kind, State: publication.Open}
	for n, s := range []publication.Step{
		{Action: publication.Notify, By: publication.System, Reason: "mail to the contacts in the registry"},
		{Action: publication.Reply, By: publication.Holder, Reason: "A route reflector was misconfigured; the session is shut."},
	} {
		if err := r.Do(s, now.Add(time.Duration(n)*time.Minute)); err != nil {
			return err
		}
		if err := db.SavePublicationRecord(t.Context(), r, n, nil); err != nil {
			return err
		}
	}
	return nil
}

// TestLive: what the store has beside the run is on the pages, a stale source as what it is.
func TestLive(t *testing.T) {
	s := liveShown(t)
	h := appOf(t, configOf(s))
	for path, wants := range map[string][]string{
		"/":        {"1 source is", "not heard", "last hour", "11c0ffee11c0ffee"},
		"/sources": {"connection reset", "down", "live", "connection lost", "missing"},
		"/incident/11c0ffee11c0ffee11c0ffee11c0ffee": {"Was it always judged so?", "Which way did it come?"},
		"/neighbourhood/lantern-coast":               {"2025-03", "Is it getting better?"},
		"/search?q=11c0ffee":                         {"Nothing"},
	} {
		text := body(t, get(t, h, path))
		for _, want := range wants {
			if path != "/search?q=11c0ffee" && !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", path, want)
			}
		}
	}
	if to := get(t, h, "/search?q=11c0ffee").Header.Get("Location"); !strings.HasPrefix(to, "/incident/11c0ffee") {
		t.Errorf("the search for an incident leads to %q", to)
	}
	if err := s.KeepMonth(t.Context()); err != nil {
		t.Error(err)
	}
}
