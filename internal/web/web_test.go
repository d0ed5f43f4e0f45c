package web

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/health"
	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// hostile is text that tries to be more than text wherever it stands.
const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(1)> {{.}} javascript:alert(1) ` + "\u202e\x1b[31m\u009b0m</title></style>"

func sites(t *testing.T) *Site {
	t.Helper()
	s, err := New(func(values.ASN) bool { return true })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hostileViews are all views, with hostile text wherever text of others can come to stand.
func hostileViews() []any {
	at := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	run := service.PageRun{
		RunRef: service.RunRef{Snapshot: hostile, Digest: hostile, Profile: hostile, From: at, To: at.Add(time.Hour)}, Program: hostile,
		Collectors: []string{hostile}, NoData: []service.Gap{{Kind: hostile, Why: hostile}},
	}
	half, why, victim := 50.0, hostile, values.ASN(2)
	line := service.IncidentLine{ID: hostile, Kind: watch.Kind(hostile), Holder: hostile, Headline: hostile, Start: at}
	score := service.PageScore{
		Metric: norms.M2, Percent: &half, Raw: &half, Band: norms.Band(hostile), Why: &why, AtMost: true, Arithmetic: hostile, Marks: []string{hostile},
		Addends: []service.Addend{{Start: at, End: at, Incidents: []string{hostile}}},
	}
	plain := score
	plain.Addends, plain.Percent = nil, nil
	action := service.PageAction{PageScore: score, Title: hostile, Metrics: []service.PageScore{score, plain}}
	finding := service.Finding{Says: hostile, Mend: hostile, AgesOut: hostile, Evidence: []string{hostile}, Incident: hostile}
	party := service.Party{ASN: 1, Holder: hostile, Country: hostile, Edge: hostile, Contacts: []service.ContactPresent{{Role: hostile, Source: hostile}}}
	spread := service.Spread{Action: norms.A1, Title: hostile, Bands: []service.BandCount{{Band: norms.Band(hostile), Networks: 1, Share: 1}}}
	network := service.NetworkLine{ASN: 1, Holder: hostile, Country: hostile, Best: hostile, Scores: []service.LineScore{{Band: norms.Band(hostile)}}}
	prefix := netip.MustParsePrefix("192.0.2.0/24")
	return []any{
		&service.IndexPage{Run: run, Incidents: 1, Strongest: []service.IncidentLine{line}, Distribution: []service.Spread{spread},
			Kinds: []service.IncidentCount{{Kind: watch.Kind(hostile)}}, Spans: []service.SpanCount{{From: at, Kinds: map[watch.Kind]int{watch.Kind(hostile): 1}}},
			Neighbourhoods: []service.NeighbourhoodLine{{Name: hostile, Title: hostile, NoData: hostile, Distribution: spread}}, Explained: map[string]int{hostile: 1}},
		&service.IncidentsPage{Run: run, Part: 1, Parts: 2, List: []service.IncidentLine{line}},
		&service.NetworksPage{Run: run, Part: 1, Parts: []service.NetworkPart{{First: 1, Last: 2}, {First: 3, Last: 4}}, List: []service.NetworkLine{network}},
		&service.NeighbourhoodPage{Run: run, Name: hostile, Title: hostile, Members: 1, Distribution: []service.Spread{spread}, Incidents: []service.IncidentLine{line},
			Mend: []service.NetworkLine{network}, Steps: []service.GroupStep{{Step: hostile}}, Kinds: []service.IncidentCount{{Kind: watch.Kind(hostile)}}},
		&service.NetworkPage{Run: run, Network: service.Who{ASN: 1, Holder: hostile, Organisation: hostile, Country: hostile, RIR: hostile, Class: hostile, Note: hostile,
			Neighbourhoods: []string{hostile}, Contacts: party.Contacts},
			Month: &service.PageMonth{Actions: []service.PageAction{action}}, Earlier: []service.PageMonth{{Actions: []service.PageAction{action}}},
			Suffered: []service.Alarm{{Incident: hostile, Says: hostile, First: []string{hostile}}}, IncidentsTotal: 1,
			Incidents: []service.NetworkIncident{{IncidentLine: line, Role: service.Role(hostile), WhyNot: hostile}}, Findings: 1,
			Steps:   []service.PageStep{{Step: service.Step{Step: hostile, Findings: 2}, Shown: []service.Finding{finding}}},
			Missing: []service.MissingData{{Why: hostile, Supply: hostile}}, Routes: []service.PageRoute{{Prefix: hostile, RPKI: hostile, IRR: hostile, Bogon: hostile}},
			Explained: map[string]int{hostile: 1}, Notes: []string{hostile}},
		&service.IncidentPage{Run: run, Headline: hostile, Attribution: hostile,
			Lookups: []service.Lookup{{ASN: 1, Whois: hostile, PeeringDB: hostile}},
			Advice:  []service.RoleAdvice{{Role: hostile, Heading: hostile, Steps: []string{hostile}}},
			Burst:   &service.Burst{Total: 2, Together: []service.Together{{ID: hostile, Headline: hostile, Start: at}}}, WhyNot: hostile, Barred: true,
			Incident: watch.Incident{ID: hostile, Kind: watch.Kind(hostile), ASN: 1, Victim: &victim, Prefixes: []netip.Prefix{prefix, prefix}, Start: at,
				Attribution: watch.Attribution(hostile), Anachronism: []string{hostile}, Evidence: watch.Evidence{
					Updates:  []watch.Update{{Time: at, Collector: hostile, Prefix: prefix, Type: hostile, File: hostile, Raw: "00ff"}},
					Baseline: []watch.BaselineOrigin{{Prefix: prefix, Origin: 1, Source: hostile}}, Objects: []watch.Object{{Kind: hostile, ID: hostile, Says: hostile}},
					Exclusions: []watch.Tried{{Name: hostile, Result: watch.Result(hostile), Detail: hostile}},
					Leak: &watch.LeakEvidence{From: 3, Leaker: 1, To: 2, Rule: hostile, FromRelation: watch.KnownRelation{Relation: hostile, Sources: []string{hostile}},
						ToRelation: watch.KnownRelation{Relation: hostile}}, NewLink: &watch.NewLink{Near: 1, Far: 2, Why: []string{hostile}}}},
			Alarm: service.Alarm{Announcer: party, LetPass: []service.Party{party}, Victims: []service.Party{party}, First: []string{hostile}},
			Parts: []service.ConfidencePart{{Why: hostile}}, Timeline: []service.Moment{{Time: at, Says: hostile}}, Sights: []service.Sight{{Time: at, Collector: hostile}},
			Paths: []service.PathSeen{{Path: []values.ASN{9, 2, 1, 3}, Sessions: 1, First: at}}, Consulted: []service.Consulted{{Kind: hostile, Inputs: []string{hostile}}, {Kind: hostile, NoData: hostile}},
			Holders: map[values.ASN]string{1: hostile, 2: hostile, 3: hostile, 9: hostile}, Commands: []service.Command{{For: hostile, Line: hostile}}},
		&service.MethodPage{Run: run, Formula: hostile, Weights: []service.Weight{{Part: hostile, Points: hostile}}, Profile: hostile, Title: hostile, Effective: hostile, Sources: []service.SettingSource{{Path: hostile, Value: hostile, Source: hostile}},
			Kinds:      []service.KindRule{{Kind: watch.Kind(hostile), Announcer: hostile, Accomplice: hostile}},
			Attributed: []service.AttributionExample{{Attribution: watch.Attribution(hostile), Incident: line, Why: hostile, Reasons: []string{hostile}}},
			Actions:    []service.ActionRule{{Title: hostile, Combine: hostile}}, Leaks: []service.LeakExample{{From: hostile, To: hostile, Leak: true}}},
	}
}

// TestHostileNames: names of others stay text on every page, and links stay within the site.
func TestHostileNames(t *testing.T) {
	s := sites(t)
	for _, view := range hostileViews() {
		html, _, err := s.Page(view)
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
				if x.Name.Local == "script" || x.Name.Local == "img" || x.Name.Local == "style" {
					t.Errorf("%T has an element %s", view, x.Name.Local)
				}
				for _, a := range x.Attr {
					if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "style" || a.Name.Local == "href" && strings.Contains(a.Value, ":") {
						t.Errorf("%T has %s=%q", view, a.Name.Local, a.Value)
					}
				}
			case xml.CharData:
				seen += strings.Count(string(x), "<script>alert(1)</script>")
			}
		}
		if seen < 4 {
			t.Errorf("%T shows the hostile text %d times", view, seen)
		}
	}
}

// lenient reads HTML that these templates make, in which every element but the void ones is closed.
func lenient(text string) *xml.Decoder {
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	return dec
}

// TestReadingDirection: foreign text neither turns the reading direction of a page nor steers a terminal that shows it.
func TestReadingDirection(t *testing.T) {
	s := sites(t)
	for _, view := range hostileViews() {
		html, _, err := s.Page(view)
		if err != nil {
			t.Fatal(err)
		}
		if at := strings.IndexAny(string(html), "\u202e\x1b\u009b"); at >= 0 {
			t.Errorf("%T: %q", view, html[at:min(len(html), at+20)])
		}
	}
}

// TestTwins: the JSON beside a page is the view, whole.
func TestTwins(t *testing.T) {
	s := sites(t)
	for _, view := range hostileViews() {
		_, twin, err := s.Page(view)
		if err != nil {
			t.Fatal(err)
		}
		want, err := json.Marshal(view)
		if err != nil || string(want)+"\n" != string(twin) {
			t.Errorf("%T: the twin differs from the view (%v)", view, err)
		}
	}
}

// TestPictureOfOneMonth: each row of a picture has its own scale, so that one of a single month would tell nothing.
func TestPictureOfOneMonth(t *testing.T) {
	for n, columns := range [][]health.Column{{{Key: "2026-01"}}, {{Key: "2026-01"}, {Key: "2026-02"}}} {
		page := &service.StatisticsPage{}
		page.Tables = []*health.Table{{Name: "x", Title: "X", Columns: columns}}
		html, _, err := sites(t).Page(page)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(html), "<figure>") != (n == 1) {
			t.Errorf("%d months: the picture is wrong", len(columns))
		}
	}
}

// TestBanner: a page says that its Internet is made up where it is, and else does not.
func TestBanner(t *testing.T) {
	s := sites(t)
	for _, synthetic := range []bool{false, true} {
		view := &service.IndexPage{}
		view.Run.Synthetic = synthetic
		html, twin, err := s.Page(view)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(html), "made-up") != synthetic || strings.Contains(string(twin), `"synthetic":true`) != synthetic {
			t.Errorf("synthetic is %v, and the page does not go by it", synthetic)
		}
		if html, err = s.HTML(&PlainPage{Title: "Desk", Place: "desk"}, Around{Synthetic: synthetic}); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(html), "made-up") != synthetic {
			t.Errorf("synthetic is %v, and a page without a run does not go by it", synthetic)
		}
	}
}

// TestSlug: a name in a path is one part of it that means nothing else, and different names stay different.
func TestSlug(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.String().Draw(t, "a"), rapid.String().Draw(t, "b")
		if (slug(a) == slug(b)) != (a == b) {
			t.Fatalf("%q and %q become %q and %q", a, b, slug(a), slug(b))
		}
		if text := slug(a); strings.ContainsAny(text, `/\:%?#& "'<>`) || strings.HasPrefix(text, ".") {
			t.Fatalf("%q becomes %q", a, text)
		}
	})
	for name, want := range map[string]string{"country:IN": "country_3aIN", "..": "_2e.", "lantern-coast": "lantern-coast", "a_b": "a_5fb"} {
		if got := slug(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}

// TestShares: what is not nothing is never shown as nothing, nor what is not all as all.
func TestShares(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 0.001: "<1 %", 0.005: "<1 %", 0.5: "50 %", 0.994: "99 %", 0.996: ">99 %", 1: "100 %"} {
		if got := strings.ReplaceAll(sharePercent(share), "\u00a0", " "); got != want {
			t.Errorf("%v is %q, want %q", share, got, want)
		}
	}
	if got := grouped(1234567) + " " + grouped(999) + " " + grouped(int64(1000)); got != "1,234,567 999 1,000" {
		t.Errorf("grouped: %q", got)
	}
}
