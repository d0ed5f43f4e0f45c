package cli_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/internal/web"
	"pahra/wire/values"
)

// demoSite makes the pages of a made-up Internet and gives their folder and that of the run.
func demoSite(t *testing.T) (site, run string) {
	t.Helper()
	dir := t.TempDir()
	data, run, site := filepath.Join(dir, "data"), filepath.Join(dir, "run"), filepath.Join(dir, "site")
	for _, args := range [][]string{
		{"world", "-o", data, "--truth", filepath.Join(dir, "truth.json")},
		{"observe", "--data", data, "--from", "2026-02-10T00:00:00Z", "--to", "2026-02-10T04:00:00Z", "-o", run, "--html", site},
	} {
		if _, status := pahra(t, args...); status != 0 {
			t.Fatalf("%v ended with %d", args, status)
		}
	}
	return site, run
}

// page is what a test looks for in a page of HTML.
type page struct {
	links    []string
	ids      map[string]bool
	headings []int
	text     string
	parts    map[string]int // elements by name
}

func readPage(t *testing.T, name string) page {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p := page{ids: make(map[string]bool), parts: make(map[string]int)}
	var text strings.Builder
	dec := xml.NewDecoder(strings.NewReader(string(raw)))
	dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		switch x := token.(type) {
		case xml.StartElement:
			p.start(t, name, x)
			if strings.Contains(" td th tr li p dt dd h1 h2 h3 ", " "+x.Name.Local+" ") {
				text.WriteByte(' ')
			}
		case xml.CharData:
			text.Write(x)
		}
	}
	p.text = strings.Join(strings.Fields(text.String()), " ")
	return p
}

func (p *page) start(t *testing.T, name string, x xml.StartElement) {
	p.parts[x.Name.Local]++
	if h := x.Name.Local; len(h) == 2 && h[0] == 'h' && h[1] >= '1' && h[1] <= '6' {
		p.headings = append(p.headings, int(h[1]-'0'))
	}
	for _, a := range x.Attr {
		switch key := a.Name.Local; {
		case key == "href" || key == "src":
			p.links = append(p.links, a.Value)
		case key == "id":
			if p.ids[a.Value] {
				t.Errorf("%s has the id %s twice", name, a.Value)
			}
			p.ids[a.Value] = true
		case key == "style" || strings.HasPrefix(key, "on"):
			t.Errorf("%s has %s=%q, which the policy forbids", name, key, a.Value)
		}
	}
}

