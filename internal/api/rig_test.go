package api_test

import (
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/limit"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/service/servicetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { servicetest.Main(m) }

func strict(t testing.TB) service.ShownOptions {
	t.Helper()
	return service.ShownOptions{Policy: publication.Default()}
}

// free asks as often as a test likes.
func free() api.Limits {
	l := api.LimitsOf(limit.Defaults())
	l.Address, l.Account = 1<<30, 1<<30
	return l
}

func apiOf(t testing.TB, c api.Config) *api.API {
	t.Helper()
	if c.Reader == nil {
		c.Reader = servicetest.Shown(t, service.ShownOptions{Synthetic: true})
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Limits == (api.Limits{}) {
		c.Limits = free()
	}
	a, err := api.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// as has the bearer of any token be a viewer.
func as(v account.Viewer) func(*http.Request) (account.Viewer, error) {
	return func(r *http.Request) (account.Viewer, error) {
		switch r.Header.Get("Authorization") {
		case "":
			return account.Viewer{}, nil
		case "Bearer pahra_good":
			return v, nil
		}
		return account.Viewer{}, account.ErrRefused
	}
}

func get(t testing.TB, h http.Handler, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	return do(t, h, http.MethodGet, path, header...)
}

func do(t testing.TB, h http.Handler, method, path string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for n := 0; n+1 < len(header); n += 2 {
		r.Header.Set(header[n], header[n+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
