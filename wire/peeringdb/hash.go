package peeringdb

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Hasher turns a mail address or a telephone number into a commitment, so that two sources or two days can be compared
// without keeping the value. Values are normalised first: an address to lower case, a number to its digits.
//
// The zero Hasher is SHA-256 over a domain and the value: anyone who guesses the value can confirm it. With Key it is
// HMAC-SHA-256, which only the key's holder can confirm; use that where hashes leave the house.
type Hasher struct {
	Key []byte
}

// Email commits to a mail address; empty gives empty.
func (h Hasher) Email(s string) string {
	return h.sum("pahra contact email v1\x00", strings.ToLower(strings.TrimSpace(s)))
}

// Phone commits to a telephone number; one without digits gives empty.
func (h Hasher) Phone(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	return h.sum("pahra contact phone v1\x00", digits)
}

func (h Hasher) sum(domain, value string) string {
	if value == "" {
		return ""
	}
	digest := sha256.New()
	if h.Key != nil {
		digest = hmac.New(sha256.New, h.Key)
	}
	digest.Write([]byte(domain + value))
	return hex.EncodeToString(digest.Sum(nil))
}