// TestPagesHoldTogether: every link leads to a page, every page has its twin, one heading of the first rank and no rank
// left out, and nothing that the policy forbids.
func TestPagesHoldTogether(t *testing.T) {
	site, _ := demoSite(t)
	pages := make(map[string]page)
	err := filepath.WalkDir(site, func(name string, e fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".html" {
			at, _ := filepath.Rel(site, name)
			pages[filepath.ToSlash(at)] = readPage(t, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) < 400 {
		t.Errorf("only %d pages", len(pages))
	}
	linked := map[string]bool{"index.html": true}
	for at, p := range pages {
		twin, err := os.ReadFile(filepath.Join(site, strings.TrimSuffix(at, ".html")+".json"))
		if err != nil || !json.Valid(twin) {
			t.Errorf("%s has no twin: %v", at, err)
		}
		if strings.Contains(p.text, filepath.Dir(site)) {
			t.Errorf("%s says where the run lies", at)
		}
		if p.parts["h1"] != 1 || p.parts["main"] != 1 || p.parts["script"] > 0 || p.parts["img"] > 0 {
			t.Errorf("%s has %v", at, p.parts)
		}
		for i, h := range p.headings {
			if i == 0 && h != 1 || i > 0 && h > p.headings[i-1]+1 {
				t.Errorf("%s leaves a rank of headings out: %v", at, p.headings)
				break
			}
		}
		for _, l := range p.links {
			to, part, _ := strings.Cut(l, "#")
			target := path.Join(path.Dir(at), to)
			if to == "" {
				target = at
			}
			linked[target] = true
			if _, err := os.Stat(filepath.Join(site, filepath.FromSlash(target))); err != nil || !filepath.IsLocal(target) {
				t.Errorf("%s: the link to %s leads nowhere", at, l)
			}
			if part != "" && !pages[target].ids[part] {
				t.Errorf("%s: there is no %s in %s", at, part, target)
			}
		}
	}
	for at := range pages {
		if !linked[at] {
			t.Errorf("nothing leads to %s", at)
		}
	}
}

// TestPagesShowTheFacts: what the run says stands on the pages and in their twins.
func TestPagesShowTheFacts(t *testing.T) {
	site, out := demoSite(t)
	run, err := service.OpenRun(out)
	if err != nil {
		t.Fatal(err)
	}
	var network service.NetworkPage
	asn := hijacker(t, site)
	twin(t, site, "network/AS"+asn.String(), &network)
	p := readPage(t, filepath.Join(site, "network", "AS"+asn.String()+".html"))
	check, err := run.Check(asn, run.Snapshot.Window.To)
	if err != nil {
		t.Fatal(err)
	}
	if len(network.Incidents) != len(check.Incidents) || network.Findings != len(check.Findings) || len(network.Incidents) == 0 {
		t.Fatalf("%d incidents and %d findings on the page, %d and %d in the check", len(network.Incidents), network.Findings, len(check.Incidents), len(check.Findings))
	}
	m2 := network.Month.Actions[0].Metrics[2]
	if m2.Metric != norms.M2 || len(m2.Addends) != 1 || len(m2.Addends[0].Incidents) != 1 {
		t.Fatalf("the penalty of M2 is %+v", m2)
	}
	sum := fmt.Sprintf("%v → at most %.1f\u00a0%% (", m2.Addends[0].Cost, *m2.Percent)
	for _, want := range []string{sum, network.Routes[0].Prefix, network.Incidents[0].Headline, check.Findings[0].Mend} {
		if want = strings.Join(strings.Fields(want), " "); !strings.Contains(p.text, want) {
			t.Errorf("the network's page does not say %q", want)
		}
	}
	id := m2.Addends[0].Incidents[0]
	var incident service.IncidentPage
	twin(t, site, "incident/"+id, &incident)
	p = readPage(t, filepath.Join(site, "incident", id+".html"))
	wants := []string{incident.Headline, "pahra verify", "announcing network", incident.Incident.Evidence.Objects[0].ID, "update", incident.Incident.Evidence.Updates[0].Raw[:4]}
	for _, x := range incident.Parts {
		wants = append(wants, x.Why)
	}
	for _, x := range incident.Incident.Evidence.Exclusions {
		wants = append(wants, x.Name)
	}
	for _, want := range wants {
		if want = strings.Join(strings.Fields(want), " "); !strings.Contains(p.text, want) {
			t.Errorf("the incident's page does not say %q", want)
		}
	}
	if len(incident.Parts) == 0 || len(incident.Paths) == 0 || len(incident.Sights) != len(incident.Incident.Peers) {
		t.Errorf("the page has %d reasons, %d paths and %d sights of %d peers", len(incident.Parts), len(incident.Paths), len(incident.Sights), len(incident.Incident.Peers))
	}
}

// TestLeakPagesLinkTheirBurst: a leaker is named by leaks over several neighbours, and each page links the others; each
// side of it is told apart what it can do.
func TestLeakPagesLinkTheirBurst(t *testing.T) {
	site, _ := demoSite(t)
	var list service.IncidentsPage
	twin(t, site, "incidents", &list)
	found := 0
	for _, i := range list.List {
		if i.Kind != watch.Leak || !i.Named {
			continue
		}
		found++
		var one service.IncidentPage
		twin(t, site, "incident/"+i.ID, &one)
		p := readPage(t, filepath.Join(site, "incident", i.ID+".html"))
		if one.Burst == nil || one.Burst.Total == 0 {
			t.Errorf("%s names a leaker by itself alone", i.ID)
			continue
		}
		for _, o := range one.Burst.Together {
			if !slices.Contains(p.links, o.ID+".html") && !slices.Contains(p.links, "../incident/"+o.ID+".html") {
				t.Errorf("%s does not link %s", i.ID, o.ID)
			}
		}
		for _, want := range []string{"If they are your prefixes", "(passed them on)", "to contest it"} {
			if !strings.Contains(p.text, want) {
				t.Errorf("%s does not say %q", i.ID, want)
			}
		}
	}
	if found == 0 {
		t.Error("no leak names a network")
	}
}

// hijacker gives a network that a hijack which has ended names.
func hijacker(t *testing.T, site string) values.ASN {
	t.Helper()
	var list service.IncidentsPage
	twin(t, site, "incidents", &list)
	for _, i := range list.List {
		if i.Kind == watch.Hijack && i.Named && i.End != nil && i.Prefixes == 1 {
			return i.ASN
		}
	}
	t.Fatal("no hijack names a network")
	return 0
}

// TestNeighbourhoodPagesAgree holds the neighbourhoods' pages against what "pahra neighbourhood" works out.
func TestNeighbourhoodPagesAgree(t *testing.T) {
	site, out := demoSite(t)
	run, err := service.OpenRun(out)
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]string{"lantern-coast": "lantern-coast", "country:NP": "country_3aNP"} {
		var page service.NeighbourhoodPage
		twin(t, site, "neighbourhood/"+at, &page)
		check, err := run.Neighbourhood(name)
		if err != nil {
			t.Fatal(err)
		}
		got, want := marshal(t, page.Distribution), marshal(t, check.Distribution)
		if got != want {
			t.Errorf("%s: the page has %s, the check %s", name, got, want)
		}
		if marshal(t, page.Kinds) != marshal(t, check.Incidents) {
			t.Errorf("%s: the page counts %s, the check %s", name, marshal(t, page.Kinds), marshal(t, check.Incidents))
		}
		announced, spanned := 0, 0
		for _, k := range page.Kinds {
			announced += k.Announced
		}
		for _, s := range page.Spans {
			for _, n := range s.Kinds {
				spanned += n
			}
		}
		if announced != spanned || announced != page.IncidentsTotal {
			t.Errorf("%s: %d announced, %d by hour, %d listed", name, announced, spanned, page.IncidentsTotal)
		}
	}
}

// TestMethodIsThatOfTheDocuments: the page's worked examples, computed by the program, are those of docs/formulas.md.
func TestMethodIsThatOfTheDocuments(t *testing.T) {
	site, _ := demoSite(t)
	p := readPage(t, filepath.Join(site, "method.html"))
	for _, want := range []string{"0.5 + 1 + 2 = 3.5 → 26\u00a0%", "0.5 60.0\u00a0% aspiring", "3.5 25.9\u00a0% lagging", "32 1.7\u00a0% lagging",
		"(80 valid − 10 × 1 invalid) / 100 = 0.7 70.0\u00a0%", "(26 valid − 10 × 1 invalid) / 27 = 0.5926 59.3\u00a0%",
		"provider provider ✗ yes, type 1", "peer peer ✗ yes, type 2", "provider peer ✗ yes, type 3", "peer provider ✗ yes, type 4", "customer provider ✓ no"} {
		if want = strings.Join(strings.Fields(want), " "); !strings.Contains(p.text, want) {
			t.Errorf("the method does not say %q", want)
		}
	}
}

// twin reads a page's JSON; a key that the view does not have is an error.
func twin(t *testing.T, site, name string, view any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(site, filepath.FromSlash(name)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	parse(t, string(raw), view)
	if again := marshal(t, view) + "\n"; again != string(raw) {
		t.Errorf("%s.json does not come out again as it was read", name)
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOperationsNameThePolicy: the header that docs/operations.md asks for is the one that the server sends.
func TestOperationsNameThePolicy(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`Content-Security-Policy: (.*)`).FindStringSubmatch(string(text))
	if m == nil || m[1] != web.Policy {
		t.Errorf("docs/operations.md has %q, the server sends %q", m, web.Policy)
	}
}

// TestPagesTakeNothingAway: pages do not take the place of what is none of theirs, be it deep in a folder that looks like
// theirs, the run itself, or a run behind a link.
func TestPagesTakeNothingAway(t *testing.T) {
	site, run := demoSite(t)
	dir := filepath.Dir(run)
	keep := filepath.Join(site, "network", "thesis.txt")
	if err := os.WriteFile(keep, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, status := pahra(t, "pages", run, "-o", site); status != 2 {
		t.Errorf("over a stranger's file: status %d: %s", status, out)
	}
	if _, err := os.Stat(keep); err != nil {
		t.Error(err)
	}
	other := filepath.Join(dir, "other")
	moved := filepath.Join(other, "network", "AS1.html")
	if err := os.MkdirAll(filepath.Dir(moved), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(run, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(run, moved); err != nil {
		t.Fatal(err)
	}
	if out, status := pahra(t, "pages", moved, "-o", other); status != 2 {
		t.Errorf("over the run: status %d: %s", status, out)
	}
	if err := os.Rename(moved, run); err != nil {
		t.Fatal(err)
	}
	if out, status := pahra(t, "pages", run, "-o", filepath.Join(dir, "link", "pages")); status != 2 {
		t.Errorf("into the run, behind a link: status %d: %s", status, out)
	}
}
