package service_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/service"
	"pahra/internal/testdata"
	"pahra/internal/watch"
	"pahra/internal/world"
)

// worldRun makes a small world and observes it; it gives the folders of inputs and results.
func worldRun(t *testing.T) (data, out string) {
	t.Helper()
	return worldRunOf(t, 4)
}

// worldRunOf is worldRun of the world of a seed.
func worldRunOf(t *testing.T, seed uint64) (data, out string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	p := world.Defaults(seed)
	p.Networks, p.Prefixes = 150, 400
	if _, err := world.Write(testdata.Folder(data), p); err != nil {
		t.Fatal(err)
	}
	return data, observe(t, data)
}

func observe(t *testing.T, data string) (out string) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "out")
	observeWith(t, options(data, out))
	return out
}

// options observe five hours of the world's first day.
func options(data, out string) service.Options {
	from := time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)
	return service.Options{
		Data: data, Out: out, From: from, To: from.Add(5 * time.Hour), Settings: watch.Defaults(), Limits: authority.DefaultLimits(),
	}
}

func observeWith(t *testing.T, opt service.Options) *service.Run {
	t.Helper()
	if _, err := service.Observe(context.Background(), opt); err != nil {
		t.Fatal(err)
	}
	return open(t, opt.Out)
}

func open(t *testing.T, dir string) *service.Run {
	t.Helper()
	run, err := service.OpenRun(dir)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// TestOpenRunRefusesDamage changes a byte of each file in turn, and takes each away.
func TestOpenRunRefusesDamage(t *testing.T) {
	_, out := worldRun(t)
	open(t, out)
	var files []string
	err := filepath.WalkDir(out, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := filepath.Rel(out, path)
		t.Run(name, func(t *testing.T) {
			defer write(t, path, text)
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if _, err := service.OpenRun(out); err == nil {
				t.Error("opens without the file")
			}
			bad := slices.Clone(text)
			at := len(bad) / 2
			if name == "snapshot.json" { // what only "pahra verify" can tell is not looked at here
				at = strings.Index(string(text), `"digest": "`) + len(`"digest": "`)
			}
			bad[at] ^= 1
			write(t, path, bad)
			if _, err := service.OpenRun(out); err == nil {
				t.Error("opens with a changed byte")
			}
			write(t, path, text[:len(text)/2])
			if _, err := service.OpenRun(out); err == nil {
				t.Error("opens with half the file")
			}
		})
	}
	open(t, out)
}

func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
