package spool

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
