package api_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/internal/source"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// stored gives options with a store that has the world's incidents, a month before the run, a source and a gap.
func stored(t testing.TB) service.ShownOptions {
	t.Helper()
	ctx, alone := t.Context(), servicetest.Shown(t, service.ShownOptions{})
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	answer, err := alone.Answer(ctx, account.Viewer{}, service.IncidentQuery{})
	if err != nil {
		t.Fatal(err)
	}
	var incidents []watch.Incident
	var now time.Time
	for _, line := range answer.(*service.IncidentsPage).List {
		one, err := alone.Answer(ctx, account.Viewer{}, service.IncidentQuestion{ID: line.ID})
		if err != nil {
			t.Fatal(err)
		}
		page := one.(*service.IncidentPage)
		incidents, now = append(incidents, page.Incident), page.Run.To
	}
	_, saved := db.SaveIncidents(ctx, now, incidents)
	percent, past := 40.0, values.MonthOf(now.AddDate(0, -1, 0))
	measures := []store.Measure{{Metric: norms.A1, Band: norms.NoBand, Reason: "nothing was heard"}, {Metric: norms.A4, Percent: &percent, Band: norms.Lagging}}
	for _, err := range []error{
		saved,
		db.SaveMonth(ctx, now, []store.NetworkMonth{{ASN: incidents[0].ASN, Month: past, Profile: "observatory", Measures: measures}}, ""),
		db.SaveNeighbourhoods(ctx, now, []store.NeighbourhoodMonth{{
			Neighbourhood: "country:IN", Month: past, Networks: 9, Measures: measures, Bands: []store.Bands{{Metric: norms.A4, Lagging: 7, NoData: 2}},
		}, {Neighbourhood: service.AllNetworks, Month: past, Profile: "observatory", Networks: 9, Snapshot: "abc"}}),
		db.SaveSources(ctx, now, []source.Status{{Name: "routers", Kind: "bmp", Since: now, LastError: "=connection reset"}}),
		db.AddGap(ctx, now, source.Gap{Source: "ris", Collector: "rrc00", From: now.Add(-time.Hour), To: now, Reason: "connection lost"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return service.ShownOptions{Store: db, Policy: publication.Default(), Records: db.PublicationRecordsOf, Now: func() time.Time { return now }}
}

// TestStored: what the store has beside the run is told by the same rules.
func TestStored(t *testing.T) {
	h := apiOf(t, api.Config{Reader: servicetest.Shown(t, stored(t)), Who: as(account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()})})
	token := []string{"Authorization", "Bearer pahra_good"}
	list := decode[api.Incidents](t, h, "/api/v1/incidents?limit=1000", token...)
	var parts int
	for next := list.Next; ; {
		at := "/api/v1/incidents?limit=3"
		if parts > 0 {
			at = *next
		}
		part := decode[api.Incidents](t, h, at, token...)
		for n, i := range part.List {
			if i.ID != list.List[parts+n].ID {
				t.Fatalf("after %d incidents comes %s, want %s", parts, i.ID, list.List[parts+n].ID)
			}
		}
		parts += len(part.List)
		if next = part.Next; next == nil {
			break
		}
	}
	if parts != len(list.List) {
		t.Errorf("%d incidents in parts, %d at once", parts, len(list.List))
	}
	asn := list.List[0].ASN
	months := decode[api.Scores](t, h, fmt.Sprintf("/api/v1/networks/%d/history", asn), token...).List
	if len(months) != 2 || months[0].Month >= months[1].Month {
		t.Fatalf("%d months: %+v", len(months), months)
	}
	for _, m := range months[0].Measures {
		switch {
		case m.Metric == "A4" && (m.Percent == nil || *m.Percent != 40), m.Metric == "A1" && (m.Percent != nil || *m.Reason != "nothing was heard"), m.Percent == nil && m.Reason == nil:
			t.Errorf("of the store's month: %+v", m)
		}
	}
	one := decode[api.Scores](t, h, fmt.Sprintf("/api/v1/scores?asn=%d&month=%s&band=lagging&metric=A4", asn, months[0].Month))
	if len(one.List) != 1 || len(one.List[0].Measures) != 1 {
		t.Errorf("the store's month by band: %+v", one.List)
	}
	place := decode[api.Summary](t, h, "/api/v1/scores/summary?country=IN&region=southern-asia&month="+months[0].Month)
	for _, p := range place.List {
		if a4 := p.Months[0].Actions[3]; a4.Action != "A4" || a4.Severities[2].Networks != 7 || a4.Mean == nil || *a4.Mean != 40 || a4.WithData != 7 {
			t.Errorf("%s: %+v", p.Name, a4)
		}
	}
	if d := decode[api.Disputes](t, h, "/api/v1/disputes"); d.Reason != nil {
		t.Errorf("disputes: %+v", d)
	}
	if s := decode[api.Snapshots](t, h, "/api/v1/snapshots"); len(s.Months) != 1 || s.Months[0].Snapshot != "abc" || s.ID == "" || len(s.Inputs) == 0 {
		t.Errorf("snapshots: %+v", s.Months)
	}
	sources := decode[api.Sources](t, h, "/api/v1/sources")
	if len(sources.Gaps) != 1 || len(sources.List) != 1 || sources.List[0].Rate != nil || sources.List[0].Last != nil || !sources.List[0].Stale {
		t.Errorf("sources: %+v", sources)
	}
	if table := get(t, h, "/api/v1/sources?format=csv").Body.String(); !strings.Contains(table, ",'=connection reset") {
		t.Errorf("a formula in %s", table)
	}
}
