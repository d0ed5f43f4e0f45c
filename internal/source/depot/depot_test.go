package depot

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source"
	"pahra/internal/source/folder"
)

var _ source.Depot = (*Depot)(nil)

var start = time.Date(2026, 2, 9, 8, 0, 0, 0, time.UTC)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func openDepot(t testing.TB, dir string, c Config, clk *clock) *Depot {
	t.Helper()
	d, err := Open(dir, c, clk.now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// vrps makes a fact with so many VRPs of each of the trust anchors a, b, …
func vrps(at time.Time, counts ...int) source.Fact {
	f := source.Fact{Source: "validator", Kind: "vrp", Format: "json", Time: at, Counts: map[string]int{}, Write: content(at.String())}
	for i, n := range counts {
		f.Counts[string(rune('a'+i))] = n
	}
	return f
}

func content(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

func put(t testing.TB, d *Depot, f source.Fact) {
	t.Helper()
	if err := d.Put(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

func scan(t testing.TB, dir string) *folder.Folder {
	t.Helper()
	d, err := folder.Scan(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Unrecognised)+len(d.Refused) > 0 {
		t.Errorf("unrecognised %v, refused %v", d.Unrecognised, d.Refused)
	}
	return d
}

// What is put is a file that package folder knows with its kind, form, series and moment, each kind of it.
func TestKindsAreRecognised(t *testing.T) {
	dir := t.TempDir()
	d := openDepot(t, dir, Config{}, &clock{start})
	defer d.Close()
	at := start.Add(5 * time.Second)
	tests := []struct {
		kind, series, format string
		path                 string
		want                 folder.File
	}{
		{"bogons", "ipv4", "txt", "bogons/fullbogons-ipv4.20260209T080005Z.txt.gz", folder.File{Kind: folder.Bogons, Format: "fullbogons"}},
		{"bogons", "ipv6", "txt", "bogons/fullbogons-ipv6.20260209T080005Z.txt.gz", folder.File{Kind: folder.Bogons, Format: "fullbogons"}},
		{"irr", "RIPE-NONAUTH", "db", "irr/RIPE-NONAUTH/20260209T080005Z.db.gz", folder.File{Kind: folder.IRR, Format: "db", Source: "RIPE-NONAUTH"}},
		{"peeringdb", "net", "json", "peeringdb/net.20260209T080005Z.json.gz", folder.File{Kind: folder.PeeringDB, Format: "net"}},
		{"registry", "asnames", "txt", "registry/asnames.20260209T080005Z.txt.gz", folder.File{Kind: folder.Registry, Format: "asnames"}},
		{"registry", "ripencc", "txt", "registry/delegated-ripencc-extended.20260209T080005Z.txt.gz", folder.File{Kind: folder.Registry, Format: "delegated", Source: "ripencc"}},
		{"relations", "", "as-rel2.txt", "relations/20260209T080005Z.as-rel2.txt.gz", folder.File{Kind: folder.Relations, Format: "as-rel2"}},
		{"organisations", "", "jsonl", "relations/20260209T080005Z.as-org2info.jsonl.gz", folder.File{Kind: folder.Organisations, Format: "jsonl"}},
		{"spoofer", "", "jsonl", "spoofer/20260209T080005Z.jsonl.gz", folder.File{Kind: folder.Spoofer, Format: "jsonl"}},
		{"vrp", "", "json", "vrp/20260209T080005Z.json.gz", folder.File{Kind: folder.VRP, Format: "json"}},
	}
	for _, tt := range tests {
		put(t, d, source.Fact{Source: "s", Kind: tt.kind, Series: tt.series, Format: tt.format, Time: at.Add(time.Millisecond), Write: content(tt.path)})
	}
	found := map[string]folder.File{}
	for _, f := range scan(t, dir).Files {
		found[f.Path] = f
	}
	if len(found) != len(tests) {
		t.Errorf("%d files, want %d", len(found), len(tests))
	}
	for _, tt := range tests {
		f := found[tt.path]
		tt.want.Path, tt.want.Size, tt.want.Time = tt.path, f.Size, at
		if diff := cmp.Diff(tt.want, f); diff != "" {
			t.Errorf("%s: %s", tt.path, diff)
		}
		raw, err := os.ReadFile(filepath.Join(dir, "data", tt.path))
		if err != nil {
			t.Fatal(err)
		}
		plain, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(plain); err != nil || string(text) != tt.path {
			t.Errorf("%s holds %q, %v", tt.path, text, err)
		}
	}
}

func TestRefusedFacts(t *testing.T) {
	dir := t.TempDir()
	d := openDepot(t, dir, Config{}, &clock{start})
	defer d.Close()
	good := source.Fact{Source: "s", Kind: "irr", Series: "RADB", Format: "db", Time: start, Write: content("x")}
	broken := errors.New("the source broke off")
	tests := []struct {
		change func(*source.Fact)
		want   string
	}{
		{func(f *source.Fact) { f.Kind, f.Series = "mrt", "" }, "no fact of kind"},
		{func(f *source.Fact) { f.Series = "" }, "needs a series"},
		{func(f *source.Fact) { f.Series = "../x" }, "series"},
		{func(f *source.Fact) { f.Series = ".hidden" }, "series"},
		{func(f *source.Fact) { f.Format = "a/b" }, "format"},
		{func(f *source.Fact) { f.Kind = "vrp" }, "has no series"},
		{func(f *source.Fact) { f.Source = "a b" }, "source's name"},
		{func(f *source.Fact) { f.Write = func(io.Writer) error { return broken } }, broken.Error()},
	}
	for _, tt := range tests {
		f := good
		tt.change(&f)
		if err := d.Put(t.Context(), f); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q", err, tt.want)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Put(ended, good); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(dir, workDir))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	for _, c := range []Config{{MaxShrink: -1}, {MaxShrink: 5}, {KeepAll: -1}, {KeepDaily: -1}} {
		if _, err := Open(dir, c, time.Now, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
}

// Those who wait are told once, however many facts came.
func TestChanged(t *testing.T) {
	d := openDepot(t, t.TempDir(), Config{}, &clock{start})
	defer d.Close()
	for i := range 3 {
		put(t, d, vrps(start.Add(time.Duration(i)*time.Second), 100))
	}
	<-d.Changed()
	select {
	case <-d.Changed():
		t.Error("told twice")
	default:
	}
	var held *source.HeldError
	if err := d.Put(t.Context(), vrps(start, 10)); !errors.As(err, &held) {
		t.Fatalf("not held: %v", err)
	}
	select {
	case <-d.Changed():
		t.Error("told of a fact that is held")
	default:
	}
}

func TestHold(t *testing.T) {
	dir, clk := t.TempDir(), &clock{start}
	d := openDepot(t, dir, Config{}, clk)
	put(t, d, vrps(clk.at, 1000, 100, 0))
	tests := []struct {
		counts      []int
		part        string
		before, now int
	}{
		{[]int{950, 95}, "", 0, 0},       // exactly 5 % each
		{[]int{1000, 89}, "b", 95, 89},   // one trust anchor, in a total that grew
		{[]int{900, 90}, "a", 950, 900},  // against the last accepted one, not the held one
		{[]int{1000}, "b", 95, 0},        // a part that is gone
		{[]int{903, 95, 7}, "", 0, 0},    // back within bounds; a new part is no matter
		{[]int{0, 0, 0}, "a", 903, 0},    // nothing left
		{[]int{5000, 500, 7}, "", 0, 0},  // growth is no matter
		{[]int{4000, 400, 7}, "a", 0, 0}, // see below
	}
	for i, tt := range tests {
		clk.at = clk.at.Add(time.Minute)
		err := d.Put(t.Context(), vrps(clk.at, tt.counts...))
		var held *source.HeldError
		switch {
		case tt.part == "" && err != nil:
			t.Errorf("%d: %v", i, err)
		case tt.part == "" && len(d.Held())+len(d.Alarm("validator")) > 0:
			t.Errorf("%d: still held: %+v", i, d.Held())
		case tt.part != "" && !errors.As(err, &held):
			t.Errorf("%d: not held: %v", i, err)
		case tt.before > 0 && *held != source.HeldError{Part: tt.part, Before: tt.before, Now: tt.now}:
			t.Errorf("%d: %v", i, held)
		}
	}
	// What is held survives a restart, and a person lets it in.
	d.Close()
	d = openDepot(t, dir, Config{}, clk)
	defer d.Close()
	h := d.Held()
	if len(h) != 1 || h[0].Times != 1 || len(h[0].Shrunk) != 2 || !h[0].Time.Equal(clk.at) {
		t.Fatalf("held: %+v", h)
	}
	if a := d.Alarm("validator"); !strings.Contains(a, "a fell from 5000 to 4000") || d.Alarm("other") != "" {
		t.Errorf("alarm %q", a)
	}
	clk.at = clk.at.Add(time.Hour)
	if err := d.Release(h[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := d.Release(h[0].ID); !errors.Is(err, ErrNotHeld) {
		t.Errorf("released twice: %v", err)
	}
	last := d.Facts()[len(d.Facts())-1]
	if !last.Released || !last.Time.Equal(clk.at) || last.Counts["a"] != 4000 || len(d.Held()) != 0 {
		t.Errorf("after the release: %+v", last)
	}
	put(t, d, vrps(clk.at.Add(time.Minute), 3990, 400, 7)) // is held against the released one
	if n := len(scan(t, dir).Files); n != len(d.Facts()) {
		t.Errorf("%d files of %d facts", n, len(d.Facts()))
	}
}

func TestDiscard(t *testing.T) {
	dir, clk := t.TempDir(), &clock{start}
	d := openDepot(t, dir, Config{MaxShrink: 0.5}, clk)
	defer d.Close()
	put(t, d, vrps(clk.at, 100))
	put(t, d, vrps(clk.at, 50)) // in the same second: a file of its own
	for i := range 3 {
		if err := d.Put(t.Context(), vrps(clk.at.Add(time.Duration(i)*time.Second), 20)); err == nil {
			t.Fatal("not held")
		}
	}
	h := d.Held()
	if len(h) != 1 || h[0].Times != 3 || !h[0].Since.Equal(start) {
		t.Fatalf("held: %+v", h)
	}
	if err := d.Discard(h[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := d.Discard(h[0].ID); !errors.Is(err, ErrNotHeld) {
		t.Errorf("discarded twice: %v", err)
	}
	left, err := os.ReadDir(filepath.Join(dir, "held"))
	if err != nil || len(left) != 0 || len(d.Facts()) != 2 {
		t.Errorf("left: %v, %v, facts %+v", left, err, d.Facts())
	}
}

// Old facts go: all of two days stay, then one a day, and the last one however old. What the depot did not write stays.
func TestPrune(t *testing.T) {
	dir, clk := t.TempDir(), &clock{start}
	d := openDepot(t, dir, Config{KeepAll: 48 * time.Hour, KeepDaily: 5 * 24 * time.Hour}, clk)
	defer d.Close()
	byHand := filepath.Join(dir, "data/vrp/20200101T0000Z.json")
	if err := os.MkdirAll(filepath.Dir(byHand), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(byHand, []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	put(t, d, source.Fact{Source: "other", Kind: "irr", Series: "RADB", Format: "db", Time: start, Write: content("x")})
	for range 10 * 4 { // every six hours from 8:00 on
		put(t, d, vrps(clk.at, 100))
		clk.at = clk.at.Add(6 * time.Hour)
	}
	var got []string
	for _, k := range d.Facts() {
		got = append(got, k.Time.Format("2T15"))
	}
	want := "9T08 " + // the last one of its source
		"14T08 14T20 15T20 16T20 " +
		"17T02 17T08 17T14 17T20 18T02 18T08 18T14 18T20 19T02"
	want = strings.Replace(want, "14T08 ", "", 1)
	if diff := cmp.Diff(strings.Fields(want), got); diff != "" {
		t.Error(diff)
	}
	if n := len(scan(t, dir).Files); n != len(got)+1 {
		t.Errorf("%d files of %d facts", n, len(got))
	}
}
