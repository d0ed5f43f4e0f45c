package service

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/source/folder"
	"pahra/internal/store"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
	"pahra/wire/mrt"
)

// said is a record that a collector said, and when.
type said struct {
	collector string
	at        int64 // microseconds
	raw       []byte
}

// liveWorld writes a world into a state folder, all but its updates, and gives those in the order of their time.
func liveWorld(t testing.TB, seed uint64, state string) (world.Truth, []said) {
	t.Helper()
	p := world.Defaults(seed)
	p.Networks, p.Prefixes, p.Peers = 180, 500, 12
	data := filepath.Join(state, dataDir)
	truth, err := world.Write(testdata.Folder(data), p)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := folder.Scan(data)
	if err != nil {
		t.Fatal(err)
	}
	var list []said
	for _, f := range dir.Of(folder.MRT) {
		if f.Format != "updates" {
			continue
		}
		in, err := open(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		r := mrt.NewReader(in, nil)
		for {
			rec, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, said{f.Collector, int64(rec.Sec)*1e6 + int64(rec.Micro), bytes.Clone(rec.Raw())})
		}
		in.Close()
		if err := os.Remove(filepath.Join(data, filepath.FromSlash(f.Path))); err != nil {
			t.Fatal(err)
		}
	}
	slices.SortStableFunc(list, func(a, b said) int { return int(a.at - b.at) })
	return truth, list
}

// openLive opens a live watch over a state folder, far in the future of its data.
func openLive(t testing.TB, state string) (*Live, *store.Store) {
	t.Helper()
	return openLiveAt(t, state, func() time.Time { return time.Unix(4e9, 0) })
}

func openLiveAt(t testing.TB, state string, now func() time.Time) (*Live, *store.Store) {
	t.Helper()
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(state, "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	l, err := OpenLive(t.Context(), LiveOptions{
		State: state, Store: db, Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
		PublishEvery: time.Hour, CheckpointEvery: CheckpointEvery, StepEvery: time.Hour,
		Now: now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, db
}

func closeLive(t testing.TB, l *Live, db *store.Store) {
	t.Helper()
	l.writing.Wait()
	if err := l.journal.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if h := l.Health(); len(h.Failures) > 0 {
		t.Fatalf("failures: %+v", h.Failures)
	}
}

// shuffled delays collectors against one another by up to late, keeping the order of each.
func shuffled(list []said, late time.Duration, r *rand.Rand) []said {
	type arrival struct {
		said
		at int64
	}
	delay, last := make(map[string]int64), make(map[string]int64)
	all := make([]arrival, len(list))
	for i, s := range list {
		if r.IntN(50) == 0 {
			delay[s.collector] = r.Int64N(late.Microseconds())
		}
		at := max(s.at+delay[s.collector], last[s.collector])
		last[s.collector] = at
		all[i] = arrival{s, at}
	}
	slices.SortStableFunc(all, func(a, b arrival) int { return int(a.at - b.at) })
	out := make([]said, len(all))
	for i := range all {
		out[i] = all[i].said
	}
	return out
}

// feedLive lets collectors say their records, and looks at the journal now and then.
func feedLive(t testing.TB, l *Live, list []said, every int) {
	t.Helper()
	for i, s := range list {
		if err := l.Journal().Record(s.collector, s.raw); err != nil {
			t.Fatal(err)
		}
		if i%every == every-1 {
			stepLive(t, l) // a day goes by in a second: else most publications would find the last one under way
		}
	}
}

// reachAll says that all collectors are silent until a moment, and lets it come.
func reachAll(t testing.TB, l *Live, list []said, at time.Time) {
	t.Helper()
	for _, s := range list {
		l.Journal().Reached(s.collector, at)
	}
	stepLive(t, l)
}

// TestLiveIsObserve: what a live watch publishes is, to the byte, what observing the same folder gives, though the
// collectors came late and in bits; and the store has the same incidents.
func TestLiveIsObserve(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 4, state)
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, shuffled(list, 50*time.Second, rand.New(rand.NewPCG(4, 4))), 97)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	runs, err := PublishedRuns(l.opt.State)
	if err != nil || len(runs) < 3 {
		t.Fatalf("published %v, error %v", runs, err)
	}
	if l.journal.Stats().Late == 0 {
		t.Error("no record came late: the order was not tried")
	}
	closeLive(t, l, db)
}

