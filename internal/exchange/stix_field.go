package exchange

import (
	_ "embed"
	"fmt"
	"strings"

	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

//go:embed stix_fields.txt
var stixFieldsText string

// stixField is a line of stix_fields.txt.
type stixField struct {
	kind  agreement.Kind
	frame bool
	names []string
}

// stixKinds are the words of stix_fields.txt.
func stixKinds() map[string]agreement.Kind {
	return map[string]agreement.Kind{"text": agreement.Text, "word": agreement.Word, "address": agreement.Address, "domain": agreement.Domain, "url": agreement.URL, "mail": agreement.Mail,
		"asn": agreement.ASN, "time": agreement.Time, "place": agreement.Place, "coordinate": agreement.Coordinate, "account": agreement.Account, "hash": agreement.Hash, "name": agreement.Name}
}

// readStixFields reads the table. What is wrong in it is a programmer's error and panics.
func readStixFields(text string) map[string]stixField {
	table, kinds := map[string]stixField{}, stixKinds()
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		kind, known := kinds[words[1]]
		if !known && words[1] != "frame" {
			panic(fmt.Sprintf("stix_fields.txt: %q is no kind", words[1]))
		}
		table[words[0]] = stixField{kind, !known, words[2:]}
	}
	return table
}

// stixField tells what a property of a type is, and under which other names the matrix may rule on it.
func (r *Redactor) stixField(t *stix.Type, p *stix.Property, sides []string) stixField {
	f, listed := r.fields[t.Name+"."+p.Name]
	if !listed && t.Class != stix.Observable {
		f, listed = r.fields["%."+p.Name]
	}
	if !listed {
		return stixField{kind: schemaKind(p)}
	}
	var names []string
	for _, n := range f.names {
		n = strings.Replace(n, "%", t.Name, 1)
		rest, sided := strings.CutPrefix(n, "@")
		if !sided {
			names = append(names, n)
			continue
		}
		for _, side := range sides {
			names = append(names, side+rest)
		}
	}
	f.names = names
	return f
}

// schemaKind tells what a property is from its form.
func schemaKind(p *stix.Property) agreement.Kind {
	switch p.Kind {
	case "time", "stamp":
		return agreement.Time
	case "url":
		return agreement.URL
	case "hashes":
		return agreement.Hash
	case "bool", "int", "float", "number", "enum":
		return agreement.Word
	case "bin", "hex":
		return agreement.Blob
	}
	return agreement.Text
}

// isReference says whether a property refers to other objects.
func isReference(name string) bool {
	return strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs")
}

// leaves calls f with every text and number in a value, and with its keys.
func leaves(v *jsontree.Value, f func(*jsontree.Value)) {
	switch v.Kind {
	case jsontree.String, jsontree.Number:
		f(v)
	}
	for i := range v.Items {
		leaves(&v.Items[i], f)
	}
	for i := range v.Members {
		leaves(&v.Members[i].Value, f)
	}
}

// references gives the ids that an object refers to, in whatever depth, but for its creator and its markings.
func references(v *jsontree.Value) (ids []string) {
	for i := range v.Members {
		m := &v.Members[i]
		switch {
		case m.Name == "created_by_ref" || m.Name == "object_marking_refs" || m.Name == "granular_markings":
		case strings.HasSuffix(m.Name, "_ref"):
			ids = append(ids, m.Value.Str())
		case strings.HasSuffix(m.Name, "_refs"):
			ids = append(ids, m.Value.Strings()...)
		default:
			ids = append(ids, references(&m.Value)...)
		}
	}
	for i := range v.Items {
		ids = append(ids, references(&v.Items[i])...)
	}
	return ids
}
