package serve_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/config"
	"pahra/internal/serve"
	"pahra/internal/source/taxii"
	"pahra/internal/store"
)

// TestDeskTAXII: what a partner's collection holds becomes reports of the desk, once.
func TestDeskTAXII(t *testing.T) {
	again := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/taxii+json;version=2.1")
		switch r.URL.Path {
		case "/r/":
			fmt.Fprint(w, `{"title":"t","versions":["application/taxii+json;version=2.1"],"max_content_length":100000}`)
		case "/r/collections/":
			fmt.Fprint(w, `{"collections":[{"id":"c1","title":"t","can_read":true,"can_write":false}]}`)
		default:
			if after := r.URL.Query().Get("added_after"); after != "" {
				fmt.Fprint(w, "{}")
				select {
				case again <- after:
				default:
				}
				return
			}
			w.Header().Set("X-TAXII-Date-Added-Last", "2026-03-04T05:06:07.000001Z")
			fmt.Fprint(w, `{"objects":[{"type":"indicator","spec_version":"2.1","id":"indicator--00000000-0000-4000-8000-000000000001","created":"2026-03-04T05:06:07.000Z","modified":"2026-03-04T05:06:07.000Z","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","valid_from":"2026-03-04T05:06:07Z","indicator_types":["malicious-activity"]}]}`)
		}
	}))
	defer server.Close()
	c := config.Defaults()
	c.State, c.Roles = filepath.Join(t.TempDir(), "state"), []string{"desk"}
	c.Desk.Sources = map[string]config.DeskSource{"nadia": {Format: "stix", TAXII: &taxii.Config{URL: server.URL + "/r/", Collection: "c1", Every: time.Millisecond}}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	s, err := serve.Open(t.Context(), &c, serve.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	after := <-again // so the first page is safe
	stop()
	if err := <-done; err != nil || after != "2026-03-04T05:06:07.000001Z" {
		t.Errorf("it asks for what came after %s, %v", after, err)
	}
	count := 0
	for _, state := range []store.ReportState{store.ReportWaiting, store.ReportRead} {
		list, err := s.Store.Reports(t.Context(), state, store.DeskReport{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list {
			if count++; r.Source != "nadia" || r.Format != "stix" {
				t.Errorf("%+v", r)
			}
		}
	}
	if count != 1 {
		t.Errorf("%d reports came", count)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}
