package agreement

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/jsontree"
)

// Change is one place at which two versions of an agreement differ.
type Change struct {
	Path   string `json:"path"` // such as directions[cert-a>cert-b].fields[source.ip].action
	Clause Clause `json:"clause,omitempty"`
	Before string `json:"before"` // JSON; "" where there was nothing
	After  string `json:"after"`  // JSON; "" where there is nothing any more
}

// Diff gives what changed between two versions, in the order of paths. Parties, directions, subjects, quotas and rules are compared
// by what they are for, not by where they stand; rules for several fields, and lists, entry by entry.
func Diff(before, after *Agreement) []Change {
	was, is := map[string]place{}, map[string]place{}
	spread(before.Tree(), "", "", was)
	spread(after.Tree(), "", "", is)
	var changes []Change
	for path, w := range was {
		i, there := is[path]
		if there && i.text == w.text {
			continue
		}
		c := Change{Path: path, Clause: i.clause, Before: w.text, After: i.text}
		if c.Clause == "" {
			c.Clause = w.clause
		}
		changes = append(changes, c)
	}
	for path, i := range is {
		if _, there := was[path]; !there {
			changes = append(changes, Change{Path: path, Clause: i.clause, After: i.text})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return changes
}

// place is a value somewhere in a document.
type place struct {
	text   string // JSON
	clause Clause
}

// spread puts down each value of a tree by its path.
func spread(v *jsontree.Value, path string, clause Clause, into map[string]place) {
	switch v.Kind {
	case jsontree.Object:
		if c := v.Get("clause").Str(); c != "" {
			clause = Clause(c)
		}
		for i := range v.Members {
			m := &v.Members[i]
			spread(&m.Value, strings.TrimPrefix(path+"."+m.Name, "."), clause, into)
		}
	case jsontree.Array:
		for i := range v.Items {
			item := &v.Items[i]
			names := entry(item, i)
			for _, name := range names {
				at := path + "[" + name + "]"
				for n := 2; ; n++ { // what is there twice
					if _, taken := into[at]; !taken && !begun(into, at) {
						break
					}
					at = path + "[" + name + "#" + strconv.Itoa(n) + "]"
				}
				spread(rule(item), at, clause, into)
			}
		}
	default:
		into[path] = place{string(v.Append(nil)), clause}
	}
}

// begun says whether an entry that is an object has been put down.
func begun(into map[string]place, at string) bool {
	_, clause := into[at+".clause"]
	_, from := into[at+".from"]
	_, print := into[at+".fingerprint"]
	return clause || from || print
}

// entry gives the names that an entry of a list is compared by.
func entry(v *jsontree.Value, i int) []string {
	switch {
	case v.Is(jsontree.String):
		return []string{v.Text}
	case v.Get("from") != nil:
		return []string{v.Get("from").Str() + ">" + v.Get("to").Str()}
	case v.Get("fields") != nil:
		return v.Get("fields").Strings()
	}
	for _, name := range []string{"team", "fingerprint", "clause"} {
		if s := v.Get(name).Str(); s != "" {
			return []string{s}
		}
	}
	return []string{fmt.Sprint(i)}
}

// rule gives a rule of the matrix without the fields that it is for: each is put down for itself.
func rule(v *jsontree.Value) *jsontree.Value {
	if v.Get("fields") == nil || v.Get("action") == nil {
		return v
	}
	c := v.Clone()
	c.Delete("fields")
	return &c
}
