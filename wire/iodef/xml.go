package iodef

import (
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

const (
	xmlSpace = "http://www.w3.org/XML/1998/namespace"
	xsiSpace = "http://www.w3.org/2001/XMLSchema-instance"
)

// recorder keeps what was read since a mark, and no more of it than the bound.
type recorder struct {
	r    *bufio.Reader
	kept []byte
	from int64 // the offset of kept
}

var errTooLong = fmt.Errorf("an incident, or what stands between incidents, is longer than %d octets", MaxIncident)

func (r *recorder) Read([]byte) (int, error) {
	return 0, errors.New("iodef: it is read octet by octet") // encoding/xml calls ReadByte alone
}

// ReadByte makes encoding/xml read without a buffer of its own, so that its offsets are ours.
func (r *recorder) ReadByte() (byte, error) {
	c, err := r.r.ReadByte()
	if err != nil {
		return 0, err
	}
	if len(r.kept) == MaxIncident {
		return 0, errTooLong
	}
	r.kept = append(r.kept, c)
	return c, nil
}

// mark forgets what stands before an offset.
func (r *recorder) mark(offset int64) {
	r.kept = append(r.kept[:0], r.kept[offset-r.from:]...)
	r.from = offset
}

// between gives what stands between two offsets that are kept.
func (r *recorder) between(from, to int64) []byte { return r.kept[from-r.from : to-r.from] }

// xmlReader reads a document in XML.
type xmlReader struct {
	schema
	rec   *recorder
	dec   *xml.Decoder
	first error // what is wrong with the element that is read: the first thing, for the reading goes on to its end
}

func newXMLReader(r *bufio.Reader) *xmlReader {
	x := &xmlReader{rec: &recorder{r: r}}
	x.dec = xml.NewDecoder(x.rec)
	x.dec.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		if strings.EqualFold(charset, "us-ascii") {
			return in, nil
		}
		return nil, fmt.Errorf("it is written in %.40q, only UTF-8 is read", charset)
	}
	return x
}

// token gives the next token that means something. Document types, and with them entities, are refused.
func (x *xmlReader) token() (xml.Token, error) {
	for {
		t, err := x.dec.Token()
		if err != nil {
			return nil, err
		}
		switch t.(type) {
		case xml.Directive:
			return nil, errors.New("it has a document type definition, which is not read")
		case xml.Comment, xml.ProcInst:
			continue
		}
		return t, nil
	}
}

// open reads up to the first incident: the document's element and its attributes.
func (x *xmlReader) open(doc *Document) error {
	for {
		t, err := x.token()
		if err != nil {
			return err
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		switch {
		case start.Name.Space == "urn:ietf:params:xml:ns:iodef-1.0":
			return errors.New("it is IODEF version 1 (RFC 5070), only version 2 is read")
		case start.Name != xml.Name{Space: namespaces[""], Local: "IODEF-Document"}:
			return fmt.Errorf("it begins with an element %.60q of the namespace %.60q, not with an IODEF-Document", start.Name.Local, start.Name.Space)
		}
		x.attributes(start, reflect.ValueOf(doc).Elem())
		if doc.Version != "2.00" && doc.Version != "2.0" && doc.Version != "" {
			return fmt.Errorf("it is of version %.40q", doc.Version)
		}
		return x.first
	}
}

// next reads the next incident; io.EOF behind the last. What is wrong with an incident that is well-formed does not end
// the reading.
func (x *xmlReader) next(doc *Document) (inc *Incident, raw []byte, line int, err error) {
	for {
		offset := x.dec.InputOffset()
		x.rec.mark(offset)
		t, err := x.token()
		if err != nil {
			return nil, nil, 0, err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return nil, nil, 0, x.close()
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, nil, 0, fmt.Errorf("%.40q stands between incidents", bytes.TrimSpace(t))
			}
		case xml.StartElement:
			line, _ = x.dec.InputPos()
			if t.Name.Space == namespaces[""] && t.Name.Local == "Incident" {
				inc = &Incident{}
				err := x.whole(t, reflect.ValueOf(inc).Elem())
				return inc, x.rec.between(offset, x.dec.InputOffset()), line, err
			}
			if t.Name != (xml.Name{Space: namespaces[""], Local: "AdditionalData"}) {
				return nil, nil, 0, fmt.Errorf("line %d: an element %.60q stands where an Incident is expected", line, t.Name.Local)
			}
			var data Extension
			if err := x.whole(t, reflect.ValueOf(&data).Elem()); err != nil {
				return nil, nil, 0, in("AdditionalData", err)
			}
			doc.AdditionalData = append(doc.AdditionalData, data)
		}
	}
}

// close reads what follows the document.
func (x *xmlReader) close() error {
	for {
		t, err := x.token()
		if err != nil {
			return err
		}
		if c, ok := t.(xml.CharData); !ok || len(bytes.TrimSpace(c)) > 0 {
			return errors.New("something follows the document")
		}
	}
}

