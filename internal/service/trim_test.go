package service

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/source"
)

// TestFillGap: what a collector said while it was not heard is put there from its archive, and the watch that goes back
// for it comes to what it would have come to.
func TestFillGap(t *testing.T) {
	whole, gapped := t.TempDir(), t.TempDir()
	truth, list := liveWorld(t, 7, whole)
	liveWorld(t, 7, gapped)
	from, to := truth.Start.Add(100*time.Minute), truth.Start.Add(130*time.Minute)
	name := list[0].collector
	missed, heard := filepath.Join(t.TempDir(), "updates.20260210.0130"), []said{}
	out, err := os.Create(missed)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		at := time.UnixMicro(s.at)
		if s.collector != name || !at.After(from) || !at.Before(to) {
			heard = append(heard, s)
		}
		if s.collector == name && at.After(from.Add(-5*time.Minute)) && at.Before(to.Add(5*time.Minute)) { // files do not end where gaps do
			if _, err := out.Write(s.raw); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	watchAll := func(state string, list []said, between func(*Live)) string {
		l, db := openLive(t, state)
		if err := l.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		feedLive(t, l, list[:len(list)*3/4], 101)
		between(l)
		feedLive(t, l, list[len(list)*3/4:], 101)
		reachAll(t, l, list, truth.End)
		sameAsObserve(t, l)
		closeLive(t, l, db)
		runs, err := PublishedRuns(state)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(runs[len(runs)-1], scoresFile))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	want := watchAll(whole, list, func(*Live) {})
	got := watchAll(gapped, heard, func(l *Live) {
		n, err := FillGap(gapped, source.Gap{Collector: name, From: from, To: to}, []string{missed})
		if err != nil || n == 0 {
			t.Fatalf("%d records, error %v", n, err)
		}
		if err := l.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.writing.Wait()
	})
	if got != want {
		t.Errorf("with the gap filled the scores differ: %s", firstLine([]byte(got), []byte(want)))
	}
}
