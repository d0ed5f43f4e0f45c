package api_test

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"pahra/internal/account"
	"pahra/internal/api"
	"pahra/internal/authority"
	"pahra/internal/limit"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/internal/world"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type diskSink string

func (d diskSink) Create(path string) (io.WriteCloser, error) {
	name := filepath.Join(string(d), filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	return os.Create(name)
}

// demo observes a small world once for all tests.
var demo = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "pahra-api-")
	if err != nil {
		return "", err
	}
	p := world.Defaults(1)
	p.Networks, p.Prefixes = 200, 600
	if _, err := world.Write(diskSink(filepath.Join(dir, "data")), p); err != nil {
		return "", err
	}
	out := filepath.Join(dir, "out")
	_, err = service.Observe(context.Background(), service.Options{
		Data: filepath.Join(dir, "data"), Out: out, From: p.Start, To: p.Start.Add(p.Window), Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
	})
	return out, err
})

// shownOf shows the world by the default publication policy, or everything to everybody.
func shownOf(t testing.TB, opt service.ShownOptions) *service.Shown {
	t.Helper()
	out, err := demo()
	if err != nil {
		t.Fatal(err)
	}
	run, err := service.OpenRun(out)
	if err != nil {
		t.Fatal(err)
	}
	s := service.NewShown(opt)
	if err := s.Publish(run); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

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
		c.Reader = shownOf(t, service.ShownOptions{Synthetic: true})
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
