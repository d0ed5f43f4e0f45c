package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
)

// TestMain also demands that no run leaves a goroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// smallWorld are parameters of a world that is quick to observe and still has every event.
func smallWorld(seed uint64) world.Params {
	p := world.Defaults(seed)
	p.Networks, p.Prefixes, p.Peers = 180, 500, 12
	return p
}

// madeWorld writes a world into a new folder. Observing whole worlds is slow with the race detector and is left out with
// -short: the tests of the live watch observe the same way, and more goes on in them at the same time.
func madeWorld(t testing.TB, p world.Params) (data string, truth world.Truth) {
	t.Helper()
	if testing.Short() {
		t.Skip("observing whole worlds takes long")
	}
	data = t.TempDir()
	truth, err := world.Write(testdata.Folder(data), p)
	if err != nil {
		t.Fatal(err)
	}
	return data, truth
}

// rig is a run in the making, and what it said.
type rig struct {
	service.Options
	mu   sync.Mutex
	said []string
}

// newRig observes data during a window, into a new folder.
func newRig(t testing.TB, data string, from, to time.Time) *rig {
	r := &rig{Options: service.Options{Data: data, Out: t.TempDir(), From: from, To: to,
		Settings: watch.Defaults(), Limits: authority.DefaultLimits()}}
	r.Say = func(format string, args ...any) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.said = append(r.said, fmt.Sprintf(format, args...))
	}
	return r
}

// talk is all that the run said.
func (r *rig) talk() string { return strings.Join(r.said, "\n") }

func (r *rig) observe(t testing.TB) service.Summary {
	t.Helper()
	sum, err := service.Observe(context.Background(), r.Options)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func (r *rig) verify(t testing.TB) error {
	t.Helper()
	return service.Verify(context.Background(), r.Out, "", nil)
}

// differs demands that the run no longer verifies, for a difference whose place holds where.
func (r *rig) differs(t testing.TB, where string) {
	t.Helper()
	var d *service.Difference
	switch err := r.verify(t); {
	case !errors.As(err, &d):
		t.Errorf("changed %s: Verify gives %v, no difference", where, err)
	case !strings.Contains(d.Where, where):
		t.Errorf("changed %s: Verify finds %v", where, d)
	}
}

func (r *rig) incidents(t testing.TB) []watch.Incident {
	t.Helper()
	return jsonLines[watch.Incident](t, filepath.Join(r.Out, "incidents.jsonl"))
}

func (r *rig) snapshot(t testing.TB) (s service.Snapshot) {
	t.Helper()
	if err := json.Unmarshal([]byte(content(t, filepath.Join(r.Out, "snapshot.json"))), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func jsonLines[T any](t testing.TB, path string) (list []T) {
	t.Helper()
	for line := range strings.Lines(content(t, path)) {
		var v T
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	return list
}

func content(t testing.TB, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func put(t testing.TB, path string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// below lists the files of a folder, with slashes, in order.
func below(t testing.TB, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

// tree gives every file of a folder.
func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for _, name := range below(t, dir) {
		files[name] = content(t, filepath.Join(dir, name))
	}
	return files
}

// copyTree writes files into a new folder in the order given, which is the order in which the disk came to know them.
func copyTree(t testing.TB, files map[string]string, order []string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range order {
		put(t, filepath.Join(dir, name), []byte(files[name]))
	}
	return dir
}

// flip changes one bit in the middle of a file.
func flip(t testing.TB, path string) (restore func()) {
	t.Helper()
	before := content(t, path)
	changed := []byte(before)
	changed[len(changed)/2] ^= 1
	put(t, path, changed)
	return func() { put(t, path, []byte(before)) }
}
