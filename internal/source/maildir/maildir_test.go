package maildir_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"pahra/internal/source/inbox"
	"pahra/internal/source/maildir"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func folder(t *testing.T, mails map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"new", "cur", "tmp", "processing"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range mails {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func names(t *testing.T, dir string) (out []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, rel)
	}
	return out
}

// TestLook: what a crash left is first; what was taken is read, what was refused lies apart, what failed for now stays and is
// tried again.
func TestLook(t *testing.T) {
	dir := folder(t, map[string]string{"new/2.a": "second", "new/1.a": "first", "new/3.bad": "bad", "new/4.later": "later", "processing/0.left": "left", "new/.hidden": "x"})
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "new", "5.link")); err != nil {
		t.Fatal(err)
	}
	full := true
	var took []string
	m := maildir.New(maildir.Config{Path: dir}, func(_ context.Context, name string, f *os.File) error {
		text, err := io.ReadAll(f)
		switch {
		case name == "3.bad":
			return fmt.Errorf("%w: it is bad", inbox.ErrRefused)
		case name == "4.later" && full:
			return errors.New("the disk is full")
		}
		took = append(took, string(text))
		return err
	}, slog.New(slog.DiscardHandler))
	if err := m.Look(context.Background()); err == nil {
		t.Error("a full disk is no error")
	}
	want := []string{"cur/0.left:2,S", "cur/1.a:2,S", "cur/2.a:2,S", "new/.hidden", "new/5.link", "processing/4.later", "refused/3.bad"}
	if diff := cmp.Diff(want, names(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	full = false
	if err := m.Look(context.Background()); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"left", "first", "second", "later"}, took); diff != "" {
		t.Errorf("taken (-want +got):\n%s", diff)
	}
}

// TestRun: new mail is taken as it comes, until the context ends.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := folder(t, nil)
		ctx, stop := context.WithCancel(context.Background())
		m := maildir.New(maildir.Config{Path: dir}, func(context.Context, string, *os.File) error { stop(); return nil }, slog.New(slog.DiscardHandler))
		done := make(chan error, 1)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(time.Minute)
		if err := os.WriteFile(filepath.Join(dir, "new", "1"), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"cur/1:2,S"}, names(t, dir)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestCheck(t *testing.T) {
	for _, bad := range []maildir.Config{{}, {Path: "relative"}, {Path: "/x", Every: -1}} {
		if err := bad.Check(); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
}
