package nrtm_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"pahra/internal/testdata"
	"pahra/wire/nrtm"
)

// pair is a private key and its public one in PEM.
func pair(t testing.TB, algorithm jose.SignatureAlgorithm) (crypto.Signer, []byte) {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.ES512:
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case jose.RS256:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	default:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return private, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// sign signs with the code of others, so that both sides cannot make the same mistake.
func sign(t testing.TB, algorithm jose.SignatureAlgorithm, key any, payload []byte) []byte {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: key}, nil)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	text, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return []byte(text)
}

func key(t testing.TB, text []byte) nrtm.Key {
	t.Helper()
	k, err := nrtm.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

var session = "ca128382-78d9-41d1-8927-1ecef15275be"

func example() *nrtm.Notification {
	sum := strings.Repeat("0a", 32)
	return &nrtm.Notification{Timestamp: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Source: "EXAMPLE", Session: session, Version: 4,
		Snapshot: nrtm.Reference{Version: 3, URL: session + "/nrtm-snapshot.3.047595d0.json.gz", SHA256: sum},
		Deltas: []nrtm.Reference{{Version: 2, URL: "nrtm-delta.2.784a.json", SHA256: sum}, {Version: 3, URL: "nrtm-delta.3.0f68.json.gz", SHA256: sum},
			{Version: 4, URL: "nrtm-delta.4.d9c1.json", SHA256: sum}}}
}

func payload(t testing.TB, n *nrtm.Notification) []byte {
	t.Helper()
	text, err := n.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestNotification(t *testing.T) {
	for _, algorithm := range []jose.SignatureAlgorithm{jose.ES256, jose.ES384, jose.EdDSA} {
		private, public := pair(t, algorithm)
		want := example()
		_, next := pair(t, jose.ES256)
		want.NextKey = string(next)
		jws := sign(t, algorithm, private, payload(t, want))
		got, err := nrtm.VerifyNotification(append(jws, '\n'), key(t, public))
		if err != nil {
			t.Fatalf("%s: %v", algorithm, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", algorithm, diff)
		}
		for i := range jws { // each character counts, but for bits beyond an octet
			bad := bytes.Clone(jws)
			bad[i] ^= 0x10
			if n, err := nrtm.VerifyNotification(bad, key(t, public)); err == nil && !cmp.Equal(n, want) {
				t.Fatalf("%s: changed at %d: %+v", algorithm, i, n)
			}
		}
		_, other := pair(t, algorithm)
		if _, err := nrtm.VerifyNotification(jws, key(t, other)); !errors.Is(err, nrtm.ErrSignature) {
			t.Errorf("%s: another key: %v", algorithm, err)
		}
	}
}

// What forges a signature by its form: no algorithm, a secret in place of a key, the algorithm of another kind of key.
func TestForgedSignatures(t *testing.T) {
	private, public := pair(t, jose.ES256)
	text := payload(t, example())
	good := string(sign(t, jose.ES256, private, text))
	head, rest, _ := strings.Cut(good, ".")
	body, signature, _ := strings.Cut(rest, ".")
	encode := base64.RawURLEncoding.EncodeToString
	mac := string(sign(t, jose.HS256, append(bytes.Repeat([]byte{0}, 32), public...), text))
	tests := map[string]string{
		"none":          encode([]byte(`{"alg":"none"}`)) + "." + body + ".",
		"MAC":           mac,
		"MAC by name":   encode([]byte(`{"alg":"HS256"}`)) + "." + body + "." + signature,
		"other":         encode([]byte(`{"alg":"ES384"}`)) + "." + body + "." + signature,
		"extension":     encode([]byte(`{"alg":"ES256","crit":["b64"],"b64":false}`)) + "." + body + "." + signature,
		"no head":       "." + body + "." + signature,
		"bad head":      "!!." + body + "." + signature,
		"bad signature": head + "." + body + ".!!",
		"cut signature": head + "." + body + "." + signature[:40],
		"no signature":  head + "." + body + ".",
		"zeros":         head + "." + body + "." + encode(make([]byte, 64)),
		"four parts":    head + "." + body + "." + body + "." + signature,
		"two parts":     head + "." + body,
		"JSON":          string(text),
		"empty":         "",
	}
	for name, text := range tests {
		if n, err := nrtm.VerifyNotification([]byte(text), key(t, public)); err == nil {
			t.Errorf("%s: taken as %+v", name, n)
		}
	}
	for _, algorithm := range []jose.SignatureAlgorithm{jose.ES512, jose.RS256} {
		if _, public := pair(t, algorithm); public != nil {
			if _, err := nrtm.ParseKey(public); err == nil {
				t.Errorf("a key for %s was taken", algorithm)
			}
		}
	}
	for _, bad := range []string{"", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, err := nrtm.ParseKey([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestNotificationRules(t *testing.T) {
	private, public := pair(t, jose.ES256)
	good := string(payload(t, example()))
	tests := []struct{ old, new, want string }{
		{`"nrtm_version":4`, `"nrtm_version":3`, "of version 3"},
		{`"notification"`, `"snapshot"`, "snapshot"},
		{`2026-11-22T10:00:00Z`, `yesterday`, "timestamp"},
		{`"source":"EXAMPLE"`, `"source":""`, "no source"},
		{session + `","version":4`, `x","version":4`, "not a session"},
		{`,"version":4,`, `,"version":5,`, "version 5 where the highest file is 4"},
		{`"snapshot":{`, `"snapshot_":{`, "no snapshot"},
		{`"version":3,"url":"nrtm-delta`, `"version":4,"url":"nrtm-delta`, "4 behind 2"},
		{`"version":3,"url":"` + session, `"version":0,"url":"` + session, "without a version"},
		{`0a0a"`, `0a"`, "not a SHA-256"},
		{`nrtm-delta.2`, `https://example.net/nrtm-delta.2`, "not a path below"},
		{`nrtm-delta.2`, `//example.net/nrtm-delta.2`, "not a path below"},
		{`nrtm-delta.2`, `/nrtm-delta.2`, "not a path below"},
		{`nrtm-delta.2`, `../nrtm-delta.2`, "not a path below"},
		{`nrtm-delta.2`, `a/../../nrtm-delta.2`, "not a path below"},
		{`nrtm-delta.2`, `?nrtm-delta.2`, "not a path below"},
		{`"deltas":[`, `"deltas":[null,`, "null"},
		{`"source"`, `"next_signing_key":"x","source"`, "next_signing_key"},
		{`{"nrtm`, `["nrtm`, "invalid character"},
		{`"version":4`, `"version":-4`, "cannot unmarshal"},
	}
	for _, tt := range tests {
		text := strings.Replace(good, tt.old, tt.new, 1)
		if text == good {
			t.Fatalf("%s is not there", tt.old)
		}
		if _, err := nrtm.VerifyNotification(sign(t, jose.ES256, private, []byte(text)), key(t, public)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.new, err, tt.want)
		}
	}
	link, err := example().Snapshot.Resolve("https://example.net/nrtm/EXAMPLE/update-notification-file.jose")
	if want := "https://example.net/nrtm/EXAMPLE/" + session + "/nrtm-snapshot.3.047595d0.json.gz"; err != nil || link != want {
		t.Errorf("%s, %v", link, err)
	}
	if _, err := (nrtm.Reference{URL: "https://a/b"}).Resolve("https://example.net/"); err == nil {
		t.Error("an absolute URL was resolved")
	}
	if _, err := nrtm.VerifyNotification(make([]byte, nrtm.MaxNotification+1), key(t, public)); err == nil {
		t.Error("a huge notification was read")
	}
}

var want = nrtm.FileHeader{Source: "EXAMPLE", Session: session, Version: 3}

// files are a snapshot and a delta as RFC 10063 shows them, with line breaks inside a text and the separator.
const (
	head     = "{\n \"nrtm_version\": 4,\n \"type\": \"KIND\",\n \"source\": \"EXAMPLE\",\n \"session_id\": \"ca128382-78d9-41d1-8927-1ecef15275be\",\n \"version\": 3\n}\n"
	snapshot = "\x1e" + head + "\x1e{\"object\": \"route: 192.0.2.0/24\\norigin: AS65530\\nsource: EXAMPLE\"}\n\x1e{\"object\": \"route6: 2001:db8::/32\\r\\n\\norigin: AS65530\\nsource: EXAMPLE\\n\"}\n"
	delta    = "\x1e" + head + "\x1e{\"action\": \"delete\", \"object_class\": \"Person\",\n\"primary_key\": \"prsn1-example\"}\n\x1e{\"action\":\"add_modify\",\"object\":\"route: 192.0.2.0/24\\norigin: AS65530\\n\"}\n\x1e{\"action\":\"add_modify\",\"object\":\"nothing\"}\n"
)

func TestFiles(t *testing.T) {
	var objects []string
	text := strings.Replace(snapshot, "KIND", "snapshot", 1)
	err := nrtm.ReadSnapshot(iotest.HalfReader(strings.NewReader(text)), want, func(o []byte) error { objects = append(objects, string(o)); return nil })
	if diff := cmp.Diff([]string{"route: 192.0.2.0/24\norigin: AS65530\nsource: EXAMPLE\n", "route6: 2001:db8::/32\norigin: AS65530\nsource: EXAMPLE\n"}, objects); diff != "" || err != nil {
		t.Error(diff, err)
	}
	var changes []nrtm.Change
	text = strings.Replace(delta, "KIND", "delta", 1)
	err = nrtm.ReadDelta(strings.NewReader(text), want, func(c nrtm.Change) error { changes = append(changes, c); return nil })
	wanted := []nrtm.Change{{Delete: true, Class: "person", Key: "PRSN1-EXAMPLE"}, {Class: "route", Key: "192.0.2.0/24AS65530", Object: []byte("route: 192.0.2.0/24\norigin: AS65530\n")},
		{Object: []byte("nothing\n")}}
	if diff := cmp.Diff(wanted, changes); diff != "" || err != nil {
		t.Error(diff, err)
	}
	b := nrtm.AppendHeader(nil, "delta", want)
	for _, c := range wanted {
		b = nrtm.AppendChange(b, c)
	}
	changes = nil
	if err := nrtm.ReadDelta(bytes.NewReader(b), want, func(c nrtm.Change) error { changes = append(changes, c); return nil }); err != nil || !cmp.Equal(changes, wanted) {
		t.Errorf("written and read: %+v, %v", changes, err)
	}
	if err := nrtm.ReadSnapshot(bytes.NewReader(nrtm.AppendHeader(nil, "snapshot", want)), want, nil); err != nil {
		t.Errorf("an empty registry: %v", err)
	}
}

func TestFilesRefused(t *testing.T) {
	h := strings.Replace("\x1e"+head, "KIND", "delta", 1)
	object := "\x1e{\"action\":\"add_modify\",\"object\":\"mntner: M\\n\"}\n"
	tests := []struct{ name, text, want string }{
		{"empty", "", "unexpected EOF"},
		{"blank", "\x1e\n\x1e\n", "unexpected EOF"},
		{"no change", h, "no change"},
		{"another kind", strings.Replace("\x1e"+head, "KIND", "snapshot", 1) + object, "record 1"},
		{"another version", strings.Replace(h, "\"version\": 3", "\"version\": 2", 1) + object, "record 1"},
		{"another session", strings.Replace(h, "ca12", "ca13", 1) + object, "record 1"},
		{"another source", strings.Replace(h, "EXAMPLE", "OTHER", 1) + object, "record 1"},
		{"another protocol", strings.Replace(h, "4", "3", 1) + object, "record 1"},
		{"no JSON", h + object + "\x1ehello\n", "record 3"},
		{"broken off", h + object[:len(object)-5], "record 2"},
		{"no action", h + "\x1e{\"object\":\"x\"}\n", "lacks"},
		{"delete without a key", h + "\x1e{\"action\":\"delete\",\"object_class\":\"route\"}\n", "lacks"},
		{"add without an object", h + "\x1e{\"action\":\"add_modify\"}\n", "lacks"},
		{"large object", h + "\x1e{\"action\":\"add_modify\",\"object\":\"" + strings.Repeat("x", 5<<20) + "\"}\n", "octets"},
		{"large record", h + "\x1e{\"action\":\"add_modify\",\"object\":\"" + strings.Repeat("x", 30<<20) + "\"}\n", "longer than"},
	}
	for _, tt := range tests {
		if err := nrtm.ReadDelta(strings.NewReader(tt.text), want, func(nrtm.Change) error { return nil }); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
	if err := nrtm.ReadSnapshot(strings.NewReader(strings.Replace("\x1e"+head, "KIND", "snapshot", 1)+"\x1e{}\n"), want, nil); err == nil {
		t.Error("a record without an object was read")
	}
	failed := errors.New("failed")
	if err := nrtm.ReadDelta(io.MultiReader(strings.NewReader(h), iotest.ErrReader(failed)), want, nil); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}

// The samples of the RIPE NCC, which have a line for each record.
func TestRealSamples(t *testing.T) {
	dir := filepath.Join(testdata.Real(t), "routing/irr/samples")
	tests := []struct {
		file, source, session string
		version               uint64
		records               int
	}{
		{"nrtm-snapshot.1.RIPE.json", "RIPE", "4521174b-548f-4e51-98fc-dfd720011a0c", 1, 6},
		{"nrtm-delta.2.RIPE.json", "RIPE", "4521174b-548f-4e51-98fc-dfd720011a0c", 2, 4},
		{"nrtm-delta.3.RIPE.json", "RIPE", "4521174b-548f-4e51-98fc-dfd720011a0c", 3, 4},
		{"nrtm-delta.4.RIPE.json", "RIPE", "4521174b-548f-4e51-98fc-dfd720011a0c", 4, 2},
		{"nrtm-delta.5.RIPE.json", "RIPE", "4521174b-548f-4e51-98fc-dfd720011a0c", 5, 1},
		{"nrtm-snapshot.1.RIPE-NONAUTH.json", "RIPE-NONAUTH", "6328095e-7d46-415b-9333-8f2ae274b7c8", 1, 4},
		{"nrtm-delta.2.RIPE-NONAUTH.json", "RIPE-NONAUTH", "6328095e-7d46-415b-9333-8f2ae274b7c8", 2, 3},
		{"nrtm-delta.3.RIPE-NONAUTH.json", "RIPE-NONAUTH", "6328095e-7d46-415b-9333-8f2ae274b7c8", 3, 2},
		{"nrtm-delta.4.RIPE-NONAUTH.json", "RIPE-NONAUTH", "6328095e-7d46-415b-9333-8f2ae274b7c8", 4, 1},
		{"nrtm-delta.5.RIPE-NONAUTH.json", "RIPE-NONAUTH", "6328095e-7d46-415b-9333-8f2ae274b7c8", 5, 1},
	}
	for _, tt := range tests {
		f, err := os.Open(filepath.Join(dir, tt.file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h, records := nrtm.FileHeader{Source: tt.source, Session: tt.session, Version: tt.version}, 0
		if strings.Contains(tt.file, "snapshot") {
			err = nrtm.ReadSnapshot(f, h, func(o []byte) error {
				records++
				_, _, err := nrtm.KeyOf(o)
				return err
			})
		} else {
			err = nrtm.ReadDelta(f, h, func(c nrtm.Change) error {
				records++
				if c.Key == "" {
					return errors.New("no key")
				}
				t.Logf("%s: %+v %s %s", tt.file, c.Delete, c.Class, c.Key)
				return nil
			})
		}
		if err != nil || records != tt.records {
			t.Errorf("%s: %d records, %v", tt.file, records, err)
		}
	}
}

func FuzzReadDelta(f *testing.F) {
	f.Add([]byte(strings.Replace(delta, "KIND", "delta", 1)))
	f.Add(nrtm.AppendChange(nrtm.AppendHeader(nil, "delta", want), nrtm.Change{Delete: true, Class: "route", Key: "X"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got []nrtm.Change
		if nrtm.ReadDelta(bytes.NewReader(data), want, func(c nrtm.Change) error { got = append(got, c); return nil }) != nil {
			return
		}
		b := nrtm.AppendHeader(nil, "delta", want)
		for _, c := range got {
			b = nrtm.AppendChange(b, c)
		}
		var again []nrtm.Change
		if err := nrtm.ReadDelta(bytes.NewReader(b), want, func(c nrtm.Change) error { again = append(again, c); return nil }); err != nil || !cmp.Equal(got, again) {
			t.Errorf("%+v and %+v, %v", got, again, err)
		}
	})
}
