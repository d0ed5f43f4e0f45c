package misp

import (
	"crypto/md5"
	_ "embed"
	"encoding/hex"
	"strings"
)

// Attribute is one value with its type; in an object also with what it is to the object.
type Attribute struct{ node }

// Type gives the type, such as "ip-dst|port".
func (a Attribute) Type() string { return a.Tree.Get("type").Str() }

// Category gives the category, such as "Network activity".
func (a Attribute) Category() string { return a.Tree.Get("category").Str() }

// Value gives the value; one of a composite type has two parts.
func (a Attribute) Value() string { return a.Tree.Get("value").Str() }

// Relation gives what it is to the object it is in, such as "dst-port".
func (a Attribute) Relation() string { return a.Tree.Get("object_relation").Str() }

// ToIDs tells whether it may be used to detect.
func (a Attribute) ToIDs() bool { return truth(a.Tree.Get("to_ids")) }

// Distribution gives how far it may go.
func (a Attribute) Distribution() Distribution { return a.distribution(Inherit) }

// Proposals gives the changes to it that others propose.
func (a Attribute) Proposals() []Attribute { return a.attributes("ShadowAttribute") }

// Part is one side of a value: its type and its text.
type Part struct{ Type, Value string }

// Parts gives the sides of the value: two of a composite type, else one. A composite value that has no second side gives
// one, of the first type.
func (a Attribute) Parts() []Part {
	types := strings.SplitN(a.Type(), "|", 2)
	if a.Type() == "malware-sample" {
		types = []string{"filename", "md5"}
	}
	value := a.Value()
	if len(types) == 1 {
		return []Part{{types[0], value}}
	}
	at := strings.IndexByte(value, '|')
	if types[0] == "filename" { // the name may have one in it, the hash has none
		at = strings.LastIndexByte(value, '|')
	}
	if at < 0 {
		return []Part{{types[0], value}}
	}
	return []Part{{types[0], value[:at]}, {types[1], value[at+1:]}}
}

// Hashes gives the MD5 of each side of the value, as a feed's hashes.csv has them.
func (a Attribute) Hashes() []string {
	var list []string
	for _, p := range a.Parts() {
		sum := md5.Sum([]byte(p.Value))
		list = append(list, hex.EncodeToString(sum[:]))
	}
	return list
}

// types.txt says which types may stand in which categories.
//
//go:embed types.txt
var typesText string

var categories, typeCategories = readTypes(typesText)

// readTypes reads types.txt: the letters of the categories, and those of each type.
func readTypes(text string) (names, types map[string]string) {
	names, types = map[string]string{}, map[string]string{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if rest, found := strings.CutPrefix(line, "= "); found {
			letter, name, _ := strings.Cut(rest, " ")
			names[name] = letter
		} else if typ, letters, found := strings.Cut(line, "\t"); found {
			types[typ] = letters
		}
	}
	return names, types
}

// KnownType tells whether MISP has a type of that name.
func KnownType(name string) bool { return typeCategories[name] != "" }

// Fits tells whether a type may stand in a category. Of names that it does not know it says that they fit: instances have
// types of their own.
func Fits(typ, category string) bool {
	letter, letters := categories[category], typeCategories[typ]
	return letter == "" || letters == "" || strings.Contains(letters, letter)
}
