package rpsl

import (
	"bytes"
	"iter"
)

// Object is one RPSL object. Everything in it, the slices' contents included, is overwritten by the next one: copy what
// you keep. The views ([Object.Route] and its siblings) return copies.
type Object struct {
	Class []byte // the first attribute's name, in lower case: "route6"
	Key   []byte // the first attribute's value: "2001:db8::/32"
	// Attrs holds all attributes in order, the first among them. Names repeat.
	Attrs []Attr
	// Source is the registry, in upper case: the first word of source:, else the one the reader was given.
	Source string
	// Authenticated tells whether that registry vouches for the address holder's consent; see [Authenticated].
	Authenticated bool
	// Line is the line of the first attribute, from 1.
	Line int
}

// Attr is one attribute. The value is without comments and surrounding space, its lines joined by a newline; bytes are
// as in the file, which may be Latin-1 or UTF-8.
type Attr struct {
	Name  []byte // in lower case, without the colon
	Value []byte
}

// Is tells whether the object is of that class, given in lower case.
func (o *Object) Is(class string) bool { return string(o.Class) == class }

// Get gives the first value of an attribute, or nil.
func (o *Object) Get(name string) []byte {
	for i := range o.Attrs {
		if string(o.Attrs[i].Name) == name {
			return o.Attrs[i].Value
		}
	}
	return nil
}

// Has tells whether the object has an attribute with a value.
func (o *Object) Has(name string) bool {
	for i := range o.Attrs {
		if string(o.Attrs[i].Name) == name && len(o.Attrs[i].Value) > 0 {
			return true
		}
	}
	return false
}

// All gives every value of an attribute, in order.
func (o *Object) All(name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for i := range o.Attrs {
			if string(o.Attrs[i].Name) == name && !yield(o.Attrs[i].Value) {
				return
			}
		}
	}
}

// words gives every element of every value of an attribute whose values are lists, parted by commas or space.
func (o *Object) words(name string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for value := range o.All(name) {
			for w := range bytes.FieldsFuncSeq(value, isSeparator) {
				if !yield(w) {
					return
				}
			}
		}
	}
}

// isSeparator tells what parts the elements of a list.
func isSeparator(r rune) bool {
	return r == ',' || r == ' ' || r == '\t' || r == '\n'
}
