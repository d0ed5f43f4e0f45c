package iodef

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

// namespaces are those of XML, by the prefix that tags name them by.
var namespaces = map[string]string{
	"":     "urn:ietf:params:xml:ns:iodef-2.0",
	"sci":  "urn:ietf:params:xml:ns:iodef-sci-1.0",
	"enum": "urn:ietf:params:xml:ns:iodef-enum-1.0",
	"ds":   "http://www.w3.org/2000/09/xmldsig#",
}

var (
	timeType   = reflect.TypeFor[time.Time]()
	opaqueType = reflect.TypeFor[Opaque]()
	textType   = reflect.TypeFor[Text]()
)

// field is a field of a class as its tag describes it.
type field struct {
	index                          []int
	name, json                     string // json: as it is named there
	ns, flat, as, stands           string
	attr, text, need, algo, impact bool
	one                            []string
	kind                           reflect.Type // of one value: without list or pointer
	list, pointer                  bool
}

// class is what the fields of a struct are.
type class struct {
	fields []field
	text   *field // of what its element holds
}

// schema knows the classes that it was asked for. The zero value is ready; it is not safe for concurrent use.
type schema struct{ classes map[reflect.Type]*class }

// class gives the class of a struct.
func (s *schema) class(t reflect.Type) *class {
	if c := s.classes[t]; c != nil {
		return c
	}
	if s.classes == nil {
		s.classes = map[reflect.Type]*class{}
	}
	c := &class{}
	for _, f := range reflect.VisibleFields(t) {
		if tag, tagged := f.Tag.Lookup("iodef"); tagged {
			c.fields = append(c.fields, describe(f, tag))
		}
	}
	for i := range c.fields {
		if c.fields[i].text {
			c.text = &c.fields[i]
		}
	}
	s.classes[t] = c
	return c
}

// describe reads a field's tag. A tag that is wrong is a programmer's fault, and panics.
func describe(f reflect.StructField, tag string) field {
	parts := strings.Split(tag, ",")
	d := field{index: f.Index, name: parts[0], json: parts[0], kind: f.Type}
	for _, p := range parts[1:] {
		name, value, _ := strings.Cut(p, "=")
		switch name {
		case "attr":
			d.attr = true
		case "text":
			d.text = true
		case "need":
			d.need = true
		case "algorithm":
			d.algo = true
		case "impact":
			d.impact = true
		case "ns":
			d.ns = value
		case "flat":
			d.flat, d.json = value, value
		case "json":
			d.json = value
		case "as":
			d.as = value
		case "stands":
			d.stands = value
		case "one":
			if d.one = strings.Fields(words[value]); d.one == nil {
				panic("there are no words " + value)
			}
		default:
			panic("unknown in a tag: " + p)
		}
	}
	if d.kind.Kind() == reflect.Slice && d.kind != opaqueType {
		d.list, d.kind = true, d.kind.Elem()
	}
	if d.kind.Kind() == reflect.Pointer {
		d.pointer, d.kind = true, d.kind.Elem()
	}
	return d
}

// fault is what is wrong, and where.
type fault struct {
	path   string
	reason error
}

func (f *fault) Error() string {
	if f.path == "" {
		return f.reason.Error()
	}
	return f.path + ": " + f.reason.Error()
}

func (f *fault) Unwrap() error { return f.reason }

// in puts a name before the path of what is wrong.
func in(name string, err error) error {
	var f *fault
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &f):
		return &fault{name, err}
	case f.path == "":
		return &fault{name, f.reason}
	}
	return &fault{name + "." + f.path, f.reason}
}

// check holds a class against what its tags and its own rules demand, and all that is in it.
func (s *schema) check(v reflect.Value) error {
	c := s.class(v.Type())
	for i := range c.fields {
		f := &c.fields[i]
		at := v.FieldByIndex(f.index)
		if at.IsZero() || f.list && at.Len() == 0 {
			if f.need {
				return in(f.name, errors.New("it is missing"))
			}
			continue
		}
		if err := s.checkField(f, at, v); err != nil {
			return in(f.name, err)
		}
	}
	if own, ok := v.Addr().Interface().(interface{ check() error }); ok {
		return own.check()
	}
	return nil
}

