package api_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/wire/values"
)

func decode[T any](t testing.TB, h http.Handler, path string, header ...string) (body T) {
	t.Helper()
	r := get(t, h, path, header...)
	if r.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, r.Code, r.Body)
	}
	if err := json.Unmarshal(r.Body.Bytes(), &body); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return body
}

// TestParts: following next gives every network, neighbourhood and incident once, whatever the length of a part.
func TestParts(t *testing.T) {
	h := apiOf(t, api.Config{})
	lists := map[string]func(path string) (names []string, next *string){
		"/api/v1/networks": func(path string) (names []string, next *string) {
			l := decode[api.Networks](t, h, path)
			for _, n := range l.List {
				names = append(names, fmt.Sprint(n.ASN))
			}
			return names, l.Next
		},
		"/api/v1/neighbourhoods": func(path string) (names []string, next *string) {
			l := decode[api.Neighbourhoods](t, h, path)
			for _, n := range l.List {
				names = append(names, n.Name)
			}
			return names, l.Next
		},
		"/api/v1/incidents": func(path string) (names []string, next *string) {
			l := decode[api.Incidents](t, h, path)
			for _, i := range l.List {
				names = append(names, i.ID)
			}
			return names, l.Next
		},
		"/api/v1/scores?month=2026-02&band=ready&by=A4": func(path string) (names []string, next *string) {
			l := decode[api.Scores](t, h, path)
			for _, n := range l.List {
				names = append(names, fmt.Sprint(n.ASN))
			}
			return names, l.Next
		},
		"/api/v1/neighbourhoods/all/networks": func(path string) (names []string, next *string) {
			l := decode[api.Networks](t, h, path)
			for _, n := range l.List {
				names = append(names, fmt.Sprint(n.ASN))
			}
			return names, l.Next
		},
	}
	for path, part := range lists {
		join := "?"
		if strings.Contains(path, "?") {
			join = "&"
		}
		want, next := part(path + join + "limit=1000")
		if next != nil || len(want) == 0 {
			t.Fatalf("%s: %d, and then %v", path, len(want), next)
		}
		var got []string
		for at := path + join + "limit=7"; ; at = *next {
			var names []string
			if names, next = part(at); len(names) > 7 {
				t.Errorf("%s: a part of %d", at, len(names))
			}
			if got = append(got, names...); next == nil {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s in parts (-whole +parts):\n%s", path, diff)
		}
	}
}

// TestPolicy: each endpoint shows the public, a holder and an analyst what the publication policy lets them see.
func TestPolicy(t *testing.T) {
	s := servicetest.Shown(t, strict(t))
	analyst := account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
	all := apiOf(t, api.Config{Reader: s, Who: as(analyst)})
	token := []string{"Authorization", "Bearer pahra_good"}
	incidents := decode[api.Incidents](t, all, "/api/v1/incidents", token...)
	if len(incidents.List) == 0 || *incidents.Withheld != 0 {
		t.Fatalf("an analyst sees %d incidents, %d not", len(incidents.List), *incidents.Withheld)
	}
	asn := values.ASN(incidents.List[0].ASN)
	one := "/api/v1/networks/AS" + asn.String()
	member := apiOf(t, api.Config{Reader: s, Who: as(account.Viewer{Account: "m", Role: account.Member, Networks: []values.ASN{asn}, Scopes: account.AllScopes()})})
	unread := apiOf(t, api.Config{Reader: s, Who: as(account.Viewer{Account: "m", Role: account.Analyst, Scopes: account.Scopes{account.ScopeSubscribe}})})
	shown := func(h http.Handler, path string, header ...string) (held, open int) {
		for _, m := range decode[api.Scores](t, h, path, header...).List {
			for _, x := range m.Measures {
				if x.Withheld {
					held++
					if x.Percent != nil || x.Raw != nil || x.Fraction != nil || x.Reason == nil {
						t.Errorf("%s: what is withheld is told: %+v", path, x)
					}
				} else {
					open++
				}
			}
		}
		return held, open
	}
	for _, path := range []string{"/api/v1/scores?asn=" + asn.String(), one + "/history"} {
		for name, c := range map[string]struct {
			h      http.Handler
			header []string
			all    bool
		}{"public": {all, nil, false}, "token without read": {unread, token, false}, "holder": {member, token, true}, "analyst": {all, token, true}} {
			if held, open := shown(c.h, path, c.header...); (held == 0) != c.all || open == 0 {
				t.Errorf("%s: %s sees %d measures and %d not", path, name, open, held)
			}
		}
	}
	for _, path := range []string{"/api/v1/incidents", "/api/v1/incidents?asn=" + asn.String(), "/api/v1/incidents?country=IN"} {
		public := decode[api.Incidents](t, all, path)
		if len(public.List) > 0 || (public.Withheld == nil) != strings.Contains(path, "?") {
			t.Errorf("%s: the public sees %d incidents and that there are %v more", path, len(public.List), public.Withheld)
		}
		if own := decode[api.Incidents](t, member, path, token...); path != "/api/v1/incidents?country=IN" && len(own.List) == 0 {
			t.Errorf("%s: the holder sees none", path)
		}
	}
	for who, want := range map[string]int{"": 404, "Bearer pahra_good": 200} {
		if r := get(t, member, "/api/v1/incidents/"+incidents.List[0].ID, "Authorization", who); r.Code != want {
			t.Errorf("an incident to %q: %d, want %d", who, r.Code, want)
		}
	}
	public, own := decode[api.Findings](t, member, one+"/findings"), decode[api.Findings](t, member, one+"/findings", token...)
	if len(public.List) >= len(own.List) || slices.ContainsFunc(public.List, func(f api.Finding) bool { return f.Incident != nil }) {
		t.Errorf("findings: %d to the public, %d to the holder", len(public.List), len(own.List))
	}
	for _, n := range decode[api.Networks](t, all, "/api/v1/networks").List {
		if n.Incidents != nil || n.Findings != nil {
			t.Errorf("AS%d: the public is told how many incidents it has", n.ASN)
		}
	}
	for _, p := range decode[api.Summary](t, all, "/api/v1/scores/summary?region=world&neighbourhood=all").List {
		if p.Withheld == nil && len(p.Months[0].Actions) != 4 {
			t.Errorf("%s: %+v", p.Name, p)
		}
	}
}

// TestSmall: what so few networks come to is shown on its own to nobody, and is in no sum.
func TestSmall(t *testing.T) {
	opt := strict(t)
	policy := *opt.Policy
	policy.Neighbourhoods.AtLeast = 1_000_000
	opt.Policy = &policy
	h := apiOf(t, api.Config{Reader: servicetest.Shown(t, opt)})
	for _, p := range decode[api.Summary](t, h, "/api/v1/scores/summary?country=IN&region=world").List {
		if (p.Withheld == nil) != (p.Name == "region:world") || p.Name == "region:world" && p.Members > 0 || len(p.Months[0].Actions) > 0 {
			t.Errorf("%+v", p)
		}
	}
	if list := decode[api.Neighbourhoods](t, h, "/api/v1/neighbourhoods").List; len(list) > 0 {
		t.Errorf("listed: %+v", list)
	}
}

// TestNoData: a month that was not measured is null with a reason, never 0.
func TestNoData(t *testing.T) {
	h := apiOf(t, api.Config{})
	for _, m := range decode[api.Scores](t, h, "/api/v1/scores?month=2001-01&limit=3").List {
		for _, x := range m.Measures {
			if x.Percent != nil || x.Reason == nil || x.Band != "no data" || m.Profile != nil {
				t.Errorf("AS%d: %+v", m.ASN, x)
			}
		}
	}
	for _, p := range decode[api.Summary](t, h, "/api/v1/scores/summary?month=2001-01").List {
		if m := p.Months[0]; m.Reason == nil || len(m.Actions) > 0 {
			t.Errorf("%+v", p)
		}
	}
	if d := decode[api.Disputes](t, h, "/api/v1/disputes"); d.Reason == nil {
		t.Errorf("disputes without a store: %+v", d)
	}
}

// TestCSV: tables stay as they were looked at last.
func TestCSV(t *testing.T) {
	h := apiOf(t, api.Config{})
	incident := decode[api.Incidents](t, h, "/api/v1/incidents").List[0]
	for name, path := range map[string]string{
		"networks": "/api/v1/networks?limit=5", "scores": "/api/v1/scores?limit=2", "summary": "/api/v1/scores/summary?country=IN", "incidents": "/api/v1/incidents?limit=5",
		"findings": fmt.Sprintf("/api/v1/networks/%d/findings", incident.ASN), "sources": "/api/v1/sources", "neighbourhoods": "/api/v1/neighbourhoods?kind=list",
		"sights": "/api/v1/incidents/" + incident.ID, "disputes": "/api/v1/disputes", "search": "/api/v1/search?q=IN",
	} {
		r := get(t, h, path, "Accept", "text/csv")
		if r.Code != 200 || r.Header().Get("Content-Type") != "text/csv; charset=utf-8; header=present" || !strings.HasPrefix(r.Header().Get("Content-Disposition"), "attachment;") {
			t.Errorf("%s: %d %v", path, r.Code, r.Header())
		}
		by := get(t, h, path+map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")]+"format=csv")
		if diff := cmp.Diff(r.Body.String(), by.Body.String()); diff != "" {
			t.Errorf("%s by its parameter is another table:\n%s", path, diff)
		}
		golden := filepath.Join("testdata", name+".csv")
		if *update {
			if err := os.WriteFile(golden, r.Body.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), r.Body.String()); diff != "" {
			t.Errorf("%s (-want +got), see -update:\n%s", golden, diff)
		}
		if _, err := csv.NewReader(r.Body).ReadAll(); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestProblems: what goes wrong is a problem document, whatever it is.
func TestProblems(t *testing.T) {
	h := apiOf(t, api.Config{Who: as(account.Viewer{})})
	for _, c := range []struct {
		method, path string
		header       []string
		want         int
	}{
		{"GET", "/api/v2/networks", nil, 404},
		{"GET", "/api/v1/networks/AS4294967294", nil, 404},
		{"GET", "/api/v1/networks/AS4294967294/history", nil, 404},
		{"GET", "/api/v1/neighbourhoods/nowhere", nil, 404},
		{"GET", "/api/v1/networks?neighbourhood=nowhere", nil, 404},
		{"POST", "/api/v1/networks", nil, 405},
		{"DELETE", "/api/openapi.json", nil, 405},
		{"GET", "/api/v1/networks", []string{"Accept", "image/png"}, 406},
		{"GET", "/api/v1/method", []string{"Accept", "text/csv"}, 406},
		{"GET", "/api/v1/method?format=csv", nil, 406},
		{"GET", "/api/v1/networks?region=nowhere", nil, 422},
		{"GET", "/api/v1/networks?economies=IN", nil, 422},
		{"GET", "/api/v1/networks?cursor=x", nil, 422},
		{"GET", "/api/v1/incidents?cursor=x", nil, 422},
		{"GET", "/api/v1/networks", []string{"Authorization", "Bearer pahra_bad"}, 401},
		{"GET", "/api/v1/" + strings.Repeat("x", 20_000), nil, 414},
	} {
		r := do(t, h, c.method, c.path, c.header...)
		var p struct{ Status int }
		if err := json.Unmarshal(r.Body.Bytes(), &p); err != nil || r.Code != c.want || p.Status != c.want || r.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %.60s: %d %s %s (%v)", c.method, c.path, r.Code, r.Header().Get("Content-Type"), r.Body, err)
		}
		if c.want == 405 && r.Header().Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, r.Header().Get("Allow"))
		}
	}
	none := apiOf(t, api.Config{Reader: service.NewShown(service.ShownOptions{})})
	if r := get(t, none, "/api/v1/networks"); r.Code != 503 || r.Header().Get("Retry-After") == "" {
		t.Errorf("before the first run: %d %v", r.Code, r.Header())
	}
	private := apiOf(t, api.Config{Private: true, Who: as(account.Viewer{Account: "m", Role: account.Member, Scopes: account.AllScopes()})})
	if r := get(t, private, "/api/v1/networks"); r.Code != 401 || r.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("a private watch to the public: %d", r.Code)
	}
	if r := get(t, private, "/api/v1/networks", "Authorization", "Bearer pahra_good"); r.Code != 200 {
		t.Errorf("a private watch to a member: %d", r.Code)
	}
}