// sameAsObserve holds every published run, and the store, against observing the folder.
func sameAsObserve(t *testing.T, l *Live) {
	t.Helper()
	runs, err := PublishedRuns(l.opt.State)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range runs {
		snap, _, err := readSnapshot(dir)
		if err != nil {
			t.Fatal(err)
		}
		out := t.TempDir()
		opt, err := snap.options(filepath.Join(l.opt.State, dataDir), out)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Observe(t.Context(), opt)
		if err != nil {
			t.Fatal(err)
		}
		if sum.Digest != snap.Digest {
			t.Errorf("run to %s: digest %s, and observing the folder gives %s", snap.Window.To, snap.Digest, sum.Digest)
			for i, o := range snap.Outputs {
				again, err := os.ReadFile(filepath.Join(out, o.Name))
				if err != nil {
					t.Fatal(err)
				}
				if live, _ := os.ReadFile(filepath.Join(dir, snap.Outputs[i].Name)); !bytes.Equal(live, again) {
					t.Errorf("%s differs; first at line %s", o.Name, firstLine(live, again))
				}
			}
		}
	}
	last, _, err := readSnapshot(runs[len(runs)-1])
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(runs[len(runs)-1], incidentsFile))
	if err != nil {
		t.Fatal(err)
	}
	page, err := l.opt.Store.Incidents(context.WithoutCancel(t.Context()), store.IncidentFilter{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	page.Items = slices.DeleteFunc(page.Items, func(i store.StoredIncident) bool { return i.Incident.Status == watch.Superseded })
	if n := bytes.Count(text, []byte("\n")); n == 0 || len(page.Items) != n {
		t.Errorf("%d incidents in the store, %d in the run to %s", len(page.Items), n, last.Window.To)
	}
	for _, i := range page.Items {
		if !strings.Contains(string(text), i.Incident.ID) {
			t.Errorf("the store's incident %s is not in the run", i.Incident.ID)
		}
	}
}

func firstLine(a, b []byte) string {
	la, lb := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(la), len(lb)) {
		if la[i] != lb[i] {
			return la[i][:min(len(la[i]), 400)] + "\n  not " + lb[i][:min(len(lb[i]), 400)]
		}
	}
	return "the end"
}

// TestLiveRestart: a watch that is stopped at any moment and started again, from its checkpoint or, if that is gone or
// damaged, from the beginning, comes to the same.
func TestLiveRestart(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 5, state)
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 5))
	list = shuffled(list, 50*time.Second, r)
	for at, n := 0, 0; at < len(list); n++ {
		end := min(len(list), at+len(list)/8+r.IntN(99))
		feedLive(t, l, list[at:end], 101)
		at = end
		if n%2 == 0 {
			if err := l.checkpoint(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		closeLive(t, l, db) // as it stands: what was read since the checkpoint is read again
		switch n {
		case 3: // the last checkpoint is damaged
			damageLatest(t, l)
		case 5: // there is none
			if err := os.RemoveAll(filepath.Join(state, checkpointDir)); err != nil {
				t.Fatal(err)
			}
		}
		l, db = openLive(t, state)
		if err := l.catchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		l.writing.Wait()
	}
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}

func damageLatest(t *testing.T, l *Live) {
	t.Helper()
	list, err := l.checkpoints()
	if err != nil || len(list) == 0 {
		t.Fatalf("checkpoints %v, error %v", list, err)
	}
	name := filepath.Join(l.opt.State, checkpointDir, strconv.FormatInt(list[0], 10))
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/2] ^= 1
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestArchivesPutThereLater: files of a time gone by have the watch go back for them.
func TestArchivesPutThereLater(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 6, state)
	dir, err := folder.Scan(filepath.Join(state, dataDir))
	if err != nil {
		t.Fatal(err)
	}
	files := dir.Of(folder.MRT) // tables
	hidden := filepath.Join(t.TempDir(), "table")
	place := filepath.Join(state, dataDir, filepath.FromSlash(files[0].Path))
	if err := os.Rename(place, hidden); err != nil {
		t.Fatal(err)
	}
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, list[:len(list)/2], 101)
	if err := os.Rename(hidden, place); err != nil {
		t.Fatal(err)
	}
	if err := l.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	l.writing.Wait()
	feedLive(t, l, list[len(list)/2:], 101)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}

// TestFirstPage: a watch that began with nothing publishes within its first hour of data, not at the month's end.
func TestFirstPage(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 8, state)
	if err := os.RemoveAll(filepath.Join(state, dataDir, mrtDir)); err != nil { // no table
		t.Fatal(err)
	}
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, list[:len(list)/8], 101)
	if runs, err := PublishedRuns(l.opt.State); err != nil || len(runs) == 0 {
		t.Fatalf("published %v after an eighth of the data, error %v", runs, err)
	}
	feedLive(t, l, list[len(list)/8:], 101)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}

// TestFolderThatCannotBeRead: a mistake in sources.yaml stops the judging, not the service, which then goes on in order.
func TestFolderThatCannotBeRead(t *testing.T) {
	state := t.TempDir()
	truth, list := liveWorld(t, 9, state)
	l, db := openLive(t, state)
	if err := l.catchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	rules := filepath.Join(state, dataDir, "sources.yaml")
	good, err := os.ReadFile(rules)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rules, append(bytes.Clone(good), "- {path: nothing.json, kind: vrp}\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, list[:len(list)/3], 101)
	if err := l.look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := l.Health().Failures; len(f) != 1 {
		t.Errorf("failures %+v, want that the folder cannot be read", f)
	}
	if err := os.WriteFile(rules, good, 0o644); err != nil {
		t.Fatal(err)
	}
	feedLive(t, l, list[len(list)/3:], 101)
	nextDay(l)
	lookIfDue(t, l)
	reachAll(t, l, list, truth.End)
	sameAsObserve(t, l)
	closeLive(t, l, db)
}
