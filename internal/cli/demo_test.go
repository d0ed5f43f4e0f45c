package cli

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/config"
	"pahra/internal/desk"
	figures "pahra/internal/health"
	"pahra/internal/serve"
	"pahra/internal/store"
	"pahra/internal/world"
)

// tinyYear is the world of a demonstration that is quickly made: this month, or yesterday's.
func tinyYear(seed uint64, until time.Time) world.YearParams {
	p := world.YearDefaults(seed, until)
	began := until.AddDate(0, 0, -1)
	p.Start = time.Date(began.Year(), began.Month(), 1, 0, 0, 0, 0, time.UTC)
	p.Networks, p.Prefixes, p.Peers, p.Members, p.Chapter, p.Chapterly = 300, 450, 12, 20, 12*time.Hour, 1
	return p
}

// running is a demonstration that was started, and what it said until it was ready.
type running struct {
	said []string
	stop func() (rest string, err error)
}

// start runs a demonstration until it says what to try.
func start(t *testing.T, opt demoOptions) running {
	t.Helper()
	var (
		r   running
		log bytes.Buffer
	)
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	done := make(chan error, 1)
	opt.out, opt.listen, opt.now, opt.log = in, "127.0.0.1:0", time.Now, slog.New(slog.NewTextHandler(io.MultiWriter(t.Output(), &log), nil))
	go func() {
		done <- runDemo(ctx, opt)
		in.Close()
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if r.said = append(r.said, lines.Text()); strings.HasPrefix(lines.Text(), "New incidents") {
			break
		}
	}
	r.stop = func() (string, error) {
		cancel()
		rest, _ := io.ReadAll(out) // ends with the demonstration
		err := <-done
		for line := range strings.Lines(log.String()) {
			if strings.Count(line, " source=") > 1 || strings.Contains(line, "stale") || strings.Contains(line, "ERROR") {
				t.Errorf("the log says %s", line)
			}
		}
		return string(rest), err
	}
	return r
}

// made gives when the files of the past were written.
func made(t *testing.T, state string) map[string]time.Time {
	t.Helper()
	times := make(map[string]time.Time)
	for _, pattern := range []string{"data/mrt/*/updates.*.gz", "data/mrt/*/[br]*.gz", "data/irr/*/*0000Z.gz"} {
		names, err := filepath.Glob(filepath.Join(state, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				t.Fatal(err)
			}
			times[name] = info.ModTime()
		}
	}
	return times
}

// The first start makes a world, judges its past and says what to look at; the second makes nothing again.
func TestDemo(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"))
	opt := demoOptions{state: filepath.Join(t.TempDir(), "demo"), world: tinyYear}
	address := regexp.MustCompile(`http://127\.0\.0\.1:\d+/[a-z]+/\S+`)
	var before map[string]time.Time
	for n := range 2 {
		r := start(t, opt)
		text := strings.Join(r.said, "\n")
		if strings.Contains(text, "making a world") != (n == 0) {
			t.Errorf("start %d: %s", n+1, text)
		}
		pages := address.FindAllString(text, -1)
		if len(pages) != 3 {
			t.Errorf("start %d: %d suggestions in %s", n+1, len(pages), text)
		}
		for _, page := range pages {
			answer, err := http.Get(page)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(answer.Body)
			if answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), "made-up") {
				t.Errorf("%s: %s, %v", page, answer.Status, err)
			}
		}
		http.DefaultClient.CloseIdleConnections()
		if rest, err := r.stop(); err != nil || !strings.Contains(rest, "stopped") {
			t.Errorf("start %d ended with %v and %q", n+1, err, rest)
		}
		if files := made(t, opt.state); n == 0 {
			before = files
		} else if len(before) == 0 || !maps.EqualFunc(before, files, time.Time.Equal) {
			t.Errorf("of %d files of the past some were made again", len(before))
		}
	}
}

