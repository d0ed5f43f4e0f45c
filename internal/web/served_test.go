package web

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	live "pahra/internal/source"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// servedViews are the views that only a service has, and those of a run with what a service adds, with hostile text
// wherever text of others can come to stand.
func servedViews() []any {
	at, half := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC), 50.0
	run := service.PageRun{RunRef: service.RunRef{Snapshot: hostile, From: at, To: at}, Program: hostile, Collectors: []string{hostile}}
	line := service.NetworkLine{ASN: 1, Holder: hostile, Country: hostile, Scores: []service.LineScore{{Action: norms.A1, Percent: &half, Band: norms.Ready}}}
	place := service.NeighbourhoodLine{Name: hostile, Title: hostile, Members: 1, Distribution: service.Spread{Title: hostile}}
	incident := service.IncidentLine{ID: hostile, Kind: watch.Kind(hostile), Holder: hostile, Headline: hostile, Start: at}
	month := service.HistoryMonth{Distribution: []service.Spread{{Title: hostile, Bands: []service.BandCount{{Band: norms.Ready, Networks: 1, Share: 1}}}}, Means: []service.ActionMean{{Percent: &half}}}
	history := []service.HistoryMonth{month, month}
	route := service.RouteCheck{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Origin: 1, Holder: hostile, Country: hostile}
	src := service.SourceLine{Name: hostile, Kind: hostile, LastError: hostile, Parts: []string{hostile}, Live: true}
	space := &service.SpaceMap{IPv4: 2, By: norms.A4, Tiles: []service.SpaceTile{{ASN: 1, Holder: hostile, IPv4: 2, Band: norms.Lagging, Percent: &half}}}
	side := &service.NeighbourhoodPage{Run: run, Name: hostile, Title: hostile, Members: 1, Space: space, History: history, Distribution: []service.Spread{{Title: hostile}},
		Changed: []service.Changed{{ASN: 1, Holder: hostile}}}
	record := publication.Record{State: publication.Disputed, Override: hostile, Steps: []publication.Step{
		{At: at, Action: publication.Notify, By: publication.Actor(hostile), Reason: hostile}, {At: at, Action: publication.Reply, Reason: hostile},
		{At: at, Action: publication.Dispute, Reason: hostile, Evidence: hostile}, {At: at, Action: publication.Reject, Reason: hostile},
	}}
	network := hostileViews()[4].(*service.NetworkPage)
	network.More = &service.NetworkMore{
		WhatIf:    &service.WhatIf{Choices: []service.Choice{{Key: hostile, Says: hostile, All: 1}}, Scores: []service.WhatIfPair{{Metric: norms.A1, Title: hostile}}},
		Upstreams: []service.Neighbour{{NetworkLine: line}}, History: []service.PageMonth{*network.Month, *network.Month},
	}
	attacked := hostileViews()[5].(*service.IncidentPage)
	attacked.More = &service.IncidentMore{Record: record, Versions: []service.VersionLine{{Digest: hostile, Status: watch.Status(hostile)}}, Gaps: []store.StoredGap{{Gap: live.Gap{Collector: hostile}}}}
	return []any{
		&service.HomePage{Run: run, Now: at, Latest: []service.IncidentLine{incident}, Sources: []service.SourceLine{src}, Stale: 1, Live: true, History: history,
			Neighbourhoods: []service.NeighbourhoodLine{place}, Countries: []service.NeighbourhoodLine{place}, Recent: []service.RecentCount{{Kind: watch.Kind(hostile)}}},
		&service.NeighbourhoodsPage{Run: run, List: []service.NeighbourhoodLine{place}},
		&service.MembersPage{Run: run, Name: hostile, Title: hostile, List: []service.NetworkLine{line}},
		&service.ComparePage{Run: run, Choices: []service.NeighbourhoodLine{place}, Sides: []*service.NeighbourhoodPage{side, side}},
		&service.PrefixPage{Run: run, PrefixCheck: &service.PrefixCheck{Prefix: route.Prefix, Routes: []service.RouteCheck{route}, Covering: []service.RouteCheck{route}, Notes: []string{hostile},
			Findings: []service.Finding{{Says: hostile, Mend: hostile}}, Candidates: []service.Candidate{{Time: at, Exclusion: hostile, Detail: hostile}}}, Lines: []service.PrefixLine{{IncidentLine: incident, Match: hostile}}},
		&service.SearchPage{Run: run, Query: hostile, Total: 1, Hits: []service.Hit{{ASN: 1, Title: hostile, Country: hostile}, {Neighbourhood: hostile, Title: hostile}, {Incident: hostile, Title: hostile}}},
		&service.SourcesPage{Run: run, Now: at, Sources: []service.SourceLine{src}, Gaps: []store.StoredGap{{Gap: live.Gap{Collector: hostile, Source: hostile, Reason: hostile}, FilledBy: hostile, Filled: &at}},
			Inputs: []service.InputLine{{Kind: hostile, NoData: hostile}}, Peers: []service.PeerHealth{{Collector: hostile, IP: hostile}}},
		&service.IncidentsPage{Run: run, List: []service.IncidentLine{incident}, Query: &service.IncidentQuery{Kind: watch.Kind(hostile), Neighbourhood: hostile}, Next: hostile},
		side, network, attacked, &ErrorPage{404, hostile, hostile + hostile + hostile},
	}
}

