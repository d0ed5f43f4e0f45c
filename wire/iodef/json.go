package iodef

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"pahra/wire/jsontree"
)

// jsonReader reads a document in JSON.
type jsonReader struct {
	schema
	in      *jsontree.Stream
	inside  bool // in the list of incidents
	done    bool // with that list
	version bool // it was told
}

// limits bound a value: an incident, or something beside them.
var limits = jsontree.Limits{Size: MaxIncident, Depth: MaxDepth, Values: 1_000_000}

func newJSONReader(r *bufio.Reader) *jsonReader {
	return &jsonReader{in: jsontree.NewStream(r, MaxIncident)}
}

func (j *jsonReader) open(doc *Document) error {
	if err := j.in.Enter('{'); err != nil {
		return err
	}
	return j.members(doc)
}

// members reads the document's members up to the list of incidents, or to its end.
func (j *jsonReader) members(doc *Document) error {
	for {
		more, err := j.in.More()
		if err != nil {
			return err
		}
		if !more {
			if !j.version {
				return errors.New("version: it is missing")
			}
			_, err := j.in.Peek()
			if err == nil {
				return errors.New("something follows the document")
			}
			return err // io.EOF
		}
		name, err := j.in.Key()
		if err != nil {
			return err
		}
		if name == "Incident" {
			if j.done {
				return errors.New("Incident: it is there twice")
			}
			j.inside = true
			return j.in.Enter('[')
		}
		if err := j.member(doc, name); err != nil {
			return in(name, err)
		}
	}
}

func (j *jsonReader) member(doc *Document, name string) error {
	raw, err := j.in.Raw()
	if err != nil {
		return err
	}
	v, err := jsontree.Parse(raw, limits)
	if err != nil {
		return err
	}
	root := reflect.ValueOf(doc).Elem()
	f := j.class(root.Type()).member(name)
	if f == nil {
		return errors.New("there is no such member")
	}
	if err := j.set(f, root.FieldByIndex(f.index), &v); err != nil {
		return err
	}
	if name == "version" {
		if j.version = true; doc.Version != "2.0" && doc.Version != "2.00" {
			return fmt.Errorf("it is %.40q", doc.Version)
		}
	}
	return j.checkField(f, root.FieldByIndex(f.index), root)
}

func (j *jsonReader) next(doc *Document) (inc *Incident, raw []byte, line int, err error) {
	for !j.inside {
		if err := j.members(doc); err != nil {
			return nil, nil, 0, err
		}
	}
	more, err := j.in.More()
	if err != nil {
		return nil, nil, 0, err
	}
	if !more {
		j.inside, j.done = false, true
		return j.next(doc)
	}
	raw, err = j.in.Raw()
	if errors.Is(err, jsontree.ErrTooLong) {
		return nil, nil, 0, &invalid{err}
	}
	if err != nil {
		return nil, nil, 0, err
	}
	v, err := jsontree.Parse(raw, limits)
	inc = &Incident{}
	to := reflect.ValueOf(inc).Elem()
	if err == nil {
		err = j.object(to, &v)
	}
	if err == nil {
		err = j.check(to)
	}
	if err != nil {
		return nil, raw, 0, &invalid{err}
	}
	return inc, raw, 0, nil
}

// member gives the field that a member of an object goes to.
func (c *class) member(name string) *field {
	i := slices.IndexFunc(c.fields, func(f field) bool { return f.json == name || f.name == name && f.flat == "" })
	if i < 0 {
		return nil
	}
	return &c.fields[i]
}

// object reads an object into a class.
func (j *jsonReader) object(to reflect.Value, v *jsontree.Value) error {
	c := j.class(to.Type())
	if to.Type() == textType && v.Is(jsontree.String) {
		to.FieldByName("Value").SetString(v.Text)
		return nil
	}
	if !v.Is(jsontree.Object) {
		return fmt.Errorf("it is %s, an object is expected", v.Kind)
	}
	for i := range v.Members {
		m := &v.Members[i]
		if m.Name == "Impact" && to.Type() == reflect.TypeFor[Assessment]() {
			if err := j.impacts(to, &m.Value); err != nil {
				return in("Impact", err)
			}
			continue
		}
		f := c.member(m.Name)
		if f == nil {
			return in(fmt.Sprintf("%.60s", m.Name), errors.New("there is no such member"))
		}
		if err := j.set(f, to.FieldByIndex(f.index), &m.Value); err != nil {
			return in(m.Name, err)
		}
	}
	return nil
}

