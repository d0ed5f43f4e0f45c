package nrtm

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
)

// ErrSignature says that a notification is not signed by the key.
var ErrSignature = errors.New("the signature is not of this key")

// Key is a public key that a registry signs its notifications with.
type Key struct {
	public    crypto.PublicKey
	algorithm string // as JWS names it
}

// ParseKey reads a public key in PEM: of P-256 (ES256, which every server can use), P-384 (ES384) or Ed25519.
func ParseKey(text []byte) (Key, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return Key{}, errors.New("not a key in PEM")
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return Key{}, fmt.Errorf("reading a public key: %w", err)
	}
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return Key{k, "ES256"}, nil
		case elliptic.P384():
			return Key{k, "ES384"}, nil
		}
	case ed25519.PublicKey:
		return Key{k, "EdDSA"}, nil
	}
	return Key{}, fmt.Errorf("a key of kind %T is not one of P-256, P-384 or Ed25519", public)
}

// VerifyNotification reads an Update Notification File: a JSON Web Signature in compact form (RFC 7515). It gives
// ErrSignature where key did not sign it, and else reads the payload.
func VerifyNotification(jws []byte, key Key) (*Notification, error) {
	if len(jws) > MaxNotification {
		return nil, fmt.Errorf("reading a notification: more than %d octets", MaxNotification)
	}
	payload, err := verify(strings.TrimSpace(string(jws)), key)
	if err != nil {
		return nil, fmt.Errorf("reading a notification: %w", err)
	}
	n, err := readNotification(payload)
	if err != nil {
		return nil, fmt.Errorf("reading a notification: %w", err)
	}
	return n, nil
}

func verify(jws string, key Key) (payload []byte, err error) {
	signed, signature, ok := cutLast(jws, ".")
	head, body, ok2 := strings.Cut(signed, ".")
	if !ok || !ok2 || strings.Contains(body, ".") {
		return nil, errors.New("not a JSON Web Signature in compact form")
	}
	var header struct {
		Algorithm string          `json:"alg"`
		Critical  json.RawMessage `json:"crit"`
	}
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err == nil {
		err = json.Unmarshal(text, &header)
	}
	if err != nil {
		return nil, fmt.Errorf("the head of the signature: %w", err)
	}
	if header.Critical != nil {
		return nil, errors.New("the signature has extensions that must be understood")
	}
	sig, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return nil, fmt.Errorf("the signature: %w", err)
	}
	// The key decides the algorithm, never the header: that one could be forged.
	if header.Algorithm != key.algorithm && !(key.algorithm == "EdDSA" && header.Algorithm == "Ed25519") || !key.signed([]byte(signed), sig) {
		return nil, ErrSignature
	}
	if payload, err = base64.RawURLEncoding.DecodeString(body); err != nil {
		return nil, fmt.Errorf("the payload: %w", err)
	}
	return payload, nil
}

// cutLast is strings.Cut at the last separator.
func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
}

// signed tells whether the key made a signature (RFC 7518 section 3.4, RFC 8037).
func (k Key) signed(text, signature []byte) bool {
	switch public := k.public.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(public, text, signature)
	case *ecdsa.PublicKey:
		size := (public.Curve.Params().BitSize + 7) / 8
		if len(signature) != 2*size {
			return false
		}
		var digest []byte
		if k.algorithm == "ES256" {
			sum := sha256.Sum256(text)
			digest = sum[:]
		} else {
			sum := sha512.Sum384(text)
			digest = sum[:]
		}
		return ecdsa.Verify(public, digest, new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]))
	}
	return false
}
