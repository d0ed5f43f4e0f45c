package service_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// sameRun demands that a run gave the very bytes of another, but for where the data lay.
func sameRun(t *testing.T, name string, want map[string]string, r *rig, data string) {
	t.Helper()
	got := tree(t, r.Out)
	got["snapshot.json"] = strings.ReplaceAll(got["snapshot.json"], r.Data, data)
	for _, file := range slices.Sorted(maps.Keys(want)) {
		if got[file] != want[file] {
			t.Errorf("%s: %s differs", name, file)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d files, not %d", name, len(got), len(want))
	}
}

// TestOutputIsTheSame: a run's bytes depend on its inputs and settings alone.
func TestOutputIsTheSame(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(4))
	first := newRig(t, data, truth.Start, truth.End)
	sum := first.observe(t)
	want := tree(t, first.Out)
	if len(sum.Incidents) == 0 || sum.Digest == "" || len(want) < 7 {
		t.Fatalf("nothing to compare: %+v, %d files", sum, len(want))
	}
	again := func(name string, r *rig) {
		t.Helper()
		if got := r.observe(t); got.Digest != sum.Digest || got.Snapshot != sum.Snapshot {
			t.Errorf("%s: digest %s, not %s", name, got.Digest, sum.Digest)
		}
		sameRun(t, name, want, r, data)
	}
	for _, n := range []int{1, 2, 7} {
		was := runtime.GOMAXPROCS(n)
		again("GOMAXPROCS", newRig(t, data, truth.Start, truth.End))
		runtime.GOMAXPROCS(was)
	}
	for _, zone := range []*time.Location{time.FixedZone("east", 13*3600+1800), time.FixedZone("west", -11*3600)} {
		was := time.Local
		time.Local = zone
		again("zone "+zone.String(), newRig(t, data, truth.Start.In(zone), truth.End.In(zone)))
		time.Local = was
	}
	files := tree(t, data)
	names := slices.Sorted(maps.Keys(files))
	for seed := range uint64(3) {
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
		r := newRig(t, copyTree(t, files, names), truth.Start, truth.End)
		r.Collectors = nil
		again("files in another order", r)
	}
	over := newRig(t, data, truth.Start, truth.End) // over an earlier run's results
	over.Out = first.Out
	again("over an earlier run", over)
}

// TestFileNamesDoNotOrder: which file of a collector comes first is told by its records, not its name.
func TestFileNamesDoNotOrder(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(5))
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	want := r.incidents(t)
	files := make(map[string]string)
	for name, text := range tree(t, data) {
		if dir, base := filepath.Split(name); strings.HasPrefix(name, "mrt/") && strings.Contains(base, "updates.") {
			// The clock runs backwards in the names.
			at, err := time.Parse("20060102.1504", strings.TrimSuffix(strings.TrimPrefix(base, "updates."), ".gz"))
			if err != nil {
				t.Fatal(err)
			}
			name = dir + "updates." + truth.End.Add(truth.Start.Sub(at)).Format("20060102.1504") + ".gz"
		}
		files[name] = text
	}
	other := newRig(t, copyTree(t, files, slices.Collect(maps.Keys(files))), truth.Start, truth.End)
	other.observe(t)
	got := other.incidents(t)
	if len(got) != len(want) {
		t.Fatalf("%d incidents, not %d", len(got), len(want))
	}
	for i := range got {
		if got[i].ID != want[i].ID {
			t.Errorf("incident %d is another", i)
		}
	}
}

// TestRelativeFolders: how the folders are spelled does not matter.
func TestRelativeFolders(t *testing.T) {
	data, truth := madeWorld(t, smallWorld(4))
	r := newRig(t, data, truth.Start, truth.End)
	want := r.observe(t)
	was, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(filepath.Dir(data))
	other := newRig(t, filepath.Base(data)+"/.", truth.Start, truth.End)
	other.Out = filepath.Join(filepath.Base(other.Out), "deeper", "out")
	if got := other.observe(t); got.Digest != want.Digest || got.Snapshot != want.Snapshot {
		t.Error("another digest")
	}
	if s := other.snapshot(t); s.Data != data {
		t.Errorf("the snapshot says %s for %s", s.Data, data)
	}
	other.Out, _ = filepath.Abs(other.Out)
	t.Chdir(was)
	if err := other.verify(t); err != nil {
		t.Error("verified from elsewhere:", err)
	}
}

// TestTwoMonths: a window over the end of a month gives both months' scores, each as the facts of its end have it.
func TestTwoMonths(t *testing.T) {
	p := smallWorld(6)
	p.Start = time.Date(2026, 1, 31, 22, 0, 0, 0, time.UTC)
	data, truth := madeWorld(t, p)
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	count := make(map[string]int)
	for _, s := range jsonLines[struct{ Month string }](t, filepath.Join(r.Out, "scores.jsonl")) {
		count[s.Month]++
	}
	if len(count) != 2 || count["2026-01"] == 0 || count["2026-02"] == 0 {
		t.Errorf("scores by month: %v", count)
	}
	// A window that ends at midnight has no part in the month after.
	r = newRig(t, data, truth.Start, time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	r.observe(t)
	for _, s := range jsonLines[struct{ Month string }](t, filepath.Join(r.Out, "scores.jsonl")) {
		if s.Month != "2026-01" {
			t.Fatalf("a score of %s", s.Month)
		}
	}
}
