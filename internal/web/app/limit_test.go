package app_test

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pahra/internal/limit"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/internal/web/app"
)

// TestPagesAreLimited: an address that asks too often is told when to come back; others go on, and what never changes is
// not counted. Behind a trusted proxy the client counts, not the proxy; anybody else's word on it is nothing.
func TestPagesAreLimited(t *testing.T) {
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	proxies := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32")} // where httptest's requests come from
	h := appOf(t, app.Config{PerMinute: 3, Now: func() time.Time { return now }, Client: func(r *http.Request) netip.Addr { return app.ClientAddress(r, proxies) }})
	ask := func(path string, want int, from string) {
		t.Helper()
		r := get(t, h, path, "X-Forwarded-For", from)
		text := body(t, r)
		if r.StatusCode != want {
			t.Errorf("%s from %s: %d, want %d", path, from, r.StatusCode, want)
		}
		if want != http.StatusTooManyRequests {
			return
		}
		if wait := r.Header.Get("Retry-After"); wait != "40" || !strings.Contains(text, "40 seconds") || r.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: to come back after %q: %s", path, wait, text)
		}
		if strings.HasSuffix(path, ".json") != (r.Header.Get("Content-Type") == "application/problem+json") {
			t.Errorf("%s is refused as %s", path, r.Header.Get("Content-Type"))
		}
	}
	ask("/method", 200, "203.0.113.1")
	now = now.Add(20 * time.Second)
	ask("/nothing", 404, "203.0.113.1")
	ask("/method.json", 200, "198.51.100.9, 203.0.113.1") // a client that says it is another
	ask("/method", 429, "203.0.113.1")
	ask("/method.json", 429, "198.51.100.8, 203.0.113.1")
	ask("/events", 429, "203.0.113.1")
	ask("/static/x/style.css", 200, "203.0.113.1")
	ask("/method", 200, "203.0.113.2")
	now = now.Add(40 * time.Second)
	ask("/method", 200, "203.0.113.1")
}

// TestListenersAreBounded: one address follows the news so many times, all together so many, and who leaves makes room.
func TestListenersAreBounded(t *testing.T) {
	s, streams := servicetest.Shown(t, service.ShownOptions{}), limit.NewStreams(2, 1)
	from := "192.0.2.1"
	server := httptest.NewServer(appOf(t, app.Config{Reader: s, Streams: streams, Client: func(*http.Request) netip.Addr { return netip.MustParseAddr(from) }}))
	t.Cleanup(server.Close)
	ask := func(want int) *http.Response {
		t.Helper()
		r, err := server.Client().Get(server.URL + "/events")
		if err != nil {
			t.Fatal(err)
		}
		if r.StatusCode != want || want != 200 && r.Header.Get("Retry-After") == "" {
			t.Errorf("%d %v, want %d", r.StatusCode, r.Header, want)
		}
		if line, err := bufio.NewReader(r.Body).ReadString('\n'); want == 200 && (err != nil || !strings.HasPrefix(line, "retry:")) {
			t.Errorf("heard %q, %v", line, err)
		}
		t.Cleanup(func() { _ = r.Body.Close() })
		return r
	}
	first := ask(200)
	ask(429)
	from = "192.0.2.2"
	leave, _ := streams.Open("another door")
	ask(503)
	leave()
	ask(200)
	if err := first.Body.Close(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond) // until the server has seen that it left
	defer tick.Stop()
	for range tick.C {
		if leave, _ := streams.Open("192.0.2.1"); leave != nil {
			leave()
			break
		}
	}
}
