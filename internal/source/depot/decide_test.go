package depot

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// A person's decision is carried out by the process that has the depot open, within seconds.
func TestDecide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, clk := t.TempDir(), &clock{start}
		if list, err := ReadHeld(dir); err != nil || len(list) != 0 {
			t.Errorf("an empty folder: %v, %v", list, err)
		}
		d := openDepot(t, dir, Config{}, clk)
		defer d.Close()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		put(t, d, vrps(start, 1000))
		for i, what := range []Decision{Discard, Release} {
			if err := d.Put(t.Context(), vrps(start.Add(time.Duration(i+1)*time.Minute), 500)); err == nil {
				t.Fatal("not held")
			}
			list, err := ReadHeld(dir)
			if err != nil || len(list) != 1 || list[0].Shrunk[0] != (Shrink{"a", 1000, 500}) {
				t.Fatalf("%+v, %v", list, err)
			}
			if err := Decide(dir, list[0].ID, what); err != nil {
				t.Fatal(err)
			}
			if err := Decide(dir, "../"+list[0].ID, what); !errors.Is(err, ErrNotHeld) {
				t.Errorf("another id: %v", err)
			}
			time.Sleep(2 * heedEvery)
			synctest.Wait()
			if n := len(d.Facts()); len(d.Held()) != 0 || n != 1+i {
				t.Errorf("%s: held %+v, %d facts", what, d.Held(), n)
			}
		}
		if err := d.Put(t.Context(), vrps(start.Add(time.Hour), 100)); err == nil {
			t.Fatal("not held")
		}
		id := d.Held()[0].ID
		if err := os.WriteFile(filepath.Join(dir, heldDir, id, decisionFile), []byte("perhaps"), 0o644); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * heedEvery)
		synctest.Wait()
		if len(d.Held()) != 1 {
			t.Error("what is no decision was carried out")
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
