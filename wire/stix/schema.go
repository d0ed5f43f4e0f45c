package stix

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
)

// Class is what an object is.
type Class string

// The classes of objects.
const (
	Domain       Class = "sdo"
	Relationship Class = "sro"
	Observable   Class = "sco"
	Meta         Class = "meta"
)

// Type is a type of the standard.
type Type struct {
	Name       string
	Class      Class
	Properties []Property // those that all types have (type, spec_version, id) left out
	need       [][]string // of each, one is required
	orders     []order
}

// Property is what a type says of a property.
type Property struct {
	Name     string
	Kind     string // such as text, time, ref, dict, or the name of a part
	Required bool
	List     bool
	types    []string // of a ref
	not      bool     // types are those that it must not be of
	words    []string // of an enum
	low      float64
	high     float64
	whole    bool
}

type order struct {
	first, last string
	equal       bool // they may be the same
}

// types.txt is the table of all types.
//
//go:embed types.txt
var typesText string

var tables = readTypes(typesText)

type typeTables struct {
	types, parts map[string]*Type
	extensions   map[string]map[string]*Type // by type and name
	order        []string
}

// TypeOf gives a type of the standard.
func TypeOf(name string) (Type, bool) {
	if t, known := tables.types[name]; known {
		return *t, true
	}
	return Type{}, false
}

// TypeNames gives the names of the standard's types.
func TypeNames() []string { return append([]string(nil), tables.order...) }

// Property gives what the type says of a property, nil if it does not know it.
func (t *Type) Property(name string) *Property {
	for i := range t.Properties {
		if t.Properties[i].Name == name {
			return &t.Properties[i]
		}
	}
	return nil
}

// readTypes reads types.txt. What is wrong in it is a programmer's error and panics.
func readTypes(text string) typeTables {
	t := typeTables{map[string]*Type{}, map[string]*Type{}, map[string]map[string]*Type{}, nil}
	common := map[Class]*Type{}
	var current *Type
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if line[0] != ' ' {
			current = &Type{Name: words[1], Class: Class(words[0])}
			switch words[0] {
			case "all":
				common[Class(words[1])] = current
			case "part":
				t.parts[current.Name] = current
			case "ext":
				current.Name = words[2]
				if t.extensions[words[1]] == nil {
					t.extensions[words[1]] = map[string]*Type{}
				}
				t.extensions[words[1]][current.Name] = current
				words = words[1:]
			default:
				t.types[current.Name] = current
				t.order = append(t.order, current.Name)
				current.take(common[current.Class])
			}
			words = words[2:]
		}
		for _, w := range words {
			current.read(w)
		}
	}
	return t
}

func (t *Type) take(common *Type) {
	t.Properties = append(t.Properties, common.Properties...)
	t.orders = append(t.orders, common.orders...)
}

// read takes one word of a line: a property, any(…) or an order of times.
func (t *Type) read(w string) {
	if list, found := strings.CutPrefix(w, "any("); found {
		t.need = append(t.need, strings.Split(strings.TrimSuffix(list, ")"), ","))
		return
	}
	if first, last, found := strings.Cut(w, "<"); found {
		rest, equal := strings.CutPrefix(last, "=")
		t.orders = append(t.orders, order{first, rest, equal})
		return
	}
	name, kind, _ := strings.Cut(w, ":")
	p := Property{Name: strings.TrimRight(name, "!*"), Required: strings.Contains(name, "!"), List: strings.Contains(name, "*")}
	p.setKind(kind)
	t.Properties = append(t.Properties, p)
}

// endings are what the end of a name says of its kind.
var endings = map[string]string{"_ref": "ref", "_refs": "ref", "_hex": "hex", "_bin": "bin"}

func (p *Property) setKind(kind string) {
	p.List = p.List || strings.HasSuffix(p.Name, "_refs")
	p.Kind = kind
	if kind == "" {
		p.Kind = "text"
		if at := strings.LastIndexByte(p.Name, '_'); at >= 0 && endings[p.Name[at:]] != "" {
			p.Kind = endings[p.Name[at:]]
		}
		return
	}
	if list, found := strings.CutPrefix(kind, "ref("); found {
		list, p.not = strings.CutPrefix(strings.TrimSuffix(list, ")"), "!")
		p.Kind, p.types = "ref", strings.Split(list, "|")
	} else if list, found := strings.CutPrefix(kind, "("); found {
		p.Kind, p.words = "enum", strings.Split(strings.TrimSuffix(list, ")"), "|")
	} else if low, high, found := strings.Cut(kind, ".."); found {
		p.Kind, p.whole = "number", !strings.Contains(low, ".")
		p.low, p.high = mustFloat(low), 1<<63
		if high != "" {
			p.high = mustFloat(high)
		}
	}
}

func mustFloat(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("types.txt: %v", err))
	}
	return f
}
