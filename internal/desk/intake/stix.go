package intake

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"pahra/internal/desk/class"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// How much of a bundle is held at once. Objects further apart than that do not find one another; what says what
// malware, infrastructure and markings are is kept on.
const (
	heldOctets  = 16 << 20
	heldObjects = 100_000
	keptContext = 100_000
)

// stixReport is a report in STIX while it is read.
type stixReport struct {
	classes *class.Tables
	out     Out
	context map[string]stixContext // by id, of the whole report
	objects map[string]*stix.Object
	events  []string // the ids of the objects that events come from, in their order
	links   map[string][]stixLink
	octets  int
}

// stixContext is what is kept of an object that others refer to.
type stixContext struct {
	name  string
	hints []hint
	tlp   values.TLP
}

// stixLink is a relationship from an object.
type stixLink struct {
	kind, to string
	marks    []string
}

// readSTIX reads a bundle of STIX 2.1 or 2.0: indicators, observed data and sightings, with what they refer to.
func readSTIX(r io.Reader, _ Options, out Out) error {
	classes, err := class.Load()
	if err != nil {
		return err
	}
	s := &stixReport{classes: classes, out: out, context: map[string]stixContext{}}
	s.forget()
	in := stix.NewReader(r)
	for {
		o, err := in.Next()
		var bad *stix.BadObject
		switch {
		case errors.As(err, &bad):
			err = out.Bad(fmt.Sprintf("object %d", bad.Number), bad.Reason, cut(string(bad.Text)))
		case errors.Is(err, io.EOF):
			return s.flush()
		case err == nil:
			err = s.take(o, in)
		default: // what was read so far counts
			if first := s.flush(); first != nil {
				err = first
			}
		}
		if err != nil {
			return err
		}
	}
}

func (s *stixReport) forget() {
	s.objects, s.links, s.events, s.octets = map[string]*stix.Object{}, map[string][]stixLink{}, s.events[:0], 0
}

// take takes the next object in.
func (s *stixReport) take(o *stix.Object, in *stix.Reader) error {
	if faults := o.Check(); len(faults) > 0 && o.Type() != "marking-definition" {
		return s.out.Bad(fmt.Sprintf("object %d (%s)", in.Number(), o.ID()), faultsError(faults), cut(string(in.Text())))
	}
	t, known := stix.TypeOf(o.Type())
	switch {
	case o.Type() == "relationship":
		if from := o.Text("source_ref"); !o.Revoked() {
			s.links[from] = append(s.links[from], stixLink{o.Text("relationship_type"), o.Text("target_ref"), o.AllMarks()})
		}
		s.octets += 200
	case o.Type() == "indicator" || o.Type() == "observed-data" || o.Type() == "sighting" || o.Type() == "infrastructure" || o.Type() == "malware":
		s.hold(o, len(in.Text()))
	case known && t.Class == stix.Observable:
		s.objects[o.ID()] = o
		s.octets += len(in.Text())
	}
	if c, is := s.contextOf(o); is && len(s.context) < keptContext {
		s.context[o.ID()] = c
	}
	if s.octets > heldOctets || len(s.objects) > heldObjects {
		return s.flush()
	}
	return nil
}

// hold holds an object that events may come from; of two versions the later one.
func (s *stixReport) hold(o *stix.Object, octets int) {
	before, there := s.objects[o.ID()]
	if there {
		was, _ := before.Since()
		if is, _ := o.Since(); is.Before(was) {
			return
		}
	} else {
		s.events = append(s.events, o.ID())
	}
	s.objects[o.ID()] = o
	s.octets += octets
}

// contextOf gives what is kept of an object, if it is one that others refer to.
func (s *stixReport) contextOf(o *stix.Object) (stixContext, bool) {
	c := stixContext{name: o.Text("name")}
	switch o.Type() {
	case "marking-definition":
		c.tlp = stix.TLPOf(o)
	case "malware":
		c.hints = stixHints("malware-type/", o.List("malware_types"))
		if o.IsVersion20() {
			c.hints = stixHints("malware-type/", o.List("labels"))
		}
	case "infrastructure":
		c.hints = stixHints("infrastructure-type/", o.List("infrastructure_types"))
	case "identity", "threat-actor", "campaign", "intrusion-set", "tool", "attack-pattern":
	default:
		return c, false
	}
	c.hints = append(c.hints, stixHints("label/", o.List("labels"))...)
	return c, true
}

// faultsError says what is wrong with an object.
func faultsError(faults []stix.Fault) error {
	texts := make([]string, 0, 3)
	for i, f := range faults {
		if i == 3 {
			texts = append(texts, fmt.Sprintf("and %d more", len(faults)-i))
			break
		}
		texts = append(texts, f.String())
	}
	return errors.New(strings.Join(texts, "; "))
}
