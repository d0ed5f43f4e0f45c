package rpsl

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Hash is a keyed hash (HMAC-SHA-256, first 16 octets) of a handle or a mail address in lower case. Equal inputs give
// equal hashes under one key; without the key it cannot be tried against a list of addresses.
type Hash [16]byte

// Contact is a role or person object as far as it may be kept: that it exists, which means of contact it has, how old it
// is. No name, address, mail or telephone number is in it.
type Contact struct {
	Role     bool // a role object; otherwise a person
	Handle   Hash // of nic-hdl
	Mail     Hash // of the first e-mail, or abuse-mailbox where there is none; zero without either
	HasMail  bool
	HasPhone bool
	HasAbuse bool // it has an abuse-mailbox
	Source   string
	Dates
}

// Contact gives the typed view of a role or person, hashing under the key.
func (o *Object) Contact(key []byte) (Contact, error) {
	if !o.Is("role") && !o.Is("person") {
		return Contact{}, fmt.Errorf("reading a contact: the object is a %s", o.Class)
	}
	handle := firstWord(o.Get("nic-hdl"))
	if len(handle) == 0 {
		return Contact{}, fmt.Errorf("reading a %s: it has no nic-hdl", o.Class)
	}
	mail := firstWord(o.Get("e-mail"))
	if len(mail) == 0 {
		mail = firstWord(o.Get("abuse-mailbox"))
	}
	c := Contact{Role: o.Is("role"), Handle: hashOf(key, handle), HasMail: len(mail) > 0, HasPhone: o.Has("phone"),
		HasAbuse: o.Has("abuse-mailbox"), Source: o.Source, Dates: o.dates()}
	if c.HasMail {
		c.Mail = hashOf(key, mail)
	}
	return c, nil
}

// Handles gives the hashes of the handles in a contact attribute such as "tech-c", which meet [Contact.Handle].
func (o *Object) Handles(name string, key []byte) []Hash {
	var out []Hash
	for w := range o.words(name) {
		if len(out) == maxList {
			break
		}
		out = append(out, hashOf(key, w))
	}
	return out
}

// hashOf hashes text in lower case under the key.
func hashOf(key, text []byte) Hash {
	h := hmac.New(sha256.New, key)
	h.Write(bytes.ToLower(text))
	return Hash(h.Sum(nil)[:16])
}

// Organisation is an organisation object, as far as it is kept.
type Organisation struct {
	ID      string // "ORG-EX1-RIPE"
	Country string // ISO 3166-1 alpha-2 in upper case, or empty
	Source  string
	Dates
}

// Organisation gives the typed view of an organisation.
func (o *Object) Organisation() (Organisation, error) {
	if !o.Is("organisation") {
		return Organisation{}, fmt.Errorf("reading an organisation: the object is a %s", o.Class)
	}
	id := firstWord(o.Key)
	if len(id) == 0 {
		return Organisation{}, fmt.Errorf("reading an organisation: it has no handle")
	}
	country := firstWord(o.Get("country"))
	if len(country) != 2 {
		country = nil
	}
	return Organisation{string(id), strings.ToUpper(string(country)), o.Source, o.dates()}, nil
}