// impacts reads the list of impacts: objects with one member each, named by the kind of the impact.
func (j *jsonReader) impacts(to reflect.Value, v *jsontree.Value) error {
	if !v.Is(jsontree.Array) {
		return fmt.Errorf("it is %s, a list is expected", v.Kind)
	}
	c := j.class(to.Type())
	for i := range v.Items {
		item := &v.Items[i]
		if len(item.Members) != 1 {
			return errors.New("an element has not one member")
		}
		m := &item.Members[0]
		f := c.member(m.Name)
		if f == nil || !f.impact {
			return fmt.Errorf("%.60q is no impact", m.Name)
		}
		if err := j.add(f, to.FieldByIndex(f.index), &m.Value); err != nil {
			return in(m.Name, err)
		}
	}
	return nil
}

// set reads a member's value into a field.
func (j *jsonReader) set(f *field, to reflect.Value, v *jsontree.Value) error {
	switch {
	case f.flat != "":
		return j.wrapped(f, to, v)
	case !f.list:
		value := reflect.New(f.kind).Elem()
		if err := j.value(f, value, v); err != nil {
			return err
		}
		put(f, to, value)
		return nil
	case !v.Is(jsontree.Array):
		return fmt.Errorf("it is %s, a list is expected", v.Kind)
	case len(v.Items) == 0:
		return errors.New("the list is empty")
	}
	for i := range v.Items {
		if err := j.add(f, to, &v.Items[i]); err != nil {
			return in(fmt.Sprintf("[%d]", i+1), err)
		}
	}
	return nil
}

// add reads an element of a list.
func (j *jsonReader) add(f *field, to reflect.Value, v *jsontree.Value) error {
	value := reflect.New(f.kind).Elem()
	if err := j.value(f, value, v); err != nil {
		return err
	}
	to.Set(reflect.Append(to, value))
	return nil
}

// wrapped reads what JSON has in place of a wrapper: its content. A wrapper that holds a list gets all of it; otherwise
// each element of the list has a wrapper of its own.
func (j *jsonReader) wrapped(f *field, to reflect.Value, v *jsontree.Value) error {
	inner := j.class(f.kind).member(f.flat)
	if inner.list || !f.list {
		wrapper := reflect.New(f.kind).Elem()
		if err := j.set(inner, wrapper.FieldByIndex(inner.index), v); err != nil {
			return err
		}
		put(f, to, wrapper)
		return nil
	}
	if !v.Is(jsontree.Array) || len(v.Items) == 0 {
		return errors.New("it is no list with elements")
	}
	for i := range v.Items {
		wrapper := reflect.New(f.kind).Elem()
		if err := j.set(inner, wrapper.FieldByIndex(inner.index), &v.Items[i]); err != nil {
			return err
		}
		put(f, to, wrapper)
	}
	return nil
}

// value reads one value.
func (j *jsonReader) value(f *field, to reflect.Value, v *jsontree.Value) error {
	switch {
	case f.kind == opaqueType:
		b, err := base64.StdEncoding.DecodeString(strings.Map(unwrapped, v.Text))
		if err != nil || !v.Is(jsontree.String) {
			return errors.New("it is no base64")
		}
		to.SetBytes(b)
		return nil
	case f.kind.Kind() == reflect.Struct && f.kind != timeType:
		return j.object(to, v)
	case f.kind.Kind() == reflect.Int64:
		n, whole := v.Int()
		if !whole {
			return errors.New("it is no whole number")
		}
		to.SetInt(n)
		return nil
	case f.kind.Kind() == reflect.Float64:
		n, ok := v.Float()
		if !ok {
			return errors.New("it is no number")
		}
		to.SetFloat(n)
		return nil
	case !v.Is(jsontree.String):
		return fmt.Errorf("it is %s, a string is expected", v.Kind)
	}
	return setText(f, to, v.Text)
}

// unwrapped drops line ends.
func unwrapped(r rune) rune {
	if r == '\n' || r == '\r' {
		return -1
	}
	return r
}
