package store

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"
)

// TestDiskFull lets SQLite have no more pages, as on a full disk: what does not fit is refused whole, what was stored
// stays, and with room again the store works on.
func TestDiskFull(t *testing.T) {
	ctx, now := context.Background(), time.Unix(0, 0)
	s, err := Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "pahra.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	large := make([]byte, 1<<20)
	if err := s.Put(ctx, now, "before", large); err != nil {
		t.Fatal(err)
	}
	limit := func(pages string) {
		if _, err := s.write.Exec("PRAGMA max_page_count = " + pages); err != nil {
			t.Fatal(err)
		}
	}
	limit("1") // SQLite makes it what the file has now
	if err := s.Put(ctx, now, "after", large); !errors.Is(err, ErrFull) {
		t.Errorf("without room the error is %v", err)
	}
	if _, err := s.Get(ctx, "after"); !errors.Is(err, ErrNotFound) {
		t.Errorf("what did not fit gives %v", err)
	}
	limit("1000000")
	if err := s.Put(ctx, now, "after", large); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got, err := s.Get(ctx, "before"); err != nil || len(got) != len(large) {
		t.Errorf("what was stored before is %d bytes, %v", len(got), err)
	}
}
