package openpgp

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
)

// madeKey makes a key for a test: its file, and the public part.
func madeKey(t *testing.T, made time.Time, life int32) (path, public string) {
	t.Helper()
	key, err := crypto.PGP().KeyGeneration().AddUserId("A team", "team@example.net").GenerationTime(made.Unix()).Lifetime(life).New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	private, err := key.Armor()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "private.asc")
	if err := os.WriteFile(path, []byte(private), 0o600); err != nil {
		t.Fatal(err)
	}
	if public, err = key.GetArmoredPublicKey(); err != nil {
		t.Fatal(err)
	}
	return path, public
}

func TestSignature(t *testing.T) {
	now := time.Now()
	path, armoured := madeKey(t, now.Add(-time.Hour), 0)
	private, err := ReadPrivate(path, "")
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublic(armoured)
	if err != nil {
		t.Fatal(err)
	}
	if f := public.Fingerprint(); f != private.Fingerprint() || len(f) != 40 || f != strings.ToUpper(f) {
		t.Errorf("fingerprints %s and %s", f, private.Fingerprint())
	}
	s, err := private.Sign([]byte("agreed"))
	if err != nil {
		t.Fatal(err)
	}
	when, err := public.Verify([]byte("agreed"), s.Armoured, now.Add(time.Minute))
	if err != nil || when.Sub(now).Abs() > time.Minute {
		t.Errorf("a good signature: %s, %v", when, err)
	}
	if _, err := public.Verify([]byte("Agreed"), s.Armoured, now.Add(time.Minute)); err == nil {
		t.Error("a changed text has a good signature")
	}
	_, stranger := madeKey(t, now.Add(-time.Hour), 0)
	other, err := ParsePublic(stranger)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Verify([]byte("agreed"), s.Armoured, now.Add(time.Minute)); err == nil {
		t.Error("a stranger's key takes the signature")
	}
}

// TestKeys: what is no key to check with, or to sign with, is refused.
func TestKeys(t *testing.T) {
	path, public := madeKey(t, time.Now(), 0)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParsePublic(string(text)); err == nil || !strings.Contains(err.Error(), "private") {
		t.Errorf("a private key to check with: %v", err)
	}
	if _, err := ParsePublic(strings.Repeat("x", MostKey+1)); err == nil {
		t.Error("a key without bounds is read")
	}
	if err := os.WriteFile(path, []byte(public), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadPrivate(path, ""); err == nil || !strings.Contains(err.Error(), "no private key") {
		t.Errorf("a public key to sign with: %v", err)
	}
	if _, err := ReadPrivate(path+"nowhere", ""); err == nil {
		t.Error("a key that is nowhere is read")
	}
}

// TestKeyRunsOut: what a key signed while it was valid stays signed when the key has run out; an agreement outlives keys.
func TestKeyRunsOut(t *testing.T) {
	now := time.Now()
	path, armoured := madeKey(t, now.Add(-time.Minute), 3600)
	private, err := ReadPrivate(path, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := private.Sign([]byte("agreed"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := ParsePublic(armoured)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := public.Verify([]byte("agreed"), s.Armoured, now.AddDate(2, 0, 0)); err != nil {
		t.Errorf("two years later: %v", err)
	}
	if _, err := public.Verify([]byte("agreed"), s.Armoured, now.AddDate(0, 0, -1)); err == nil {
		t.Error("a signature of tomorrow is good today")
	}
}
