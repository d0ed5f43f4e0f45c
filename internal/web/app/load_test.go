package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pahra/internal/service"
	"pahra/internal/web/app"
)

// TestLoad asks for 100 pages a second over 500 networks and neighbourhoods of the run in PAHRA_BENCH_RUN, whatever the
// answers take, and measures each from the moment it was due.
func TestLoad(t *testing.T) {
	dir := os.Getenv("PAHRA_BENCH_RUN")
	if dir == "" {
		t.Skip("PAHRA_BENCH_RUN names no run")
	}
	run, err := service.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := service.NewShown(service.ShownOptions{})
	if err := s.Publish(run); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	answer, err := s.Answer(t.Context(), public(), service.NetworksQuestion{Part: 1})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, l := range answer.(*service.NetworksPage).List {
		paths = append(paths, "/network/AS"+l.ASN.String())
	}
	paths = append(paths[:min(490, len(paths))], "/", "/neighbourhood/all", "/neighbourhood/country:IN", "/neighbourhood/country:US", "/sources")
	server := httptest.NewServer(appOf(t, app.Config{Reader: s}))
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 200}}
	defer client.CloseIdleConnections()
	const rate, lasts = 100, 30 * time.Second
	took := make([]time.Duration, int(lasts.Seconds())*rate)
	var work sync.WaitGroup
	start := time.Now()
	for n := range took {
		due := start.Add(time.Duration(n) * time.Second / rate)
		time.Sleep(time.Until(due)) // the load is a matter of time
		work.Go(func() {
			r, err := client.Get(server.URL + paths[n*7919%len(paths)])
			if err != nil {
				t.Error(err)
				return
			}
			defer r.Body.Close()
			if _, err := io.Copy(io.Discard, r.Body); err != nil || r.StatusCode != http.StatusOK {
				t.Error(r.StatusCode, err)
			}
			took[n] = time.Since(due)
		})
	}
	work.Wait()
	slices.Sort(took)
	at := func(share float64) string {
		return fmt.Sprint(took[int(share*float64(len(took)-1))].Round(10 * time.Microsecond))
	}
	t.Logf("p50 %s, p90 %s, p99 %s, most %s", at(0.5), at(0.9), at(0.99), at(1))
}
