package iodef

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WriteXML writes a document as XML (RFC 7970), which the schema must agree with.
func WriteXML(w io.Writer, doc *Document) error {
	x := &xmlWriter{}
	root := reflect.ValueOf(doc).Elem()
	err := x.check(root)
	if err == nil {
		x.out.WriteString(xml.Header)
		err = x.element("IODEF-Document", root, true)
		x.out.WriteByte('\n')
	}
	if err == nil {
		_, err = w.Write(x.out.Bytes())
	}
	if err != nil {
		return fmt.Errorf("writing IODEF: %w", err)
	}
	return nil
}

type xmlWriter struct {
	schema
	out   bytes.Buffer
	depth int
}

// line begins a line.
func (x *xmlWriter) line() {
	if x.depth > 0 {
		x.out.WriteByte('\n')
	}
	for range x.depth {
		x.out.WriteByte(' ')
	}
}

// element writes a class as an element.
func (x *xmlWriter) element(name string, v reflect.Value, root bool) error {
	c := x.class(v.Type())
	x.line()
	x.out.WriteString("<" + name)
	if root {
		fmt.Fprintf(&x.out, ` version="2.00" xmlns="%s" xmlns:enum="%s" xmlns:sci="%s" xmlns:ds="%s"`,
			namespaces[""], namespaces["enum"], namespaces["sci"], namespaces["ds"])
	}
	for i := range c.fields {
		if f := &c.fields[i]; f.attr && !(root && f.name == "version") {
			x.attribute(f, v.FieldByIndex(f.index))
		}
	}
	content, err := x.content(v, c)
	switch {
	case err != nil:
		return in(name, err)
	case content == "":
		x.out.WriteString("/>")
		return nil
	}
	x.out.WriteString(">" + content)
	if strings.HasSuffix(content, ">") && c.text == nil {
		x.line()
	}
	x.out.WriteString("</" + name + ">")
	return nil
}

func (x *xmlWriter) attribute(f *field, v reflect.Value) {
	if v.IsZero() {
		return
	}
	name := f.name
	if name == "lang" {
		name = "xml:lang"
	}
	x.out.WriteString(" " + name + `="`)
	_ = xml.EscapeText(&x.out, []byte(plain(v)))
	x.out.WriteByte('"')
}

// content gives what an element of a class holds.
func (x *xmlWriter) content(v reflect.Value, c *class) (string, error) {
	if c.text != nil {
		text := plain(v.FieldByIndex(c.text.index))
		if dtype := v.FieldByName("DType"); dtype.IsValid() && dtype.String() == "xml" && strings.Contains(text, "<") && wellFormed([]byte(text)) == nil {
			return text, nil
		}
		return escape(text), nil
	}
	inner := &xmlWriter{schema: x.schema, depth: x.depth + 1}
	for i := range c.fields {
		f := &c.fields[i]
		at := v.FieldByIndex(f.index)
		if f.attr || at.IsZero() {
			continue
		}
		values := []reflect.Value{at}
		if f.list {
			values = values[:0]
			for i := range at.Len() {
				values = append(values, at.Index(i))
			}
		}
		for _, value := range values {
			if err := inner.value(f, value); err != nil {
				return "", err
			}
		}
	}
	return inner.out.String(), nil
}

// value writes one value of a field.
func (x *xmlWriter) value(f *field, v reflect.Value) error {
	name := f.name
	if f.ns != "" {
		name = f.ns + ":" + name
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if f.kind.Kind() == reflect.Struct && f.kind != timeType {
		return x.element(name, v, false)
	}
	x.line()
	switch {
	case f.algo:
		x.out.WriteString("<" + name + ` Algorithm="` + escape(plain(v)) + `"/>`)
	case f.kind == opaqueType:
		if err := wellFormed(v.Bytes()); err != nil {
			return in(f.name, err)
		}
		x.out.WriteString("<" + name + ">" + string(v.Bytes()) + "</" + name + ">")
	default:
		x.out.WriteString("<" + name + ">" + escape(plain(v)) + "</" + name + ">")
	}
	return nil
}

// plain gives a value of a plain kind as text.
func plain(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch v.Kind() {
	case reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case reflect.Struct:
		return v.Interface().(time.Time).Format(time.RFC3339Nano)
	}
	return v.String()
}

func escape(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}

// wellFormed says what is wrong with what an element is to hold.
func wellFormed(inner []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(slices.Concat([]byte("<x>"), inner, []byte("</x>"))))
	for depth, end := 0, false; ; {
		t, err := dec.Token()
		switch t.(type) {
		case xml.StartElement:
			if end {
				return errors.New("it closes what it did not open")
			}
			depth++
		case xml.EndElement:
			depth--
			end = depth == 0
		case xml.Directive, xml.ProcInst:
			return errors.New("it holds a directive")
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case depth > MaxDepth:
			return fmt.Errorf("it is deeper than %d levels", MaxDepth)
		}
	}
}
