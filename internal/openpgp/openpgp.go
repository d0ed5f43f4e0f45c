// Package openpgp signs, checks and encrypts with OpenPGP keys: letters of the desk, agreements between teams.
//
// ReadPrivate reads a key to sign with, ParsePublic one to check or to encrypt with; signatures are detached and armoured. The
// package knows no web of trust: whose a key is, its caller knows, by its fingerprint.
package openpgp

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ProtonMail/gopenpgp/v3/profile"
)

// MostKey bounds the text of a key, in octets.
const MostKey = 1 << 20

// Key is a private or a public key. Safe for concurrent use.
type Key struct{ key *crypto.Key }

// ReadPrivate reads a private key from a file, armoured, and unlocks it with the passphrase in another, if one is named.
func ReadPrivate(path, passphrase string) (*Key, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := crypto.NewKeyFromArmored(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if passphrase != "" {
		word, err := os.ReadFile(passphrase)
		if err != nil {
			return nil, err
		}
		if key, err = key.Unlock(bytes.TrimSpace(word)); err != nil {
			return nil, fmt.Errorf("%s: unlocking it: %w", path, err)
		}
	}
	unlocked, err := key.IsUnlocked()
	if err != nil || !key.IsPrivate() || !unlocked {
		return nil, fmt.Errorf("%s holds no private key that can be used", path)
	}
	return &Key{key}, nil
}

// ParsePublic reads a public key, armoured. A private one is refused: whoever handed it over must know.
func ParsePublic(armoured string) (*Key, error) {
	if len(armoured) > MostKey {
		return nil, fmt.Errorf("reading an OpenPGP key: it has more than %d octets", MostKey)
	}
	key, err := crypto.NewKeyFromArmored(armoured)
	if err != nil {
		return nil, fmt.Errorf("reading an OpenPGP key: %w", err)
	}
	if key.IsPrivate() {
		return nil, errors.New("that OpenPGP key is a private one")
	}
	return &Key{key}, nil
}

// Fingerprint gives the key's fingerprint in capitals: 40 digits of a key of version 4, 64 of one of version 6.
func (k *Key) Fingerprint() string { return strings.ToUpper(k.key.GetFingerprint()) }

// Signature is a detached signature.
type Signature struct {
	Armoured []byte
	Hash     string // as in micalg of RFC 3156: "sha512"
}

// Sign signs a text.
func (k *Key) Sign(text []byte) (Signature, error) {
	p := profile.RFC4880()
	sign, err := crypto.PGPWithProfile(p).Sign().SigningKey(k.key).Detached().New()
	if err != nil {
		return Signature{}, fmt.Errorf("signing: %w", err)
	}
	armoured, err := sign.Sign(text, crypto.Armor)
	if err != nil {
		return Signature{}, fmt.Errorf("signing: %w", err)
	}
	return Signature{armoured, strings.ToLower(strings.ReplaceAll(p.SignConfig().DefaultHash.String(), "-", ""))}, nil
}

// Verify checks a detached signature, armoured or not, as of a time, and gives when it was made. What a key signed
// before it ran out stays signed.
func (k *Key) Verify(text, signature []byte, at time.Time) (time.Time, error) {
	verify, err := crypto.PGPWithProfile(profile.RFC4880()).Verify().VerificationKey(k.key).VerifyTime(at.Unix()).New()
	if err != nil {
		return time.Time{}, fmt.Errorf("checking a signature: %w", err)
	}
	result, err := verify.VerifyDetached(text, signature, crypto.Auto)
	if err == nil {
		err = result.SignatureError()
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("checking a signature: %w", err)
	}
	return time.Unix(result.SignatureCreationTime(), 0).UTC(), nil
}

// Encrypt gives a text, armoured, that only the holder of the key can read, signed within if there is a signer.
func (k *Key) Encrypt(text []byte, signer *Key) ([]byte, error) {
	build := crypto.PGPWithProfile(profile.RFC4880()).Encryption().Recipient(k.key)
	if signer != nil {
		build = build.SigningKey(signer.key)
	}
	encrypt, err := build.New()
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	made, err := encrypt.Encrypt(text)
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	armoured, err := made.ArmorBytes()
	if err != nil {
		return nil, fmt.Errorf("encrypting: %w", err)
	}
	return armoured, nil
}
