package iodef

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// value reads an element into a value of a field.
func (x *xmlReader) value(start xml.StartElement, f *field, value reflect.Value, depth int) error {
	switch {
	case f.kind == opaqueType:
		from := x.dec.InputOffset()
		to, _, err := x.inner(depth)
		value.SetBytes(bytes.Clone(x.rec.between(from, to)))
		return err
	case f.algo:
		for _, a := range start.Attr {
			if a.Name.Local == "Algorithm" {
				value.SetString(a.Value)
			}
		}
		return x.pass(depth)
	case f.kind.Kind() == reflect.Struct && f.kind != timeType:
		return x.element(start, value, depth)
	}
	for _, a := range start.Attr {
		if a.Name.Space == "" && a.Name.Local != "xmlns" {
			x.wrong(in(f.name, fmt.Errorf("there is no attribute %.60q", a.Name.Local)))
		}
	}
	from := x.dec.InputOffset()
	to, text, err := x.inner(depth)
	if err != nil {
		return err
	}
	if text == nil {
		x.wrong(in(f.name, fmt.Errorf("it holds elements: %.40q", x.rec.between(from, to))))
		return nil
	}
	plain := string(text)
	if f.kind.Kind() != reflect.String || f.as != "" {
		plain = strings.TrimSpace(plain)
	}
	if err := setText(f, value, plain); err != nil {
		x.wrong(in(f.name, err))
	}
	return nil
}

// mixed reads what an extension holds: text, or elements where the type is xml.
func (x *xmlReader) mixed(v reflect.Value, f *field) error {
	from := x.dec.InputOffset()
	to, text, err := x.inner(0)
	if err != nil {
		return err
	}
	if text == nil {
		if dtype := v.FieldByName("DType").String(); dtype != "xml" {
			x.wrong(in(f.name, fmt.Errorf("it holds elements, and its dtype is %.20q", dtype)))
		}
		text = bytes.TrimSpace(x.rec.between(from, to))
	}
	v.FieldByIndex(f.index).SetString(string(text))
	return nil
}

// pass reads an element to its end.
func (x *xmlReader) pass(depth int) error {
	_, _, err := x.inner(depth)
	return err
}

// inner reads an element to its end, and gives where its content ends and its text, nil if there are elements in it.
func (x *xmlReader) inner(depth int) (end int64, text []byte, err error) {
	text, open, plain := []byte{}, 1, true
	for {
		end = x.dec.InputOffset()
		t, err := x.token()
		if err != nil {
			return end, nil, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			if open, plain = open+1, false; open+depth > MaxDepth {
				return end, nil, fmt.Errorf("it is deeper than %d levels", MaxDepth)
			}
		case xml.EndElement:
			if open--; open > 0 {
				continue
			}
			if !plain {
				text = nil
			}
			return end, text, nil
		case xml.CharData:
			text = append(text, t...)
		}
	}
}

// setText puts a text into a field's value of a plain kind.
func setText(f *field, to reflect.Value, text string) error {
	if f.pointer && to.Kind() == reflect.Pointer {
		if strings.TrimSpace(text) == "" {
			return nil
		}
		n := reflect.New(f.kind)
		to.Set(n)
		to = n.Elem()
	}
	switch to.Kind() {
	case reflect.String:
		to.SetString(text)
	case reflect.Int64:
		n, err := strconv.ParseInt(strings.TrimPrefix(strings.TrimSpace(text), "+"), 10, 64)
		if err != nil {
			return fmt.Errorf("%.40q is no whole number", text)
		}
		to.SetInt(n)
	case reflect.Float64:
		n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || n-n != 0 {
			return fmt.Errorf("%.40q is no number", text)
		}
		to.SetFloat(n)
	default:
		t, err := parseTime(text)
		if err != nil {
			return err
		}
		to.Set(reflect.ValueOf(t))
	}
	return nil
}

// parseTime reads a time as of RFC 3339. It keeps the offset.
func parseTime(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.IsZero() {
		return time.Time{}, fmt.Errorf("%.40q is no time as of RFC 3339", text)
	}
	return t, nil
}