// checkField holds a field's values, of which there are some, against its tag; of is what it stands in.
func (s *schema) checkField(f *field, at, of reflect.Value) error {
	if f.list {
		for i := range at.Len() {
			if err := s.checkValue(f, at.Index(i), of); err != nil {
				return err
			}
		}
		return nil
	}
	if f.pointer {
		at = at.Elem()
	}
	return s.checkValue(f, at, of)
}

func (s *schema) checkValue(f *field, v, of reflect.Value) error {
	switch {
	case f.kind.Kind() == reflect.Struct && f.kind != timeType:
		return s.check(v)
	case f.kind.Kind() == reflect.String:
		return s.checkText(f, v.String(), of)
	case f.as == "positive" && v.Float() <= 0:
		return fmt.Errorf("%g is not above 0", v.Float())
	}
	return nil
}

func (s *schema) checkText(f *field, text string, of reflect.Value) error {
	if f.one != nil && !slices.Contains(f.one, text) {
		return fmt.Errorf("%.40q is none of %s", text, strings.Join(f.one, ", "))
	}
	if text == "ext-value" && f.one != nil {
		for _, other := range s.class(of.Type()).fields {
			if other.name == "ext-"+f.name && of.FieldByIndex(other.index).IsZero() {
				return fmt.Errorf("it is ext-value, and there is no ext-%s", f.name)
			}
		}
	}
	if is, known := forms[f.as]; known && !is(text) {
		return fmt.Errorf("%.60q is no %s", text, f.as)
	}
	return nil
}

// forms are those of texts.
var forms = map[string]func(text string) bool{
	"id":       regexp.MustCompile(`^[\p{L}_][\p{L}\p{N}_.-]*$`).MatchString,
	"portlist": regexp.MustCompile(`^\d+(-\d+)?(,\d+(-\d+)?)*$`).MatchString,
	"timezone": regexp.MustCompile(`^(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$`).MatchString,
	"url":      func(text string) bool { _, err := url.Parse(text); return err == nil && text != "" },
}

// one demands that exactly one of some things is there, or at most one.
func one(must bool, there ...bool) error {
	n := 0
	for _, t := range there {
		if t {
			n++
		}
	}
	if n > 1 {
		return errors.New("it holds several things of which one is allowed")
	}
	if n == 0 && must {
		return errors.New("it holds none of the things of which one must be there")
	}
	return nil
}

func (n *Node) check() error {
	if len(n.Address)+len(n.DomainData) == 0 {
		return errors.New("it has neither an Address nor DomainData")
	}
	return nil
}

func (a *Assessment) check() error {
	if len(a.SystemImpact)+len(a.BusinessImpact)+len(a.TimeImpact)+len(a.MonetaryImpact)+len(a.IntendedImpact) == 0 {
		return errors.New("it has no impact")
	}
	return nil
}

func (d *DomainContacts) check() error {
	return one(true, d.SameDomainContact != "", len(d.Contact) > 0)
}

func (r *IndicatorReference) check() error { return one(true, r.UIDRef != "", r.EUIDRef != "") }

func (f *BulkObservableFormat) check() error {
	return one(true, f.Hash != nil, len(f.AdditionalData) > 0)
}

func (i *Indicator) check() error {
	return one(true, i.Observable != nil, i.ObservableReference != nil, i.IndicatorExpression != nil, i.IndicatorReference != nil)
}

func (o *Observable) check() error {
	there := []bool{len(o.AdditionalData) > 0}
	v := reflect.ValueOf(o).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer {
			there = append(there, !f.IsNil())
		}
	}
	return one(false, there...)
}

func (c *Confidence) check() error {
	if c.Rating == "numeric" && c.Value == nil {
		return errors.New("it is numeric and has no number")
	}
	return nil
}
