package exchange

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/stix/pattern"
	"pahra/wire/values"
)

// things holds the objects of a set by their ids.
type things struct {
	list    []*thing
	byID    map[string]*thing
	unsound map[string]string // of an id, why nothing can be made of it
}

// thing is one object on its way.
type thing struct {
	object *stix.Object
	typ    stix.Type
	known  bool     // its type is one of the standard
	sides  []string // of an observable
	parts  []prop
	lent   []jsontree.Value // pseudonyms in place of observables that an observation refers to
	away   agreement.Clause // which keeps it; "": it leaves
	id     string           // of the copy
	copied *stix.Object
}

// gather indexes a set. Of several versions of an object the latest counts; two that differ and have one time are unsound.
func gather(objects []*stix.Object) *things {
	s := &things{byID: map[string]*thing{}, unsound: map[string]string{}}
	for _, o := range objects {
		if o.Type() == "bundle" {
			continue
		}
		was := s.byID[o.ID()]
		if was == nil {
			t := &thing{object: o}
			t.typ, t.known = stix.TypeOf(o.Type())
			s.list, s.byID[o.ID()] = append(s.list, t), t
			continue
		}
		before, _ := was.object.Time("modified")
		after, _ := o.Time("modified")
		switch {
		case after.After(before):
			was.object = o
			delete(s.unsound, o.ID())
		case after.Equal(before) && !jsontree.Equal(&o.Tree, &was.object.Tree):
			s.unsound[o.ID()] = "two objects that differ have the id " + o.ID()
		}
	}
	s.sides()
	return s
}

// sides tells on which side of an event each observable stands: by what refers to it, else it is the source.
func (s *things) sides() {
	for _, t := range s.list {
		for name, side := range map[string]string{"src_ref": "source", "from_ref": "source", "sender_ref": "source", "dst_ref": "destination", "to_refs": "destination",
			"cc_refs": "destination", "bcc_refs": "destination"} {
			for _, id := range append(t.object.List(name), t.object.Text(name)) {
				if to := s.byID[id]; to != nil && !slices.Contains(to.sides, side) {
					to.sides = append(to.sides, side)
				}
			}
		}
	}
	for _, t := range s.list {
		if t.sides == nil {
			t.sides = []string{"source"}
		}
		slices.Sort(t.sides)
	}
}

// stories splits a set into what belongs together by references, in the order of the first objects. Of what tells nothing by itself
// (markings, identities that nothing but their works refers to) there is no story.
func (s *things) stories() (list [][]*thing) {
	next := map[*thing][]*thing{}
	for _, t := range s.list {
		for _, id := range references(&t.object.Tree) {
			if to := s.byID[id]; to != nil {
				next[t], next[to] = append(next[t], to), append(next[to], t)
			}
		}
	}
	seen := map[*thing]bool{}
	for _, t := range s.list {
		if seen[t] {
			continue
		}
		story := []*thing{t}
		seen[t] = true
		for i := 0; i < len(story); i++ {
			for _, to := range next[story[i]] {
				if !seen[to] {
					seen[to] = true
					story = append(story, to)
				}
			}
		}
		if slices.ContainsFunc(story, func(t *thing) bool { return t.typ.Class != stix.Meta && t.object.Type() != "identity" }) {
			list = append(list, story)
		}
	}
	return list
}

// facts gives what an agreement asks of a story, in as many variants as it has labels and classes: the strictest decision counts.
func (s *things) facts(story []*thing, known agreement.Facts, own []string, kinds *class.Tables) []agreement.Facts {
	base := agreement.Facts{Consent: known.Consent, Origin: known.Origin, Permits: known.Permits, Embargo: known.Embargo, Expires: known.Expires,
		Recalled: known.Recalled, Unsound: known.Unsound}
	for _, t := range story {
		if why := s.unsound[t.object.ID()]; why != "" {
			base.Unsound = why
		}
		base.Concerns = append(base.Concerns, t.concerns()...)
		if by := t.object.Text("created_by_ref"); by != "" && t.typ.Class != stix.Observable {
			name := by
			if creator := s.byID[by]; creator != nil && creator.object.Text("name") != "" {
				name = creator.object.Text("name")
			}
			if !slices.Contains(own, name) && known.Origin == "" {
				base.Origin = name
			}
		}
	}
	version1 := handle(story, &base)
	var list []agreement.Facts
	for _, label := range s.labels(story) {
		label.version1 = label.version1 || version1
		if label.unknown {
			base.Unsound = "it has a marking that is no label, and what that asks cannot be told"
		}
		for _, code := range codes(story, kinds) {
			f := base
			f.TLP, f.Version1, f.Kind = label.tlp, label.version1, code
			list = append(list, f)
		}
	}
	for i := range list {
		list[i].Unsound = base.Unsound
	}
	return list
}