// TestHeaders: what may be kept by whom, and which pages may read it.
func TestHeaders(t *testing.T) {
	h := apiOf(t, api.Config{Who: as(account.Viewer{Account: "m", Role: account.Member, Scopes: account.AllScopes()})})
	r := get(t, h, "/api/v1/networks?limit=1")
	tag := r.Header().Get("ETag")
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Credentials": "", "Cache-Control": "public, max-age=5", "X-Content-Type-Options": "nosniff",
		"Vary": "Accept, Authorization, Cookie", "RateLimit-Policy": `"address";q=1073741824;w=60`,
	} {
		if got := r.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if link := r.Header().Get("Link"); !strings.HasPrefix(link, "</api/v1/networks?") || !strings.HasSuffix(link, `>; rel="next"`) {
		t.Errorf("Link is %q", link)
	}
	if again := get(t, h, "/api/v1/networks?limit=1", "If-None-Match", `"x", W/`+tag); again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("with its tag: %d and %d bytes", again.Code, again.Body.Len())
	}
	if table := get(t, h, "/api/v1/networks?limit=1&format=csv"); table.Header().Get("ETag") == tag || !strings.Contains(table.Header().Get("Link"), "format=csv") {
		t.Errorf("as CSV: %v", table.Header())
	}
	own := get(t, h, "/api/v1/networks?limit=1", "Authorization", "Bearer pahra_good")
	if own.Header().Get("Access-Control-Allow-Origin") != "" || own.Header().Get("Cache-Control") != "private, no-cache" {
		t.Errorf("to an account: %v", own.Header())
	}
	if head := do(t, h, "HEAD", "/api/v1/networks?limit=1"); head.Code != 200 || head.Body.Len() > 0 || head.Header().Get("ETag") != tag {
		t.Errorf("HEAD: %d with %d bytes", head.Code, head.Body.Len())
	}
	if flight := do(t, h, "OPTIONS", "/api/v1/networks", "Origin", "https://example.net", "Access-Control-Request-Method", "GET"); flight.Code != 204 || strings.Contains(flight.Header().Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("a preflight: %d %v", flight.Code, flight.Header())
	}
}

