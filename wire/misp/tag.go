package misp

import (
	"strings"

	"pahra/wire/values"
)

// Tag is a word on an event or an attribute, often one of a taxonomy: namespace:predicate="value".
type Tag struct{ node }

// Name gives the tag.
func (t Tag) Name() string { return t.Tree.Get("name").Str() }

// Local tells whether it is for the instance it was set on alone.
func (t Tag) Local() bool { return truth(t.Tree.Get("local")) }

// Machine takes a tag apart; value is "" for one without.
func (t Tag) Machine() (namespace, predicate, value string, ok bool) {
	namespace, rest, found := strings.Cut(t.Name(), ":")
	if !found || namespace == "" || rest == "" || strings.ContainsAny(namespace, ` "=`) {
		return "", "", "", false
	}
	if at := strings.Index(rest, `="`); at >= 0 && strings.HasSuffix(rest, `"`) && at+2 < len(rest) {
		return namespace, rest[:at], rest[at+2 : len(rest)-1], true
	}
	return namespace, rest, "", true
}

// TLPOf gives the most restrictive label of TLP among tags.
func TLPOf(tags []Tag) values.TLP {
	label := values.NoTLP
	for _, t := range tags {
		if l, err := values.ParseTLP(t.Name()); err == nil && strings.HasPrefix(strings.ToLower(t.Name()), "tlp:") {
			label = max(label, l)
		}
	}
	return label
}

// PAPOf gives the most restrictive label of PAP among tags.
func PAPOf(tags []Tag) values.PAP {
	label := values.NoPAP
	for _, t := range tags {
		if l, err := values.ParsePAP(t.Name()); err == nil && strings.HasPrefix(strings.ToLower(t.Name()), "pap:") {
			label = max(label, l)
		}
	}
	return label
}
