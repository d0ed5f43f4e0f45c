package service

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"pahra/internal/watch"
)

// TestKeepingFails has a full disk, played by a file where a folder should be: what could not be kept is kept once there
// is room, and what has not changed since is not even looked at.
func TestKeepingFails(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	roller := r.roller(nil)
	blocked := filepath.Join(r.root, "archive", incidentsDir)
	r.must(os.MkdirAll(filepath.Dir(blocked), 0o777))
	r.must(os.WriteFile(blocked, nil, 0o644))
	i, proof := keepable(1, at(0, 1))
	if err := roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof); err == nil {
		t.Fatal("it was kept where it cannot be")
	}
	r.must(os.Remove(blocked))
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof))
	if kept, proof := r.kept("day=2026-11-22"); len(kept) != 1 || len(proof) != 40 {
		t.Errorf("kept %d with %d", len(kept), len(proof))
	}
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, func(func(string, watch.Update) bool) {
		t.Error("the proof of what has not changed was asked for")
	}))
}

// TestKeepingDoesNotWait keeps incidents in the middle of a compaction, which may take hours.
func TestKeepingDoesNotWait(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	for hour := range 3 {
		r.hear("rrc00", at(-2, hour), 3)
	}
	r.hear("rrc01", at(0, 11), 1) // the days before are over
	roller := r.roller(nil)
	r.must(roller.Roll(ctx, r.now))
	i, proof := keepable(1, at(0, 1))
	kept := false
	roller.step = func(string) {
		if kept {
			return
		}
		kept = true
		done := make(chan error)
		go func() { done <- roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof) }()
		go func() { done <- roller.Roll(ctx, r.now) }() // waits, and must not be in the way
		r.must(<-done)
		t.Cleanup(func() { r.must(<-done) })
	}
	r.must(roller.Compact(ctx, r.now))
	if rows, proof := r.kept("day=2026-11-22"); !kept || len(rows) != 1 || len(proof) != 40 {
		t.Errorf("kept %d with %d", len(rows), len(proof))
	}
}
