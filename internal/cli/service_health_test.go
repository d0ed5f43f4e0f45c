package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pahra/internal/service"
)

// TestReady: everybody hears that the service is not ready, and the log alone why, once for each reason.
func TestReady(t *testing.T) {
	var log bytes.Buffer
	var err error
	h := &health{ready: func(context.Context) error { return err }, log: slog.New(slog.NewTextHandler(&log, nil))}
	mux := http.NewServeMux()
	h.join(mux)
	ask := func(path string) (int, string) {
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w.Code, w.Body.String()
	}
	down := fmt.Errorf("store: %w", errors.New("dial tcp 10.1.2.3:5432: password of pahra refused"))
	for n, c := range []struct {
		err    error
		status int
		text   string
		told   int // in the log, up to then
	}{
		{service.ErrNotYet, 503, "not ready: nothing is published yet\n", 0},
		{nil, 200, "ready\n", 0},
		{down, 503, "not ready: the store does not answer\n", 1},
		{down, 503, "not ready: the store does not answer\n", 1},
		{nil, 200, "ready\n", 1},
		{down, 503, "not ready: the store does not answer\n", 2},
	} {
		err = c.err
		if status, text := ask("/readyz"); status != c.status || text != c.text || strings.Count(log.String(), "10.1.2.3") != c.told {
			t.Errorf("%d: %d %q; the log says %q", n, status, text, &log)
		}
		if status, text := ask("/healthz"); status != 200 || text != "ok\n" {
			t.Errorf("%d: /healthz is %d %q", n, status, text)
		}
	}
}
