// Package servicetest gives the tests of doors something to show: a small made-up world, observed once for all tests of a
// package. [Main] runs these tests, [Shown] opens what was observed. It is for tests alone.
package servicetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
)

// Main runs the tests of a package, looks for goroutines that they left, and removes what was observed for them.
func Main(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		observed.clear()
		os.Exit(status)
	}))
}

// Shown shows the world to whom the options let see it, until the test ends.
func Shown(t testing.TB, opt service.ShownOptions) *service.Shown {
	t.Helper()
	run, err := service.OpenRun(observed.run(t))
	if err != nil {
		t.Fatal(err)
	}
	s := service.NewShown(opt)
	if err := s.Publish(run); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// observed is the one run of this process.
var observed observation

type observation struct {
	once sync.Once
	dir  string
	err  error
}

func (o *observation) run(t testing.TB) string {
	t.Helper()
	if o.once.Do(o.make); o.err != nil {
		t.Fatal(o.err)
	}
	return filepath.Join(o.dir, "out")
}

func (o *observation) make() {
	if o.dir, o.err = os.MkdirTemp("", "pahra-shown-"); o.err != nil {
		return
	}
	p, data := world.Defaults(1), filepath.Join(o.dir, "data")
	p.Networks, p.Prefixes = 200, 600
	if _, o.err = world.Write(testdata.Folder(data), p); o.err != nil {
		return
	}
	_, o.err = service.Observe(context.Background(), service.Options{
		Data: data, Out: filepath.Join(o.dir, "out"), From: p.Start, To: p.Start.Add(p.Window), Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
	})
}

func (o *observation) clear() {
	if o.dir != "" {
		os.RemoveAll(o.dir)
	}
}
