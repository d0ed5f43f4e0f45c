package securitytxt

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const signed = `-----BEGIN PGP SIGNED MESSAGE-----
Hash: SHA512

# Our security address
Contact: mailto:security@example.org
- Contact: tel:+1-201-555-0123
contact: http://in.clear.example/
Encryption: https://example.org/pgp-key.txt
Expires: 2027-01-01t00:00:00z
Preferred-Languages: en, hi
Canonical: https://example.org/.well-known/security.txt
X-New: something
-----BEGIN PGP SIGNATURE-----
Contact: mailto:forged@example.org
-----END PGP SIGNATURE-----
`

func TestParse(t *testing.T) {
	f, err := Parse([]byte(strings.ReplaceAll(signed, "\n", "\r\n")))
	want := &File{Contact: []string{"mailto:security@example.org", "tel:+1-201-555-0123"}, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Encryption: []string{"https://example.org/pgp-key.txt"}, PreferredLanguages: []string{"en", "hi"},
		Canonical: []string{"https://example.org/.well-known/security.txt"}, Signed: true}
	if diff := cmp.Diff(want, f); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestBad(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrContact, "Contact:\nExpires: 2027-01-01T00:00:00Z": ErrContact, "<html>": ErrContact, "Contact: mailto:a@b.example": ErrExpires,
		"Contact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\nExpires: 2028-01-01T00:00:00Z":                      ErrExpires,
		"Contact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\nPreferred-Languages: en\nPreferred-Languages: hi\n": ErrLanguages,
		"\xff": ErrText, strings.Repeat("#", Most+1): ErrLong,
	} {
		if _, err := Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", text, err, want)
		}
	}
	if _, err := Parse([]byte("Contact: mailto:a@b.example\nExpires: soon")); err == nil || !strings.Contains(err.Error(), "soon") {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(signed))
	f.Add([]byte("Contact: mailto:a@b.example\nExpires: 2027-01-01T00:00:00Z\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := Parse(text)
		if err == nil && (len(file.Contact) == 0 || file.Expires.IsZero()) {
			t.Errorf("%+v", file)
		}
	})
}
