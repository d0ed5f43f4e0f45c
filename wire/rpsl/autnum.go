package rpsl

import (
	"bytes"
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
	// ImportFrom and ExportTo are the neighbours that the lines name as plain AS numbers, ascending, each once. Sets,
	// router expressions and AS-ANY are not resolved.
	ImportFrom, ExportTo []values.ASN
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
	a.ImportFrom, a.ExportTo = distinct(a.ImportFrom), distinct(a.ExportTo)
	return a, nil
}

// policy takes in one attribute if it states policy.
func (a *AutNum) policy(attr *Attr) {
	if len(attr.Value) == 0 {
		return
	}
	switch string(attr.Name) {
	case "import", "mp-import", "import-via":
		a.Import++
		a.ImportFrom = neighbours(a.ImportFrom, attr.Value, "from")
	case "export", "mp-export", "export-via":
		a.Export++
		a.ExportTo = neighbours(a.ExportTo, attr.Value, "to")
	case "default", "mp-default":
		a.Default++
	}
}

// neighbours appends the AS numbers that follow a keyword: "from AS64500 accept ANY".
func neighbours(to []values.ASN, policy []byte, keyword string) []values.ASN {
	follows := false
	for w := range bytes.FieldsSeq(policy) {
		if follows && isASN(w) {
			if asn, err := parseASN(bytes.TrimRight(w, ";,")); err == nil {
				to = append(to, asn)
			}
		}
		follows = bytes.EqualFold(w, []byte(keyword))
	}
	return to
}

// distinct sorts and removes repeats.
func distinct(asns []values.ASN) []values.ASN {
	slices.Sort(asns)
	return slices.Compact(asns)
}
