// Package jsontree reads JSON (RFC 8259) of strangers as a tree that loses nothing: members in their order, numbers as they
// were written, strings as they are meant. It is what formats are read with whose unknown properties must be kept.
//
// [Parse] reads one text; [Stream] takes a long text apart value by value, without holding it. [Value.Append] writes a tree
// as it was, [Value.AppendCanonical] in the canonical form of RFC 8785. Size, depth and the count of values are bounded by
// [Limits]. Refused are, beyond what RFC 8259 refuses, what different readers read differently (RFC 7493): a name twice in
// one object, half a surrogate pair, octets that are no UTF-8. The package knows no format.
package jsontree

import (
	"strconv"
	"strings"
)

// Kind is what a value is.
type Kind uint8

// The kinds of a value.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as a sentence needs it.
func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// Value is a JSON value. The zero value is null. All methods that read take nil as a value that is not there, so that
// v.Get("a").Get("b").Str() needs no checks between.
type Value struct {
	Kind    Kind
	Text    string   // of a String what it means, of a Number or a Bool what was written
	Items   []Value  // of an Array
	Members []Member // of an Object, in the order they came in
}

// Member is a name and its value.
type Member struct {
	Name  string
	Value Value
}

// Str makes a string.
func Str(s string) Value { return Value{Kind: String, Text: s} }

// Int makes a number.
func Int(n int64) Value { return Value{Kind: Number, Text: strconv.FormatInt(n, 10)} }

// Truth makes a boolean.
func Truth(b bool) Value { return Value{Kind: Bool, Text: strconv.FormatBool(b)} }

// List makes an array.
func List(items ...Value) Value { return Value{Kind: Array, Items: items} }

// Dict makes an object.
func Dict(members ...Member) Value { return Value{Kind: Object, Members: members} }

// Is tells whether the value is there and of that kind.
func (v *Value) Is(k Kind) bool { return v != nil && v.Kind == k }

// Get gives the member of that name, nil if there is none or v is no object.
func (v *Value) Get(name string) *Value {
	if v == nil {
		return nil
	}
	for i := range v.Members {
		if v.Members[i].Name == name {
			return &v.Members[i].Value
		}
	}
	return nil
}

// At gives the item at a place from 0, nil if there is none or v is no array.
func (v *Value) At(i int) *Value {
	if v == nil || i < 0 || i >= len(v.Items) {
		return nil
	}
	return &v.Items[i]
}

// Str gives a string's text, "" for all else.
func (v *Value) Str() string {
	if !v.Is(String) {
		return ""
	}
	return v.Text
}

// True tells whether the value is the boolean true.
func (v *Value) True() bool { return v.Is(Bool) && v.Text == "true" }

// Int gives a number that is whole and fits; 1.0 and 1e2 are whole.
func (v *Value) Int() (int64, bool) {
	if !v.Is(Number) {
		return 0, false
	}
	if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	if err != nil || f != float64(int64(f)) || f > 1<<53 || f < -1<<53 {
		return 0, false
	}
	return int64(f), true
}

// Float gives a number.
func (v *Value) Float() (float64, bool) {
	if !v.Is(Number) {
		return 0, false
	}
	f, err := strconv.ParseFloat(v.Text, 64)
	return f, err == nil
}

// Strings gives the strings of an array; what is none is left out.
func (v *Value) Strings() []string {
	if v == nil {
		return nil
	}
	var list []string
	for i := range v.Items {
		if v.Items[i].Kind == String {
			list = append(list, v.Items[i].Text)
		}
	}
	return list
}

// Set puts a member in, in place of the one of that name or behind all others.
func (v *Value) Set(name string, to Value) {
	if m := v.Get(name); m != nil {
		*m = to
		return
	}
	v.Kind = Object
	v.Members = append(v.Members, Member{name, to})
}

// Delete takes a member out, if it is there.
func (v *Value) Delete(name string) {
	for i := range v.Members {
		if v.Members[i].Name == name {
			v.Members = append(v.Members[:i], v.Members[i+1:]...)
			return
		}
	}
}

// Clone gives a copy that shares nothing that changes.
func (v *Value) Clone() Value {
	c := *v
	c.Items, c.Members = nil, nil
	if v.Items != nil {
		c.Items = make([]Value, len(v.Items))
		for i := range v.Items {
			c.Items[i] = v.Items[i].Clone()
		}
	}
	if v.Members != nil {
		c.Members = make([]Member, len(v.Members))
		for i := range v.Members {
			c.Members[i] = Member{v.Members[i].Name, v.Members[i].Value.Clone()}
		}
	}
	return c
}

// Equal tells whether two values mean the same: the order of members and how a number is written do not matter.
func Equal(a, b *Value) bool {
	if a == nil || b == nil || a.Kind != b.Kind {
		return a == b
	}
	switch a.Kind {
	case Number:
		return sameNumber(a.Text, b.Text)
	case Array:
		if len(a.Items) != len(b.Items) {
			return false
		}
		for i := range a.Items {
			if !Equal(&a.Items[i], &b.Items[i]) {
				return false
			}
		}
		return true
	case Object:
		return sameMembers(a, b)
	}
	return a.Text == b.Text
}

func sameMembers(a, b *Value) bool {
	if len(a.Members) != len(b.Members) {
		return false
	}
	in := make(map[string]*Value, len(b.Members))
	for i := range b.Members {
		in[b.Members[i].Name] = &b.Members[i].Value
	}
	for i := range a.Members {
		if !Equal(&a.Members[i].Value, in[a.Members[i].Name]) {
			return false
		}
	}
	return true
}

func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if !strings.ContainsAny(a+b, ".eE") { // whole numbers of any size differ when their digits do
		return false
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}
