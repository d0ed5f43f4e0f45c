package duties_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"pahra/internal/desk/class"
	"pahra/internal/desk/duty"
	"pahra/internal/service/duties"
	"pahra/internal/service/reports"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// rig is a desk with its duties, in a folder of its own, whose clock is set.
type rig struct {
	t    *testing.T
	dir  string
	desk *reports.Desk
	now  time.Time
	*duties.Service
}

func newRig(t *testing.T) *rig {
	t.Helper()
	ctx := context.Background()
	r := &rig{t: t, dir: filepath.Join(t.TempDir(), "desk"), now: time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return r.now }
	r.Service = &duties.Service{Key: []byte("k"), Now: clock}
	var err error
	if r.Store, err = store.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Store.Close() })
	if r.Spool, err = spool.OpenOwned(r.dir, ""); err != nil {
		t.Fatal(err)
	}
	if r.Classes, err = class.Load(); err != nil {
		t.Fatal(err)
	}
	if r.Profile, err = duty.Load("cert-in"); err != nil {
		t.Fatal(err)
	}
	own := func(context.Context, string, class.Code, *intelmq.Event) string { return "none" }
	opt := reports.Options{Spool: r.Spool, Store: r.Store, Own: own, Classes: r.Classes, Now: clock, Log: slog.New(slog.DiscardHandler)}
	if opt.Secrets, _, err = reports.SecretsOf(r.dir); err != nil {
		t.Fatal(err)
	}
	if r.desk, err = reports.Open(ctx, opt); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) take(source string, lines ...string) store.DeskReport {
	r.t.Helper()
	ctx := context.Background()
	d, err := r.desk.Accept(ctx, strings.NewReader(strings.Join(lines, "\n")+"\n"), reports.Meta{Source: source, Format: "intelmq", Name: "alice.json"})
	if err == nil {
		err = r.desk.Drain(ctx)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return d
}

func line(kind, ip, more string) string {
	return fmt.Sprintf(`{"classification.type":%q,"source.ip":%q,"time.source":"2026-01-10T00:00:00+00:00"%s}`, kind, ip, more)
}

// stored gives the places under the desk's folder and in the store whose content has a text, plain or compressed.
func (r *rig) stored(text string) (where []string) {
	r.t.Helper()
	ctx := context.Background()
	segments, err := r.Store.SegmentsBefore(ctx, r.now.AddDate(1, 0, 0))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, g := range segments {
		err := r.Spool.Events(g.Source, g.Day, spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames, Generation: g.Generation},
			func(spool.Entry) bool { return true }, func(_ spool.Entry, line []byte) error {
				if bytes.Contains(line, []byte(text)) {
					where = append(where, "events of "+g.Source)
				}
				return nil
			})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	kept, err := r.Store.KeptReports(ctx, r.now.AddDate(1, 0, 0))
	if err != nil {
		r.t.Fatal(err)
	}
	for _, report := range kept {
		in, err := r.Spool.Report(spool.Accepted{ID: report.SHA256[:32], Source: report.Source, Day: report.Day})
		if err != nil {
			r.t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := b.ReadFrom(in); err != nil {
			r.t.Fatal(err)
		}
		if in.Close(); strings.Contains(b.String(), text) {
			where = append(where, "report of "+report.Source)
		}
	}
	for after := (store.Quarantined{Seq: -1}); ; {
		page, err := r.Store.QuarantinedPage(ctx, after, 100)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, q := range page {
			if after = q; strings.Contains(string(q.Raw), text) {
				where = append(where, "quarantine")
			}
		}
		if len(page) < 100 {
			return where
		}
	}
}

// files counts the files of events.
func (r *rig) files() (n int) {
	err := filepath.WalkDir(filepath.Join(r.dir, "events"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

// TestExpire: what is over goes, kind by kind and class by class, and nothing else; what went leaves a record without content.
func TestExpire(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.take("a", line("data-leak", "192.0.2.1", ""), line("phishing", "192.0.2.2", ""), `{"source.ip":"nobody"}`)
	r.now = r.now.AddDate(0, 0, 170)
	if done, err := r.Expire(ctx, "desk", false); err != nil || done != (duties.Done{}) {
		t.Errorf("nothing is over after 170 days: %+v, %v", done, err)
	}
	r.now = r.now.AddDate(0, 0, 20)
	want := duties.Done{Events: 1, Reports: 1, Quarantine: 1}
	if done, err := r.Expire(ctx, "desk", true); err != nil || done != want {
		t.Errorf("what would go: %+v, %v", done, err)
	}
	if len(r.stored("192.0.2.1")) != 2 {
		t.Error("counting erased something")
	}
	if done, err := r.Expire(ctx, "desk", false); err != nil || done != want {
		t.Errorf("what went: %+v, %v", done, err)
	}
	if where := r.stored("192.0.2.1"); where != nil {
		t.Errorf("it is still in %v", where)
	}
	if where := r.stored("192.0.2.2"); !slices.Equal(where, []string{"events of a"}) {
		t.Errorf("what is kept for two years is in %v", where)
	}
	if n := r.files(); n != 3 {
		t.Errorf("%d files of events", n)
	}
	list, err := r.Store.Erasures(ctx)
	if err != nil || len(list) != 3 || list[0].Events != 1 || list[0].Kind != "retention" || strings.Contains(fmt.Sprint(list), "192.0.2") {
		t.Errorf("the record: %+v, %v", list, err)
	}
	if done, err := r.Expire(ctx, "desk", false); err != nil || done != (duties.Done{}) {
		t.Errorf("again: %+v, %v", done, err)
	}
	r.now = r.now.AddDate(2, 0, 0)
	if done, err := r.Expire(ctx, "desk", false); err != nil || done.Events != 1 {
		t.Errorf("after two years: %+v, %v", done, err)
	}
}

// TestHold: what a hold names stays until it is lifted, and goes then.
func TestHold(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.take("a", line("data-leak", "192.0.2.1", ""))
	r.take("b", line("data-leak", "192.0.2.1", ""), line("phishing", "192.0.2.1", ""))
	r.now = r.now.AddDate(0, 0, 800)
	source, err := r.Store.PlaceHold(ctx, store.Hold{Scope: "source:a", Reason: "order", Placed: r.now})
	if err != nil {
		t.Fatal(err)
	}
	second, err := r.Store.PlaceHold(ctx, store.Hold{Scope: "case:2", Reason: "order", Placed: r.now})
	if err != nil {
		t.Fatal(err)
	}
	done, err := r.Expire(ctx, "desk", false)
	if err != nil || done.Events != 1 || done.Reports != 0 || done.Held == 0 {
		t.Errorf("%+v, %v", done, err)
	}
	erased, err := r.Erase(ctx, "a", "request 1", duties.Subject{Kind: "address", Value: "192.0.2.1"})
	if err != nil || erased.Events != 0 || erased.Held == 0 {
		t.Errorf("for a subject: %+v, %v", erased, err)
	}
	if got := len(r.stored("192.0.2.1")); got != 4 {
		t.Errorf("%v hold it", r.stored("192.0.2.1"))
	}
	for _, id := range []int64{source, second} {
		if err := r.Store.LiftHold(ctx, id, r.now); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Store.LiftHold(ctx, second, r.now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("lifted twice: %v", err)
	}
	if done, err := r.Expire(ctx, "desk", false); err != nil || done.Events != 2 || done.Reports != 2 {
		t.Errorf("when they are lifted: %+v, %v", done, err)
	}
	if where := r.stored("192.0.2.1"); where != nil {
		t.Errorf("it is still in %v", where)
	}
}

// TestSubject: somebody is found, given out, corrected and erased, wherever they are named; each is on record, by a hash alone.
func TestSubject(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.Alone = true
	r.take("a", line("phishing", "192.0.2.1", `,"source.account":"alice@example.net"`), line("phishing", "192.0.2.11", ""), `{"source.ip":"192.0.2.1 is no address"}`)
	r.take("b", line("spam", "192.0.2.12", `,"source.url":"http://www.example.net/x"`))
	alice := duties.Subject{Kind: "mail", Value: "alice@example.net"}
	host := duties.Subject{Kind: "address", Value: "192.0.2.1"}
	h, err := r.Search(ctx, "anna", "subject.export", "request 7", host)
	if err != nil || len(h.Events) != 1 || len(h.Quarantine) != 1 || len(h.Reports) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	if h, err := r.Search(ctx, "anna", "subject.search", "request 7", duties.Subject{Kind: "domain", Value: "example.net"}); err != nil || len(h.Events) != 2 {
		t.Errorf("a domain: %+v, %v", h, err)
	}
	if _, err := r.Search(ctx, "anna", "subject.search", " ", host); err == nil {
		t.Error("looked at without saying what for")
	}
	done, err := r.Correct(ctx, "anna", "request 7", alice, "source.account", "nobody")
	if err != nil || done.Events != 1 || len(r.stored(`"source.account":"nobody"`)) != 1 {
		t.Errorf("corrected: %+v, %v", done, err)
	}
	if _, err := r.Correct(ctx, "anna", "request 7", host, "source.ip", "nobody"); err == nil {
		t.Error("corrected to what the field cannot have")
	}
	done, err = r.Erase(ctx, "anna", "request 8", host)
	if err != nil || done.Events != 1 || done.Reports != 1 || done.Quarantine != 1 || done.Held+done.Later != 0 {
		t.Errorf("erased: %+v, %v", done, err)
	}
	if where := r.stored(`"192.0.2.1"`); where != nil {
		t.Errorf("it is still in %v", where)
	}
	if len(r.stored("192.0.2.11")) != 1 || len(r.stored("192.0.2.12")) != 2 {
		t.Error("somebody else was erased")
	}
	entries, err := r.Store.AccessEntries(ctx, 0, 100)
	if err != nil || len(entries) != 4 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if e.Actor != "anna" || e.Detail == "" || strings.Contains(fmt.Sprint(e), "192.0.2") || strings.Contains(fmt.Sprint(e), "example.net") {
			t.Errorf("%+v", e)
		}
	}
	if report, err := r.Store.Check(ctx); err != nil || report.Found > 0 {
		t.Errorf("the store is not sound: %+v, %v", report.Problems, err)
	}
}

// TestNotWhileReading: a segment that is still written to is left alone, and said; the events in it come later.
func TestNotWhileReading(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.take("a", line("phishing", "192.0.2.1", ""))
	host := duties.Subject{Kind: "address", Value: "192.0.2.1"}
	if done, err := r.Erase(ctx, "x", "request", host); err != nil || done.Later != 1 || done.Events != 0 {
		t.Errorf("%+v, %v", done, err)
	}
	r.now = r.now.AddDate(0, 0, 3)
	if done, err := r.Erase(ctx, "x", "request", host); err != nil || done.Later != 0 || done.Events != 1 {
		t.Errorf("three days later: %+v, %v", done, err)
	}
}

// TestCrash: wherever a rewrite stops, the segment is whole, as it was or as it is to be, and the next run ends it.
func TestCrash(t *testing.T) {
	r := newRig(t)
	ctx := context.Background()
	r.take("a", line("data-leak", "192.0.2.1", ""), line("phishing", "192.0.2.2", ""))
	segments, err := r.Store.SegmentsBefore(ctx, r.now.AddDate(1, 0, 0))
	if err != nil || len(segments) != 1 {
		t.Fatal(err)
	}
	g := segments[0]
	mark := spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames}
	drop := func(_ spool.Entry, line []byte) ([]byte, bool, error) {
		return line, !strings.Contains(string(line), "192.0.2.1"), nil
	}
	// It stops while it writes, and once more when all is written and the store does not know.
	broken := errors.New("stopped")
	if _, _, err := r.Spool.Rewrite(g.Source, g.Day, mark, func(e spool.Entry, line []byte) ([]byte, bool, error) { return nil, false, broken }); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	is, changed, err := r.Spool.Rewrite(g.Source, g.Day, mark, drop)
	if err != nil || changed != 1 || is.Events != 1 || is.Generation != 1 {
		t.Fatalf("%+v, %d, %v", is, changed, err)
	}
	if len(r.stored("192.0.2.1")) != 2 || len(r.stored("192.0.2.2")) != 2 {
		t.Error("the segment as it was is not whole")
	}
	r.now = r.now.AddDate(0, 0, 190)
	if done, err := r.Expire(ctx, "desk", false); err != nil || done.Events != 1 {
		t.Errorf("the next run: %+v, %v", done, err)
	}
	if where := r.stored("192.0.2.1"); where != nil || r.files() != 3 {
		t.Errorf("it is still in %v; %d files", where, r.files())
	}
	// It stops when the store knows and what was before still lies there: that goes with the next run, whether or not more is over.
	old := filepath.Join(r.dir, "events", g.Day.Format(time.DateOnly), "a.jsonl.zst")
	if err := os.WriteFile(old, []byte("192.0.2.1"), 0o600); err != nil {
		t.Fatal(err)
	}
	if done, err := r.Expire(ctx, "desk", false); err != nil || done.Events != 0 {
		t.Errorf("once more: %+v, %v", done, err)
	}
	if _, err := os.Stat(old); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was before lies there: %v", err)
	}
}

// TestNoSecretIsStored: neither in events, nor in quarantine.
func TestNoSecretIsStored(t *testing.T) {
	r := newRig(t)
	const secret = "hunter2-Tr0ub4dor"
	report := r.take("a", line("data-leak", "192.0.2.1", `,"extra.password":"`+secret+`","source.url":"http://u:`+secret+`@example.net/"`), `{"source.ip":"nobody","extra.password":"`+secret+`"}`)
	if where := r.stored(secret); !slices.Equal(where, []string{"report of a"}) {
		t.Errorf("a secret is in %v", where)
	}
	if where := inClear(t, r.dir, secret); where != nil {
		t.Errorf("a secret lies in clear in %v", where)
	}
	if again, err := r.desk.Report(context.Background(), report.ID); err != nil || again.Events != 1 || again.Bad != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

// inClear gives the files below a folder that have a text in them as they lie there, or once they are unpacked.
func inClear(t *testing.T, dir, text string) (where []string) {
	t.Helper()
	zr, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer zr.Close()
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		if plain, unpacked := zr.DecodeAll(raw, nil); unpacked == nil {
			raw = append(raw, plain...)
		}
		if bytes.Contains(raw, []byte(text)) {
			where = append(where, path)
		}
		return err
	})
	if err != nil || files < 5 {
		t.Errorf("looked through %d files, %v", files, err)
	}
	return where
}

// TestParseSubject: who is asked for is written properly, and found as a whole alone.
func TestParseSubject(t *testing.T) {
	for _, wrong := range [][2]string{{"address", "host"}, {"mail", "nobody"}, {"domain", "example"}, {"domain", "http://example.net/"}, {"name", "alice"},
		{"domain", "."}, {"domain", ".."}, {"domain", "net."}, {"domain", ".in"}, {"domain", "2.1"}, {"domain", "a..net"}, {"domain", "a\tb.net"}, {"domain", "*.net"}} {
		if _, err := duties.ParseSubject(wrong[0], wrong[1]); err == nil {
			t.Errorf("%v was taken", wrong)
		}
	}
	if (duties.Subject{Kind: "domain"}).In("abc") {
		t.Error("nobody is found in everything")
	}
	for _, test := range []struct {
		kind, value, text string
		want              bool
	}{
		{"address", "192.0.2.1", "from 192.0.2.1.", true}, {"address", "192.0.2.1", "192.0.2.10", false}, {"address", "192.0.2.1", "10.192.0.2.1", false},
		{"address", "192.0.2.1", "192.0.2.1.5", false}, {"address", "2001:DB8::1", "2001:db8::1", true}, {"address", "2001:db8::1", "2001:db8::11", false},
		{"mail", "a@example.net", "<A@example.net>", true}, {"mail", "a@example.net", "ba@example.net", false}, {"mail", "a@example.net", "x.a@example.net", false},
		{"domain", "example.net", "www.example.net", true}, {"domain", "example.net", "a@example.net", true}, {"domain", "example.net", "notexample.net", false},
		{"domain", "example.net", "example.net.org", false}, {"domain", "example.net", "at example.net. Then", true},
	} {
		s, err := duties.ParseSubject(test.kind, test.value)
		if err != nil {
			t.Fatal(err)
		}
		if s.In(test.text) != test.want {
			t.Errorf("%s in %q: %v", test.value, test.text, !test.want)
		}
	}
}
