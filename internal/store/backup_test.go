package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

func made() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

// fill stores something of every subject.
func fill(t *testing.T, s *store.Store) {
	t.Helper()
	if err := storetest.Fill(s); err != nil {
		t.Fatal(err)
	}
}

func sound(t *testing.T, s *store.Store) store.Report {
	t.Helper()
	report, err := s.Check(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if report.Found > 0 {
		t.Errorf("it is not sound: %+v", report.Problems)
	}
	return report
}

// TestBackupAndRestore takes a store from one engine to another, while it is open and being written.
func TestBackupAndRestore(t *testing.T) {
	for _, test := range []struct {
		name     string
		from, to func(*testing.T) func(testing.TB) string
	}{
		{"sqlite to sqlite", sqlite, sqlite},
		{"sqlite to postgres", sqlite, postgres},
		{"postgres to sqlite", postgres, sqlite},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx := context.Background()
			from, to := test.from(t)(t), test.to(t)(t)
			original := storetest.Open(t, from)
			fill(t, original)
			file := filepath.Join(t.TempDir(), "pahra.backup")
			stop := keepWriting(t, original)
			b, err := store.MakeBackup(ctx, from, file, made())
			stop()
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("the backup is %v, %v", info.Mode(), err)
			}
			if restored, err := store.Restore(ctx, file, to); err != nil || !cmp.Equal(b, restored) {
				t.Fatalf("restored %+v, %v; the backup was %+v", restored, err, b)
			}
			again := storetest.Open(t, to)
			if diff := cmp.Diff(b.Tables, sound(t, again).Tables); diff != "" {
				t.Error(diff)
			}
			if _, err := again.Get(ctx, "filled"); err != nil {
				t.Error(err)
			}
			if _, err := store.Restore(ctx, file, to); err == nil {
				t.Error("a backup was put over a store that is there")
			}
			if _, err := store.MakeBackup(ctx, from, file, made()); err == nil {
				t.Error("a backup was written over another")
			}
			nothingLeft(t, filepath.Dir(file), "pahra.backup")
		})
	}
}

func sqlite(*testing.T) func(testing.TB) string { return storetest.SQLite }

func postgres(t *testing.T) func(testing.TB) string { return storetest.Postgres(t) }

// keepWriting saves incidents until the function that it gives is called.
func keepWriting(t *testing.T, s *store.Store) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	started := make(chan bool, 1)
	go func() {
		for n := uint64(1000); ; n++ {
			if _, err := s.SaveIncidents(ctx, made(), storetest.Incidents(n, 10)); err != nil {
				if errors.Is(err, context.Canceled) || ctx.Err() != nil {
					err = nil
				}
				done <- err
				return
			}
			select {
			case started <- true:
			default:
			}
		}
	}()
	<-started
	return func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// nothingLeft wants no other names in dir.
func nothingLeft(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
	}
	if diff := cmp.Diff(names, have); diff != "" {
		t.Error(diff)
	}
}

// TestDamagedBackups changes a backup in one place each; nothing of any may appear.
func TestDamagedBackups(t *testing.T) {
	ctx, url := context.Background(), storetest.SQLite(t)
	fill(t, storetest.Open(t, url))
	file := filepath.Join(t.TempDir(), "good")
	if _, err := store.MakeBackup(ctx, url, file, made()); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		damage func([]byte) []byte
		want   string
	}{
		{"empty", func([]byte) []byte { return nil }, "it is no backup"},
		{"something else", func([]byte) []byte { return []byte(strings.Repeat("x", 4096)) }, "it is no backup"},
		{"cut short", func(b []byte) []byte { return b[:len(b)*2/3] }, "unexpected EOF"},
		{"a bit of the store", func(b []byte) []byte { b[len(b)-40_000] ^= 1; return b }, "its checksum is"},
		{"another format", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "pahra-backup/1", "pahra-backup/2", 1))
		}, "its format is"},
		{"another count", func(b []byte) []byte {
			return []byte(strings.Replace(string(b), "\"name\": \"gap\",\n      \"rows\": 1", "\"name\": \"gap\",\n      \"rows\": 2", 1))
		}, "its tables do not hold"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			bad := filepath.Join(dir, "bad")
			if err := os.WriteFile(bad, test.damage([]byte(string(good))), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := store.Restore(ctx, bad, "sqlite:"+filepath.Join(dir, "pahra.db"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("it gives %v, want %q", err, test.want)
			}
			nothingLeft(t, dir, "bad")
		})
	}
}
