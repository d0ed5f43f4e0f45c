package story

import (
	"fmt"
	"strings"

	"pahra/internal/exchange"
	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
)

// Read gives back the events of items: those of which an observation or a note has Pahra's extension. Others are for the desk's intake, which reads
// any STIX.
func Read(objects []*stix.Object) (events []*intelmq.Event, err error) {
	byID := make(map[string]*stix.Object, len(objects))
	for _, o := range objects {
		byID[o.ID()] = o
	}
	for _, o := range objects {
		list := o.Get("extensions").Get(exchange.StixExtension).Get(exchange.Fields)
		if list == nil {
			continue
		}
		e, err := readEvent(o, list, byID)
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", o.ID(), err)
		}
		events = append(events, e)
	}
	return events, nil
}

func readEvent(o *stix.Object, list *jsontree.Value, byID map[string]*stix.Object) (*intelmq.Event, error) {
	e := new(intelmq.Event)
	for i := range list.Items {
		f := &list.Items[i]
		name, v := f.Get("name").Str(), f.Get("value")
		switch {
		case name == "" || strings.HasPrefix(name, agreement.Internal):
			return nil, fmt.Errorf("field %d has no name that a field may have", i+1)
		case f.Get("ref") != nil:
			if v = primary(byID[f.Get("ref").Str()]); v == nil {
				return nil, fmt.Errorf("%s: %s is not there", name, f.Get("ref").Str())
			}
			e.Set(name, refValue(name, v))
		case f.Get("json") != nil:
			e.Set(name, intelmq.Value{Text: f.Get("json").Str(), Kind: intelmq.Raw})
		case v == nil:
			return nil, fmt.Errorf("%s has no value", name)
		default:
			e.Set(name, valueOf(v))
		}
	}
	handling := o.Get("extensions").Get(exchange.StixExtension).Get(exchange.Handling)
	if handling.Is(jsontree.Object) {
		for _, m := range handling.Members {
			if m.Name != "tlp_1" {
				e.Set(agreement.Internal+m.Name, valueOf(&m.Value))
			}
		}
	}
	return e, nil
}

// primary gives the value of an observable that a field has.
func primary(o *stix.Object) *jsontree.Value {
	if o == nil {
		return nil
	}
	for _, name := range [...]string{"value", "number", "account_login"} {
		if v := o.Get(name); v != nil {
			return v
		}
	}
	return nil
}

// refValue gives the value of a field that an observable has: an AS number is one, all else is a text.
func refValue(name string, v *jsontree.Value) intelmq.Value {
	if strings.HasSuffix(name, ".asn") {
		return intelmq.Value{Text: v.Text, Kind: intelmq.Int}
	}
	return intelmq.Value{Text: v.Text}
}

func valueOf(v *jsontree.Value) intelmq.Value {
	switch v.Kind {
	case jsontree.Number:
		if strings.ContainsAny(v.Text, ".eE") {
			return intelmq.Value{Text: v.Text, Kind: intelmq.Float}
		}
		return intelmq.Value{Text: v.Text, Kind: intelmq.Int}
	case jsontree.Bool:
		return intelmq.Value{Text: v.Text, Kind: intelmq.Bool}
	}
	return intelmq.Value{Text: v.Text}
}
