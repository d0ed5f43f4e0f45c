package publication

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// Override takes back what was said of one network in one incident. It is signed and is an input of every run that
// scores: the network's penalties of the incident do not count. Its file is its canonical form: the keys in alphabetical
// order without white space (RFC 8785, with texts that need none of its special escapes), and a line feed.
type Override struct {
	ASN      values.ASN `json:"asn"`
	Decided  time.Time  `json:"decided"` // UTC, to the second
	Ground   State      `json:"ground"`  // upheld or withdrawn
	Incident string     `json:"incident"`
	// Key is the public key that signed, base64 of its 32 bytes (RFC 8032).
	Key    string     `json:"key"`
	Kind   watch.Kind `json:"kind"`
	Reason string     `json:"reason"`
	// Signature is base64 of the Ed25519 signature over the canonical form in which it is empty.
	Signature string `json:"signature"`
	Version   int    `json:"version"` // of this form: 1
}

// MaxOverride bounds the file of an override, in bytes.
const MaxOverride = 64 << 10

// Canonical gives the bytes of the override's file.
func (o Override) Canonical() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(o); err != nil {
		return nil, fmt.Errorf("writing an override: %w", err)
	}
	return out.Bytes(), nil
}

// Hash gives the SHA-256 of the override's file, by which snapshots and corrections name it.
func (o Override) Hash() (string, error) {
	text, err := o.Canonical()
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Name gives the name of the override's file: one for each network in each incident.
func (o Override) Name() string { return fmt.Sprintf("%s-AS%d.json", o.Incident, o.ASN) }

// Sign signs the override with a key, whose public half it takes up.
func (o Override) Sign(key ed25519.PrivateKey) (Override, error) {
	o.Version, o.Decided = 1, o.Decided.UTC().Truncate(time.Second)
	o.Key, o.Signature = base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey)), ""
	text, err := o.Canonical()
	if err != nil {
		return o, err
	}
	o.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, text))
	return o, o.Verify()
}

// ReadOverride reads an override's file and verifies it: its bytes must be canonical and its signature must be that of
// one of the trusted keys, each base64 as in Key.
func ReadOverride(in io.Reader, trusted func(key string) bool) (o Override, err error) {
	text, err := io.ReadAll(io.LimitReader(in, MaxOverride+1))
	if err != nil {
		return o, fmt.Errorf("reading an override: %w", err)
	}
	if len(text) > MaxOverride {
		return o, fmt.Errorf("reading an override: it is longer than %d bytes", MaxOverride)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&o); err != nil {
		return o, fmt.Errorf("reading an override: %w", err)
	}
	again, err := o.Canonical()
	switch {
	case err != nil:
		return o, err
	case !bytes.Equal(text, again):
		return o, errors.New("reading an override: it is not in canonical form")
	case !trusted(o.Key):
		return o, fmt.Errorf("reading an override: its key %.16s… is not trusted", o.Key)
	}
	return o, o.Verify()
}

// Verify makes sure that the override is well formed and its signature its key's. Whether the key is to be trusted is
// another question.
func (o Override) Verify() error {
	id, err := hex.DecodeString(o.Incident)
	switch {
	case o.Version != 1:
		return fmt.Errorf("an override of version %d is not known", o.Version)
	case err != nil || len(id) != 16:
		return fmt.Errorf("%q is no incident's id", o.Incident)
	case o.ASN == 0:
		return errors.New("an override needs a network")
	case !o.Ground.TakenBack():
		return fmt.Errorf("%q is no ground for an override", o.Ground)
	case !o.Decided.Equal(o.Decided.Truncate(time.Second)) || o.Decided.Location() != time.UTC:
		return errors.New("when it was decided is not in UTC and whole seconds")
	}
	if err := plain("the reason", o.Reason, MaxReason); err != nil {
		return err
	}
	key, err := base64.StdEncoding.Strict().DecodeString(o.Key)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return errors.New("its key is no Ed25519 key")
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(o.Signature)
	if err != nil {
		return errors.New("its signature is not base64")
	}
	o.Signature = ""
	text, err := o.Canonical()
	if err != nil {
		return err
	}
	if !ed25519.Verify(key, text, signature) {
		return errors.New("its signature is not that of its key")
	}
	return nil
}
