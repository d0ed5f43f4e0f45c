package agreements

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"pahra/internal/exchange/agreement"
	"pahra/internal/openpgp"
	"pahra/internal/testdata"
)

var later = time.Date(2035, 1, 1, 0, 0, 0, 0, time.UTC)

// team is a party with a key made for a test.
type team struct {
	name, private, fingerprint string
}

// setup puts the example agreement into a folder, with new keys in place of its own.
func setup(t *testing.T) (path string, nadia, atlantica team) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("../../../docs/examples/agreement.yaml")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile(`(?s)      - fingerprint: .*?-----END PGP PUBLIC KEY BLOCK-----\n`)
	teams := []team{{name: "cert-nadia"}, {name: "cert-atlantica"}}
	n := 0
	text = blocks.ReplaceAllFunc(text, func([]byte) []byte {
		key, err := crypto.PGP().KeyGeneration().AddUserId("A team", teams[n].name+"@example.net").New().GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		private, err := key.Armor()
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.GetArmoredPublicKey()
		if err != nil {
			t.Fatal(err)
		}
		teams[n].private, teams[n].fingerprint = filepath.Join(dir, teams[n].name+".key"), strings.ToUpper(key.GetFingerprint())
		if err := os.WriteFile(teams[n].private, []byte(private), 0o600); err != nil {
			t.Fatal(err)
		}
		block := "      - fingerprint: " + teams[n].fingerprint + "\n        key: |\n          " + strings.ReplaceAll(strings.TrimSpace(public), "\n", "\n          ") + "\n"
		n++
		return []byte(block)
	})
	path = filepath.Join(dir, "a.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path, teams[0], teams[1]
}

