package exchange

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"pahra/internal/desk/class"
	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// FloorReference is cited where an object cannot stand without another that does not leave.
const FloorReference agreement.Clause = "floor: reference"

// Copies are what a partner gets of a set of objects of STIX 2.1.
type Copies struct {
	Objects []*stix.Object // with the sender's identity and the markings in front; nil where nothing leaves
	Stories []Story
	Homes   map[string][]string // of each copy that is no marking and not the sender's identity, by its id: the ids of what it is a copy of
}

// Story is what became of objects that belong together by references, on which one decision is made.
type Story struct {
	IDs      []string // of the objects at home
	Decision agreement.Decision
	Lines    []Line // one for each property, or one with "*" for an object that does not leave
}

// prop is a property on its way.
type prop struct {
	name   string
	schema *stix.Property
	kind   agreement.Kind
	ruling agreement.Ruling
	value  jsontree.Value
	leaves bool
	frame  bool // it holds the object together
	action string
	label  values.TLP     // one of its own
	rest   jsontree.Value // of a pattern with masked values, what else may tell something
}

func (p *prop) drop(by agreement.Clause) {
	p.leaves, p.action, p.ruling.Clause = false, agreement.Drop.String(), by
}

// Objects decides on a set of objects and gives the copies for the redactor's partner. Objects that refer to each other are decided on
// together, by the strictest of what each asks.
func (r *Redactor) Objects(objects []*stix.Object, kinds *class.Tables, ask agreement.Request) Copies {
	return r.objects(objects, agreement.Facts{}, kinds, ask, false)
}

// SimulateObjects is Objects for those who look what would happen: lines have hashes of the values.
func (r *Redactor) SimulateObjects(objects []*stix.Object, kinds *class.Tables, ask agreement.Request) Copies {
	return r.objects(objects, agreement.Facts{}, kinds, ask, true)
}

// Item is Objects, where more is known of the set as a whole than its objects say: who told it and to whom that may be told, until when
// it must not leave and from when on, that it was taken back. Labels, kinds and whom it concerns are told by the objects alone.
func (r *Redactor) Item(objects []*stix.Object, known agreement.Facts, kinds *class.Tables, ask agreement.Request) Copies {
	return r.objects(objects, known, kinds, ask, false)
}

func (r *Redactor) objects(objects []*stix.Object, known agreement.Facts, kinds *class.Tables, ask agreement.Request, hashed bool) Copies {
	set := gather(objects)
	out := Copies{Homes: map[string][]string{}}
	var kept []*thing
	labels := map[*thing]values.TLP{}
	for _, story := range set.stories() {
		facts := set.facts(story, known, r.own(), kinds)
		d := r.decide(facts, len(story), ask)
		st := Story{Decision: d}
		for _, t := range story {
			st.IDs = append(st.IDs, t.object.ID())
		}
		if d.Verdict != agreement.Released {
			st.Lines = []Line{{Object: st.IDs[0], Field: "*", Action: d.Verdict.String(), Clause: d.Clause, Version: d.Version}}
			out.Stories = append(out.Stories, st)
			continue
		}
		r.redact(set, story, &facts[0], &d, ask)
		r.settle(set, story, &d)
		for _, t := range story {
			st.Lines = append(st.Lines, r.lines(t, d.Version, hashed)...)
			if t.away == "" {
				kept = append(kept, t)
				out.Homes[t.copied.ID()] = append(out.Homes[t.copied.ID()], t.object.ID())
				labels[t] = d.TLP
			}
		}
		out.Stories = append(out.Stories, st)
	}
	out.Objects = r.join(kept, labels)
	return out
}

// own gives the names under which the sender made objects.
func (r *Redactor) own() []string {
	from := r.table.Direction().From
	return []string{from, r.table.Party(from).Name}
}

// decide gives the strictest decision of all variants. Each object of the story is charged.
func (r *Redactor) decide(facts []agreement.Facts, objects int, ask agreement.Request) agreement.Decision {
	var strictest agreement.Decision
	label := values.NoTLP
	for i := range max(len(facts), objects) {
		if i >= objects {
			ask.Charge = nil
		}
		d := r.table.Decide(&facts[i%len(facts)], ask)
		label = max(label, d.TLP)
		if i == 0 || d.Verdict < strictest.Verdict {
			strictest = d
		}
	}
	if strictest.Verdict == agreement.Released {
		strictest.TLP = label
	}
	return strictest
}

