package rpsl

import (
	"bytes"
	"fmt"
	"strings"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// maxMembers bounds the members kept of one set; more than there are networks says nothing.
const maxMembers = 500_000

// ASSet is an as-set object (RFC 2622 section 5.1).
type ASSet struct {
	Name string // in upper case, may be hierarchical: "AS64500:AS-CUSTOMERS"
	ASNs []values.ASN
	// Sets are members that are sets, in upper case, possibly pinned to a registry: "RIPE::AS-EXAMPLE".
	Sets      []string
	MbrsByRef []string // maintainers whose networks may join by member-of, or ANY
	MntBy     []string
	// Refused counts members that are neither a number nor a set's name.
	Refused       int
	Source        string
	Authenticated bool
	Dates
}

// ASSet gives the typed view of an as-set.
func (o *Object) ASSet() (ASSet, error) {
	name, err := o.setName("as-set")
	if err != nil {
		return ASSet{}, err
	}
	s := ASSet{Name: name, MbrsByRef: o.strings("mbrs-by-ref", maxList), MntBy: o.strings("mnt-by", maxList),
		Source: o.Source, Authenticated: o.Authenticated, Dates: o.dates()}
	for w := range o.words("members") {
		if len(s.ASNs)+len(s.Sets) == maxMembers {
			return ASSet{}, fmt.Errorf("reading as-set %s: more than %d members", name, maxMembers)
		}
		s.member(w)
	}
	return s, nil
}

// member sorts one member in.
func (s *ASSet) member(w []byte) {
	if isASN(w) && bytes.IndexByte(w, ':') < 0 {
		asn, err := parseASN(w)
		if err != nil {
			s.Refused++
			return
		}
		s.ASNs = append(s.ASNs, asn)
		return
	}
	if !isSetName(w) {
		s.Refused++
		return
	}
	s.Sets = append(s.Sets, strings.ToUpper(string(w)))
}

// setName gives the name of a set object of that class, in upper case.
func (o *Object) setName(class string) (string, error) {
	if !o.Is(class) {
		return "", fmt.Errorf("reading a %s: the object is a %s", class, o.Class)
	}
	name := firstWord(o.Key)
	if !isSetName(name) {
		return "", fmt.Errorf("reading a %s: %q is not a set's name", class, lines.Clip(name))
	}
	return strings.ToUpper(string(name)), nil
}

// isSetName tells whether a word can name a set: letters, digits, - _ . and the colons of hierarchy and of a pin, with a
// letter first.
func isSetName(w []byte) bool {
	for _, c := range w {
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == ':' || c == '.') {
			return false
		}
	}
	return len(w) > 0 && len(w) <= 255 && 'a' <= w[0]|0x20 && w[0]|0x20 <= 'z'
}
