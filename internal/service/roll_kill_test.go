package service

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/archive"
	"pahra/internal/watch"
	"pahra/wire/values"
)

func sortStrings(list []string) { slices.Sort(list) }

// keepable makes an incident that began at start, and 40 elements of proof.
func keepable(n int, start time.Time) (watch.Incident, iter.Seq2[string, watch.Update]) {
	i := watch.Incident{ID: fmt.Sprintf("incident-%d", n), Kind: watch.Hijack, ASN: values.ASN(64500 + n), Start: start, Status: watch.Open,
		Prefixes: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24")}, Accomplices: []watch.Accomplice{{ASN: 64999}},
		Evidence: watch.Evidence{UpdatesTotal: 40}}
	return i, func(yield func(string, watch.Update) bool) {
		for k := range 40 {
			u := watch.Update{Time: start.Add(time.Duration(k) * time.Second), Collector: "rrc00", PeerASN: 64496, PeerIP: netip.MustParseAddr("192.0.2.1"),
				Type: "A", Prefix: i.Prefixes[0], Path: []values.ASN{64496, i.ASN}, File: "rrc00/live/updates", Offset: int64(100 * k), Raw: "00ff"}
			if !yield(i.ID, u) || !yield("another", u) {
				return
			}
		}
	}
}

func TestKeepIncidents(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	first, firstProof := keepable(1, at(-1, 23))
	second, secondProof := keepable(2, at(0, 1))
	third, thirdProof := keepable(3, at(0, 0))
	roller := r.roller(nil)
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{first}, firstProof))
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{second}, secondProof))
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{third}, thirdProof))
	before := files(t, r.root)
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{third, second}, secondProof))
	if diff := cmp.Diff(before, files(t, r.root)); diff != "" {
		t.Errorf("keeping the same again changed something: %s", diff)
	}
	end := at(0, 2)
	second.End, second.Status = &end, watch.Ended
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{second}, func(func(string, watch.Update) bool) {}))

	kept, proof := r.kept("day=2026-11-22")
	if len(kept) != 2 || kept[0].ID != third.ID || kept[1].ID != second.ID || kept[1].Status != "ended" {
		t.Errorf("kept %+v", kept)
	}
	if len(proof) != 80 || proof[0].Incident != third.ID || proof[79].Incident != second.ID {
		t.Errorf("%d elements of proof", len(proof))
	}
	var body watch.Incident
	if err := json.Unmarshal([]byte(kept[1].Body), &body); err != nil || body.End == nil || !body.End.Equal(end) {
		t.Errorf("its body: %+v, %v", body, err)
	}
	if kept, proof := r.kept("day=2026-11-21"); len(kept) != 1 || len(proof) != 40 {
		t.Errorf("the day before: %d with %d", len(kept), len(proof))
	}
	if list := names(files(t, filepath.Join(r.root, "archive", incidentsDir, "day=2026-11-22"))); len(list) != 3 {
		t.Errorf("files: %v", list)
	}
}

func (r *roll) kept(day string) (incidents []incidentRow, proof []proofRow) {
	r.t.Helper()
	dir := filepath.Join(r.root, "archive", incidentsDir, day)
	m, err := archive.ReadManifest(dir)
	r.must(err)
	for row, err := range segmentRows[incidentRow](dir, m, "incidents.") {
		r.must(err)
		incidents = append(incidents, row)
	}
	for row, err := range segmentRows[proofRow](dir, m, "updates.") {
		r.must(err)
		proof = append(proof, row)
	}
	return incidents, proof
}

// TestKilledAnywhere takes a picture of the disk before each change that a whole day's work makes, as a kill would leave
// it, goes on from each picture with a new process, and wants the same archive.
func TestKilledAnywhere(t *testing.T) {
	ctx := context.Background()
	work := func(r *roll, step func(string)) {
		policy := func(o *RollOptions) { o.ObservationDays, o.JournalDays = 30, 7 }
		i, proof := keepable(1, at(-1, 3))
		later := i
		later.Confidence = 0.9
		roller := r.roller(policy)
		roller.step = step
		r.must(roller.Roll(ctx, r.now))
		r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof))
		r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{later}, proof))
		r.must(roller.Compact(ctx, r.now))
		r.must(roller.Retain(ctx, r.now, r.now))
	}
	begin := func(t *testing.T) *roll {
		r := newRoll(t)
		for _, hour := range []time.Time{at(-40, 1), at(-39, 1), at(-9, 1), at(-9, 2), at(-9, 3), at(-1, 1), at(-1, 2), at(0, 1)} {
			r.hear("rrc00", hour, 3)
			r.hear("rrc01", hour, 2)
		}
		old := r.roller(nil)
		r.must(old.Roll(ctx, at(-39, 0))) // what will expire is there
		return r
	}
	clean := begin(t)
	var pictures []*roll
	var steps []string
	work(clean, func(what string) {
		picture := &roll{t, filepath.Join(t.TempDir(), "picture"), clean.now}
		if err := os.CopyFS(picture.root, os.DirFS(clean.root)); err != nil {
			t.Fatal(err)
		}
		// A kill in the middle of writing leaves a temporary file as well.
		if name, found := strings.CutPrefix(what, "segment "); found {
			half := filepath.Join(picture.root, "archive", observationsDir, "."+filepath.Base(name)+".123.tmp")
			if err := os.MkdirAll(filepath.Dir(half), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(half, []byte("half"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		pictures, steps = append(pictures, picture), append(steps, what)
	})
	want := withoutGenerations(files(t, clean.root))
	if len(pictures) < 50 {
		t.Fatalf("only %d steps: %q", len(pictures), steps)
	}
	for n, picture := range pictures {
		work(picture, func(string) {})
		if diff := cmp.Diff(want, withoutGenerations(files(t, picture.root))); diff != "" {
			t.Fatalf("killed before step %d, %q: %s", n, steps[n], diff)
		}
		verdict, err := picture.roller(nil).Verify(ctx, picture.now)
		if err != nil || len(verdict.Bad) > 0 {
			t.Fatalf("killed before step %d, %q: %+v, %v", n, steps[n], verdict, err)
		}
	}
	t.Logf("%d places", len(pictures))
}

// withoutGenerations leaves the numbers of generations out of names: a process that begins again may count one more.
func withoutGenerations(files map[string]string) map[string]string {
	out := make(map[string]string, len(files))
	for name, text := range files {
		if strings.Contains(name, incidentsDir+string(filepath.Separator)) {
			dir, base := filepath.Split(name)
			if parts := strings.Split(base, "."); len(parts) == 3 {
				name = dir + parts[0] + "." + parts[2]
			} else {
				text = "" // the manifest has the names
			}
		}
		out[name] = text
	}
	return out
}
