package intake

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/wire/intelmq"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// flush gives the events of all that is held, in the order of the objects they come from, and forgets it.
func (s *stixReport) flush() error {
	defer s.forget()
	told := s.told()
	for _, id := range s.events {
		o := s.objects[id]
		if o.Revoked() {
			continue
		}
		var groups [][]pair
		var err error
		switch o.Type() {
		case "indicator":
			groups, err = s.indicatorGroups(o)
		case "observed-data":
			if groups = s.observedGroups(o); len(groups) == 0 && len(o.List("object_refs")) > 0 {
				err = errAway
			} else if told[id] {
				groups = nil
			}
		case "sighting":
			groups, err = s.sightingGroups(o)
		default:
			groups = s.consists(o)
		}
		if err != nil {
			err = s.out.Bad("object ("+id+")", err, cut(string(o.Append(nil))))
		} else {
			err = s.give(o, groups)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// told gives the observed data that gives no events by itself, because a sighting or an indicator tells of it.
func (s *stixReport) told() map[string]bool {
	told := map[string]bool{}
	for _, id := range s.events {
		o := s.objects[id]
		for _, ref := range o.List("observed_data_refs") {
			told[ref] = true
		}
		for _, l := range s.links[id] {
			if data := s.objects[l.to]; o.Type() == "indicator" && l.kind == "based-on" && data != nil {
				if groups, err := s.indicatorGroups(o); err == nil && covers(groups, s.observedGroups(data)) {
					told[l.to] = true
				}
			}
		}
	}
	return told
}

// covers tells whether the first list says of the fields of events all that the second says.
func covers(all, some [][]pair) bool {
	fields := func(group []pair) []intelmq.Field {
		var e intelmq.Event
		fill(&e, group)
		return slices.DeleteFunc(slices.Clone(e.Fields()), func(f intelmq.Field) bool { return strings.HasPrefix(f.Key, intelmq.Extra) })
	}
	for _, group := range some {
		want := fields(group)
		if !slices.ContainsFunc(all, func(g []pair) bool {
			have := fields(g)
			return !slices.ContainsFunc(want, func(f intelmq.Field) bool { return !slices.Contains(have, f) })
		}) {
			return false
		}
	}
	return true
}

// sightingGroups gives what was sighted: the observed data, or if there is none the observables of the indicator. A count
// of 0 says that it was not seen.
func (s *stixReport) sightingGroups(o *stix.Object) (groups [][]pair, err error) {
	if n, ok := o.Get("count").Int(); ok && n == 0 {
		return nil, nil
	}
	for _, ref := range o.List("observed_data_refs") {
		if data := s.objects[ref]; data != nil {
			groups = append(groups, s.observedGroups(data)...)
		}
	}
	of := s.objects[o.Text("sighting_of_ref")]
	switch {
	case groups != nil:
		return groups, nil
	case of != nil && of.Type() == "indicator":
		return s.indicatorGroups(of)
	case of == nil && strings.HasPrefix(o.Text("sighting_of_ref"), "indicator--"), len(o.List("observed_data_refs")) > 0:
		return nil, errAway
	}
	return [][]pair{{}}, nil
}

// errAway says that a report does not hold what one of its objects is about.
var errAway = errors.New("what it refers to is not in the report, or too far away in it")

// find gives an object that is held.
func (s *stixReport) find(id string) *stix.Object { return s.objects[id] }

// consists gives the observables that infrastructure consists of, or that malware speaks to.
func (s *stixReport) consists(o *stix.Object) (groups [][]pair) {
	wanted := map[string]string{"infrastructure": "consists-of", "malware": "communicates-with"}[o.Type()]
	for _, l := range s.links[o.ID()] {
		if to := s.objects[l.to]; l.kind == wanted && to != nil {
			if pairs := observablePairs(to, s.find); len(pairs) > 0 {
				groups = append(groups, pairs)
			}
		}
	}
	return groups
}

// give gives an event for each group.
func (s *stixReport) give(o *stix.Object, groups [][]pair) error {
	if len(groups) == 0 {
		return nil
	}
	var base intelmq.Event
	s.describe(&base, o)
	raw := o.Append(nil)
	if len(groups) > 1 && len(raw) > longestExtra { // not a large object many times
		raw = raw[:most]
	}
	if p := base.Text("extra.stix.pattern"); len(groups) > 1 && len(p) > most {
		base.Delete("extra.stix.pattern")
	}
	for _, group := range groups {
		e := base.Clone()
		fill(e, group)
		if err := s.out.Event(e, raw); err != nil {
			return err
		}
	}
	return nil
}

// stixExtra are the properties that go to extra.stix as they are.
var stixExtra = []string{"name", "created", "modified", "valid_from", "valid_until", "pattern", "pattern_type", "indicator_types", "infrastructure_types",
	"malware_types", "labels", "kill_chain_phases", "confidence", "first_observed", "last_observed", "number_observed", "first_seen", "last_seen",
	"count", "summary", "sighting_of_ref", "where_sighted_refs", "created_by_ref", "lang", "external_references", "granular_markings"}

// describe puts in what all events of an object have.
func (s *stixReport) describe(e *intelmq.Event, o *stix.Object) {
	e.Set(intelmq.ReportID, intelmq.Value{Text: o.ID()})
	for _, name := range stixExtra {
		if v := o.Get(name); v != nil && !(name == "pattern" && strings.Contains(v.Str(), "credential")) {
			addExtra(e, "stix."+name, jsonValue(v))
		}
	}
	addExtra(e, "stix.created_by", intelmq.Value{Text: s.context[o.Text("created_by_ref")].name})
	if t, ok := stixTime(o); ok {
		e.Set("time.source", intelmq.Moment(t))
	}
	text := o.Text("description")
	if text == "" {
		text = o.Text("name")
	}
	_ = e.Add("event_description.text", text) // too long: it stands in the raw report
	if refs := o.Get("external_references"); refs != nil {
		for i := range refs.Items {
			if _, there := e.Get("event_description.url"); !there {
				_ = e.Add("event_description.url", refs.Items[i].Get("url").Str()) // it stays in extra.stix.external_references
			}
		}
	}
	s.mark(e, o)
	s.classify(e, o)
}

// stixTime is when what an object tells of was last so.
func stixTime(o *stix.Object) (time.Time, bool) {
	for _, name := range [...]string{"last_observed", "last_seen", "first_seen", "valid_from"} {
		if t, ok := o.Time(name); ok {
			return t, true
		}
	}
	return o.Since()
}

// mark puts in the markings: the most restrictive label of TLP, and the ids of all.
func (s *stixReport) mark(e *intelmq.Event, o *stix.Object) {
	ids := o.AllMarks()
	refs := append(o.List("object_refs"), o.List("observed_data_refs")...)
	for _, l := range s.links[o.ID()] {
		refs, ids = append(refs, l.to), append(ids, l.marks...)
	}
	for _, ref := range append(refs, o.Text("sighting_of_ref")) {
		to := s.objects[ref]
		if to == nil {
			continue
		}
		ids = append(ids, to.AllMarks()...)
		for _, inner := range to.List("object_refs") {
			if sco := s.objects[inner]; sco != nil {
				ids = append(ids, sco.AllMarks()...)
			}
		}
	}
	label := values.NoTLP
	for _, id := range ids {
		label = max(label, stix.TLPByID(id), s.context[id].tlp)
	}
	if label != values.NoTLP {
		_ = e.Add("tlp", label.Label()) // each is one that the field takes
	}
	slices.Sort(ids)
	addExtra(e, "stix.object_marking_refs", textsOf(slices.Compact(ids)))
}

// classify tells the class by what is most telling: a machine tag, labels, types of infrastructure, what is indicated,
// types of the indicator, phases of a kill chain.
func (s *stixReport) classify(e *intelmq.Event, o *stix.Object) {
	of := o
	if sighted := s.objects[o.Text("sighting_of_ref")]; sighted != nil && sighted.Type() == "indicator" {
		of = sighted
	}
	hints := stixHints("label/", of.List("labels"))
	hints = append(hints, stixHints("infrastructure-type/", of.List("infrastructure_types"))...)
	if o.Type() == "malware" {
		hints = append(hints, hint{"stix", "relationship/communicates-with"})
	}
	for _, l := range s.links[of.ID()] {
		if l.kind == "indicates" || l.kind == "related-to" {
			hints = append(hints, s.indicated(e, l.to)...)
		}
	}
	if ref := o.Text("sighting_of_ref"); strings.HasPrefix(ref, "malware--") {
		hints = append(hints, hint{"stix", "sighting/malware"})
		s.indicated(e, ref)
	} else if o.Type() == "malware" {
		s.indicated(e, o.ID())
	}
	hints = append(hints, stixHints("indicator-type/", of.List("indicator_types"))...)
	if phases := of.Get("kill_chain_phases"); phases != nil {
		for i := range phases.Items {
			hints = append(hints, hint{"stix", "phase/" + phases.Items[i].Get("phase_name").Str()})
		}
	}
	setClass(e, s.classes, append(hints, mispHints(of.List("labels"))...))
}

// stixHints gives the hints of values of a property.
func stixHints(prefix string, list []string) []hint {
	out := make([]hint, len(list))
	for i, s := range list {
		out[i] = hint{"stix", prefix + s}
	}
	return out
}

// mispHints gives the hints of the labels that MISP's conversion to STIX sets, such as misp:category="Network activity".
func mispHints(labels []string) []hint {
	var category, typ string
	for _, l := range labels {
		if v, found := strings.CutPrefix(l, `misp:category="`); found {
			category = strings.TrimSuffix(v, `"`)
		} else if v, found := strings.CutPrefix(l, `misp:type="`); found {
			typ = strings.TrimSuffix(v, `"`)
		}
	}
	return []hint{{"misp", category + "/" + typ}, {"misp", "category/" + category}}
}

// indicated gives the hints of an object that is indicated, and puts the name of malware in.
func (s *stixReport) indicated(e *intelmq.Event, id string) []hint {
	c := s.context[id]
	if strings.HasPrefix(id, "malware--") || strings.HasPrefix(id, "tool--") {
		if _, there := e.Get("malware.name"); !there && c.name != "" {
			if e.Add("malware.name", c.name) != nil {
				addExtra(e, "malware.name", intelmq.Value{Text: c.name})
			}
		}
	} else if c.name != "" {
		typ, _, _ := strings.Cut(id, "--")
		addExtra(e, "stix."+typ, intelmq.Value{Text: c.name})
	}
	return c.hints
}

// tooMany says that one object tells of more observables than are taken from one.
func tooMany() error { return fmt.Errorf("it tells of more than %d observables", mostObservables) }

// mostObservables is how many events one object may give.
const mostObservables = 10_000
