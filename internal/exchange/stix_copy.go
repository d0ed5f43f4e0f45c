package exchange

import (
	"slices"
	"strings"

	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// StixExtension is the extension in which observations tell of what stands in for values of observables that do not leave. It is
// documented in docs/agreements.md.
const StixExtension = "extension-definition--5c0f6c0e-3b57-4d0e-9a4f-6f0f2f0d8c11"

// identityID gives the id of the sender's identity for this partner.
func (r *Redactor) identityID() string {
	return "identity--" + r.keys.ID("team "+r.table.Direction().From)
}

// settle takes out what cannot stand: references to what does not leave, and objects that break the standard without what was
// dropped; until nothing changes.
func (r *Redactor) settle(set *things, story []*thing, d *agreement.Decision) {
	for changed := true; changed; {
		changed = false
		fall(set, story)
		for _, t := range story {
			t.id, t.copied = "", nil
		}
		for _, t := range story {
			if t.away == "" {
				t.copied = r.copied(set, t, d)
				if len(t.copied.Check()) > 0 {
					t.away, changed = agreement.FloorUnfit, true
				}
			}
		}
	}
}

// fall withholds what cannot leave for what it lacks, and then what lacks that.
func fall(set *things, story []*thing) {
	var users map[*thing][]*thing // which objects require another; made when one falls
	for left := slices.Clone(story); len(left) > 0; {
		t := left[len(left)-1]
		left = left[:len(left)-1]
		if t.away == "" {
			if t.away = lacks(set, t); t.away == "" {
				continue
			}
			if users == nil {
				users = requiredBy(set, story)
			}
			left = append(left, users[t]...)
			users[t] = nil
		}
	}
}

// requiredBy gives for each object those that have it in a required reference.
func requiredBy(set *things, story []*thing) map[*thing][]*thing {
	users := map[*thing][]*thing{}
	for _, t := range story {
		for i := range t.parts {
			p := &t.parts[i]
			if p.schema == nil || p.schema.Kind != "ref" || !p.schema.Required {
				continue
			}
			for _, id := range append(p.value.Strings(), p.value.Str()) {
				if to := set.byID[id]; to != nil {
					users[to] = append(users[to], t)
				}
			}
		}
	}
	return users
}

// lacks tells by which clause an object cannot leave, "" if it can: one of its required properties is dropped or refers to nothing.
func lacks(set *things, t *thing) agreement.Clause {
	for i := range t.typ.Properties {
		p := &t.typ.Properties[i]
		if !p.Required {
			continue
		}
		at := slices.IndexFunc(t.parts, func(own prop) bool { return own.name == p.Name })
		switch {
		case at < 0:
			return agreement.FloorUnfit
		case !t.parts[at].leaves:
			return t.parts[at].ruling.Clause
		case p.Kind == "ref" && len(stays(set, &t.parts[at].value)) == 0:
			return FloorReference
		}
	}
	return ""
}

// stays gives the objects of references that leave.
func stays(set *things, v *jsontree.Value) (list []*thing) {
	ids := v.Strings()
	if v.Is(jsontree.String) {
		ids = []string{v.Text}
	}
	for _, id := range ids {
		if to := set.byID[id]; to != nil && to.away == "" && to.parts != nil && !slices.Contains(list, to) {
			list = append(list, to)
		}
	}
	return list
}

// newID gives the id of a copy: of an observable that of its new value, else one that only the sender can lead back.
func (r *Redactor) newID(set *things, t *thing) string {
	if t.id != "" {
		return t.id
	}
	t.id = t.object.Type() + "--" + r.keys.ID(t.object.ID())
	if t.typ.Class != stix.Observable {
		return t.id
	}
	o := &stix.Object{Tree: jsontree.Dict(jsontree.Member{Name: "type", Value: jsontree.Str(t.object.Type())})}
	for i := range t.parts {
		p := &t.parts[i]
		switch {
		case !p.leaves:
		case p.name == "src_ref" || p.name == "dst_ref" || p.name == "from_ref" || p.name == "parent_directory_ref":
			if to := stays(set, &p.value); len(to) > 0 {
				o.Tree.Set(p.name, jsontree.Str(r.newID(set, to[0])))
			}
		case p.schema.Kind != "ref":
			o.Tree.Set(p.name, p.value)
		}
	}
	if id, err := stix.ObservableID(o); err == nil && id != "" {
		t.id = id
	}
	return t.id
}

// copied puts the copy of an object together.
func (r *Redactor) copied(set *things, t *thing, d *agreement.Decision) *stix.Object {
	tree := jsontree.Dict(jsontree.Member{Name: "type", Value: jsontree.Str(t.object.Type())}, jsontree.Member{Name: "spec_version", Value: jsontree.Str("2.1")},
		jsontree.Member{Name: "id", Value: jsontree.Str(r.newID(set, t))})
	if t.typ.Class != stix.Observable {
		tree.Set("created_by_ref", jsontree.Str(r.senderID))
	}
	var lent, granular []jsontree.Value
	for i := range t.parts {
		p := &t.parts[i]
		switch {
		case !p.leaves:
			continue
		case p.schema.Kind == "ref":
			to := stays(set, &p.value)
			if t.object.Type() == "observed-data" && p.name == "object_refs" {
				lent = lentBy(set, &p.value)
			}
			if len(to) == 0 {
				continue
			}
			tree.Set(p.name, r.refs(set, p, to))
		default:
			tree.Set(p.name, p.value)
		}
		if p.label != values.NoTLP {
			granular = append(granular, jsontree.Dict(jsontree.Member{Name: "marking_ref", Value: jsontree.Str(stix.TLPID(p.label))},
				jsontree.Member{Name: "selectors", Value: jsontree.List(jsontree.Str(p.name))}))
		}
	}
	if m := tree.Get("valid_until"); m != nil && m.Str() == tree.Get("valid_from").Str() {
		tree.Delete("valid_until") // both lie in one hour or day
	}
	tree.Set("object_marking_refs", jsontree.List(jsontree.Str(stix.TLPID(d.TLP))))
	if granular != nil {
		tree.Set("granular_markings", jsontree.List(granular...))
	}
	if lent != nil {
		tree.Set("extensions", jsontree.Dict(jsontree.Member{Name: StixExtension, Value: jsontree.Dict(
			jsontree.Member{Name: "extension_type", Value: jsontree.Str("property-extension")}, jsontree.Member{Name: "observed", Value: jsontree.List(lent...)})}))
	}
	return &stix.Object{Tree: tree}
}

// lentBy gives what stands in for values of observables that references are to.
func lentBy(set *things, refs *jsontree.Value) (list []jsontree.Value) {
	for _, id := range refs.Strings() {
		if to := set.byID[id]; to != nil {
			list = append(list, to.lent...)
		}
	}
	slices.SortFunc(list, func(a, b jsontree.Value) int { return strings.Compare(text(&a), text(&b)) })
	return list
}

// refs writes references to copies, in the order of these: that of the originals could tell of what is hidden, such as an observable's id.
func (r *Redactor) refs(set *things, p *prop, to []*thing) jsontree.Value {
	if !p.schema.List {
		return jsontree.Str(r.newID(set, to[0]))
	}
	var ids []jsontree.Value
	for _, t := range to {
		if id := jsontree.Str(r.newID(set, t)); !slices.ContainsFunc(ids, func(v jsontree.Value) bool { return v.Text == id.Text }) {
			ids = append(ids, id)
		}
	}
	return inText(ids)
}

// inText gives a list of texts in order.
func inText(texts []jsontree.Value) jsontree.Value {
	slices.SortFunc(texts, func(a, b jsontree.Value) int { return strings.Compare(a.Text, b.Text) })
	return jsontree.List(texts...)
}

// inOrder sorts copies by what their reader sees of them, so that their order tells nothing of the originals.
func inOrder(kept []*thing) {
	bytesOf := map[*thing]string{}
	for _, t := range kept {
		bytesOf[t] = t.copied.ID() + string(t.copied.Tree.Append(nil))
	}
	slices.SortFunc(kept, func(a, b *thing) int { return strings.Compare(bytesOf[a], bytesOf[b]) })
}

// join makes one list of the copies: observables that have become the same are one, with the references of all and the strictest
// label. The sender's identity and the markings stand in front.
func (r *Redactor) join(kept []*thing, labels map[*thing]values.TLP) []*stix.Object {
	if len(kept) == 0 {
		return nil
	}
	inOrder(kept)
	first := map[string]*thing{}
	var list []*stix.Object
	used := map[values.TLP]bool{}
	for _, t := range kept {
		for _, p := range t.parts {
			used[p.label] = used[p.label] || p.leaves
		}
		was := first[t.copied.ID()]
		if was == nil {
			first[t.copied.ID()] = t
			list = append(list, t.copied)
			continue
		}
		merge(&was.copied.Tree, &t.copied.Tree)
		labels[was] = max(labels[was], labels[t])
		was.copied.Tree.Set("object_marking_refs", jsontree.List(jsontree.Str(stix.TLPID(labels[was]))))
	}
	for _, t := range first {
		used[labels[t]] = true
	}
	head := []*stix.Object{{Tree: r.sender.Tree.Clone()}} // who gets copies may change them
	for label := values.TLPClear; label <= values.TLPRed; label++ {
		if used[label] {
			head = append(head, &stix.Object{Tree: r.markings[label].Tree.Clone()})
		}
	}
	if slices.ContainsFunc(list, func(o *stix.Object) bool { return own(o) != nil }) {
		head = append(head, Definition())
	}
	return append(head, list...)
}

// merge puts the references of one observable into another of the same id.
func merge(into, from *jsontree.Value) {
	for i := range from.Members {
		m := &from.Members[i]
		if !isReference(m.Name) || m.Name == "object_marking_refs" || m.Value.Kind != jsontree.Array {
			continue
		}
		have := into.Get(m.Name)
		if have == nil {
			into.Set(m.Name, m.Value)
			continue
		}
		for _, id := range m.Value.Items {
			if !slices.Contains(have.Strings(), id.Text) {
				have.Items = append(have.Items, id)
			}
		}
		*have = inText(have.Items)
	}
}

// identity gives the sender, as this partner knows it.
func (r *Redactor) identity() *stix.Object {
	from := r.table.Party(r.table.Direction().From)
	start := jsontree.Str(r.table.Start().UTC().Format("2006-01-02T15:04:05.000Z"))
	return &stix.Object{Tree: jsontree.Dict(jsontree.Member{Name: "type", Value: jsontree.Str("identity")}, jsontree.Member{Name: "spec_version", Value: jsontree.Str("2.1")},
		jsontree.Member{Name: "id", Value: jsontree.Str(r.senderID)}, jsontree.Member{Name: "created", Value: start}, jsontree.Member{Name: "modified", Value: start},
		jsontree.Member{Name: "name", Value: jsontree.Str(from.Name)}, jsontree.Member{Name: "identity_class", Value: jsontree.Str("organization")})}
}

// lines tell what became of an object, with hashes of what was there if they are asked for.
func (r *Redactor) lines(t *thing, version int, hashed bool) []Line {
	id := t.object.ID()
	if t.away != "" {
		return []Line{{Object: id, Field: "*", Action: "withhold", Clause: t.away, Version: version}}
	}
	list := make([]Line, 0, len(t.parts))
	for i := range t.parts {
		p := &t.parts[i]
		if slices.Contains([]string{"type", "id", "spec_version", "created_by_ref", "granular_markings"}, p.name) {
			continue // every copy has its own
		}
		l := Line{Object: id, Field: t.object.Type() + "." + p.name, Action: p.action, Clause: p.ruling.Clause, Version: version}
		if hashed {
			l.BeforeHash = r.keys.Before(text(t.object.Get(p.name)))
		}
		now, leaves := t.copied.Get(p.name), p.leaves
		if p.name == "object_marking_refs" {
			l.Action, l.Clause, leaves = relabel, r.table.Direction().TLP.Clause, true
		}
		if leaves && now != nil {
			after := text(now)
			l.After, l.ruled = &after, p.ruling.Action
		} else if leaves {
			l.Action, l.Clause = agreement.Drop.String(), FloorReference
		}
		list = append(list, l)
	}
	return list
}

// text gives a value as it is shown: a text as it is, all else as JSON.
func text(v *jsontree.Value) string {
	if v.Is(jsontree.String) {
		return v.Text
	}
	return string(v.Append(nil))
}

// Bundle writes copies as a bundle.
func (r *Redactor) Bundle(copies []*stix.Object) []byte {
	seed := "bundle"
	items := make([]jsontree.Value, 0, len(copies))
	for _, o := range copies {
		seed += " " + o.ID()
		items = append(items, o.Tree)
	}
	b := jsontree.Dict(jsontree.Member{Name: "type", Value: jsontree.Str("bundle")}, jsontree.Member{Name: "id", Value: jsontree.Str("bundle--" + r.keys.ID(seed))})
	if len(items) > 0 {
		b.Set("objects", jsontree.List(items...))
	}
	return b.Append(nil)
}