// invalid is what is wrong with something that is well-formed and was read to its end.
type invalid struct{ reason error }

func (i *invalid) Error() string { return i.reason.Error() }

// whole reads an element and holds it against the schema. If it is well-formed it is read to its end.
func (x *xmlReader) whole(start xml.StartElement, v reflect.Value) error {
	x.first = nil
	if err := x.element(start, v, 0); err != nil {
		return err
	}
	if x.first == nil {
		x.first = x.check(v)
	}
	if x.first != nil {
		return &invalid{x.first}
	}
	return nil
}

// wrong notes what is wrong, if it is the first thing.
func (x *xmlReader) wrong(err error) {
	if x.first == nil && err != nil {
		line, _ := x.dec.InputPos()
		x.first = fmt.Errorf("line %d: %w", line, err)
	}
}

// attributes reads an element's attributes into a class.
func (x *xmlReader) attributes(start xml.StartElement, v reflect.Value) {
	c := x.class(v.Type())
	seen := map[xml.Name]bool{}
	for _, a := range start.Attr {
		name := a.Name.Local
		switch {
		case a.Name.Space == "xmlns" || a.Name.Space == "" && name == "xmlns" || a.Name.Space == xsiSpace:
			continue
		case seen[a.Name]:
			x.wrong(in(start.Name.Local+"."+name, errors.New("it is there twice")))
			continue
		case a.Name.Space == xmlSpace && name != "lang", a.Name.Space != xmlSpace && a.Name.Space != "":
			continue // of others
		}
		seen[a.Name] = true
		f := c.find(name, "", true)
		if f == nil || (name == "lang") != (a.Name.Space == xmlSpace) {
			x.wrong(in(start.Name.Local, fmt.Errorf("there is no attribute %.60q", name)))
			continue
		}
		if err := setText(f, v.FieldByIndex(f.index), a.Value); err != nil {
			x.wrong(in(start.Name.Local+"."+name, err))
		}
	}
}

// find gives the field of an attribute or of an element.
func (c *class) find(name, ns string, attr bool) *field {
	for i := range c.fields {
		if f := &c.fields[i]; f.name == name && f.attr == attr && !f.text && namespaces[f.ns] == namespaces[ns] {
			return f
		}
	}
	return nil
}

// element reads an element into a class, to its end. The error is that of the reading.
func (x *xmlReader) element(start xml.StartElement, v reflect.Value, depth int) error {
	if depth == MaxDepth {
		return fmt.Errorf("it is deeper than %d levels", MaxDepth)
	}
	x.attributes(start, v)
	c := x.class(v.Type())
	switch v.Addr().Interface().(type) {
	case *Extension, *SoftwareReference:
		return x.mixed(v, c.text)
	}
	var text []byte
	for {
		t, err := x.token()
		if err != nil {
			return err
		}
		switch t := t.(type) {
		case xml.EndElement:
			return x.content(start.Name.Local, text, c, v)
		case xml.CharData:
			text = append(text, t...)
		case xml.StartElement:
			if err := x.child(t, start.Name.Local, v, c, depth); err != nil {
				return err
			}
		}
	}
}

// content takes the text that an element holds.
func (x *xmlReader) content(name string, text []byte, c *class, v reflect.Value) error {
	trimmed := strings.TrimSpace(string(text))
	switch {
	case c.text != nil:
		if c.text.kind.Kind() == reflect.String {
			trimmed = string(text)
		}
		if err := setText(c.text, v.FieldByIndex(c.text.index), trimmed); err != nil {
			x.wrong(in(name, err))
		}
	case trimmed != "":
		x.wrong(in(name, fmt.Errorf("it holds the text %.40q", trimmed)))
	}
	return nil
}

// child reads an element that stands in one of a class.
func (x *xmlReader) child(start xml.StartElement, parent string, v reflect.Value, c *class, depth int) error {
	f := c.element(start.Name)
	if f == nil {
		x.wrong(in(parent, fmt.Errorf("there is no element %.60q of the namespace %.60q", start.Name.Local, start.Name.Space)))
		return x.pass(depth + 1)
	}
	to := v.FieldByIndex(f.index)
	if !f.list && !to.IsZero() {
		x.wrong(in(parent+"."+f.name, errors.New("it is there twice")))
		return x.pass(depth + 1)
	}
	value := reflect.New(f.kind).Elem()
	if err := x.value(start, f, value, depth+1); err != nil {
		return err
	}
	put(f, to, value)
	return nil
}

// put puts a value into a field.
func put(f *field, to, value reflect.Value) {
	switch {
	case f.list:
		to.Set(reflect.Append(to, value))
	case f.pointer:
		to.Set(value.Addr())
	default:
		to.Set(value)
	}
}

// element gives the field of a child element.
func (c *class) element(name xml.Name) *field {
	for prefix, space := range namespaces {
		if space == name.Space {
			return c.find(name.Local, prefix, false)
		}
	}
	return nil
}
