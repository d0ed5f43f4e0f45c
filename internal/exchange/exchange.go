// Package exchange carries out decisions of agreements: it makes of an object the copy that a partner may see.
//
// EventFacts says of an event what an agreement asks; Redactor.Event gives the copy, and a [Line] for each field that says what
// became of it and by which clause. What stands in for values is made by [Keys], which only the sender has: the same value gives
// the same name to one partner, and another to every other. Texts that are let through are searched for what was withheld, in all
// forms of [Search], and rewritten or dropped.
package exchange

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strconv"

	"pahra/internal/exchange/agreement"
)

// SecretSize is the least that a secret must have, in octets.
const SecretSize = 32

// Keys makes what stands in for values of one agreement in one direction. Safe for concurrent use.
type Keys struct{ secret []byte }

// NewKeys derives the keys of a direction from the secret of an agreement. The agreement's version is no part of them: names stay
// when clauses change.
func NewKeys(secret []byte, id, from, to string) (*Keys, error) {
	if len(secret) < SecretSize {
		return nil, errors.New("the secret has fewer than 32 octets")
	}
	return &Keys{sum(secret, "pahra exchange 1", id, from, to)}, nil
}

// sum gives an HMAC-SHA256 of parts, each with its length.
func sum(key []byte, parts ...string) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		h.Write(strconv.AppendInt(nil, int64(len(p)), 10))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// short writes 130 bits as 26 small letters and digits.
func short(mac []byte) string {
	return base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding).EncodeToString(mac)[:26]
}

// Pseudonym gives the name of a value under a named key. Values of one kind that are the same have the same name, in whatever field.
// A colon keeps it from being an address, a domain or a mail address.
func (k *Keys) Pseudonym(key string, kind agreement.Kind, value string) string {
	return "p:" + short(sum(k.secret, "pseudonym", key, strconv.Itoa(int(kind)), value))
}

// Opaque gives the name that replaces a value. It does not change when keys of pseudonyms do.
func (k *Keys) Opaque(value string) string { return "o:" + short(sum(k.secret, "opaque", value)) }

// ID gives the id of the copy of an object: a UUID in the form of version 4 that two partners cannot link and nobody else can lead
// back. It stays when the object or the agreement gets a new version.
func (k *Keys) ID(original string) string {
	mac := sum(k.secret, "id", original)
	mac[6], mac[8] = mac[6]&0x0f|0x40, mac[8]&0x3f|0x80
	h := hex.EncodeToString(mac[:16])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Before gives a keyed hash of a value, by which two lines can be told to be about the same without telling it.
func (k *Keys) Before(value string) string {
	return hex.EncodeToString(sum(k.secret, "before", value)[:16])
}

// Ledger gives the key of commitments to what leaves, see package ledger.
func (k *Keys) Ledger() []byte { return sum(k.secret, "ledger") }
