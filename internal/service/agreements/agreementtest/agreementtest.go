// Package agreementtest gives tests an agreement that both of its parties can sign.
package agreementtest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"pahra/internal/exchange/agreement"
	"pahra/internal/openpgp"
)

// The teams of the example, the first of which tells the second more.
const (
	Nadia     = "cert-nadia"
	Atlantica = "cert-atlantica"
)

// Pact is docs/examples/agreement.yaml with keys made for a test.
type Pact struct {
	t    testing.TB
	Text string
	Keys map[string]*openpgp.Key // by team
}

// New makes a pact of the example at a path, with new keys.
func New(t testing.TB, example string) *Pact {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	p := &Pact{t: t, Keys: map[string]*openpgp.Key{}}
	teams := []string{Nadia, Atlantica}
	n := 0
	p.Text = regexp.MustCompile(`(?s)      - fingerprint: .*?-----END PGP PUBLIC KEY BLOCK-----\n`).ReplaceAllStringFunc(string(text), func(string) string {
		n++
		return p.Key(teams[n-1])
	})
	return p
}

// Key makes a team's key and gives it as the document has it.
func (p *Pact) Key(team string) string {
	p.t.Helper()
	key, err := crypto.PGP().KeyGeneration().AddUserId("A team", team+"@example.net").New().GenerateKey()
	if err != nil {
		p.t.Fatal(err)
	}
	private, err := key.Armor()
	if err != nil {
		p.t.Fatal(err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		p.t.Fatal(err)
	}
	file := filepath.Join(p.t.TempDir(), team+".key")
	if err := os.WriteFile(file, []byte(private), 0o600); err != nil {
		p.t.Fatal(err)
	}
	if p.Keys[team], err = openpgp.ReadPrivate(file, ""); err != nil {
		p.t.Fatal(err)
	}
	return "      - fingerprint: " + p.Keys[team].Fingerprint() + "\n        key: |\n          " +
		strings.ReplaceAll(strings.TrimSpace(public), "\n", "\n          ") + "\n"
}

// Edit changes the text: pairs of what stands there and what is to stand there.
func (p *Pact) Edit(edits ...string) {
	p.t.Helper()
	for i := 0; i < len(edits); i += 2 {
		if !strings.Contains(p.Text, edits[i]) {
			p.t.Fatalf("%q does not stand in the agreement", edits[i])
		}
		p.Text = strings.ReplaceAll(p.Text, edits[i], edits[i+1])
	}
}

// Signature gives a team's signature of the text as it is now, armoured.
func (p *Pact) Signature(team string) string {
	p.t.Helper()
	a, err := agreement.Read([]byte(p.Text))
	if err != nil {
		p.t.Fatal(err)
	}
	made, err := p.Keys[team].Sign(a.SignedBytes())
	if err != nil {
		p.t.Fatal(err)
	}
	return string(made.Armoured)
}

// Signatures gives those of both teams.
func (p *Pact) Signatures() map[string]string {
	return map[string]string{Nadia: p.Signature(Nadia), Atlantica: p.Signature(Atlantica)}
}
