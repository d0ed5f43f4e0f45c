package service

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/watch"
)

// TestVerifyAndRecover damages an archive in one place each: it is told, put into quarantine, and what the journal still
// has is there again after the next roll.
func TestVerifyAndRecover(t *testing.T) {
	const day = "archive/observations/day=2026-11-20/"
	for _, test := range []struct {
		name    string
		compact bool
		damage  func(root string) error
		reason  string
		held    string // in quarantine afterwards
	}{
		{"a bit of an hour", false, flip(day + "source=rrc00/updates.20261120.0900.parquet"), "its SHA-256 is", "source=rrc00/updates.20261120.0900.parquet"},
		{"a bit of a day", true, flip(day + "source=rrc00/day.parquet"), "its SHA-256 is", "source=rrc00/day.parquet"},
		{"an hour cut short", false, cut(day + "source=rrc01/updates.20261120.0800.parquet"), "bytes, the manifest says", "source=rrc01/updates.20261120.0800.parquet"},
		{"an hour that is gone", false, remove(day + "source=rrc01/updates.20261120.0800.parquet"), "it is gone", ""},
		{"the manifest", false, cut(day + "manifest.json"), "", "manifest.json"},
		{"the manifest of a compacted day", true, cut(day + "manifest.json"), "", "manifest.json"},
		{"a stranger", true, write(day + "source=rrc00/x.parquet"), "no manifest names it", "source=rrc00/x.parquet"},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, ctx := newRoll(t), context.Background()
			for _, hour := range []int{8, 9, 10} {
				r.hear("rrc00", at(-2, hour), 3)
				r.hear("rrc01", at(-2, hour), 2)
			}
			r.hear("rrc02", at(0, 11), 1) // the days before are over
			roller := r.roller(nil)
			r.must(roller.Roll(ctx, r.now))
			if test.compact {
				r.must(roller.Compact(ctx, r.now))
			}
			want := r.rows()
			if v, err := roller.Verify(ctx, r.now); err != nil || len(v.Bad) > 0 || v.Rows != 15 {
				t.Fatalf("sound, and yet %+v, %v", v, err)
			}
			r.must(test.damage(r.root))
			v, err := roller.Verify(ctx, r.now)
			if err != nil || len(v.Bad) == 0 || !strings.Contains(v.Bad[0].Reason, test.reason) {
				t.Fatalf("damaged, and yet %+v, %v", v, err)
			}
			if test.held != "" {
				if _, err := os.Stat(filepath.Join(r.root, "archive/quarantine/observations/day=2026-11-20", test.held)); err != nil {
					t.Error(err)
				}
			}
			r.must(roller.Roll(ctx, r.now))
			if v, err := roller.Verify(ctx, r.now); err != nil || len(v.Bad) > 0 {
				t.Errorf("after rolling again: %+v, %v", v, err)
			}
			if diff := cmp.Diff(want, r.rows()); diff != "" {
				t.Errorf("after rolling again: %s", diff)
			}
		})
	}
}

func TestVerifyIncidents(t *testing.T) {
	r, ctx := newRoll(t), context.Background()
	i, proof := keepable(1, at(-1, 3))
	roller := r.roller(nil)
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof))
	r.must(flip("archive/incidents/day=2026-11-21/updates.000001.parquet")(r.root))
	v, err := roller.Verify(ctx, r.now)
	if err != nil || len(v.Bad) != 1 || v.Segments != 1 {
		t.Errorf("%+v, %v", v, err)
	}
	i.Confidence = 0.5
	r.must(roller.KeepIncidents(ctx, r.now, []watch.Incident{i}, proof))
	if kept, proof := r.kept("day=2026-11-21"); len(kept) != 1 || len(proof) != 40 {
		t.Errorf("%d incidents with %d elements of proof after keeping it again", len(kept), len(proof))
	}
	if v, err := roller.Verify(ctx, r.now); err != nil || len(v.Bad) > 0 {
		t.Errorf("%+v, %v", v, err)
	}
}

// The ways to damage a file.
func flip(name string) func(string) error {
	return change(name, func(b []byte) []byte { b[len(b)/2] ^= 0x20; return b })
}

func cut(name string) func(string) error {
	return change(name, func(b []byte) []byte { return b[:len(b)/2] })
}

func change(name string, how func([]byte) []byte) func(string) error {
	return func(root string) error {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(root, name), how(text), 0o644)
	}
}

func remove(name string) func(string) error {
	return func(root string) error { return os.Remove(filepath.Join(root, name)) }
}

func write(name string) func(string) error {
	return func(root string) error { return os.WriteFile(filepath.Join(root, name), []byte("x"), 0o644) }
}
