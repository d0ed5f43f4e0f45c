package app_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/internal/web/app"
	"pahra/wire/values"
)

// BenchmarkServed measures what the service takes to make pages of the run in PAHRA_BENCH_RUN, such as a month of 80,000
// networks, with its incidents and two months of each network in the store. No page is made twice; p50 and p99 are in
// milliseconds.
func BenchmarkServed(b *testing.B) {
	run := benchRun(b)
	db := storetest.Open(b, storetest.SQLite(b))
	now := run.Snapshot.Window.To.Add(time.Minute)
	s := service.NewShown(service.ShownOptions{Store: db, Records: db.PublicationRecordsOf, Policy: publication.Default(), Now: func() time.Time { return now }})
	if err := s.Publish(run); err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	all, err := s.Answer(b.Context(), account.Viewer{}, service.MembersOfQuestion{})
	if err != nil {
		b.Fatal(err)
	}
	asns := all.([]values.ASN)
	fill(b, db, os.Getenv("PAHRA_BENCH_RUN"), asns, run.LastMonth())
	if err := s.KeepMonth(b.Context()); err != nil {
		b.Fatal(err)
	}
	analyst := account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()}
	for who, viewer := range map[string]account.Viewer{"public": {}, "analyst": analyst} {
		h := appOf(b, app.Config{Reader: s, Viewer: func(*http.Request) account.Viewer { return viewer }})
		for kind, path := range map[string]func(n int) string{
			"home":    func(n int) string { return "/?" + strconv.Itoa(n) },
			"network": func(n int) string { return "/network/AS" + asns[n*7919%len(asns)].String() },
		} {
			b.Run(who+"/"+kind, func(b *testing.B) {
				var took []time.Duration
				for b.Loop() {
					r, w := httptest.NewRequest(http.MethodGet, path(len(took)), nil), httptest.NewRecorder()
					began := time.Now()
					h.ServeHTTP(w, r)
					took = append(took, time.Since(began))
					if w.Code != http.StatusOK {
						b.Fatalf("%s: %d", r.URL, w.Code)
					}
				}
				slices.Sort(took)
				b.ReportMetric(took[len(took)/2].Seconds()*1000, "p50-ms")
				b.ReportMetric(took[len(took)*99/100].Seconds()*1000, "p99-ms")
			})
		}
	}
}

// fill puts into the store what a watch would have: the incidents of the run, and networks' months.
func fill(b *testing.B, db *store.Store, dir string, asns []values.ASN, last values.Month) {
	b.Helper()
	f, err := os.Open(filepath.Join(dir, "incidents.jsonl"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var list []watch.Incident
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var i watch.Incident
		if err := json.Unmarshal(lines.Bytes(), &i); err != nil {
			b.Fatal(err)
		}
		list = append(list, i)
	}
	if lines.Err() != nil {
		b.Fatal(lines.Err())
	}
	if err := save(db.SaveIncidents(b.Context(), time.Now(), list)); err != nil {
		b.Fatal(err)
	}
	percent := 87.5
	for n := range 2 {
		var rows []store.NetworkMonth
		for _, asn := range asns {
			row := store.NetworkMonth{ASN: asn, Month: last, Profile: norms.DefaultProfile}
			for range n {
				row.Month = values.MonthOf(last.Start().Add(-time.Hour))
			}
			for m := norms.M1; m <= norms.A4; m++ {
				row.Measures = append(row.Measures, store.Measure{Metric: m, Percent: &percent, Band: norms.Aspiring})
			}
			rows = append(rows, row)
		}
		if err := db.SaveMonth(b.Context(), time.Now(), rows, ""); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d networks, %d incidents", len(asns), len(list))
}
