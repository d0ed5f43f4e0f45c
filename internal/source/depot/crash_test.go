package depot

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/source"
)

// What a process that died at any step leaves is cleaned up, and what it had accepted stands.
func TestCrash(t *testing.T) {
	dir, clk := t.TempDir(), &clock{start}
	d := openDepot(t, dir, Config{}, clk)
	put(t, d, vrps(start, 1000))
	put(t, d, vrps(start.Add(time.Minute), 2000))
	if err := d.Put(t.Context(), vrps(start.Add(2*time.Minute), 10)); err == nil {
		t.Fatal("not held")
	}
	held := d.Held()[0]
	d.Close()

	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	write := func(name string) {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(workDir + "/7.tmp")           // died while writing a fact
	write(workDir + "/.facts.json.tmp") // died while writing the list
	write(heldDir + "/vrp-x-1/fact.gz") // died before the record of a held fact
	write(heldDir + "/vrp-x-2/.record.json.tmp")
	if err := os.Remove(at(held.file())); err != nil { // died after a release, before the record was removed
		t.Fatal(err)
	}
	if err := os.Remove(at("data/vrp/20260209T080100Z.json.gz")); err != nil { // died between the list and the file
		t.Fatal(err)
	}
	write("data/vrp/20260209T080200Z.json") // a file without a record is somebody else's

	d = openDepot(t, dir, Config{}, clk)
	defer d.Close()
	for _, gone := range []string{workDir + "/7.tmp", workDir + "/.facts.json.tmp", heldDir + "/vrp-x-1", heldDir + "/vrp-x-2", heldDir + "/" + held.ID} {
		if _, err := os.Stat(at(gone)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s is still there: %v", gone, err)
		}
	}
	if len(d.Held()) != 0 || len(d.Facts()) != 1 || d.Facts()[0].Counts["a"] != 1000 {
		t.Errorf("held %+v, facts %+v", d.Held(), d.Facts())
	}
	if n := len(scan(t, dir).Files); n != 2 {
		t.Errorf("%d files", n)
	}
	put(t, d, vrps(start.Add(3*time.Minute), 990)) // against the last that truly stood
	var h *source.HeldError
	if err := d.Put(t.Context(), vrps(start.Add(4*time.Minute), 900)); !errors.As(err, &h) || h.Before != 990 {
		t.Errorf("%v", err)
	}
}

// A book or a record that is not what the depot wrote is an error, and not an empty depot.
func TestDamagedBooks(t *testing.T) {
	dir, clk := t.TempDir(), &clock{start}
	d := openDepot(t, dir, Config{}, clk)
	put(t, d, vrps(start, 1000))
	if err := d.Put(t.Context(), vrps(start, 1)); err == nil {
		t.Fatal("not held")
	}
	record := filepath.Join(dir, d.Held()[0].record())
	d.Close()
	for _, name := range []string{filepath.Join(dir, book), record} {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{"", "{", strings.Replace(string(good), `"id": "`, `"id": "../`, 1)} {
			if bad == string(good) {
				continue
			}
			if err := os.WriteFile(name, []byte(bad), 0o644); err != nil {
				t.Fatal(err)
			}
			if d, err := Open(dir, Config{}, clk.now, slog.New(slog.DiscardHandler)); err == nil {
				d.Close()
				t.Errorf("%s as %q was taken", filepath.Base(name), bad)
			}
		}
		if err := os.WriteFile(name, good, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