// TestHostileServed: names of others stay text on the pages of a service too, and links stay within it.
func TestHostileServed(t *testing.T) {
	s, err := NewServed(func(values.ASN) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	for _, view := range servedViews() {
		html, err := s.HTML(view, Around{Path: "/x", Query: "q=" + hostile, Account: hostile, Login: true, Assets: "v", Plots: true, API: true})
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for dec := lenient(string(html)); ; {
			token, err := dec.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%T: %v", view, err)
			}
			switch x := token.(type) {
			case xml.StartElement:
				if x.Name.Local == "img" || x.Name.Local == "style" {
					t.Errorf("%T has an element %s", view, x.Name.Local)
				}
				for _, a := range x.Attr {
					bad := strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" || a.Name.Local == "src" && !strings.HasPrefix(a.Value, "/static/v/") ||
						a.Name.Local == "href" && !strings.HasPrefix(a.Value, "/") && !strings.HasPrefix(a.Value, "#")
					if bad || a.Name.Local == "href" && strings.HasPrefix(a.Value, "//") {
						t.Errorf("%T has %s=%q", view, a.Name.Local, a.Value)
					}
				}
			case xml.CharData:
				seen += strings.Count(string(x), "<script>alert(1)</script>")
			}
		}
		if seen < 3 {
			t.Errorf("%T shows the hostile text %d times", view, seen)
		}
		if strings.ContainsAny(string(html), "\u202e\x1b\u009b") {
			t.Errorf("%T can turn the reading direction", view)
		}
	}
}

// TestTreemap: every tile is as large as its share, lies within the map, and none lies over another.
func TestTreemap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &service.SpaceMap{Others: service.SpaceOthers{Networks: 3, IPv4: rapid.Uint64Range(0, 1<<20).Draw(t, "others")}}
		m.IPv4 = m.Others.IPv4
		last := uint64(1 << 24)
		for range rapid.IntRange(0, 60).Draw(t, "networks") {
			last = rapid.Uint64Range(1, last).Draw(t, "addresses")
			m.Tiles, m.IPv4 = append(m.Tiles, service.SpaceTile{ASN: 1, IPv4: last}), m.IPv4+last
		}
		tiles := squarify(m)
		for n, a := range tiles {
			if want := mapW * mapH * float64(a.IPv4) / float64(m.IPv4); math.Abs(a.W*a.H-want) > 1e-6*mapW*mapH {
				t.Fatalf("tile %d covers %f, want %f", n, a.W*a.H, want)
			}
			if a.X < -1e-6 || a.Y < -1e-6 || a.X+a.W > mapW+1e-6 || a.Y+a.H > mapH+1e-6 {
				t.Fatalf("tile %d sticks out: %+v", n, a)
			}
			for _, b := range tiles[:n] {
				if w, h := min(a.X+a.W, b.X+b.W)-max(a.X, b.X), min(a.Y+a.H, b.Y+b.H)-max(a.Y, b.Y); w > 1e-6 && h > 1e-6 {
					t.Fatalf("tile %d lies over another by %f × %f", n, w, h)
				}
			}
		}
	})
}
