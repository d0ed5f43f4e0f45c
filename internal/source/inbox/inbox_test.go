package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source/inbox"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range list {
		out = append(out, e.Name())
	}
	return out
}

// TestLook: files are taken once they no longer grow, in order, and lie in taken; what is refused lies with its reason in
// refused; what fails for now stays and is tried again.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	var took []string
	full := true
	b := inbox.New(inbox.Config{Path: dir, Files: "*.csv"}, func(_ context.Context, name string, f *os.File) error {
		text, err := io.ReadAll(f)
		if err != nil {
			t.Error(err)
		}
		switch {
		case name == "c.csv":
			return fmt.Errorf("%w: too large", inbox.ErrRefused)
		case name == "d.csv" && full:
			return errors.New("the disk is full")
		}
		took = append(took, name+"="+string(text))
		return nil
	}, slog.New(slog.DiscardHandler))
	for name, text := range map[string]string{"a.csv": "1", "b.csv": "2", "c.csv": "3", ".e.csv": "4", "f.csv.part": "5", "g.txt": "6"} {
		write(t, dir, name, text)
	}
	if err := os.Symlink(filepath.Join(dir, "g.txt"), filepath.Join(dir, "h.csv")); err != nil {
		t.Fatal(err)
	}
	look := func(wrong bool) {
		t.Helper()
		if err := b.Look(context.Background()); (err != nil) != wrong {
			t.Fatal(err)
		}
	}
	look(false)
	if took != nil {
		t.Errorf("taken at the first look: %v", took)
	}
	write(t, dir, "b.csv", "2 and more")
	look(false)
	look(false)
	write(t, dir, "a.csv", "again")
	write(t, dir, "d.csv", "7")
	look(false)
	look(true)
	full = false
	look(false)
	if d := cmp.Diff([]string{"a.csv=1", "b.csv=2 and more", "a.csv=again", "d.csv=7"}, took); d != "" {
		t.Errorf("taken (-want +got):\n%s", d)
	}
	if got := names(t, filepath.Join(dir, "taken")); !slices.Equal(got, []string{"a.csv", "a.csv.1", "b.csv", "d.csv"}) {
		t.Errorf("taken holds %v", got)
	}
	if got := names(t, filepath.Join(dir, "refused")); !slices.Equal(got, []string{"c.csv", "c.csv.reason"}) {
		t.Errorf("refused holds %v", got)
	}
	if got := names(t, dir); !slices.Equal(got, []string{".e.csv", "f.csv.part", "g.txt", "h.csv", "refused", "taken"}) {
		t.Errorf("left: %v", got)
	}
}

// TestRun: it goes on looking after a failure, and ends with its context.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "later")
		ctx, stop := context.WithCancel(context.Background())
		took := 0
		b := inbox.New(inbox.Config{Path: dir}, func(context.Context, string, *os.File) error { took++; return nil }, slog.New(slog.DiscardHandler))
		done := make(chan error, 1)
		go func() { done <- b.Run(ctx) }()
		time.Sleep(time.Minute)
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, dir, "a", "1")
		time.Sleep(10 * time.Minute)
		stop()
		if err := <-done; err != nil || took != 1 {
			t.Errorf("%d taken, %v", took, err)
		}
	})
}

func TestCheck(t *testing.T) {
	for _, c := range []inbox.Config{{Path: "reports"}, {Path: "/x", Files: "["}, {Path: "/x", Every: -1}} {
		if c.Check() == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
