package ledger

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// The kinds of leaf.
const (
	KindResponse = "response" // an answer to a partner
	KindRed      = "red"      // TLP:RED by mail to named people
	KindRefusal  = "refusal"  // something was asked for and not given
)

// Leaf is an entry of the exchange. It tells of content by keyed commitments alone.
type Leaf struct {
	Kind       string         `json:"kind"`
	Time       time.Time      `json:"time"`
	Partner    string         `json:"partner"`
	Agreement  string         `json:"agreement,omitempty"`
	Version    int            `json:"version,omitempty"`
	Collection string         `json:"collection,omitempty"`
	Request    string         `json:"request,omitempty"` // SHA-256 of it, in hexadecimal
	Root       string         `json:"root,omitempty"`    // see [Key.Root], in hexadecimal
	Objects    int            `json:"objects"`
	Counts     map[string]int `json:"counts,omitempty"` // of objects by the clause that let them out
	Reason     string         `json:"reason,omitempty"` // of a refusal
}

// Encode writes a leaf as an entry.
func (l *Leaf) Encode() ([]byte, error) {
	text, err := json.Marshal(l)
	if err != nil {
		return nil, fmt.Errorf("writing a leaf: %w", err)
	}
	return text, nil
}

// ParseLeaf reads an entry. One with members that a leaf has not is none.
func ParseLeaf(entry []byte) (*Leaf, error) {
	d := json.NewDecoder(bytes.NewReader(entry))
	d.DisallowUnknownFields()
	l := new(Leaf)
	if err := d.Decode(l); err != nil {
		return nil, fmt.Errorf("it is no leaf: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("it is no leaf: something follows")
	}
	switch {
	case l.Kind != KindResponse && l.Kind != KindRed && l.Kind != KindRefusal:
		return nil, fmt.Errorf("it is no leaf: its kind is %q", l.Kind)
	case l.Time.IsZero() || l.Partner == "" || l.Objects < 0:
		return nil, errors.New("it is no leaf: its time, its partner or its count is missing")
	}
	return l, nil
}

// Release is what left of one object.
type Release struct {
	Object, Version string
	Clause          string   // that let it out
	Removed         []string // the fields that were taken off or changed
}

// Key commits to what left. Whoever has it can show that a leaf speaks of an object; who has it not learns nothing from a leaf. Once it
// is destroyed no leaf tells anything.
type Key []byte

// Root gives the root of a Merkle tree (RFC 6962) whose entries are HMAC-SHA256 of each release, in hexadecimal.
func (k Key) Root(list []Release) string {
	mac := hmac.New(sha256.New, k)
	var e edge
	var buf []byte
	for i := range list {
		mac.Reset()
		buf = list[i].commit(mac, buf[:0])
		e.add(tlog.RecordHash(buf))
	}
	root := e.root()
	return hex.EncodeToString(root[:])
}

// commit appends the commitment to a release: each part with its length.
func (r *Release) commit(mac hash.Hash, buf []byte) []byte {
	part := func(s string) {
		buf = append(binary.BigEndian.AppendUint32(buf, uint32(len(s))), s...)
	}
	for _, s := range [...]string{r.Object, r.Version, r.Clause} {
		part(s)
	}
	for _, s := range r.Removed {
		part(s)
	}
	mac.Write(buf)
	return mac.Sum(buf[:0])
}
