package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/limit"
	"pahra/internal/service/servicetest"
	"pahra/internal/watch"
)

// listen gives the events of a stream, and the stream itself once it has begun.
func listen(t *testing.T, server *httptest.Server, path string, header ...string) <-chan api.News {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s: %d %v", path, answer.StatusCode, answer.Header)
	}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && lines.Text() != ": listening" { // from here on nothing is missed
		continue
	}
	news, done := make(chan api.News), make(chan struct{})
	go func() {
		defer close(done)
		defer close(news)
		for lines.Scan() {
			text, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var one api.News
			if err := json.Unmarshal([]byte(text), &one); err != nil {
				t.Errorf("%s: %v", text, err)
			}
			select {
			case news <- one:
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { stop(); <-done; _ = answer.Body.Close() })
	return news
}

// TestStream: who listens is told at once, what they may see and no more.
func TestStream(t *testing.T) {
	s := servicetest.Shown(t, strict(t))
	server := httptest.NewServer(apiOf(t, api.Config{Reader: s, Who: as(account.Viewer{Account: "a", Role: account.Analyst, Scopes: account.AllScopes()})}))
	t.Cleanup(server.Close)
	token := []string{"Authorization", "Bearer pahra_good"}
	public, analyst := listen(t, server, "/api/v1/incidents/stream"), listen(t, server, "/api/v1/incidents/stream", token...)
	about := listen(t, server, "/api/v1/incidents/stream?asn=64501&kind=leak", token...)
	blind := listen(t, server, "/api/v1/incidents/stream?asn=64500")
	limit := time.After(20 * time.Second)
	hear := func(from <-chan api.News) (n api.News) {
		t.Helper()
		select {
		case n = <-from:
		case n = <-blind:
			t.Errorf("a stream about a network told the public %+v", n)
		case <-limit:
			t.Fatal("nothing heard")
		}
		return n
	}
	err := s.Tell(t.Context(), []watch.Incident{
		{ID: "a", Kind: watch.Leak, ASN: 64500, Start: time.Now()}, {ID: "b", Kind: watch.Hijack, ASN: 64501, Start: time.Now()},
		{ID: "c", Kind: watch.Leak, ASN: 64501, Start: time.Now()},
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n := hear(public); n.Incident != nil || n.Kind == "" {
			t.Errorf("the public hears %+v", n)
		}
	}
	for _, want := range []string{"a", "b", "c"} {
		if n := hear(analyst); n.Incident == nil || n.Incident.ID != want {
			t.Errorf("an analyst hears %+v, want %s", n, want)
		}
	}
	if n := hear(about); n.Incident == nil || n.Incident.ID != "c" {
		t.Errorf("who listens for one network hears %+v", n)
	}
}

// TestStreamsAreBounded: one client has so many streams, all together so many, and who leaves makes room.
func TestStreamsAreBounded(t *testing.T) {
	s, streams := servicetest.Shown(t, strict(t)), limit.NewStreams(2, 1)
	from := "192.0.2.1"
	h := apiOf(t, api.Config{Reader: s, Streams: streams, Client: func(*http.Request) netip.Addr { return netip.MustParseAddr(from) }})
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	const path = "/api/v1/incidents/stream"
	ask := func(want int) {
		t.Helper()
		r := get(t, h, path)
		if r.Code != want || r.Header().Get("Retry-After") == "" || r.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%d %v, want %d", r.Code, r.Header(), want)
		}
	}
	listen(t, server, path)
	ask(429)
	from = "192.0.2.2"
	leave, _ := streams.Open("another door")
	ask(503)
	leave()
	listen(t, server, path)
}

func TestStreamRefuses(t *testing.T) {
	h := apiOf(t, api.Config{})
	for path, want := range map[string]int{
		"/api/v1/incidents/stream?kind=x": 422, "/api/v1/incidents/stream?asn=AS4294967296": 422, "/api/v1/incidents/stream?neighbourhood=nowhere": 404,
	} {
		if r := get(t, h, path); r.Code != want || r.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", path, r.Code, r.Header().Get("Content-Type"))
		}
	}
	if r := get(t, h, "/api/v1/incidents/stream", "Accept", "application/json"); r.Code != 406 {
		t.Errorf("the stream as JSON: %d", r.Code)
	}
}