// redact rules on every property of the objects of a story, does what was ruled, and then looks for what would tell of withheld values.
func (r *Redactor) redact(set *things, story []*thing, f *agreement.Facts, d *agreement.Decision, ask agreement.Request) {
	ask.Charge = nil
	w := work{set: set, facts: f, d: d, ask: ask, met: map[string]agreement.Ruling{}}
	for _, t := range story {
		w.search.Add(agreement.Text, t.object.ID())
		if _, uuid, err := stix.SplitID(t.object.ID()); err == nil {
			w.search.Add(agreement.Text, uuid)
		}
		if by := set.byID[t.object.Text("created_by_ref")]; by != nil && !slices.Contains(r.own(), by.object.Text("name")) {
			w.search.Add(agreement.Name, by.object.Text("name"))
		}
		switch {
		case !t.known || t.typ.Class == stix.Meta || t.object.IsVersion20():
			t.away = agreement.FloorDefault
		case t.object.Revoked():
			t.away = agreement.FloorRecall
		}
		t.parts = make([]prop, 0, len(t.object.Tree.Members))
		for i := range t.object.Tree.Members {
			t.parts = append(t.parts, r.rule(&w, t, &t.object.Tree.Members[i]))
		}
	}
	for _, t := range story {
		for i := range t.parts {
			r.carryOut(&w, t, &t.parts[i])
		}
	}
	for _, t := range story {
		for i := range t.parts {
			guardProp(t, &t.parts[i], &w.search)
		}
	}
}

// work is what is known while a story is redacted.
type work struct {
	set    *things
	facts  *agreement.Facts
	d      *agreement.Decision
	ask    agreement.Request
	met    map[string]agreement.Ruling // of addresses and times: the strictest ruling wherever one stands
	search Search
}

// meet notes a ruling on a value, if it is an address or a time.
func (w *work) meet(value string, r agreement.Ruling) {
	key := exactly(value)
	if key == "" {
		return
	}
	if was, met := w.met[key]; met {
		r = stricter(was, r)
	}
	w.met[key] = r
}

// strictest gives a ruling on a value, or the stricter one that holds for it elsewhere.
func (w *work) strictest(value string, r agreement.Ruling) agreement.Ruling {
	if met, found := w.met[exactly(value)]; found {
		return stricter(r, met)
	}
	return r
}

func stricter(a, b agreement.Ruling) agreement.Ruling {
	if a.Action.Within(b.Action) {
		return a
	}
	return agreement.Ruling{Action: a.Action.Meet(b.Action), Clause: b.Clause}
}

// exactly gives what is the same for all ways to write an address, a network or a second; "" for what is none.
func exactly(text string) string {
	if !isExact(text) {
		return ""
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return a.WithZone("").Unmap().String()
	}
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked().String()
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.UTC().Format(time.DateTime)
	}
	return ""
}

// isExact tells whether a text may be an address, a network or a time: trying costs.
func isExact(text string) bool {
	if len(text) < 2 || len(text) > 64 || !strings.ContainsAny(text, ".:") {
		return false
	}
	return nibbles[text[0]] != 0xff || text[0] == ':'
}

// left are the properties that the copy has its own of, or none.
var left = []string{"type", "id", "spec_version", "created_by_ref", "object_marking_refs", "granular_markings", "external_references", "lang", "extensions", "revoked"}

// silent are the properties whose values say nothing that texts could tell, or that are looked for otherwise.
var silent = []string{"type", "id", "spec_version", "pattern", "granular_markings", "lang"}

// rule rules on one property by itself.
func (r *Redactor) rule(w *work, t *thing, m *jsontree.Member) prop {
	p := prop{name: m.Name, value: m.Value.Clone(), ruling: agreement.Ruling{Clause: agreement.FloorDefault}}
	p.schema = t.typ.Property(m.Name)
	switch {
	case p.schema == nil || slices.Contains(left, m.Name):
		p.schema = nil
	case t.object.Type() == "indicator" && m.Name == "pattern":
		r.ruleTests(w, t)
		p.ruling = w.d.Field(agreement.Text, "indicator.pattern")
	default:
		f := r.stixField(&t.typ, p.schema, t.sides)
		p.kind = f.kind
		p.ruling = w.d.Field(f.kind, t.object.Type()+"."+m.Name, f.names...)
		if p.frame = f.frame || isReference(m.Name) || m.Name == "defanged"; p.frame {
			p.kind = agreement.Word
			if p.ruling.Clause == agreement.FloorDefault {
				p.ruling = agreement.Ruling{Action: agreement.Action{Do: agreement.Release}, Clause: Frame}
			} else if p.ruling.Action.Do != agreement.Release {
				p.ruling.Action = agreement.Action{}
			}
		}
	}
	r.granular(w, t, &p)
	if !slices.Contains(silent, m.Name) {
		leaves(telling(m.Name, &m.Value), func(v *jsontree.Value) { w.meet(v.Text, p.ruling) })
	}
	return p
}

// Frame is cited for what holds an object together, and leaves with it unless a clause names it.
const Frame agreement.Clause = "frame"

