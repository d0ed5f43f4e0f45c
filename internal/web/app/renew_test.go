package app_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/account"
	"pahra/internal/service"
	"pahra/internal/web/app"
)

// changingReader answers with its version; two of its versions are a panic and an error.
type changingReader struct {
	emptyReader
	version atomic.Value
}

func (r *changingReader) Version() string { return r.version.Load().(string) }

func (r *changingReader) Answer(context.Context, account.Viewer, service.Question) (any, error) {
	switch version := r.Version(); version {
	case "panic":
		panic("at the disco")
	case "gone":
		return nil, service.ErrNoPage
	default:
		return &service.NeighbourhoodsPage{Run: service.PageRun{Program: version}, List: []service.NeighbourhoodLine{}}, nil
	}
}

// TestPagesAreRenewed: whoever first asks for a page that has changed gets it as it was, and nobody waits; then it is made
// anew. What goes wrong in that costs nobody anything until the page is too old.
func TestPagesAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		reader := &changingReader{}
		a, err := app.New(app.Config{Reader: reader, Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); a.Run(ctx) }()
		defer func() { stop(); <-ended }()
		for _, step := range []struct {
			version, want string
			after         time.Duration
		}{
			{"one", "one", 0}, {"one", "one", time.Second}, {"two", "one", 0}, {"two", "two", 0}, {"panic", "two", 0}, {"gone", "two", 0}, {"gone", "two", time.Second},
			{"gone", "", 2 * time.Minute}, {"three", "three", 0},
		} {
			time.Sleep(step.after)
			reader.version.Store(step.version)
			got := body(t, get(t, a, "/neighbourhoods.json"))
			if !strings.Contains(got, `"program":"`+step.want+`"`) && step.want != "" || step.want == "" && strings.Contains(got, "program") {
				t.Errorf("version %s: it says %s, want %q", step.version, got, step.want)
			}
			synctest.Wait()
		}
		if n := strings.Count(log.String(), "at the disco"); n != 1 {
			t.Errorf("the log has %d panics: %s", n, log.String())
		}
	})
}