// An incident that begins after the start comes through the replayer into the store. It takes minutes of true time.
func TestDemoGoesOn(t *testing.T) {
	if os.Getenv("PAHRA_SOAK") != "1" {
		t.Skip("PAHRA_SOAK=1 waits for something to go wrong in the world")
	}
	began := time.Now()
	opt := demoOptions{state: filepath.Join(t.TempDir(), "demo"), tune: func(c *config.Config) { c.Watch.MinDuration = 2 * time.Second },
		world: func(seed uint64, until time.Time) world.YearParams {
			p := tinyYear(seed, until)
			p.Networks, p.Prefixes, p.Chapter, p.Chapterly = 600, 900, time.Hour, 6
			return p
		}}
	r := start(t, opt)
	defer func() { _, _ = r.stop() }()
	site := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(strings.Join(r.said, "\n"))
	for {
		var page struct {
			Latest []struct {
				Kind  string    `json:"kind"`
				Start time.Time `json:"start"`
			} `json:"latest"`
		}
		if err := readTwin(t.Context(), site+"/index.json", &page); err != nil {
			t.Fatal(err)
		}
		if len(page.Latest) > 0 && page.Latest[0].Start.After(began) {
			t.Logf("%s after %s", page.Latest[0].Kind, time.Since(began))
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("nothing went wrong")
		case <-time.After(time.Second): // what the page says is kept that long
		}
	}
}

// TestDemoDesk: a new demonstration's desk has cases in every state that a desk has, of networks and of constituents, and goes
// on with what is put into its folders.
func TestDemoDesk(t *testing.T) {
	until := time.Date(2026, 3, 12, 7, 20, 0, 0, time.UTC)
	opt := demoOptions{state: filepath.Join(t.TempDir(), "demo"), now: func() time.Time { return until }, out: io.Discard, log: slog.New(slog.DiscardHandler),
		world: func(seed uint64, until time.Time) world.YearParams {
			p := tinyYear(seed, until)
			p.Networks, p.Prefixes = 600, 900
			return p
		}}
	made, err := openDemo(t.Context(), opt)
	if err != nil || !made.reported.Equal(until) {
		t.Fatal(made.reported, err)
	}
	year := made.year
	c := demoConfig(opt, &net.TCPAddr{})
	c.Roles = []string{"desk"}
	s, err := serve.Open(t.Context(), c, serve.Options{Log: opt.log, Now: opt.now, Synthetic: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	states, parties := map[string]int{}, map[string]int{}
	for after := int64(0); ; {
		page, err := s.Store.CasesBeyond(t.Context(), store.MachineSight(store.National), after, store.CaseFilter{})
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, one := range page {
			kind, _, _ := strings.Cut(one.Party, ":")
			states[one.State]++
			parties[kind]++
		}
		after = page[len(page)-1].ID
	}
	for _, state := range []desk.State{desk.New, desk.Notified, desk.Acknowledged, desk.Disputed, desk.Recovered, desk.Reopened} {
		if states[string(state)] == 0 {
			t.Errorf("no case is %s: %v", state, states)
		}
	}
	if parties["as"] == 0 || parties["c"] == 0 || parties["none"] > parties["as"]/10 {
		t.Errorf("parties: %v", parties)
	}
	history, err := s.Store.History(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sourced, unverified := false, false
	for _, r := range history {
		sourced = sourced || r.Period == "2014" && r.Class == figures.Total && r.Rule == "with-spam" && r.Count == 130_338 && r.Sourced
		unverified = unverified || !r.Sourced
	}
	if !sourced || !unverified {
		t.Errorf("of past years there are %d figures; the sourced one of 2014: %v, some not verified: %v", len(history), sourced, unverified)
	}
	told := &teller{opt: opt, year: year}
	for _, r := range year.Reports(until, until.Add(time.Hour)) {
		if err := os.MkdirAll(demoFolder(opt.state, r.Source), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := told.put(r, until.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if files, _ := filepath.Glob(filepath.Join(opt.state, "reports", "*", "*.json")); len(files) != len(world.ReportSources()) {
		t.Errorf("%v were put there", files)
	}
}
