// Package stix reads and writes objects of STIX 2.1 (OASIS, 10 June 2021), and reads those of STIX 2.0.
//
// [Parse] reads one object and keeps all of it: properties in their order, those it does not know, numbers and times as they
// were written; [Object.Append] writes the same again. [Reader] takes a bundle, a TAXII envelope or a list apart object by
// object and holds one. [Object.Check] tells which MUSTs of the standard an object breaks: [TypeOf] is the table of all
// types, their properties and what these want. Around it stand deterministic ids ([ObservableID]), markings ([Marks],
// [TLPOf]), versions ([CheckVersion]), confidence and, in package pattern, patterns. The package does not follow references from one
// object to another.
package stix

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"pahra/wire/jsontree"
	"pahra/wire/stix/pattern"
)

// Limits bound one object.
var limits = jsontree.Limits{Size: 32 << 20, Depth: 64, Values: 1 << 20}

// Object is one object as it was read. The zero value is empty; Tree is an object of JSON with a type and, but for
// observables of STIX 2.0, an id.
type Object struct {
	Tree jsontree.Value
}

// Parse reads one object of at most 32 MiB. It wants an object of JSON with a type and an id in their form, and leaves all else
// to Check.
func Parse(text []byte) (*Object, error) {
	tree, err := jsontree.Parse(text, limits)
	if err != nil {
		return nil, err
	}
	o := &Object{tree}
	switch {
	case tree.Kind != jsontree.Object:
		return nil, fmt.Errorf("it is %v", tree.Kind)
	case !validTypeName(o.Type()):
		return nil, fmt.Errorf("type: %.60q is no name of a type", o.Type())
	}
	if typ, _, err := SplitID(o.ID()); err != nil {
		return nil, fmt.Errorf("id: %w", err)
	} else if typ != o.Type() {
		return nil, fmt.Errorf("id: %.80q is not of type %s", o.ID(), o.Type())
	}
	return o, nil
}

// Append appends the object as JSON.
func (o *Object) Append(b []byte) []byte { return o.Tree.Append(b) }

// Get gives a property, nil if the object has none of that name.
func (o *Object) Get(name string) *jsontree.Value { return o.Tree.Get(name) }

// Text gives a property that is a string, "" if there is none.
func (o *Object) Text(name string) string { return o.Tree.Get(name).Str() }

// List gives the strings of a property that is a list.
func (o *Object) List(name string) []string { return o.Tree.Get(name).Strings() }

// Time gives a property that is a timestamp.
func (o *Object) Time(name string) (time.Time, bool) {
	t, err := pattern.ParseTime(o.Text(name))
	return t, err == nil
}

// Type gives the object's type, such as "indicator".
func (o *Object) Type() string { return o.Text("type") }

// ID gives the object's id, such as "indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f".
func (o *Object) ID() string { return o.Text("id") }

// Confidence gives how sure the creator is, from 0 to 100. None told is not 0.
func (o *Object) Confidence() (int, bool) {
	n, ok := o.Get("confidence").Int()
	return int(n), ok && n >= 0 && n <= 100
}

// Revoked tells whether the creator has taken the object back.
func (o *Object) Revoked() bool { return o.Get("revoked").True() }

// IsVersion20 tells whether the object is one of STIX 2.0: one that has a time of creation and tells no version
// (section 3.2: spec_version), or tells that one.
func (o *Object) IsVersion20() bool {
	switch o.Text("spec_version") {
	case "":
		_, known := tables.types[o.Type()]
		return o.Get("created") != nil && (!known || slices.Contains(types20, o.Type()))
	case "2.0":
		return true
	}
	return false
}

// types20 are the types of STIX 2.0 that stand by themselves.
var types20 = []string{"attack-pattern", "campaign", "course-of-action", "identity", "indicator", "intrusion-set", "malware", "marking-definition",
	"observed-data", "relationship", "report", "sighting", "threat-actor", "tool", "vulnerability"}

// SplitID gives the two parts of an identifier, or says why it is none: the name of a type, two hyphens and a UUID of RFC
// 4122.
func SplitID(id string) (typ, uuid string, err error) {
	if len(id) < 38 || id[len(id)-38:len(id)-36] != "--" {
		return "", "", fmt.Errorf("%.80q is no identifier", id)
	}
	typ, uuid = id[:len(id)-38], id[len(id)-36:]
	switch {
	case !validTypeName(typ):
		return "", "", fmt.Errorf("%.80q does not begin with the name of a type", id)
	case !validUUID(uuid):
		return "", "", fmt.Errorf("%.80q does not end in a UUID of RFC 4122", id)
	}
	return typ, uuid, nil
}

// validTypeName tells whether s can name a type (section 3.1): from 3 to 250 of a–z, 0–9 and single hyphens, a letter first.
func validTypeName(s string) bool {
	if len(s) < 3 || len(s) > 250 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && (c != '-' || s[i-1] == '-') {
			return false
		}
	}
	return true
}

func validUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f'):
			return false
		}
	}
	variant := s[19] | 0x20
	return s[14] >= '1' && s[14] <= '5' && (s[19] == '8' || s[19] == '9' || variant == 'a' || variant == 'b')
}

// CheckVersion tells whether next can be a later version of prev (section 3.6): same type, id, creator and creation, changed
// later, prev not revoked. Two texts of one version must say the same. Marking definitions and observables have no versions.
func CheckVersion(prev, next *Object) error {
	was, errWas := pattern.ParseTime(prev.Text("modified"))
	is, errIs := pattern.ParseTime(next.Text("modified"))
	switch {
	case prev.ID() != next.ID() || prev.Type() != next.Type():
		return errors.New("it is another object")
	case errWas != nil && errIs != nil && jsontree.Equal(&prev.Tree, &next.Tree):
		return nil
	case errWas != nil || errIs != nil:
		return fmt.Errorf("an object of type %s without a time of modification has no versions", next.Type())
	case prev.Text("created_by_ref") != next.Text("created_by_ref"):
		return errors.New("created_by_ref: only its creator may give an object a new version")
	case prev.Text("created") != next.Text("created"):
		return errors.New("created: it is another than that of the version before")
	case is.Equal(was) && !jsontree.Equal(&prev.Tree, &next.Tree):
		return errors.New("modified: two versions that differ have one time")
	case is.Before(was):
		return errors.New("modified: it is earlier than that of the version before")
	case prev.Revoked() && is.After(was):
		return errors.New("the version before was revoked, which is the last")
	}
	return nil
}