func load(t *testing.T, path string) *agreement.Agreement {
	t.Helper()
	a, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func sign(t *testing.T, path string, by team) {
	t.Helper()
	key, err := openpgp.ReadPrivate(by.private, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Sign(path, load(t, path), key)
	if err != nil || s.Team != by.name || s.File != path+"."+by.name+".asc" {
		t.Fatalf("signing: %+v, %v", s, err)
	}
}

// TestInForce: only with the good signatures of both, by keys of the document, of this very text.
func TestInForce(t *testing.T) {
	path, nadia, atlantica := setup(t)
	holds := func(pins map[string]string) (bool, string, []Signature) {
		a := load(t, path)
		s := Verify(path, a, pins, later)
		in, why := a.InForce(later, Standing(s, time.Time{}))
		return in, why, s
	}
	if in, why, _ := holds(nil); in || why != "cert-nadia has not signed this version" {
		t.Errorf("unsigned: %v, %s", in, why)
	}
	sign(t, path, nadia)
	if in, why, _ := holds(nil); in || why != "cert-atlantica has not signed this version" {
		t.Errorf("signed by one: %v, %s", in, why)
	}
	stranger := team{"cert-atlantica", nadia.private, ""}
	text, err := os.ReadFile(SignatureFile(path, "cert-nadia"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(SignatureFile(path, stranger.name), text, 0o600); err != nil {
		t.Fatal(err)
	}
	if in, _, s := holds(nil); in || s[1].Good || !strings.Contains(s[1].Problem, "no signature of this text by "+atlantica.fingerprint) {
		t.Errorf("signed by one twice: %v, %+v", in, s)
	}
	sign(t, path, atlantica)
	if in, why, s := holds(map[string]string{"cert-nadia": nadia.fingerprint}); !in || s[0].Fingerprint != nadia.fingerprint || !*s[0].Pinned || s[1].Pinned != nil {
		t.Errorf("signed by both: %v, %s, %+v", in, why, s)
	}
	if in, _, s := holds(map[string]string{"cert-nadia": atlantica.fingerprint}); in || s[0].Good || *s[0].Pinned {
		t.Errorf("by a key that is not the known one: %+v", s)
	}
	change(t, path, "# An agreement", "# Another comment")
	if in, why, _ := holds(nil); !in {
		t.Errorf("a comment changes what was signed: %s", why)
	}
	change(t, path, "v4: 24", "v4: 25")
	if in, _, s := holds(nil); in || s[0].Good || s[1].Good {
		t.Errorf("a changed clause is signed: %+v", s)
	}
}

func change(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%q does not stand in %s", old, path)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(old), []byte(new), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestForeignKeys: a fingerprint that is not the key's makes neither sign, and a key of nobody signs nothing.
func TestForeignKeys(t *testing.T) {
	path, nadia, atlantica := setup(t)
	other, _, _ := setup(t)
	key, err := openpgp.ReadPrivate(nadia.private, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Sign(other, load(t, other), key); err == nil || !strings.Contains(err.Error(), "is none of a party's") {
		t.Errorf("a stranger signs: %v", err)
	}
	if bad := CheckKeys(load(t, path)); len(bad) != 0 {
		t.Errorf("good keys: %v", bad)
	}
	change(t, path, nadia.fingerprint, strings.Repeat("AB", 20))
	if bad := CheckKeys(load(t, path)); len(bad) != 1 || !strings.Contains(bad[0].Text, "the key's fingerprint is "+nadia.fingerprint) {
		t.Errorf("a fingerprint of another key: %v", bad)
	}
	sign(t, path, atlantica)
	if err := os.Rename(SignatureFile(path, "cert-atlantica"), SignatureFile(path, "cert-nadia")); err != nil {
		t.Fatal(err)
	}
	if s := Verify(path, load(t, path), nil, later); s[0].Good || !strings.Contains(s[0].Problem, "the key's fingerprint is") || s[1].Good {
		t.Errorf("%+v", s)
	}
}

// TestGnuPG: what Pahra signs is good for gpg, and what gpg signs for Pahra.
func TestGnuPG(t *testing.T) {
	path, nadia, atlantica := setup(t)
	home, err := os.MkdirTemp("", "pahra-gpg") // its sockets have short names
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() // it may not be installed
		os.RemoveAll(home)
	})
	gpg := func(args ...string) string {
		cmd := exec.Command(testdata.Tool(t, "gpg"), append([]string{"--homedir", home, "--batch"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("gpg %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	gpg("--import", nadia.private, atlantica.private)
	sign(t, path, nadia)
	bytesFile := filepath.Join(filepath.Dir(path), "signed.json")
	if err := os.WriteFile(bytesFile, load(t, path).SignedBytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := gpg("--status-fd", "1", "--verify", SignatureFile(path, "cert-nadia"), bytesFile); !strings.Contains(said, "GOODSIG") {
		t.Errorf("gpg says %s", said)
	}
	gpg("--armor", "--detach-sign", "--local-user", atlantica.fingerprint, "--output", SignatureFile(path, "cert-atlantica"), bytesFile)
	for _, s := range Verify(path, load(t, path), nil, later) {
		if !s.Good {
			t.Errorf("%+v", s)
		}
	}
}

// TestRead: faults have their place in the file.
func TestRead(t *testing.T) {
	path, _, _ := setup(t)
	change(t, path, "version: 3", "version: none")
	_, err := Read(path)
	var faults *FileFaults
	if !errors.As(err, &faults) || err.Error() != path+":5:10: a whole number from 1 to 1000000 is wanted here" {
		t.Errorf("it says %v", err)
	}
	if _, err := Read(path + "nowhere"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is nowhere: %v", err)
	}
}

// TestSimulate: quotas are charged in the order of the events, bad lines are told, and only what is other is told beside an old one.
func TestSimulate(t *testing.T) {
	path, _, _ := setup(t)
	old := load(t, path)
	change(t, path, "objects: 20000", "objects: 2")
	change(t, path, "v4: 24", "v4: 16")
	secret, err := Secret("")
	if err != nil {
		t.Fatal(err)
	}
	trial, err := NewTrial(load(t, path), "cert-atlantica", secret)
	if err != nil {
		t.Fatal(err)
	}
	before, err := trial.Other(old)
	if err != nil {
		t.Fatal(err)
	}
	const event = `{"classification.type":"phishing","classification.taxonomy":"fraud","destination.asn":64496,"source.ip":"198.51.100.7","tlp":"GREEN"}` + "\n"
	var lines []Change
	var bad []string
	s := Simulation{New: trial, Old: before, At: later, Line: func(c Change) error { lines = append(lines, c); return nil }, Bad: func(what string) { bad = append(bad, what) }}
	sums, err := s.Run(strings.NewReader(event + "nothing\n" + event + event))
	if err != nil {
		t.Fatal(err)
	}
	if sums.Objects != 3 || sums.Verdicts["release"] != 2 || sums.Kept["4.9"] != 1 || sums.Bad != 1 || len(bad) != 1 || sums.Fields["source.ip"]["mask"] != 2 || sums.Changed != 3 {
		t.Errorf("the sums are %+v, bad %v", sums, bad)
	}
	if len(lines) != 3 || lines[0].Field != "source.ip" || *lines[0].After != "198.51.0.0/16" || *lines[0].Old.After != "198.51.100.0/24" || lines[2].Field != "*" || lines[2].Old != nil {
		t.Errorf("the lines are %+v", lines)
	}
	if _, err := s.Run(strings.NewReader("x\ny\n")); err == nil {
		t.Error("a file without an event is one")
	}
	if _, err := NewTrial(old, "cert-nowhere", secret); err == nil {
		t.Error("there is a direction to nowhere")
	}
}
