package spool

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
)

func newSeal(t *testing.T) *Seal {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	seal, err := ReadSeal(strings.NewReader("# a key\n" + key.String() + "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return seal
}

// TestSealed: a report lies there encrypted, is read back with the owner's key alone, and not at all once its day's key is
// destroyed; what came before reports were encrypted is read as well.
func TestSealed(t *testing.T) {
	plain := open(t)
	before, err := plain.Accept(strings.NewReader("an old secret"), "sensors", noon, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	seal := newSeal(t)
	sealed, err := OpenSealed(plain.dir, seal)
	if err != nil {
		t.Fatal(err)
	}
	content := strings.Repeat("a new secret\n", 100_000)
	a, err := sealed.Accept(strings.NewReader(content), "sensors", noon, 2<<20)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := sealed.Accept(strings.NewReader(content), "sensors", noon, 2<<20); err != nil || again != a {
		t.Errorf("the same again: %+v, %v", again, err)
	}
	if got := readReport(t, sealed, a); got != content {
		t.Errorf("%d octets are read back, want %d", len(got), len(content))
	}
	if got := readReport(t, sealed, before); got != "an old secret" {
		t.Errorf("the report of before is %q", got)
	}
	folder := filepath.Join(plain.dir, "reports", "2026-03-04", "sensors")
	raw, err := os.ReadFile(filepath.Join(folder, a.ID+".zst.age"))
	if err != nil || !bytes.HasPrefix(raw, []byte("age-encryption.org/v1\n")) {
		t.Errorf("what lies there begins %.40q, %v", raw, err)
	}
	for name, s := range map[string]*Seal{"no key": nil, "another key": newSeal(t)} {
		other, err := OpenSealed(plain.dir, s)
		if err != nil {
			t.Fatal(err)
		}
		if r, err := other.Report(a); err == nil {
			r.Close()
			t.Errorf("%s opens it", name)
		}
	}
	if err := os.Remove(filepath.Join(folder, "day.key")); err != nil {
		t.Fatal(err)
	}
	if r, err := sealed.Report(a); err == nil {
		r.Close()
		t.Error("it is read after its day's key was destroyed")
	}
}

func readReport(t *testing.T, s *Spool, a Accepted) string {
	t.Helper()
	r, err := s.Report(a)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSealRefused: what is no single key of the kind is an error.
func TestSealRefused(t *testing.T) {
	one, _ := age.GenerateX25519Identity()
	for _, text := range []string{"", "AGE-SECRET-KEY-1", one.String() + "\n" + one.String()} {
		if _, err := ReadSeal(strings.NewReader(text)); err == nil {
			t.Errorf("%.20q is taken as a key", text)
		}
	}
}

// TestOwned: without a key the folder makes one and keeps it; once another is set, that one is needed by everybody, and opens what
// came before as well.
func TestOwned(t *testing.T) {
	dir := t.TempDir()
	owned := func(key string) *Spool {
		t.Helper()
		s, err := OpenOwned(dir, key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	accept := func(s *Spool, text string, at time.Time) Accepted {
		t.Helper()
		a, err := s.Accept(strings.NewReader(text), "sensors", at, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	before := accept(owned(""), "password=hunter2", noon)
	if got := readReport(t, owned(""), before); got != "password=hunter2" {
		t.Errorf("opened again it is %q", got)
	}
	if is, err := os.Stat(filepath.Join(dir, "reports.key")); err != nil || is.Mode().Perm() != 0o600 {
		t.Errorf("the key lies there as %v, %v", is.Mode(), err)
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(identity.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	set := owned(key)
	after, next := accept(set, "later that day", noon), accept(set, "the day after", noon.AddDate(0, 0, 1))
	for a, want := range map[Accepted]string{before: "password=hunter2", after: "later that day", next: "the day after"} {
		if got := readReport(t, owned(key), a); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if _, err := OpenOwned(dir, ""); !errors.Is(err, ErrKey) || !strings.Contains(err.Error(), identity.Recipient().String()) {
		t.Errorf("without the key that was set: %v", err)
	}
	if _, err := OpenOwned(dir, key+"-elsewhere"); err == nil {
		t.Error("opened with a key that is not there")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "reports", "*", "*", "*.zst")); len(left) > 0 {
		t.Errorf("%v lie there in clear", left)
	}
}

// TestOwnSeal wants a secret to come back by the key in the folder, and by no other.
func TestOwnSeal(t *testing.T) {
	dir := t.TempDir()
	seal, err := OwnSeal(dir, "exchange.key")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := seal.Lock([]byte("hunter2"))
	if err != nil || bytes.Contains(sealed, []byte("hunter2")) {
		t.Fatalf("%v, or it is not sealed", err)
	}
	again, err := OwnSeal(dir, "exchange.key")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Unlock(sealed); err != nil || string(plain) != "hunter2" {
		t.Errorf("%q %v", plain, err)
	}
	other, err := OwnSeal(t.TempDir(), "exchange.key")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Unlock(sealed); err == nil {
		t.Error("another key opens it")
	}
}