// mark is what a marking says.
type mark struct {
	tlp               values.TLP
	version1, unknown bool
}

// mark reads a marking by its id, or by its definition in the set.
func (s *things) mark(id string) mark {
	label := stix.TLPByID(id)
	if t := s.byID[id]; t != nil {
		label = max(label, stix.TLPOf(t.object))
	}
	if label == values.NoTLP {
		return mark{unknown: true}
	}
	return mark{tlp: label, version1: id != stix.TLPID(label)}
}

// labels gives the labels of the objects of a story. Observables, identities and places without one have that of the rest.
func (s *things) labels(story []*thing) (list []mark) {
	add := func(m mark) {
		if !slices.Contains(list, m) {
			list = append(list, m)
		}
	}
	for _, t := range story {
		ids := t.object.List("object_marking_refs")
		for _, id := range ids {
			add(s.mark(id))
		}
		if t.typ.Class != stix.Observable && !slices.Contains([]string{"identity", "location", "marking-definition"}, t.object.Type()) && len(ids) == 0 {
			add(mark{})
		}
		for _, id := range t.object.AllMarks() {
			if m := s.mark(id); m.unknown {
				add(m)
			}
		}
	}
	if list == nil {
		add(mark{})
	}
	return list
}

// codes gives the classes that the objects of a story are of: by machine tags of the RSIT among labels, else by labels and types.
func codes(story []*thing, kinds *class.Tables) (list []class.Code) {
	add := func(code class.Code, found bool) {
		if found && code.Type != "undetermined" && !slices.Contains(list, code) {
			list = append(list, code)
		}
	}
	for _, t := range story {
		for _, l := range t.object.List("labels") {
			add(kinds.ParseTag(l))
		}
	}
	if list != nil {
		return list
	}
	for _, t := range story {
		for property, prefix := range map[string]string{"labels": "label/", "indicator_types": "indicator-type/", "infrastructure_types": "infrastructure-type/", "malware_types": "malware-type/"} {
			for _, word := range t.object.List(property) {
				for _, alias := range kinds.Lookup("stix", prefix+word, time.Time{}) {
					add(alias.Code, true)
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b class.Code) int { return strings.Compare(a.String(), b.String()) })
	if list == nil {
		return []class.Code{{Class: "other", Type: "undetermined"}}
	}
	return list
}

// concerns gives what an object is about.
func (t *thing) concerns() (list []agreement.Concern) {
	if country := t.object.Text("country"); t.object.Type() == "location" && country != "" {
		list = append(list, agreement.Concern{Side: "source", Country: strings.ToUpper(country)})
	}
	for _, side := range t.sides {
		if v := t.object.Get("value"); t.typ.Class == stix.Observable && v != nil {
			list = append(list, concern(side, v.Str())...)
		}
		if n, ok := t.object.Get("number").Int(); ok && t.object.Type() == "autonomous-system" && n > 0 && n < 1<<32 {
			list = append(list, agreement.Concern{Side: side, ASN: values.ASN(n)})
		}
	}
	if p, err := pattern.Parse(t.object.Text("pattern")); t.object.Type() == "indicator" && err == nil {
		for test := range p.Tests() {
			if test.Op != pattern.Equal && test.Op != pattern.In || test.Negated {
				continue
			}
			for _, v := range test.Values {
				list = append(list, concern(sideOf(test.Path), v.Text)...)
			}
		}
	}
	return list
}

// concern tells what a value of an observable is about: an address, a network, a name, a link's or a mail address's host.
func concern(side, text string) []agreement.Concern {
	c := agreement.Concern{Side: side}
	if a, err := netip.ParseAddr(text); err == nil {
		c.Address = netip.PrefixFrom(a.WithZone(""), a.BitLen())
		return []agreement.Concern{c}
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		c.Address = p
		return []agreement.Concern{c}
	}
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return concern(side, u.Hostname())
	}
	if _, host, mail := strings.Cut(text, "@"); mail {
		text = host
	}
	if !strings.Contains(text, ".") || strings.ContainsAny(text, " /") {
		return nil
	}
	c.Domain = strings.ToLower(strings.Trim(text, "."))
	return []agreement.Concern{c}
}
