package overrides

import (
	"crypto/rand"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crypto/ed25519"

	"pahra/internal/publication"
	"pahra/internal/watch"
)

// TestKey: the key is made once, kept for its owner alone, and several first starts agree.
func TestKey(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	var keys [8]ed25519.PrivateKey
	var wait sync.WaitGroup
	for i := range keys {
		wait.Go(func() {
			var err error
			if keys[i], err = Key(state, rand.Reader); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	for _, k := range keys {
		if !k.Equal(keys[0]) {
			t.Error("two starts made two keys")
		}
	}
	info, err := os.Stat(filepath.Join(state, keyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(state); len(left) != 1 {
		t.Errorf("%d files are left", len(left))
	}
	for _, bad := range []string{"", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"} {
		if err := os.WriteFile(filepath.Join(state, keyFile), []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Key(state, rand.Reader); err == nil {
			t.Errorf("%q gives a key", bad)
		}
	}
}

func TestPut(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	key, err := Key(t.TempDir(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var dir *Dir
	for range 2 { // the second start lists the key no second time
		if dir, err = Open(data, key); err != nil {
			t.Fatal(err)
		}
	}
	o, err := publication.Override{ASN: 64500, Decided: time.Unix(1e9, 0), Ground: publication.Upheld,
		Incident: strings.Repeat("ab", 16), Kind: watch.Leak, Reason: "r"}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	if dir.Holds(o) {
		t.Error("it is there before it was put")
	}
	defer func() {
		if !dir.Holds(o) {
			t.Error("it is not there")
		}
	}()
	for range 2 {
		if err := dir.Put(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	in, err := os.Open(filepath.Join(data, "overrides", strings.Repeat("ab", 16)+"-AS64500.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	list, err := os.ReadFile(filepath.Join(data, "overrides", "keys.txt"))
	if err != nil || strings.Count(string(list), base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))) != 1 {
		t.Errorf("%q, %v", list, err)
	}
	again, err := publication.ReadOverride(in, func(k string) bool { return strings.Contains(string(list), k) })
	if err != nil || again != o {
		t.Errorf("%+v, %v", again, err)
	}
}
