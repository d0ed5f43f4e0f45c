package exchange

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"pahra/internal/store"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// intake reads objects that come into a collection from outside, and remembers of one post or file what it needs to tell that two
// objects contradict each other.
type intake struct {
	collection string
	red        map[string]bool              // marking definitions that stand for TLP:RED
	bare       map[string][sha256.Size]byte // the content of what has no versions, by id
	marks      []string                     // of the last object
}

func newIntake(collection string) *intake {
	return &intake{collection: collection, red: map[string]bool{}, bare: map[string][sha256.Size]byte{}}
}

// maxBare bounds how much of a file is remembered.
const maxBare = 100_000

// member makes a member of an object's text, or says why it is not taken. What is known of the object stands in the member
// even then.
func (in *intake) member(text []byte) (m store.NewMember, err error) {
	m.Collection, in.marks = in.collection, nil
	if text == nil {
		return m, errors.New("it is longer than is allowed")
	}
	o, err := stix.Parse(text)
	if err != nil {
		return m, err
	}
	m.Object, m.Type = o.ID(), o.Type()
	if len(m.Object) > maxID {
		m.Object = m.Object[:maxID]
		return m, errors.New("id: it is too long")
	}
	if m.Version, err = writtenVersion(o); err != nil {
		return m, err
	}
	if m.SpecVersion, err = specOf(o); err != nil {
		return m, err
	}
	if err := in.floor(o); err != nil {
		return m, err
	}
	canonical, err := o.Tree.AppendCanonical(nil)
	if err != nil {
		return m, err
	}
	digest := sha256.Sum256(canonical)
	m.Digest, m.Body = digest[:], bytes.Clone(text)
	if m.Version == "" && len(in.bare) < maxBare {
		if was, again := in.bare[m.Object]; again && was != digest {
			return m, errors.New("it is there twice, with different content")
		}
		in.bare[m.Object] = digest
	}
	return m, nil
}

// maxID bounds an id: a type of 250 letters, two hyphens, a UUID.
const maxID = 300

// writtenVersion gives an object's version as it is written: when it was modified, else created; "" for what has neither.
func writtenVersion(o *stix.Object) (string, error) {
	for _, name := range []string{"modified", "created"} {
		v := o.Text(name)
		if o.Get(name) == nil {
			continue
		}
		if _, ok := o.Time(name); !ok || len(v) > 40 {
			return "", fmt.Errorf("%s: %.60q is no time", name, v)
		}
		return v, nil
	}
	return "", nil
}

func specOf(o *stix.Object) (string, error) {
	v := o.Text("spec_version")
	switch {
	case o.IsVersion20():
		v = "2.0"
	case v == "":
		v = "2.1"
	}
	if !slices.Contains(SpecVersions(), v) {
		return "", fmt.Errorf("spec_version: %.20q is not known here", v)
	}
	return v, nil
}

// floor refuses what never leaves by TAXII, whoever would read it.
func (in *intake) floor(o *stix.Object) error {
	if o.Type() == "marking-definition" && stix.TLPOf(o) == values.TLPRed {
		in.red[o.ID()] = true
		return nil
	}
	in.marks = o.AllMarks()
	return in.markedRed(in.marks)
}

// markedRed refuses markings that stand for TLP:RED by themselves, or by a definition that was seen.
func (in *intake) markedRed(marks []string) error {
	for _, mark := range marks {
		if in.red[mark] || stix.TLPByID(mark) == values.TLPRed {
			return errors.New("it is TLP:RED, which goes to named persons by encrypted mail, never by TAXII")
		}
	}
	return nil
}
