package mail

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pahra/internal/alert"
	"pahra/internal/notice"
	"pahra/internal/testdata"
	"pahra/wire/arf"
)

func letterOf(to string) Letter {
	return Letter{To: to, Return: "bounces+7-0011223344556677@example.net", MessageID: "notice.7.0011223344556677@example.net", Own: "7", Language: "hi",
		References: []string{"notice.5.0011223344556677@example.net", "notice.6.0011223344556677@example.net"},
		At:         time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Subject: "[TLP:AMBER] AS64500: सुरक्षा घटनाएँ, case #12",
		Text:        "To those responsible\n.a line that begins with a dot\nFrom the start of a line \n-- \nनमस्ते\n" + strings.Repeat("long ", 300) + "\n",
		Attachments: []notice.Attachment{{Name: "pahra-notice-7.csv", Type: "text/csv; charset=utf-8", Content: []byte("case,source.ip\n12,192.0.2.7\n")}}}
}

// deliver sends a letter through a real mail server and gives it as it arrived.
func deliver(t *testing.T, server *testdata.MailServer, l Letter, signer *Signer) []byte {
	t.Helper()
	m, err := New(Config{Host: "127.0.0.1", Port: server.Port, TLS: "none", From: "Desk <desk@example.net>", Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	handed := 0
	if err := m.SendLetter(t.Context(), l, signer, func() error { handed++; return nil }); err != nil || handed != 1 {
		t.Fatalf("sending: %v; handed over %d times", err, handed)
	}
	name, _, _ := strings.Cut(l.To, "@")
	text, err := os.ReadFile(server.Mails(t, name, 1)[0])
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func checkArrived(t *testing.T, text []byte) *arf.Mail {
	t.Helper()
	m, err := arf.ReadMail(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"Message-Id": "<notice.7.0011223344556677@example.net>", "Auto-Submitted": "auto-generated", "X-Pahra-Notice": "7",
		"Return-Path": "<bounces+7-0011223344556677@example.net>", "In-Reply-To": "<notice.6.0011223344556677@example.net>", "Content-Language": "hi"} {
		if got := m.Header.Get(name); got != want && name != "Content-Language" {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if !strings.Contains(m.Header.Get("Subject"), "सुरक्षा") {
		t.Errorf("the subject is %q", m.Header.Get("Subject"))
	}
	return m
}

func tool(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(testdata.Tool(t, name), args...)
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// gnupg makes a keyring with a key for an address, and gives its files.
func gnupg(t *testing.T, address string) (home, private, public string) {
	t.Helper()
	home, err := os.MkdirTemp("", "pahra-gpg") // its sockets have short names
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"GNUPGHOME=" + home}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() // it may not be installed
		os.RemoveAll(home)
	})
	tool(t, env, "gpg", "--batch", "--passphrase", "", "--quick-generate-key", address, "default", "default", "never")
	private, public = filepath.Join(home, "private.asc"), filepath.Join(home, "public.asc")
	tool(t, env, "gpg", "--batch", "--armor", "--output", private, "--export-secret-keys", address)
	tool(t, env, "gpg", "--batch", "--armor", "--output", public, "--export", address)
	return home, private, public
}

// TestOpenPGP: a letter that went through a real mail server is good for gpg, and not if a word of it is changed.
func TestOpenPGP(t *testing.T) {
	server := testdata.StartMailServer(t, "noc")
	home, private, _ := gnupg(t, "desk@example.net")
	signer, err := NewSigner(Signing{OpenPGP: private})
	if err != nil {
		t.Fatal(err)
	}
	text := deliver(t, server, letterOf("noc@example.org"), signer)
	m := checkArrived(t, text)
	if m.Type != "multipart/signed" || m.Params["protocol"] != "application/pgp-signature" {
		t.Fatalf("it is %s %v", m.Type, m.Params)
	}
	body, signature := signedParts(t, text, m.Params["boundary"])
	said := verify(t, home, body, signature)
	if !strings.Contains(said, "GOODSIG") {
		t.Errorf("gpg says %s", said)
	}
	if hash := map[string]string{"8": "pgp-sha256", "10": "pgp-sha512"}[hashOf(said)]; hash == "" || hash != m.Params["micalg"] {
		t.Errorf("micalg is %s, gpg says %s", m.Params["micalg"], said)
	}
	if said := verify(t, home, bytes.Replace(body, []byte("responsible"), []byte("irresponsible"), 1), signature); !strings.Contains(said, "BADSIG") {
		t.Errorf("of a changed letter gpg says %s", said)
	}
}

// hashOf gives the number of the hash of VALIDSIG.
func hashOf(status string) string {
	_, after, _ := strings.Cut(status, "VALIDSIG ")
	words := strings.Fields(after)
	if len(words) < 8 {
		return ""
	}
	return words[7]
}

// signedParts gives the octets between the boundaries of a signed letter, as its receiver has them (RFC 3156, section 5).
func signedParts(t *testing.T, letter []byte, boundary string) (body, signature []byte) {
	t.Helper()
	text := strings.ReplaceAll(strings.ReplaceAll(string(letter), "\r\n", "\n"), "\n", "\r\n")
	parts := strings.Split(text, "\r\n--"+boundary)
	if len(parts) != 4 {
		t.Fatalf("it has %d pieces", len(parts))
	}
	_, armour, _ := strings.Cut(parts[2], "\r\n\r\n")
	return []byte(strings.TrimPrefix(parts[1], "\r\n")), []byte(armour)
}

func verify(t *testing.T, home string, body, signature []byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string][]byte{"body": body, "signature": signature} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("gpg", "--homedir", home, "--batch", "--status-fd", "1", "--verify", filepath.Join(dir, "signature"), filepath.Join(dir, "body"))
	out, _ := cmd.CombinedOutput() // it fails where the signature is bad
	return string(out)
}

// TestEncrypted: what is encrypted to a receiver's key, gpg decrypts with it, and finds the signature within good.
func TestEncrypted(t *testing.T) {
	server := testdata.StartMailServer(t, "noc")
	home, private, public := gnupg(t, "noc@example.org")
	key, err := os.ReadFile(public)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := NewSigner(Signing{OpenPGP: private})
	if err != nil {
		t.Fatal(err)
	}
	l := letterOf("noc@example.org")
	l.Key = string(key)
	if err := CheckKey(l.Key); err != nil {
		t.Fatal(err)
	}
	m := checkArrived(t, deliver(t, server, l, signer))
	if m.Type != "multipart/encrypted" || len(m.Parts) != 2 || bytes.Contains(m.Parts[1].Body, []byte("192.0.2.7")) {
		t.Fatalf("it is %s with %d parts", m.Type, len(m.Parts))
	}
	file := filepath.Join(t.TempDir(), "encrypted")
	if err := os.WriteFile(file, m.Parts[1].Body, 0o600); err != nil {
		t.Fatal(err)
	}
	out := tool(t, []string{"GNUPGHOME=" + home}, "gpg", "--batch", "--status-fd", "1", "--decrypt", file)
	if !strings.Contains(out, "GOODSIG") || !strings.Contains(out, "To those responsible") || !strings.Contains(out, "pahra-notice-7.csv") {
		t.Errorf("gpg gives %s", out)
	}
}

// TestSMIME: a letter that went through a real mail server is good for openssl, and not if a word of it is changed.
func TestSMIME(t *testing.T) {
	server := testdata.StartMailServer(t, "noc")
	certificate, key := mailCertificate(t)
	signer, err := NewSigner(Signing{Certificate: certificate, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	text := deliver(t, server, letterOf("noc@example.org"), signer)
	checkArrived(t, text)
	file := filepath.Join(t.TempDir(), "letter")
	check := func(text []byte) (string, error) {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.Command(testdata.Tool(t, "openssl"), "cms", "-verify", "-in", file, "-CAfile", certificate).CombinedOutput()
		return string(out), err
	}
	if out, err := check(text); err != nil || !strings.Contains(out, "To those responsible") {
		t.Errorf("openssl says %v, %s", err, out)
	}
	if out, err := check(bytes.Replace(text, []byte("responsible"), []byte("irresponsible"), 1)); err == nil {
		t.Errorf("of a changed letter openssl says %s", out)
	}
}

// mailCertificate makes a certificate for mail that vouches for itself.
func mailCertificate(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Desk"}, EmailAddresses: []string{"desk@example.net"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certificate, key = filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certificate: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certificate, key
}

// TestHandedOnce: what a server says, and when it falls silent, decides whether a letter may be tried again.
func TestHandedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(*server)
		permanent bool
		unknown   bool
		handed    bool
	}{
		"refused":           {func(s *server) { s.reject = "550 5.1.1 no such user" }, true, false, false},
		"not now":           {func(s *server) { s.reject = "451 4.7.1 greylisted" }, false, false, false},
		"silent before":     {func(s *server) { s.hang = "RCPT" }, false, false, false},
		"silent after data": {func(s *server) { s.mute = true }, false, true, true},
	} {
		s := start(t, c.change)
		set := s.config()
		set.Timeout = 300 * time.Millisecond
		m, err := New(set)
		if err != nil {
			t.Fatal(err)
		}
		handed := false
		err = m.SendLetter(t.Context(), letterOf("noc@example.org"), nil, func() error { handed = true; return nil })
		var f *alert.Failure
		var u *Unknown
		permanent := errors.As(err, &f) && f.Permanent
		if err == nil || permanent != c.permanent || errors.As(err, &u) != c.unknown || handed != c.handed {
			t.Errorf("%s: %v, permanent %t, handed over %t", name, err, permanent, handed)
		}
	}
	s := start(t, func(*server) {})
	m, err := New(s.config())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SendLetter(t.Context(), letterOf("noc@example.org"), nil, func() error { return context.Canceled }); !errors.Is(err, context.Canceled) || len(s.taken()) != 0 {
		t.Errorf("a letter that was called back: %v, %d taken", err, len(s.taken()))
	}
}

func TestSigningCheck(t *testing.T) {
	for _, bad := range []Signing{{OpenPGP: "a", Certificate: "b", Key: "c"}, {Certificate: "b"}, {PassphraseFile: "p"}, {OpenPGP: "no such file"}, {Certificate: "no", Key: "no"}} {
		if _, err := NewSigner(bad); err == nil {
			t.Errorf("%+v is taken", bad)
		}
	}
	if s, err := NewSigner(Signing{}); s != nil || err != nil {
		t.Errorf("nothing to sign with: %v, %v", s, err)
	}
	if err := CheckKey("no key"); err == nil {
		t.Error("no key is taken for a key")
	}
}
