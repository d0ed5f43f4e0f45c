package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a desk in a folder of its own, whose clock is set.
type rig struct {
	*Desk
	t     testing.TB
	dir   string
	store *store.Store
	now   time.Time
}

func newRig(t testing.TB) *rig {
	r := &rig{t: t, dir: t.TempDir(), now: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	r.open()
	t.Cleanup(func() { r.store.Close() })
	return r
}

// open opens the desk, anew if it was open, as after a crash.
func (r *rig) open() {
	r.t.Helper()
	if r.store != nil {
		r.store.Close()
	}
	var err error
	if r.store, err = store.Open(context.Background(), "sqlite:"+filepath.Join(r.dir, "pahra.db")); err != nil {
		r.t.Fatal(err)
	}
	files, err := spool.Open(filepath.Join(r.dir, "desk"))
	if err != nil {
		r.t.Fatal(err)
	}
	classes, err := class.Load()
	if err != nil {
		r.t.Fatal(err)
	}
	own := func(_ context.Context, _ string, _ class.Code, e *intelmq.Event) string {
		if asn := e.Text("source.asn"); asn != "" {
			return "as:" + asn
		}
		return "none"
	}
	r.Desk, err = Open(context.Background(), Options{Spool: files, Store: r.store, Own: own, Classes: classes, Now: func() time.Time { return r.now },
		Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.t.Fatal(err)
	}
}

// made makes n lines of IntelMQ's JSON, some of which are bad and some of which repeat another.
func made(seed uint64, n int, bad, again float64) []byte {
	random := rand.New(rand.NewPCG(seed, 7))
	types := []string{"phishing", "scanner", "infected-system", "ddos-amplifier"}
	var b bytes.Buffer
	var lines []string
	for range n {
		switch at := random.Float64(); {
		case at < bad:
			fmt.Fprintf(&b, "{\"source.ip\":\"no address\",\"source.asn\":%d}\n", random.IntN(9))
			continue
		case at < bad+again && len(lines) > 0:
			b.WriteString(lines[random.IntN(len(lines))])
			continue
		}
		line := fmt.Sprintf("{\"classification.type\":%q,\"classification.identifier\":\"x\",\"source.ip\":\"192.0.%d.%d\",\"source.asn\":%d,"+
			"\"source.port\":%d,\"time.source\":\"2026-03-%02dT%02d:00:00+00:00\",\"time.observation\":\"2026-03-04T00:00:%02d+00:00\"}\n",
			types[random.IntN(4)], random.IntN(4), random.IntN(256), 64500+random.IntN(5), random.IntN(50), 1+random.IntN(3), random.IntN(24), random.IntN(60))
		lines = append(lines, line)
		b.WriteString(line)
	}
	return b.Bytes()
}

// tally is what a report should come to, counted slowly.
type tally struct {
	Events, Duplicates, Bad int64
	Cases                   map[string]int64 // events by party and class
	Addresses               map[string]int64 // distinct ones of each day, summed
}

func (c *tally) count(seen map[string]bool, text []byte) {
	for line := range strings.Lines(string(text)) {
		e, err := intelmq.Parse([]byte(line))
		if err != nil {
			c.Bad++
			continue
		}
		if h := fmt.Sprintf("%x", e.Hash()); seen[h] {
			c.Duplicates++
			continue
		} else {
			seen[h] = true
		}
		c.Events++
		key := "as:" + e.Text("source.asn") + " " + e.Text("classification.type")
		c.Cases[key]++
		day := key + " " + e.Text("time.source")[:10] + " " + e.Text("source.ip")
		if !seen[day] {
			seen[day] = true
			c.Addresses[key]++
		}
	}
}

func (r *rig) tally() tally {
	r.t.Helper()
	got := tally{Cases: map[string]int64{}, Addresses: map[string]int64{}}
	for _, state := range []store.ReportState{store.ReportRead, store.ReportRefused} {
		all, err := r.store.Reports(context.Background(), state, store.DeskReport{}, 100)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, one := range all {
			got.Events, got.Duplicates, got.Bad = got.Events+one.Events, got.Duplicates+one.Duplicates, got.Bad+one.Bad
		}
	}
	state, err := r.store.DeskState(context.Background(), time.Time{})
	if err != nil {
		r.t.Fatal(err)
	}
	for _, c := range state.Cases {
		key := c.Party + " " + c.Class[strings.Index(c.Class, "/")+1:]
		got.Cases[key] += c.Events
		got.Addresses[key] += c.Addresses
	}
	return got
}

// lines gives how many events lie in the segments, and that each is one and belongs to its case.
func (r *rig) lines() (n int64) {
	r.t.Helper()
	state, err := r.store.DeskState(context.Background(), time.Time{})
	if err != nil {
		r.t.Fatal(err)
	}
	party := map[uint64]string{}
	for _, c := range state.Cases {
		party[uint64(c.ID)] = c.Party
	}
	for _, g := range state.Segments {
		err := r.opt.Spool.Events(g.Source, g.Day, spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames},
			func(spool.Entry) bool { return true }, func(e spool.Entry, line []byte) error {
				var is map[string]any
				if err := json.Unmarshal(line, &is); err != nil {
					return err
				}
				if want := party[e.Case]; fmt.Sprintf("as:%v", is["source.asn"]) != want {
					return fmt.Errorf("%s lies in the case of %s", line, want)
				}
				n++
				return nil
			})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return n
}

func (r *rig) accept(source string, text []byte) store.DeskReport {
	r.t.Helper()
	got, err := r.Accept(context.Background(), bytes.NewReader(text), Meta{Source: source, Name: "x.json", Format: "intelmq"})
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// TestIntake: reports come to what a slow count says, duplicates in later reports and after a start included.
func TestIntake(t *testing.T) {
	r := newRig(t)
	want, seen := tally{Cases: map[string]int64{}, Addresses: map[string]int64{}}, map[string]bool{}
	for seed := range uint64(3) {
		text := append(made(seed, 2000, 0.01, 0.05), made(0, 100, 0, 0)...)
		r.accept("honeypots", text)
		want.count(seen, text)
		if err := r.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.open()
	}
	if diff := cmp.Diff(want, r.tally()); diff != "" {
		t.Error(diff)
	}
	if n := r.lines(); n != want.Events {
		t.Errorf("%d events lie there, want %d", n, want.Events)
	}
}

// TestStopped: wherever it is stopped, what was accepted comes to the same in the end.
func TestStopped(t *testing.T) {
	text := made(4, 20_000, 0.01, 0.05)
	want := tally{Cases: map[string]int64{}, Addresses: map[string]int64{}}
	want.count(map[string]bool{}, text)
	r := newRig(t)
	r.accept("honeypots", text)
	random := rand.New(rand.NewPCG(5, 6))
	for stops := 0; ; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		checks, limit := 0, 20+random.IntN(60)
		r.opt.Now = func() time.Time { // each look at the clock is a second later, so that pieces are short
			if checks++; checks > limit && stops < 10 {
				cancel()
			}
			r.now = r.now.Add(600 * time.Millisecond)
			return r.now
		}
		if err := r.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		cancel()
		waiting, err := r.store.Reports(context.Background(), store.ReportWaiting, store.DeskReport{}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(waiting) == 0 {
			if stops < 3 {
				t.Errorf("it was stopped %d times", stops)
			}
			break
		}
		r.open()
	}
	if diff := cmp.Diff(want, r.tally()); diff != "" {
		t.Error(diff)
	}
	if n := r.lines(); n != want.Events {
		t.Errorf("%d events lie there, want %d", n, want.Events)
	}
}

// TestRefused: a report that is none is refused with the reason, and what came before the end counts.
func TestRefused(t *testing.T) {
	r := newRig(t)
	text := append(made(1, 50, 0, 0), `{"source.ip": "192.0.2.1", "open`...)
	one := r.accept("honeypots", text)
	if err := r.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	got, err := r.store.Report(context.Background(), one.ID)
	if err != nil || got.Events == 0 || got.Events+got.Duplicates+got.Bad < 50 {
		t.Errorf("%+v, %v", got, err)
	}
}

// move brings a case to a state, as somebody else than the intake does.
func (r *rig) move(id int64, to desk.State) {
	r.t.Helper()
	err := r.store.ChangeCases(context.Background(), store.MachineSight(store.National), r.now, []int64{id}, func(c *store.Case) (store.CaseChange, error) {
		c.State, c.Changed = string(to), r.now
		return store.CaseChange{Log: []store.CaseEntry{{Case: id, Actor: "desk", Act: "case.move"}}}, nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// TestReopened: an event after a case recovered opens it again.
func TestReopened(t *testing.T) {
	r := newRig(t)
	line := `{"classification.type":"phishing","source.ip":"192.0.2.1","source.asn":64500,"time.source":"2026-03-%02dT00:00:00+00:00"}` + "\n"
	r.accept("honeypots", fmt.Appendf(nil, line, 1))
	if err := r.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.move(1, desk.Recovered)
	r.now = r.now.Add(48 * time.Hour)
	r.accept("honeypots", fmt.Appendf(nil, line, 6))
	if err := r.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	state, err := r.store.DeskState(context.Background(), time.Time{})
	if err != nil || len(state.Cases) != 1 || state.Cases[0].State != string(desk.Reopened) || state.Cases[0].Reopened != 1 || state.Cases[0].Events != 2 {
		t.Errorf("%+v, %v", state.Cases, err)
	}
}

// TestAlso: who else is told of an event is kept with its case, once.
func TestAlso(t *testing.T) {
	r := newRig(t)
	line := `{"classification.type":"phishing","source.ip":"192.0.2.%d","source.asn":64500,"extra.pahra.also":["as:64501","reg:Names"],"time.source":"2026-03-01T00:00:00+00:00"}` + "\n"
	r.accept("honeypots", fmt.Appendf(nil, line+line, 1, 2))
	if err := r.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	due, err := r.store.DueOthers(context.Background(), 0, "", 10)
	if err != nil || len(due) != 2 || due[0].ID != 1 || due[0].To != "as:64501" || due[1].To != "reg:Names" || !due[0].Since.Equal(r.now) {
		t.Errorf("%+v, %v", due, err)
	}
}

// TestWork: what is accepted while the desk works is read, and the end of the context ends the work.
func TestWork(t *testing.T) {
	r := newRig(t)
	ctx, stop := context.WithCancel(context.Background())
	worked := make(chan error, 1)
	go func() { worked <- r.Work(ctx) }()
	a, err := r.Accept(ctx, bytes.NewReader(made(1, 50, 0, 0)), Meta{Source: "sensors", Name: "a.json", Format: "intelmq"})
	if err != nil {
		t.Fatal(err)
	}
	for a.State != store.ReportRead {
		if a, err = r.Report(ctx, a.ID); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-worked; err != nil {
		t.Error(err)
	}
	if a.Events != 50 {
		t.Errorf("%d events, want 50", a.Events)
	}
}

// TestEvents: the events of a case are found again, the last first, and those of no other.
func TestEvents(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	for day := range 3 {
		var text bytes.Buffer
		for n := range 20 {
			fmt.Fprintf(&text, `{"classification.type":"scanner","source.ip":"192.0.2.%d","source.asn":%d,"time.source":"2026-03-0%dT00:00:00+00:00"}`+"\n", n, 64500+n%2, 4+day)
		}
		if _, err := r.Accept(ctx, &text, Meta{Source: "sensors", Name: "a.json", Format: "intelmq"}); err != nil {
			t.Fatal(err)
		}
		if err := r.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		r.now = r.now.Add(dayLength)
	}
	all, err := Events(ctx, r.opt.Spool, r.store, store.MachineSight(store.National), 2, 100)
	if err != nil {
		t.Fatal(err)
	}
	last, err := Events(ctx, r.opt.Spool, r.store, store.MachineSight(store.National), 2, 15)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 30 || len(last) != 15 {
		t.Fatalf("%d and %d events, want 30 and 15", len(all), len(last))
	}
	for i, e := range all {
		if want := fmt.Sprintf("2026-03-0%d", 6-i/10); e.Text("source.asn") != "64501" || !strings.HasPrefix(e.Text("time.source"), want) {
			t.Errorf("event %d: %s of AS%s, want %s", i, e.Text("time.source"), e.Text("source.asn"), want)
		}
	}
	if _, err := Events(ctx, r.opt.Spool, r.store, store.MachineSight(store.National), 99, 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no such case: %v", err)
	}
}

// TestWorkFails: after a failure the desk begins anew from what is stored, and loses and doubles nothing.
func TestWorkFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		blocked := filepath.Join(r.dir, "desk", "events", "2026-03-04", "sensors.frames")
		if err := os.MkdirAll(blocked, 0o755); err != nil { // a folder where the file should be
			t.Fatal(err)
		}
		a, err := r.Accept(ctx, bytes.NewReader(made(1, 500, 0, 0)), Meta{Source: "sensors", Name: "a.json", Format: "intelmq"})
		if err != nil {
			t.Fatal(err)
		}
		worked := make(chan error, 1)
		go func() { worked <- r.Work(ctx) }()
		time.Sleep(10 * time.Second) // of the bubble's time
		if err := os.Remove(blocked); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)
		stop()
		if err := <-worked; err != nil {
			t.Error(err)
		}
		if a, err = r.Report(context.Background(), a.ID); err != nil || a.State != store.ReportRead || a.Events != 500 {
			t.Errorf("%s, %d events, %v", a.State, a.Events, err)
		}
		r.store.Close()
	})
}

// TestForget: what duplicates are looked for in does not grow with the days.
func TestForget(t *testing.T) {
	r, ctx := newRig(t), context.Background()
	for day := range 5 {
		if _, err := r.Accept(ctx, bytes.NewReader(made(uint64(day), 50, 0, 0)), Meta{Source: "sensors", Format: "intelmq"}); err != nil {
			t.Fatal(err)
		}
		if err := r.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		r.now = r.now.Add(dayLength)
	}
	if len(r.seen) != 2 || len(r.counted) != 2 {
		t.Errorf("%d and %d days are held, want 2", len(r.seen), len(r.counted))
	}
}
