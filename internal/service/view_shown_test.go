package service_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/wire/values"
)

func shownOf(t *testing.T, out string, opt service.ShownOptions) *service.Shown {
	t.Helper()
	s := service.NewShown(opt)
	if err := s.Publish(open(t, out)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// ask answers a question as T.
func ask[T any](t *testing.T, s *service.Shown, v account.Viewer, q service.Question) T {
	t.Helper()
	answer, err := s.Answer(t.Context(), v, q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	return answer.(T)
}

// TestSafePolicy: by the default policy, before any holder was told, no page names a network in an incident to the
// public, whichever way it is asked; analysts see all; a holder sees what concerns their own network.
func TestSafePolicy(t *testing.T) {
	_, out := worldRun(t)
	s := shownOf(t, out, service.ShownOptions{Policy: publication.Default(), Now: func() time.Time { return time.Date(2026, 2, 11, 0, 0, 0, 0, time.UTC) }})
	public, analyst := account.Viewer{}, account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
	all := ask[*service.IncidentsPage](t, s, analyst, service.IncidentQuery{})
	if len(all.List) == 0 {
		t.Fatal("the world has no incident")
	}
	if page := ask[*service.IncidentsPage](t, s, public, service.IncidentQuery{}); len(page.List) != 0 || page.Withheld != len(all.List) {
		t.Errorf("the public sees %d incidents, and %d of %d are withheld", len(page.List), page.Withheld, len(all.List))
	}
	home := ask[*service.HomePage](t, s, public, service.HomeQuestion{})
	if len(home.Latest) > 0 || home.Week == 0 {
		t.Errorf("the first page shows %d incidents and counts %d", len(home.Latest), home.Week)
	}
	for _, i := range all.List {
		if _, err := s.Answer(t.Context(), public, service.IncidentQuestion{ID: i.ID}); !errors.Is(err, service.ErrNoPage) {
			t.Errorf("the public can open incident %s (%v)", i.ID, err)
		}
		ask[*service.IncidentPage](t, s, analyst, service.IncidentQuestion{ID: i.ID})
		tellsNothing(t, i.ID, ask[*service.NetworkPage](t, s, public, service.NetworkQuestion{ASN: i.ASN, WhatIf: true}))
		holder := account.Viewer{Account: "h", Role: account.Member, Networks: []values.ASN{i.ASN}, Scopes: account.AllScopes()}
		own := ask[*service.NetworkPage](t, s, holder, service.NetworkQuestion{ASN: i.ASN, WhatIf: true})
		if len(own.Incidents) == 0 || own.More.PublicOnly {
			t.Errorf("the holder of AS%d sees %d of its incidents", i.ASN, len(own.Incidents))
		}
	}
	some := all.List[0]
	for _, q := range []service.IncidentQuery{{ASN: some.ASN}, {Neighbourhood: "country:IN"}, {Where: service.Where{Countries: []string{"IN"}}}, {Prefix: netip.MustParsePrefix("10.0.0.0/8")}, {By: norms.A4, Bands: []norms.Band{norms.Ready}}} {
		if page := ask[*service.IncidentsPage](t, s, public, q); len(page.List) > 0 || page.Withheld > 0 || !page.Untold {
			t.Errorf("%+v: the public is told of %d incidents and %d more", q, len(page.List), page.Withheld)
		}
		if page := ask[*service.IncidentsPage](t, s, analyst, q); page.Untold {
			t.Errorf("%+v: an analyst is not told all", q)
		}
	}
	for _, name := range []string{service.AllNetworks, "country:IN"} {
		tellsNothing(t, all.List[0].ID, ask[*service.NeighbourhoodPage](t, s, public, service.NeighbourhoodQuestion{Name: name, By: norms.A1}))
		tellsNothing(t, all.List[0].ID, ask[*service.MembersPage](t, s, public, service.MembersQuestion{Name: name}))
	}
	tellsNothing(t, all.List[0].ID, ask[*service.NetworksPage](t, s, public, service.NetworksQuestion{Part: 1}))
}

// tellsNothing looks for what would tell of incidents in a page of the public.
func tellsNothing(t *testing.T, id string, view any) {
	t.Helper()
	line := func(l service.NetworkLine) {
		if l.Announced+l.Incidents > 0 || len(l.Scores) > 0 && !l.Withheld {
			t.Errorf("the line of AS%d tells of %d incidents", l.ASN, l.Incidents)
		}
		for _, s := range l.Scores {
			if (s.Action == norms.A1 || s.Action == norms.A2) && s.Percent != nil {
				t.Errorf("the line of AS%d shows %s", l.ASN, s.Action)
			}
		}
	}
	switch v := view.(type) {
	case *service.NetworksPage:
		for _, l := range v.List {
			line(l)
		}
	case *service.MembersPage:
		for _, l := range v.List {
			line(l)
		}
	case *service.NeighbourhoodPage:
		for _, l := range v.Mend {
			line(l)
		}
		for _, tile := range v.Space.Tiles {
			if tile.Percent != nil {
				t.Errorf("the map shows A1 of AS%d", tile.ASN)
			}
		}
		if len(v.Incidents) > 0 {
			t.Error("the neighbourhood lists incidents")
		}
	case *service.NetworkPage:
		for _, n := range append(append(append([]service.Neighbour{}, v.More.Upstreams...), v.More.Customers...), v.More.Peers...) {
			line(n.NetworkLine)
		}
		if len(v.Incidents)+len(v.Suffered) > 0 || v.IncidentsTotal > 0 || !v.More.PublicOnly || v.Compared != nil {
			t.Errorf("AS%d shows %d incidents", v.Network.ASN, len(v.Incidents))
		}
		for _, a := range v.Month.Actions {
			for _, m := range append([]service.PageScore{a.PageScore}, a.Metrics...) {
				if m.Metric <= norms.M5C && (m.Percent != nil || len(m.Addends) > 0 || m.Raw != nil) {
					t.Errorf("AS%d shows %s", v.Network.ASN, m.Metric)
				}
			}
		}
	}
	if text := string(jsonOf(t, view)); strings.Contains(text, id) {
		t.Errorf("%T holds the incident's id", view)
	}
}

// TestWhatIf: mending nothing changes nothing, mending all of one kind gives what its step says, and each finding more
// never lowers a score.
func TestWhatIf(t *testing.T) {
	_, out := worldRun(t)
	s := shownOf(t, out, service.ShownOptions{})
	_, v := viewOf(t, out)
	for _, asn := range v.ASNs() {
		page := ask[*service.NetworkPage](t, s, account.Viewer{}, service.NetworkQuestion{ASN: asn, WhatIf: true})
		for _, p := range page.More.WhatIf.Scores {
			if (p.From == nil) != (p.To == nil) || p.From != nil && *p.From != *p.To {
				t.Errorf("AS%d: with nothing mended %s goes from %v to %v", asn, p.Metric, p.From, p.To)
			}
		}
		for _, step := range page.Steps {
			if step.Raise == nil || step.Raise.Action == nil || step.Raise.ActionTo == nil {
				continue
			}
			then := ask[*service.NetworkPage](t, s, account.Viewer{}, service.NetworkQuestion{ASN: asn, WhatIf: true, Mended: []string{string(step.Kind)}})
			for _, p := range then.More.WhatIf.Scores {
				if p.Metric == step.Raise.Metric && (p.To == nil || *p.To != step.Raise.To) {
					t.Errorf("AS%d, %s: %s comes to %v, the step says %v", asn, step.Kind, p.Metric, p.To, step.Raise.To)
				}
			}
		}
	}
}
