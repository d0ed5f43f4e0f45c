package store

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
)

func TestMigrationsAreInOrder(t *testing.T) {
	all, err := Migrations()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d migrations, %v", len(all), err)
	}
	for n, m := range all {
		if n > 0 && m.Number <= all[n-1].Number || m.Number < 1 || m.Name == "" {
			t.Errorf("migration %04d_%s is out of order", m.Number, m.Name)
		}
	}
}

// TestForeignStores opens stores whose record of migrations is not this program's.
func TestForeignStores(t *testing.T) {
	for _, test := range []struct{ name, change, want string }{
		{"newer", `INSERT INTO migration (number, name, digest) VALUES (9999, 'later', 'x')`, "a newer program made it: it has migration 9999_later"},
		{"changed", `UPDATE migration SET digest = 'x' WHERE number = 1`, "migration 0001_watch differs"},
		{"other", `UPDATE migration SET name = 'x' WHERE number = 1`, "it has migration 0001_x where this program has 0001_watch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ctx, url := context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "pahra.db")
			s, err := Open(ctx, url)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.write.Exec(test.change); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			for _, opts := range [][]Option{nil, {ReadOnly()}} {
				if s, err := Open(ctx, url, opts...); err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("opening it gives %v, want %q", err, test.want)
					if err == nil {
						s.Close()
					}
				}
			}
		})
	}
}

// TestOlderStore opens a store that lacks the newest migration: to read it is refused, to write it is migrated.
func TestOlderStore(t *testing.T) {
	ctx, url := context.Background(), "sqlite:"+filepath.Join(t.TempDir(), "pahra.db")
	s, err := connect(ctx, url, options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.write.Exec(makeRecord); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, url, ReadOnly()); err == nil || !strings.Contains(err.Error(), "migration 0001_watch was not taken") {
		t.Errorf("an old store opened to read gives %v", err)
	}
	if s, err = Open(ctx, url); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