// TestLimits: each address and each account has its own count, which a new window begins again.
func TestLimits(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	from := netip.MustParseAddr("192.0.2.1")
	h := apiOf(t, api.Config{
		Limits: api.Limits{Address: 2, Account: 3, Window: time.Minute}, Now: func() time.Time { return now },
		Client: func(*http.Request) netip.Addr { return from }, Who: as(account.Viewer{Account: "m", Scopes: account.AllScopes()}),
	})
	ask := func(want int, left string, header ...string) {
		t.Helper()
		r := get(t, h, "/api/v1/disputes", header...)
		if r.Code != want || r.Header().Get("RateLimit") != left {
			t.Errorf("%d with %s, want %d with %s", r.Code, r.Header().Get("RateLimit"), want, left)
		}
		if r.Code == 429 && r.Header().Get("Retry-After") == "" {
			t.Error("not told when to come back")
		}
	}
	ask(200, `"address";r=1;t=60`)
	now = now.Add(20 * time.Second)
	ask(200, `"address";r=0;t=40`)
	ask(429, `"address";r=0;t=40`)
	ask(200, `"account";r=2;t=60`, "Authorization", "Bearer pahra_good")
	from = netip.MustParseAddr("2001:db8::1")
	ask(200, `"address";r=1;t=60`)
	from = netip.MustParseAddr("2001:db8::2:1") // of the same subscriber
	ask(200, `"address";r=0;t=60`)
	from, now = netip.MustParseAddr("192.0.2.1"), now.Add(40*time.Second)
	ask(200, `"address";r=1;t=60`)
	now = now.Add(-time.Hour) // a clock that is set back locks nobody out
	ask(200, `"address";r=1;t=60`)
}

// TestDocs: the page for people names every endpoint, and is the site's own.
func TestDocs(t *testing.T) {
	var title string
	var body template.HTML
	h := apiOf(t, api.Config{Page: func(_ http.ResponseWriter, _ *http.Request, name string, text template.HTML) {
		title, body = name, text
	}})
	if r := get(t, h, "/api/"); r.Code != 303 || r.Header().Get("Location") != "/api/docs" {
		t.Errorf("/api/: %d to %s", r.Code, r.Header().Get("Location"))
	}
	get(t, h, "/api/docs")
	for path := range documentOf(t, h).Paths {
		if !strings.Contains(string(body), "GET "+path) {
			t.Errorf("the page %q does not name %s", title, path)
		}
	}
	for _, bad := range []string{"<script", "style=", "https://unpkg", "<no value>", "%!"} {
		if strings.Contains(string(body), bad) {
			t.Errorf("the page has %s", bad)
		}
	}
}
