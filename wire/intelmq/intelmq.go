// Package intelmq is the model of one line of a security report: an event, of fields with the names and the types of
// IntelMQ's harmonised data format, which reports of all kinds are turned into.
//
// An Event is a list of fields in the order of their names. Add puts a value in as the format wants it, or says why it is
// none; AppendJSON and Parse write and read the flat form, one object a line, with keys such as "source.ip". What has no
// name of its own lies under "extra.". The package knows the fields, not what an event means: classes and who is
// responsible are told by internal/desk.
package intelmq

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind is what a value is in JSON.
type Kind uint8

// The kinds of a value. Raw is a list or an object, its text JSON.
const (
	String Kind = iota
	Int
	Float
	Bool
	Raw
)

// Value is what a field holds: its text as it stands in JSON, a string without quotes and escapes.
type Value struct {
	Text string
	Kind Kind
}

// Field is a name and its value.
type Field struct {
	Key   string
	Value Value
}

// Event is one line of a report. The zero value is empty and ready. Not safe for concurrent use.
type Event struct {
	fields []Field // by key; no key twice
}

// Extra is what the names of fields begin with that the format does not know.
const Extra = "extra."

// ErrUnknown is wrapped by the error of Add for a name that the format does not know.
var ErrUnknown = errors.New("no such field")

// Fields gives the fields in the order of their names. They belong to the event.
func (e *Event) Fields() []Field { return e.fields }

// Get gives a field's value, if there is one.
func (e *Event) Get(key string) (Value, bool) {
	if i, found := e.find(key); found {
		return e.fields[i].Value, true
	}
	return Value{}, false
}

// Text gives a field's text; "" if there is none.
func (e *Event) Text(key string) string {
	v, _ := e.Get(key)
	return v.Text
}

// Set puts a value in as it is, in place of one that was there.
func (e *Event) Set(key string, v Value) {
	if n := len(e.fields); n == 0 || e.fields[n-1].Key < key { // as they mostly come
		e.fields = append(e.fields, Field{key, v})
		return
	}
	i, found := e.find(key)
	if !found {
		e.fields = slices.Insert(e.fields, i, Field{Key: key})
	}
	e.fields[i].Value = v
}

// SetNew puts a value in where there is none, and gives the one that was there.
func (e *Event) SetNew(key string, v Value) (was Value, there bool) {
	i, found := e.find(key)
	if found {
		return e.fields[i].Value, true
	}
	e.fields = slices.Insert(e.fields, i, Field{key, v})
	return Value{}, false
}

// Append puts a value in behind all others, for those who make events by the hundred thousand: the name must come after
// those of all fields that are there.
func (e *Event) Append(key string, v Value) { e.fields = append(e.fields, Field{key, v}) }

// Grow makes room for so many more fields.
func (e *Event) Grow(n int) { e.fields = slices.Grow(e.fields, n) }

// Delete takes a field out, if it is there.
func (e *Event) Delete(key string) {
	if i, found := e.find(key); found {
		e.fields = slices.Delete(e.fields, i, i+1)
	}
}

// Add puts a text in as the format wants a field of that name: trimmed, in its case, its number parsed. An empty text
// adds nothing, nor does one that is Ignored. A value that the field cannot have is an error, and so is an unknown name that
// does not begin with Extra.
func (e *Event) Add(key, value string) error {
	if value = strings.TrimSpace(value); value == "" {
		return nil
	}
	f, known := formats[key]
	switch {
	case strings.HasPrefix(key, Extra) && len(key) > len(Extra):
		f = text
	case !known:
		return fmt.Errorf("%.60s: %w", key, ErrUnknown)
	case Ignored(value):
		return nil
	}
	v, err := f(value)
	if err != nil {
		return fmt.Errorf("%.60s: %w", key, err)
	}
	e.Set(key, v)
	return nil
}

// Reset takes all fields out and keeps the room they took.
func (e *Event) Reset() { e.fields = e.fields[:0] }

// CopyFrom makes e like another event, and shares nothing with it that changes.
func (e *Event) CopyFrom(other *Event) { e.fields = append(e.fields[:0], other.fields...) }

// Clone gives a copy that shares nothing that changes.
func (e *Event) Clone() *Event { return &Event{fields: slices.Clone(e.fields)} }

func (e *Event) find(key string) (int, bool) {
	return slices.BinarySearchFunc(e.fields, key, func(f Field, key string) int { return strings.Compare(f.Key, key) })
}