// carryOut does what was ruled, and notes what is withheld.
func (r *Redactor) carryOut(w *work, t *thing, p *prop) {
	was := t.object.Get(p.name)
	switch {
	case p.schema == nil:
		p.drop(p.ruling.Clause)
	case t.object.Type() == "indicator" && p.name == "pattern":
		r.pattern(w, t, p)
		return
	default:
		if p.kind == agreement.Address || p.kind == agreement.Time {
			p.ruling = w.strictest(p.value.Str(), p.ruling)
		}
		r.apply(t, p)
	}
	if (!p.leaves || !jsontree.Equal(&p.value, was)) && !slices.Contains(silent, p.name) && !isReference(p.name) {
		leaves(telling(p.name, was), func(v *jsontree.Value) { w.search.Add(p.kind, v.Text) })
	}
	if p.name == "extensions" {
		w.seekFields(t.object)
	}
}

// telling gives of a property what rulings and searches are about: all of it, but for Pahra's own extension.
func telling(name string, v *jsontree.Value) *jsontree.Value {
	if name == "extensions" {
		return foreign(v)
	}
	return v
}

// apply does what was ruled to all texts of a property. What stands in for a value goes where a text may stand, and never into an
// observable: of one that loses its value for it, observations tell in Pahra's extension.
func (r *Redactor) apply(t *thing, p *prop) {
	a := p.ruling.Action
	p.action, p.leaves = a.Do.String(), a.Do != agreement.Drop
	if !p.leaves || a.Do == agreement.Release {
		return
	}
	named := a.Do == agreement.Pseudonymise || a.Do == agreement.Replace
	fits := !named || p.schema.Kind == "text"
	leaves(&p.value, func(v *jsontree.Value) {
		after, done := r.keys.Transform(a, p.kind, v.Text)
		if a.Do == agreement.Bucket && done {
			if at, err := time.Parse(time.RFC3339, after); err == nil {
				after = at.UTC().Format("2006-01-02T15:04:05.000Z")
			}
		}
		if fits = fits && done && (v.Kind == jsontree.String || named && t.typ.Class == stix.Observable); fits {
			*v = jsontree.Str(after)
		}
	})
	switch {
	case !fits:
		p.drop(agreement.FloorUnfit)
	case named && t.typ.Class == stix.Observable:
		t.lent = append(t.lent, jsontree.Dict(jsontree.Member{Name: "property", Value: jsontree.Str(t.object.Type() + "." + p.name)}, jsontree.Member{Name: "stands_in", Value: p.value}))
		p.leaves = false
	}
}

// granular rules on a property that has a marking of its own: as an object with that label would be.
func (r *Redactor) granular(w *work, t *thing, p *prop) {
	for _, g := range granularOf(t.object, p.name) {
		m := w.set.mark(g)
		facts := *w.facts
		facts.TLP, facts.Version1 = m.tlp, m.version1
		own := r.table.Decide(&facts, w.ask)
		if own.Verdict != agreement.Released {
			p.ruling = agreement.Ruling{Clause: own.Clause}
			return
		}
		if own.TLP > w.d.TLP {
			p.label = max(p.label, own.TLP)
		}
	}
}

// granularOf gives the markings of a property, or of any part of it.
func granularOf(o *stix.Object, name string) (ids []string) {
	list := o.Get("granular_markings")
	if list == nil {
		return nil
	}
	for i := range list.Items {
		ref := list.Items[i].Get("marking_ref").Str()
		for _, s := range list.Items[i].Get("selectors").Strings() {
			if first, _, _ := strings.Cut(s, "."); ref != "" && first == name {
				ids = append(ids, ref)
			}
		}
	}
	return ids
}

// guardProp keeps a property that is let through from telling what is withheld: texts are rewritten, all else is dropped.
func guardProp(t *thing, p *prop, s *Search) {
	if !p.leaves || p.schema.Kind == "ref" || p.ruling.Action.Do != agreement.Release && p.name != "pattern" {
		return
	}
	if p.kind == agreement.Address || p.kind == agreement.Time {
		return // these are ruled on as what they are, wherever they stand
	}
	prose := p.schema.Kind == "text" && p.name != "pattern" && !p.frame && (t.typ.Class != stix.Observable || !p.schema.Required && (p.kind == agreement.Text || p.kind == agreement.Name))
	if tells(&p.value, s) {
		p.drop(FloorLeak)
		return
	}
	in := &p.value
	if p.rest.Kind == jsontree.String {
		in = &p.rest
	}
	leaves(in, func(v *jsontree.Value) {
		if !p.leaves || !s.In(p.kind, v.Text) {
			return
		}
		p.ruling.Clause = FloorLeak
		if !prose || v.Kind != jsontree.String {
			p.drop(FloorLeak)
			return
		}
		p.action = "rewrite"
		if rest, clean := s.Rewrite(v.Text); clean {
			v.Text = rest
		} else {
			v.Text = Withheld
		}
	})
}

// tells says whether the names of members tell of something, or members refer to objects, which nothing rules on.
func tells(v *jsontree.Value, s *Search) bool {
	return slices.ContainsFunc(v.Members, func(m jsontree.Member) bool {
		return isReference(m.Name) || s.In(agreement.Text, m.Name) || tells(&m.Value, s)
	}) || slices.ContainsFunc(v.Items, func(i jsontree.Value) bool { return tells(&i, s) })
}
