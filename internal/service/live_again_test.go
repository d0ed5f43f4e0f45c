package service

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/source/folder"
)

// nextDay lets a day go by on the clock of a watch: whatever is tried again is due.
func nextDay(l *Live) {
	at := l.opt.Now().Add(24 * time.Hour)
	l.opt.Now = func() time.Time { return at }
}

// lookIfDue does what the watch does at each tick before it steps.
func lookIfDue(t *testing.T, l *Live) {
	t.Helper()
	if l.again.isDue(l.opt.Now()) {
		if err := l.look(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	l.writing.Wait()
}

// TestStartWithoutFolder: a data folder that cannot be read at the start stops the judging, not the service: what sources
// say is kept, the watch is shown as down, and when the folder can be read it catches up.
func TestStartWithoutFolder(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 9, state)
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, list[:len(list)/3], 101)
	if err := l.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	closeLive(t, l, db)

	rules := filepath.Join(state, dataDir, "sources.yaml")
	good, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules, append(bytes.Clone(good), "- {path: nothing.json, kind: vrp}\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	l, db = openLive(t, state)
	for _, s := range list[len(list)/3 : len(list)/2] {
		if err := l.Journal().Record(s.collector, s.raw); err != nil {
			t.Fatal(err)
		}
	}
	if s := l.Source().Status(); s.Up || s.LastError == "" || l.Health().CaughtUp || len(l.Health().Failures) != 1 {
		t.Errorf("with a folder that cannot be read the watch is %+v", s)
	}
	nextDay(l)
	lookIfDue(t, l)
	if n := l.Health().Failures[0].Count; n != 2 {
		t.Errorf("the folder was looked at %d times, want 2", n)
	}
	if err := os.WriteFile(rules, good, 0o644); err != nil {
		t.Fatal(err)
	}
	lookIfDue(t, l) // it is not due at once
	if l.live {
		t.Error("there is no wait between looks")
	}
	nextDay(l)
	lookIfDue(t, l)
	if s := l.Source().Status(); !s.Up || s.Alarm != "" {
		t.Errorf("once the folder can be read the watch is %+v", s)
	}
	feedLive(t, l, list[len(list)/2:], 101)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}

// TestLooksAgain: a look that failed is made again though nothing else happens, and an archive that came then is found.
func TestLooksAgain(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 6, state)
	dir, err := folder.Scan(filepath.Join(state, dataDir))
	if err != nil {
		t.Fatal(err)
	}
	hidden := filepath.Join(t.TempDir(), "table")
	place := filepath.Join(state, dataDir, filepath.FromSlash(dir.Of(folder.MRT)[0].Path))
	if err := os.Rename(place, hidden); err != nil {
		t.Fatal(err)
	}
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, list[:len(list)/2], 101)

	rules := filepath.Join(state, dataDir, "sources.yaml")
	good, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules, []byte("]["), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(hidden, place); err != nil {
		t.Fatal(err)
	}
	if err := l.look(t.Context()); err != nil { // what Refresh asks for
		t.Fatal(err)
	}
	if err := l.step(t.Context()); err != nil { // which works, and must not hide that the look did not
		t.Fatal(err)
	}
	if s := l.Source().Status(); s.Up || len(l.Health().Failures) != 1 {
		t.Errorf("after a look that failed the watch is %+v", s)
	}
	if err := os.WriteFile(rules, good, 0o644); err != nil {
		t.Fatal(err)
	}
	nextDay(l)
	lookIfDue(t, l)
	if s := l.Source().Status(); !s.Up {
		t.Errorf("after the second look the watch is %+v", s)
	}
	feedLive(t, l, list[len(list)/2:], 101)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}
