package iodef

import (
	"encoding/base64"
	"fmt"
	"io"
	"reflect"

	"pahra/wire/jsontree"
)

// WriteJSON writes a document as JSON (RFC 8727), which the schema must agree with. JSON does not tell flows and what
// restricts a Record apart; where it wants a word that the document does not have, it gets the one that stands for it.
func WriteJSON(w io.Writer, doc *Document) error {
	j := &jsonWriter{}
	root := reflect.ValueOf(doc).Elem()
	if err := j.check(root); err != nil {
		return fmt.Errorf("writing IODEF: %w", err)
	}
	v := j.object(root)
	v.Set("version", jsontree.Str("2.0"))
	if _, err := w.Write(append(v.Append(nil), '\n')); err != nil {
		return fmt.Errorf("writing IODEF: %w", err)
	}
	return nil
}

// Tree gives part of a document as JSON: what points to a class of it, such as *Assessment.
func Tree(class any) jsontree.Value {
	j := &jsonWriter{}
	return j.object(reflect.ValueOf(class).Elem())
}

type jsonWriter struct{ schema }

// object gives a class as an object.
func (j *jsonWriter) object(v reflect.Value) jsontree.Value {
	if v.Type() == textType {
		if t := v.Interface().(Text); t.Lang == "" && t.TranslationID == "" {
			return jsontree.Str(t.Value)
		}
	}
	o := jsontree.Dict()
	var impacts []jsontree.Value
	c := j.class(v.Type())
	for i := range c.fields {
		f := &c.fields[i]
		at := v.FieldByIndex(f.index)
		switch {
		case f.impact:
			for i := range at.Len() {
				impacts = append(impacts, jsontree.Dict(jsontree.Member{Name: f.json, Value: j.value(f, at.Index(i))}))
			}
		case f.text && !f.pointer && f.kind.Kind() == reflect.String:
			o.Set(f.json, jsontree.Str(at.String()))
		case at.IsZero() && f.stands != "":
			o.Set(f.json, jsontree.Str(f.stands))
		case at.IsZero():
		case f.flat != "":
			o.Set(f.json, j.flat(f, at))
		case f.list:
			o.Set(f.json, j.list(f, at))
		default:
			o.Set(f.json, j.value(f, at))
		}
	}
	if impacts != nil {
		o.Set("Impact", jsontree.List(impacts...))
	}
	return o
}

func (j *jsonWriter) list(f *field, at reflect.Value) jsontree.Value {
	list := jsontree.List()
	for i := range at.Len() {
		list.Items = append(list.Items, j.value(f, at.Index(i)))
	}
	return list
}

// flat gives what wrappers hold without them.
func (j *jsonWriter) flat(f *field, at reflect.Value) jsontree.Value {
	inner := j.class(f.kind).member(f.flat)
	if !f.list {
		return j.content(inner, at.Elem())
	}
	list := jsontree.List()
	for i := range at.Len() {
		content := j.content(inner, at.Index(i))
		if inner.list {
			list.Items = append(list.Items, content.Items...)
		} else {
			list.Items = append(list.Items, content)
		}
	}
	return list
}

// content gives what one wrapper holds.
func (j *jsonWriter) content(inner *field, wrapper reflect.Value) jsontree.Value {
	at := wrapper.FieldByIndex(inner.index)
	if inner.list {
		return j.list(inner, at)
	}
	return j.value(inner, at)
}

// value gives one value.
func (j *jsonWriter) value(f *field, v reflect.Value) jsontree.Value {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case f.kind == opaqueType:
		return jsontree.Str(base64.StdEncoding.EncodeToString(v.Bytes()))
	case f.kind.Kind() == reflect.Int64, f.kind.Kind() == reflect.Float64:
		return jsontree.Value{Kind: jsontree.Number, Text: plain(v)}
	case f.kind.Kind() == reflect.Struct && f.kind != timeType:
		return j.object(v)
	}
	return jsontree.Str(plain(v))
}
