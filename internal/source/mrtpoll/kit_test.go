package mrtpoll

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/source"
	"pahra/wire/mrt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the tests begin.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is an archive, a clock that sleeping moves, and a taker that stops the poller after some files.
type world struct {
	t      *testing.T
	mu     sync.Mutex
	one    sync.Mutex
	clock  time.Time
	late   map[string]time.Duration // how late a file is published, by its name's end; negative for never
	answer map[string]http.HandlerFunc
	asked  []string

	since  time.Time
	got    []string
	gaps   []string
	refuse int // so many files are refused
	left   int
	naps   int
	stop   context.CancelFunc
	dir    string
	*Poller
}

func newWorld(t *testing.T, c Config) *world {
	w := &world{t: t, clock: noon, late: map[string]time.Duration{}, answer: map[string]http.HandlerFunc{}, dir: t.TempDir()}
	if c.Base == "" {
		server := httptest.NewServer(w)
		t.Cleanup(server.Close)
		c.Base = server.URL
	}
	fill(&c.Archive, "ris")
	c.Accept = []string{"ris-updates", "ris-tables"}
	p, err := New("archive", c, w.dir, w, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.now = func() time.Time { w.mu.Lock(); defer w.mu.Unlock(); return w.clock }
	p.sleep = func(ctx context.Context, d time.Duration) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.clock = w.clock.Add(d)
		if w.naps++; w.naps == 1500 {
			t.Errorf("waits for ever; the last error is %s", p.Status().LastError)
			w.stop()
		}
		return ctx.Err()
	}
	w.Poller = p
	t.Cleanup(func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// ServeHTTP publishes every file of either layout as its time is over: 2 minutes behind its end, if not later.
func (w *world) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	w.asked = append(w.asked, r.URL.Path)
	name := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	at, table, ok := moment(name)
	due := at.Add(2 * time.Minute)
	if !table {
		due = due.Add(w.plan.updates.Every())
	}
	special := w.answer[name]
	for end, late := range w.late {
		if strings.HasSuffix(name, end) {
			due = due.Add(late)
			ok = ok && late >= 0
		}
	}
	published := ok && !w.clock.Before(due)
	w.mu.Unlock()
	switch {
	case !published:
		http.NotFound(rw, r)
	case special != nil:
		w.one.Lock() // a handler may outlive the connection that it aborts
		defer w.one.Unlock()
		special(rw, r)
	default:
		content(at)(rw, r)
	}
}

func content(at time.Time) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/octet-stream")
		rw.Header().Set("ETag", fmt.Sprintf(`"%d"`, at.Unix()))
		http.ServeContent(rw, r, "", at, bytes.NewReader(file(at)))
	}
}

// file is a file of a moment, in gzip.
func file(at time.Time) []byte {
	var plain, out bytes.Buffer
	w := mrt.NewWriter(&plain)
	peer := mrt.Session{PeerAS: 64500, PeerIP: netip.MustParseAddr("192.0.2.1"), LocalIP: netip.MustParseAddr("192.0.2.2")}
	for i := range 100 {
		_ = w.StateChange(uint32(at.Unix())+uint32(i), peer, 1, 6)
	}
	z := gzip.NewWriter(&out)
	_, _ = z.Write(plain.Bytes())
	_ = z.Close()
	return out.Bytes()
}

func moment(name string) (at time.Time, table, ok bool) {
	kind, rest, _ := strings.Cut(name, ".")
	if len(rest) < 13 {
		return at, false, false
	}
	at, err := time.Parse("20060102.1504", rest[:13])
	return at, kind != "updates", err == nil
}

func (w *world) Got(collector, path string, from, to time.Time, table bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.refuse > 0 {
		w.refuse--
		return errors.New("refused")
	}
	w.got = append(w.got, fmt.Sprintf("%s %s %s to %s %v", collector, path, from.Format("02T15:04"), to.Format("15:04"), table))
	if info, err := os.Stat(filepath.Join(w.dir, path)); err != nil || info.Size() == 0 {
		w.t.Errorf("%s: %v", path, err)
	}
	if w.left--; w.left == 0 {
		w.stop()
	}
	return nil
}

func (w *world) Gap(g source.Gap) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gaps = append(w.gaps, fmt.Sprintf("%s %s to %s", g.Collector, g.From.Format("02T15:04"), g.To.Format("15:04")))
}

func (w *world) Since(string) time.Time { return w.since }

// run follows until so many files came.
func (w *world) run(files int) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	w.left, w.stop = files, cancel
	if err := w.Run(ctx); err != nil {
		w.t.Error(err)
	}
}

func (w *world) expect(got, gaps string) {
	w.t.Helper()
	if diff := cmp.Diff(strings.Fields(strings.ReplaceAll(got, " ", "_")), words(w.got)); diff != "" {
		w.t.Errorf("files (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(strings.Fields(strings.ReplaceAll(gaps, " ", "_")), words(w.gaps)); diff != "" {
		w.t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func words(lines []string) []string {
	out := []string{}
	for _, l := range lines {
		out = append(out, strings.ReplaceAll(l, " ", "_"))
	}
	return out
}

// The archive's files in bzip2: one change of state, and nothing at all, as a collector that heard nothing has it.
const (
	bzipOne = "425a6839314159265359d3971d8900000d6144fb004040001001004000040a20003100000649a7a8c9894c9842a0f3d773086899ce0bc59f177245385090d3971d89"
	bzipNil = "425a683917724538509000000000"
)

// bzip lets every file be one of bzip2.
func (w *world) bzip(t *testing.T, updates, tables string) {
	t.Helper()
	for at := noon.Add(-6 * time.Hour); at.Before(noon.Add(time.Hour)); at = at.Add(15 * time.Minute) {
		for kind, text := range map[string]string{"updates": updates, "rib": tables} {
			b, err := hex.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			w.answer[kind+at.Format(".20060102.1504")+".bz2"] = func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write(b) }
		}
	}
}
