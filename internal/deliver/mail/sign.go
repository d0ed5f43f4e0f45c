package mail

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"pahra/internal/openpgp"
)

// Signing is what letters are signed with: an OpenPGP key (RFC 3156), or a certificate (S/MIME, RFC 8551), or nothing.
type Signing struct {
	// OpenPGP is the file of a private key, armoured.
	OpenPGP string `yaml:"openpgp_key"`
	// Certificate and Key are the files (PEM) of a certificate for mail, with those between it and its authority behind it,
	// and of its private key.
	Certificate string `yaml:"smime_certificate"`
	Key         string `yaml:"smime_key"`
	// PassphraseFile holds the passphrase of the OpenPGP key, if it has one.
	PassphraseFile string `yaml:"passphrase_file"`
}

// Check says what is wrong with what is set.
func (s Signing) Check() error {
	switch {
	case s.OpenPGP != "" && s.Certificate != "":
		return errors.New("openpgp_key and smime_certificate: a letter has one signature")
	case (s.Certificate == "") != (s.Key == ""):
		return errors.New("smime_certificate and smime_key belong together")
	case s.PassphraseFile != "" && s.OpenPGP == "":
		return errors.New("passphrase_file: there is no openpgp_key")
	}
	return nil
}

// Signer signs letters. nil signs nothing. Safe for concurrent use.
type Signer struct {
	key         *openpgp.Key
	certificate *tls.Certificate
}

// NewSigner reads the files; nil where nothing is set.
func NewSigner(s Signing) (*Signer, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("signing mail: %w", err)
	}
	switch {
	case s.OpenPGP != "":
		key, err := openpgp.ReadPrivate(s.OpenPGP, s.PassphraseFile)
		if err != nil {
			return nil, fmt.Errorf("signing mail: openpgp_key: %w", err)
		}
		return &Signer{key: key}, nil
	case s.Certificate != "":
		c, err := tls.LoadX509KeyPair(s.Certificate, s.Key)
		if err != nil {
			return nil, fmt.Errorf("signing mail: smime_certificate: %w", err)
		}
		return &Signer{certificate: &c}, nil
	}
	return nil, nil //nolint:nilnil // no signer is one that signs nothing
}

func (s *Signer) smime() bool   { return s != nil && s.certificate != nil }
func (s *Signer) openPGP() bool { return s != nil && s.key != nil }

// CheckKey says what is wrong with the OpenPGP key of a receiver.
func CheckKey(armoured string) error {
	_, err := openpgp.ParsePublic(armoured)
	return err
}

// split takes a letter apart: the fields that are the letter's, and the entity that they are around.
func split(letter []byte) (fields, entity string, err error) {
	head, body, ok := strings.Cut(string(letter), "\r\n\r\n")
	if !ok {
		return "", "", errors.New("the letter has no body")
	}
	var outer, inner strings.Builder
	into := &outer
	for line := range strings.SplitSeq(head, "\r\n") {
		if line == "" || line[0] != ' ' && line[0] != '\t' {
			into = &outer
			if strings.HasPrefix(strings.ToLower(line), "content-") {
				into = &inner
			}
		}
		into.WriteString(line + "\r\n")
	}
	return outer.String(), inner.String() + "\r\n" + body, nil
}

// signed gives a letter with an OpenPGP signature (RFC 3156, section 5).
func (s *Signer) signed(letter []byte) ([]byte, error) {
	fields, entity, err := split(letter)
	if err != nil {
		return nil, err
	}
	entity = strings.TrimSuffix(entity, "\r\n") // the end of the line before a boundary is the boundary's
	signature, err := s.key.Sign([]byte(entity))
	if err != nil {
		return nil, err
	}
	mark := boundary()
	return []byte(fields + "Content-Type: multipart/signed; micalg=pgp-" + signature.Hash + ";\r\n protocol=\"application/pgp-signature\"; boundary=\"" + mark + "\"\r\n\r\n" +
		"--" + mark + "\r\n" + entity + "\r\n--" + mark + "\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n" +
		lines(signature.Armoured) + "\r\n--" + mark + "--\r\n"), nil
}

// encrypted gives a letter that only the holder of a key can read (RFC 3156, section 4), signed within by an OpenPGP key.
func encrypted(letter []byte, armoured string, s *Signer) ([]byte, error) {
	fields, entity, err := split(letter)
	if err != nil {
		return nil, err
	}
	to, err := openpgp.ParsePublic(armoured)
	if err != nil {
		return nil, err
	}
	var signer *openpgp.Key
	if s.openPGP() {
		signer = s.key
	}
	text, err := to.Encrypt([]byte(entity), signer)
	if err != nil {
		return nil, err
	}
	mark := boundary()
	return []byte(fields + "Content-Type: multipart/encrypted;\r\n protocol=\"application/pgp-encrypted\"; boundary=\"" + mark + "\"\r\n\r\n" +
		"--" + mark + "\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--" + mark +
		"\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n" + lines(text) + "\r\n--" + mark + "--\r\n"), nil
}

// lines gives armoured text with the ends of lines of mail.
func lines(text []byte) string {
	return strings.ReplaceAll(strings.ReplaceAll(strings.TrimSpace(string(text)), "\r\n", "\n"), "\n", "\r\n")
}

// boundary draws what keeps the parts of a letter apart.
func boundary() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	return "pahra-" + hex.EncodeToString(b[:])
}
