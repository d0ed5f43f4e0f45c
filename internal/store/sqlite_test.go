package store_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }

// TestSecondProcess shows what the second of two processes on one store is told. A lock of flock belongs to the open
// file, so a second Open of this process stands for another's.
func TestSecondProcess(t *testing.T) {
	ctx, url := context.Background(), storetest.SQLite(t)
	first, err := store.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(ctx, url); !errors.Is(err, store.ErrLocked) || !strings.Contains(err.Error(), "another process has the store open") {
		t.Errorf("the second to open gets %v", err)
	}
	storetest.Open(t, url, store.ReadOnly())
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	storetest.Open(t, url)
}

// TestBeside has a command change what a service holds open.
func TestBeside(t *testing.T) {
	ctx, url := context.Background(), storetest.SQLite(t)
	made := storetest.Open(t, url, store.Beside()) // nobody has it: it is made
	service := storetest.Open(t, url)              // and the lock is free again
	command := storetest.Open(t, url, store.Beside())
	for n, s := range []*store.Store{made, service, command} {
		if err := s.Put(ctx, time.Unix(int64(n), 0), "a", []byte{byte(n)}); err != nil {
			t.Fatal(err)
		}
		for m, other := range []*store.Store{made, service, command} {
			if got, err := other.Get(ctx, "a"); err != nil || got[0] != byte(n) {
				t.Errorf("store %d reads %v, %v of what %d wrote", m, got, err, n)
			}
		}
	}
	if _, err := store.Open(ctx, url); !errors.Is(err, store.ErrLocked) {
		t.Errorf("a second service gets %v", err)
	}
}

func TestPrivate(t *testing.T) {
	url := storetest.SQLite(t)
	storetest.Open(t, url)
	path := strings.TrimPrefix(url, "sqlite:")
	for _, name := range []string{path, path + "-wal", path + ".lock"} {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %s", name, info.Mode())
		}
	}
}

func TestBadURL(t *testing.T) {
	for _, url := range []string{"", "sqlite:", "mysql://root:secret@host/db", "postgres://u:secret@[::bad/db", "/var/lib/pahra.db"} {
		_, err := store.Open(context.Background(), url)
		if err == nil {
			t.Errorf("%q was opened", url)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells the password: %v", url, err)
		}
	}
}
