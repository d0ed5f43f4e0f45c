package exchange

import (
	"slices"

	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// Split takes a set of objects apart into what belongs together by references: what an agreement decides on as one. Each part has the
// markings and the creators that its objects name, as far as they are in the set. Of several versions of an object it has the latest.
// What tells nothing by itself, markings and identities that nothing refers to, is in no part.
func Split(objects []*stix.Object) (parts [][]*stix.Object) {
	set := gather(objects)
	for _, story := range set.stories() {
		var part []*stix.Object
		for _, t := range story {
			part = append(part, t.object)
		}
		for _, o := range part {
			named := append(o.AllMarks(), o.Text("created_by_ref"))
			for _, id := range named {
				if t := set.byID[id]; t != nil && !slices.Contains(part, t.object) {
					part = append(part, t.object)
				}
			}
		}
		parts = append(parts, part)
	}
	return parts
}

// withdrawn is what the required texts of an object say that was taken back.
const withdrawn = "withdrawn"

// Tombstone gives the last version of the copy of an object: revoked, with what the standard requires and nothing of what it said. Of
// observables and markings, which cannot be revoked, it gives nil.
func (r *Redactor) Tombstone(id, created, modified string) *stix.Object {
	name, _, err := stix.SplitID(id)
	t, known := stix.TypeOf(name)
	if err != nil || !known || t.Class != stix.Domain && t.Class != stix.Relationship {
		return nil
	}
	tree := jsontree.Dict(jsontree.Member{Name: "type", Value: jsontree.Str(name)}, jsontree.Member{Name: "spec_version", Value: jsontree.Str("2.1")},
		jsontree.Member{Name: "id", Value: jsontree.Str(id)}, jsontree.Member{Name: "created", Value: jsontree.Str(created)},
		jsontree.Member{Name: "modified", Value: jsontree.Str(modified)}, jsontree.Member{Name: "revoked", Value: jsontree.Truth(true)})
	if id != r.senderID {
		tree.Set("created_by_ref", jsontree.Str(r.senderID))
	}
	for i := range t.Properties {
		if p := &t.Properties[i]; p.Required && tree.Get(p.Name) == nil {
			tree.Set(p.Name, r.nothing(p, created))
		}
	}
	// What is required only together with others: one of several properties, words of the standard, times that are apart.
	for _, own := range [...]struct {
		typ, name string
		value     jsontree.Value
	}{
		{"indicator", "pattern", jsontree.Str("[x-pahra-withdrawn:value = 'withdrawn']")}, {"indicator", "pattern_type", jsontree.Str("stix")},
		{"observed-data", "object_refs", jsontree.List(jsontree.Str("domain-name--" + r.keys.ID(withdrawn)))},
		{"observed-data", "number_observed", jsontree.Int(1)}, {"malware-analysis", "result", jsontree.Str("unknown")},
		{"location", "region", jsontree.Str(withdrawn)}, {"opinion", "opinion", jsontree.Str("neutral")},
	} {
		if own.typ == name {
			tree.Set(own.name, own.value)
		}
	}
	return &stix.Object{Tree: tree}
}

// nothing gives a value of a property's kind that says nothing.
func (r *Redactor) nothing(p *stix.Property, created string) jsontree.Value {
	v := jsontree.Str(withdrawn)
	switch p.Kind {
	case "ref":
		v = jsontree.Str(r.senderID)
	case "time", "stamp":
		v = jsontree.Str(created)
	case "bool":
		v = jsontree.Truth(false)
	case "number", "int":
		v = jsontree.Int(0)
	}
	if p.List {
		return jsontree.List(v)
	}
	return v
}
