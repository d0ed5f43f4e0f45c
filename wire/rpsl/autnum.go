package rpsl

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"pahra/wire/values"
)

// AutNum is an aut-num object (RFC 2622 section 6): a network and its stated policy.
type AutNum struct {
	ASN      values.ASN
	Name     string // as-name
	Org      string // organisation handle
	MntBy    []string
	MemberOf []string // as-sets that it joins
	// Import counts import: and mp-import: lines, Export export: and mp-export:, Default default: and mp-default:.
	// RFC 7909's import-via: and export-via: count with them.
	Import, Export, Default int
	// Policies are what the lines say of the neighbours that they name as plain AS numbers, ascending, each once. Sets,
	// router expressions and AS-ANY are not resolved.
	Policies []Policy
	// HasAdminC and its siblings tell which of the contact attributes have a value.
	HasAdminC, HasTechC, HasAbuseC bool
	Source                         string
	Authenticated                  bool
	Dates
}

// AutNum gives the typed view of an aut-num.
func (o *Object) AutNum() (AutNum, error) {
	if !o.Is("aut-num") {
		return AutNum{}, fmt.Errorf("reading an aut-num: the object is a %s", o.Class)
	}
	asn, err := parseASN(firstWord(o.Key))
	if err != nil {
		return AutNum{}, fmt.Errorf("reading an aut-num: %w", err)
	}
	a := AutNum{ASN: asn, Name: string(o.Get("as-name")), Org: string(firstWord(o.Get("org"))),
		MntBy: o.strings("mnt-by", maxList), MemberOf: o.strings("member-of", maxList),
		HasAdminC: o.Has("admin-c"), HasTechC: o.Has("tech-c"), HasAbuseC: o.Has("abuse-c"),
		Source: o.Source, Authenticated: o.Authenticated, Dates: o.dates()}
	for i := range o.Attrs {
		a.policy(&o.Attrs[i])
	}
	a.Policies = merged(a.Policies)
	return a, nil
}

// Extent is how much of the Internet a policy takes or gives.
type Extent uint8

// The extents.
const (
	PolicyNone Extent = iota // no line says so
	PolicySome               // some networks or prefixes: those of a set, or its own
	PolicyAny                // everything, perhaps with exceptions: "ANY", "ANY AND NOT {...}"
)

// Policy is what a network says that it takes of a neighbour and gives it. Of several lines the larger extent counts:
// the families and places that they are for are not told apart.
type Policy struct {
	Neighbour        values.ASN
	Imports, Exports Extent
}

// policy takes in one attribute if it states policy. The lines of RFC 7909 (import-via, export-via) name who is met at
// an exchange's route server, not a neighbour's terms; they are counted.
func (a *AutNum) policy(attr *Attr) {
	if len(attr.Value) == 0 {
		return
	}
	switch string(attr.Name) {
	case "import", "mp-import":
		a.Import++
		extent := extentOf(attr.Value, "accept")
		for _, asn := range neighbours(attr.Value, "from") {
			a.Policies = append(a.Policies, Policy{asn, extent, PolicyNone})
		}
	case "export", "mp-export":
		a.Export++
		extent := extentOf(attr.Value, "announce")
		for _, asn := range neighbours(attr.Value, "to") {
			a.Policies = append(a.Policies, Policy{asn, PolicyNone, extent})
		}
	case "import-via":
		a.Import++
	case "export-via":
		a.Export++
	case "default", "mp-default":
		a.Default++
	}
}

// extentOf looks at the filter behind a keyword. Where several clauses have one each, the least counts: which neighbour
// which is for is not told apart.
func extentOf(policy []byte, keyword string) (extent Extent) {
	follows := false
	for w := range bytes.FieldsSeq(policy) {
		if follows {
			here := PolicySome
			if bytes.EqualFold(bytes.TrimRight(w, ";,}"), []byte("ANY")) {
				here = PolicyAny
			}
			if extent == PolicyNone || here < extent {
				extent = here
			}
		}
		follows = bytes.EqualFold(w, []byte(keyword))
	}
	return extent
}

// neighbours gives the AS numbers that follow a keyword: "from AS64500 accept ANY".
func neighbours(policy []byte, keyword string) (found []values.ASN) {
	follows := false
	for w := range bytes.FieldsSeq(policy) {
		if follows && isASN(w) {
			if asn, err := parseASN(bytes.TrimRight(w, ";,")); err == nil {
				found = append(found, asn)
			}
		}
		follows = bytes.EqualFold(w, []byte(keyword))
	}
	return found
}

// merged gives one policy for each neighbour, ascending.
func merged(list []Policy) []Policy {
	slices.SortFunc(list, func(x, y Policy) int { return cmp.Compare(x.Neighbour, y.Neighbour) })
	out := list[:0]
	for _, p := range list {
		if n := len(out); n > 0 && out[n-1].Neighbour == p.Neighbour {
			out[n-1].Imports, out[n-1].Exports = max(out[n-1].Imports, p.Imports), max(out[n-1].Exports, p.Exports)
			continue
		}
		out = append(out, p)
	}
	return out
}
