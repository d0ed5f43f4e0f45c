package web

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// pageOf makes an incident's page with these paths, each seen by one session.
func pageOf(i watch.Incident, paths ...[]values.ASN) *service.IncidentPage {
	page := &service.IncidentPage{Incident: i, PathsAll: len(paths), Holders: map[values.ASN]string{}}
	for _, p := range paths {
		page.Paths = append(page.Paths, service.PathSeen{Path: p, Sessions: 1, Prefixes: 1})
	}
	return page
}

func names(g *graph, role role) (list []string) {
	for _, n := range g.Nodes {
		if n.Role == role {
			list = append(list, n.Name)
		}
	}
	slices.Sort(list)
	return list
}

// TestGraphOfHijack: common networks once, the announcing one marked, the holder beside it.
func TestGraphOfHijack(t *testing.T) {
	victim := values.ASN(9)
	i := watch.Incident{Kind: watch.Hijack, ASN: 5, Victim: &victim, Accomplices: []watch.Accomplice{{ASN: 4}}}
	g := drawPaths(pageOf(i, []values.ASN{1, 3, 4, 5}, []values.ASN{2, 3, 4, 5}, []values.ASN{8, 5}))
	if got := len(g.Nodes); got != 7 {
		t.Errorf("%d boxes, want 1 2 3 4 5 8 and the holder", got)
	}
	for role, want := range map[role]string{bad: "AS5", holder: "AS9", accepted: "AS4", vantage: "AS1 AS2 AS8", transit: "AS3"} {
		if got := strings.Join(names(g, role), " "); got != want {
			t.Errorf("%s: %q, want %q", role, got, want)
		}
	}
	for _, e := range g.Edges {
		if want := map[string]int{"1-3": 1, "2-3": 1, "3-4": 2, "4-5": 2, "8-5": 1}[e.from.key+"-"+e.to.key]; e.Sessions != want {
			t.Errorf("%s-%s: %d sessions, want %d", e.from.key, e.to.key, e.Sessions, want)
		}
		if e.Bad != (e.to.key == "5") {
			t.Errorf("%s-%s: bad is %v", e.from.key, e.to.key, e.Bad)
		}
	}
}

// TestGraphOfLeak: from the one that had the routes to the leaker to the one that took them, with what they are to it.
func TestGraphOfLeak(t *testing.T) {
	l := &watch.LeakEvidence{From: 6, Leaker: 5, To: 4, FromRelation: watch.KnownRelation{Relation: "provider"}, ToRelation: watch.KnownRelation{Relation: "peer"}}
	i := watch.Incident{Kind: watch.Leak, ASN: 5, Accomplices: []watch.Accomplice{{ASN: 4}}, Evidence: watch.Evidence{Leak: l}}
	g := drawPaths(pageOf(i, []values.ASN{1, 4, 5, 6, 7, 70}, []values.ASN{2, 4, 5, 6, 8}))
	labels := make(map[string]string)
	for _, e := range g.Edges {
		labels[e.from.key+"-"+e.to.key] = e.Label
	}
	if labels["4-5"] != "its peer" || labels["5-6"] != "its provider" {
		t.Errorf("labels are %v", labels)
	}
	if got := strings.Join(names(g, source), " "); got != "AS6" {
		t.Errorf("the picture ends at %q, want AS6", got)
	}
}

// TestGraphBounds: however many and odd the paths, the picture stays small, lines lead right, and boxes stand apart.
func TestGraphBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var paths [][]values.ASN
		for range rapid.IntRange(1, 60).Draw(t, "paths") {
			var path []values.ASN
			for range rapid.IntRange(0, 20).Draw(t, "hops") {
				path = append(path, values.ASN(rapid.IntRange(1, rapid.SampledFrom([]int{6, 40, 1000}).Draw(t, "of")).Draw(t, "hop")))
			}
			paths = append(paths, append(path, 5000))
		}
		i := watch.Incident{Kind: watch.Hijack, ASN: 5000}
		g := drawPaths(pageOf(i, paths...))
		check(t, g)
		if again := drawPaths(pageOf(i, paths...)); fmt.Sprint(shape(g)) != fmt.Sprint(shape(again)) {
			t.Fatal("the same paths give another picture")
		}
	})
}

func shape(g *graph) (list []string) {
	for _, e := range g.Edges {
		list = append(list, e.D)
	}
	return list
}

func check(t *rapid.T, g *graph) {
	if got := names(g, bad); len(got) != 1 || got[0] != "AS5000" {
		t.Fatalf("the announcing network is drawn as %v", got)
	}
	columns := make(map[float64][]*node)
	for _, n := range g.Nodes {
		columns[n.X] = append(columns[n.X], n)
		if n.X < 0 || n.Y < 0 || n.X+n.W > g.Width || n.Y+n.H > g.Height {
			t.Fatalf("%s stands at %.0f, %.0f, outside %.0f × %.0f", n.Name, n.X, n.Y, g.Width, g.Height)
		}
	}
	for x, list := range columns {
		if len(list) > maxRows+1 {
			t.Fatalf("%d boxes in a column", len(list))
		}
		slices.SortFunc(list, func(a, b *node) int { return int(a.Y - b.Y) })
		for i := 1; i < len(list); i++ {
			if list[i].Y < list[i-1].Y+boxH {
				t.Fatalf("in the column at %.0f %s overlaps %s", x, list[i-1].Name, list[i].Name)
			}
		}
	}
	for _, e := range g.Edges {
		if e.from.X >= e.to.X {
			t.Fatalf("the line from %s to %s does not lead right", e.from.Name, e.to.Name)
		}
	}
}

// TestTimeEndsWithTheIncident: who came to have it when it had ended does not draw the line on.
func TestTimeEndsWithTheIncident(t *testing.T) {
	start := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	end := start.Add(time.Hour)
	page := pageOf(watch.Incident{Start: start, End: &end})
	page.Sights = []service.Sight{{Time: start}, {Time: start.Add(time.Minute)}, {Time: end.Add(time.Minute)}}
	c := drawTime(page)
	if got := strings.Count(c.Line, " V"); got != 3 {
		t.Errorf("the line %q rises %d times, want 2 and then falls", c.Line, got)
	}
	if got := drawTime(pageOf(watch.Incident{Start: start})); got != nil {
		t.Error("a picture without sights")
	}
}
