package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

const (
	secretPrefix = "whsec_"
	// The specification wants keys of 24 to 64 bytes (192 to 512 bits).
	minKey = 24
	maxKey = 64
)

// NewSecret makes a secret to sign with: 32 random bytes in base64 behind "whsec_".
func NewSecret() string {
	var key [32]byte
	rand.Read(key[:]) // never fails, by its documentation
	return secretPrefix + base64.StdEncoding.EncodeToString(key[:])
}

// CheckSecret says what is wrong with a secret.
func CheckSecret(secret string) error {
	_, err := keyOf(secret)
	return err
}

func keyOf(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, secretPrefix)
	if !ok {
		return nil, errors.New("a secret begins with " + secretPrefix)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, errors.New("a secret is base64 behind " + secretPrefix)
	}
	if len(key) < minKey || len(key) > maxKey {
		return nil, errors.New("a secret has 24 to 64 bytes")
	}
	return key, nil
}

// Sign gives the signature of a post: "v1," and the base64 of the HMAC-SHA256 of "id.timestamp.body".
func Sign(secret, id string, at time.Time, body []byte) (string, error) {
	key, err := keyOf(secret)
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

// signAll signs with each secret, separated by spaces, so that a receiver may change over in its own time.
func signAll(secrets []string, id string, at time.Time, body []byte) (string, error) {
	if len(secrets) == 0 {
		return "", errors.New("there is no secret to sign with")
	}
	var list []string
	for _, s := range secrets {
		signature, err := Sign(s, id, at, body)
		if err != nil {
			return "", err
		}
		list = append(list, signature)
	}
	return strings.Join(list, " "), nil
}
