package service

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pahra/internal/watch"
)

// TestRollerRuns lets two days pass: what is finished is in the archive, what is too old is gone, incidents are kept,
// those handed last too.
func TestRollerRuns(t *testing.T) {
	r := newRoll(t)
	r.hear("rrc00", at(-5, 0), 4)
	r.hear("rrc00", at(0, 1), 3)
	r.hear("rrc00", at(0, 2), 3)
	roller := r.roller(func(o *RollOptions) { o.ObservationDays, o.JournalDays = 10, 2 })
	ctx, stop := context.WithCancel(t.Context())
	clock := func() time.Time { return at(2, 14) }
	roll, tidy, verify, done := make(chan time.Time), make(chan time.Time), make(chan time.Time), make(chan error)
	go func() { done <- roller.run(ctx, clock, clock, roll, tidy, verify) }()

	first, proof := keepable(1, at(0, 1))
	r.must(roller.Hand([]watch.Incident{first}, proof))
	r.must(roller.Hand(nil, proof))
	first.Confidence = 0.7
	r.must(roller.Hand([]watch.Incident{first}, proof))
	for _, tick := range []chan time.Time{roll, tidy, verify, roll} { // each is taken once the one before is done
		tick <- clock()
	}
	last, proof := keepable(2, at(0, 1))
	r.must(roller.Hand([]watch.Incident{last}, proof))
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}

	if got := r.rows()["day=2026-11-22/source=rrc00"]; len(got) != 6 {
		t.Errorf("%d rows of the day", len(got))
	}
	if _, err := os.Stat(filepath.Join(r.root, "archive/observations/day=2026-11-22/source=rrc00/day.parquet")); err != nil {
		t.Errorf("the day was not made one: %v", err)
	}
	if left := files(t, filepath.Join(r.root, "journal")); len(left) != 2 {
		t.Errorf("journal files left: %v", names(left))
	}
	kept, proofs := r.kept("day=2026-11-22")
	if len(kept) != 2 || kept[0].Confidence != 0.7 || len(proofs) != 80 {
		t.Errorf("kept %d with %d", len(kept), len(proofs))
	}
}

// TestKeepingFails has a full disk, played by a file where a folder should be: what was handed is kept once there is room.
func TestKeepingFails(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	roller := r.roller(nil)
	blocked := filepath.Join(r.root, "archive", incidentsDir)
	r.must(os.MkdirAll(filepath.Dir(blocked), 0o777))
	r.must(os.WriteFile(blocked, nil, 0o644))
	i, proof := keepable(1, at(0, 1))
	r.must(roller.Hand([]watch.Incident{i}, proof))
	if err := roller.flush(ctx, r.now); err == nil {
		t.Fatal("it was kept where it cannot be")
	}
	i.Confidence = 0.6
	r.must(roller.Hand([]watch.Incident{i}, proof))
	r.must(os.Remove(blocked))
	r.must(roller.flush(ctx, r.now))
	if kept, proof := r.kept("day=2026-11-22"); len(kept) != 1 || kept[0].Confidence != 0.6 || len(proof) != 40 {
		t.Errorf("kept %d with %d", len(kept), len(proof))
	}
}
