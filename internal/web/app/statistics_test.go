package app_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/health"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/internal/service/tally"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
	"pahra/wire/values"
)

// counted is a desk that has seen the world's networks in two months of 2026, and knows of years before.
func counted(t *testing.T) (*service.Shown, []values.ASN) {
	t.Helper()
	ctx := t.Context()
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	all, err := servicetest.Shown(t, service.ShownOptions{}).Answer(ctx, public(), service.MembersOfQuestion{})
	if err != nil {
		t.Fatal(err)
	}
	asns := all.([]values.ASN)
	now := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	batch := store.DeskBatch{Report: "national/2026-03-01/s/x", State: store.ReportRead, Now: now}
	if err := db.AddReport(ctx, store.DeskReport{ID: batch.Report, Tenant: store.National, Source: "s", Day: now, Accepted: now}); err != nil {
		t.Fatal(err)
	}
	for n, asn := range asns {
		for k, class := range []string{"fraud/phishing", "abusive-content/spam", "vulnerable/ddos-amplifier"} {
			first := time.Date(2026, time.Month(1+n%2), 5, 0, 0, 0, 0, time.UTC)
			c := store.DeskCase{ID: int64(3*n + k + 1), Tenant: store.National, Party: "as:" + asn.String(), Class: class, Identifier: "open-ssdp", State: "new",
				Opened: first, Changed: first, FirstSeen: first, LastSeen: first.AddDate(0, 0, 3), Events: 7, Addresses: 7}
			day := store.DeskDay{Case: c.ID, Day: first, Source: "s", Events: 7, Addresses: int64(n%5) * 50}
			batch.Cases, batch.Days = append(batch.Cases, c), append(batch.Days, day)
			if n < 2 {
				batch.Coverage = append(batch.Coverage, store.DeskCoverage{Tenant: store.National, Source: "s", Class: class, Identifier: "open-ssdp", Day: first, Events: 5000, Lines: 6000})
			}
		}
	}
	for m := 1; m <= 2; m++ {
		for i, class := range []string{"availability/dos", "availability/ddos", "intrusions/burglary", "fraud/copyright"} {
			batch.Coverage = append(batch.Coverage, store.DeskCoverage{Tenant: store.National, Source: "s", Class: class,
				Day: time.Date(2026, time.Month(m), 9, 0, 0, 0, 0, time.UTC), Events: int64(i + 3), Lines: int64(i + 5)})
		}
	}
	if err := db.CommitDesk(ctx, batch); err != nil {
		t.Fatal(err)
	}
	records, err := health.CertIn()
	if err != nil {
		t.Fatal(err)
	}
	if err := db.PutHistory(ctx, "cert-in", records); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return now }
	counts, err := tally.New(tally.Options{Store: db, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	return servicetest.Shown(t, service.ShownOptions{Store: db, Tally: counts, Now: clock}), asns
}

// TestStatistics: the page, JSON, CSV and picture are there and tell the same; what is suppressed is in none of them.
func TestStatistics(t *testing.T) {
	s, asns := counted(t)
	h := appOf(t, app.Config{Reader: s, Statistics: true})
	get := func(path string) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return w.Body.String()
	}
	page, csv, picture, twin := get("/statistics?year=2026"), get("/statistics.csv?year=2026"), get("/statistics.svg?year=2026"), get("/statistics.json?year=2026")
	for form, wants := range map[string][]string{
		page:    {"130,338", "not counted", "not verified", "suppressed", "Suppressed below 10", "rsit 1003", "rule without-spam, version 1", "2014 is 130338 or 44679", `<a href="/statistics" aria-current="true">`},
		csv:     {"desk-2026-report-line,2026-01,fraud/phishing,,,counted,6000", "suppressed,,", "cert-in,2014,total,with-spam,1,counted,130338"},
		picture: {"<svg xmlns=", "suppressed", "fraud/phishing"},
		twin:    {`"smallest_shown":10`, `"state":"suppressed"}`, `"unverified":true`},
	} {
		for _, want := range wants {
			if !strings.Contains(form, want) {
				t.Errorf("%q is not in %.60s", want, form)
			}
		}
		for _, class := range []string{"availability/dos", "intrusions/burglary"} {
			if strings.Contains(form, class+",,,counted") || strings.Contains(form, class+", 2026-01: 5") {
				t.Errorf("%s is told in %.60s", class, form)
			}
		}
	}
	if strings.Contains(page, "What could open services amplify") {
		t.Error("everybody sees what networks could amplify")
	}
	if !strings.Contains(get("/statistics.csv?year=2026&unit=case"), "desk-2026-case") || strings.Contains(get("/statistics.csv?year=2026&unit=case"), "desk-2026-report-line") {
		t.Error("one unit is not one unit")
	}
	health := get("/neighbourhood/lantern-coast/health")
	if !strings.Contains(health, "What was reported of its networks?") || strings.Contains(health, "Which types") {
		t.Errorf("the neighbourhood: %s", health)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/network/AS"+asns[0].String()+"/health", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("everybody sees the health of a network: %d", w.Code)
	}
}

// TestHealthIsForHolders: a network's health is for its holder and analysts, the holder of another sees it no more than
// everybody.
func TestHealthIsForHolders(t *testing.T) {
	s, asns := counted(t)
	analyst := viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
	holder := viewer{Account: "h", Role: account.Member, Scopes: account.AllScopes(), Networks: asns[1:2]}
	other := viewer{Account: "o", Role: account.Member, Scopes: account.AllScopes(), Networks: asns[2:3]}
	for _, test := range []struct {
		who  string
		v    viewer
		code int
	}{{"an analyst", analyst, 200}, {"its holder", holder, 200}, {"another holder", other, 404}, {"everybody", public(), 404}} {
		h := appOf(t, app.Config{Reader: s, Login: true, Statistics: true, Viewer: func(*http.Request) account.Viewer { return test.v }})
		for _, form := range []string{"", ".json", ".csv"} {
			w := httptest.NewRecorder()
			path := fmt.Sprintf("/network/AS%d/health%s", asns[1], form)
			h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code != test.code {
				t.Errorf("%s, %s: %d", test.who, path, w.Code)
			}
			if w.Code == 200 && form == "" && (!strings.Contains(w.Body.String(), "How does it keep to the norms?") || !strings.Contains(w.Body.String(), "fraud/phishing")) {
				t.Errorf("%s sees %s", test.who, w.Body)
			}
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/statistics", nil))
		if strings.Contains(w.Body.String(), "year=2027") || !strings.Contains(w.Body.String(), "year=2025") {
			t.Errorf("%s is led to a year that has not begun", test.who)
		}
		if sees := strings.Contains(w.Body.String(), "What could open services amplify"); sees != (test.who == "an analyst") {
			t.Errorf("%s sees what networks could amplify: %v", test.who, sees)
		}
	}
}

// TestStatisticsInABrowser: axe has nothing to object to, in light and dark, wide and narrow, and no policy is broken.
func TestStatisticsInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium, axe := testdata.Tool(t, "chromium"), testdata.Axe(t)
	s, asns := counted(t)
	analyst := viewer{Account: "a", Name: "an analyst", Role: account.Analyst, Scopes: account.AllScopes()}
	server := httptest.NewServer(appOf(t, app.Config{Reader: s, Login: true, Statistics: true, Viewer: func(*http.Request) account.Viewer { return analyst }}))
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	for _, how := range looks() {
		for _, path := range []string{"/statistics", "/network/AS" + asns[1].String() + "/health", "/neighbourhood/lantern-coast/health"} {
			b.look(how, path)
		}
	}
}
