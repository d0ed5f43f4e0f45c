package app_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"pahra/internal/api"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
	"pahra/internal/testdata"
	"pahra/internal/web/app"
)

// TestAPIPage: the API's page for people is a page of the site like any other, looked at in every way.
func TestAPIPage(t *testing.T) {
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	chromium := testdata.Tool(t, "chromium")
	axe := testdata.Axe(t)
	s := servicetest.Shown(t, service.ShownOptions{})
	pages := appOf(t, app.Config{Reader: s, API: true}).(*app.App)
	answers, err := api.New(api.Config{Reader: s, Log: slog.New(slog.DiscardHandler), Page: pages.Plain})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", pages)
	mux.Handle(api.Root, answers)
	server := httptest.NewServer(mux)
	defer server.Close()
	b := newWatcher(t, chromium, server.URL, axe)
	for _, how := range looks() {
		b.look(how, "/api/docs")
	}
}
