package exchange

import (
	"slices"
	"strings"

	"pahra/internal/exchange/agreement"
	"pahra/wire/intelmq"
	"pahra/wire/stix"
	"pahra/wire/values"
)

// Shared is what the names of fields begin with in which a partner finds what the field's own name cannot hold: a pseudonym in
// place of an address, say. It is documented in docs/agreements.md.
const Shared = "extra.shared."

// The fields that every copy has beside its label.
const (
	SharedID  = Shared + "id"  // of the copy, for recall
	SharedPAP = Shared + "pap" // what the receiver may do with it at most
)

// FloorLeak is cited where a value would have told what another clause withholds.
const FloorLeak agreement.Clause = "floor: leak"

// Withheld stands in texts where something was taken out.
const Withheld = "[withheld]"

// Line is what became of one field, or of an object that was not released: then Field is "*".
type Line struct {
	Object     string           `json:"object"`
	Field      string           `json:"field"`
	Action     string           `json:"action"` // as in the document, "rewrite" for a text, "relabel" for the label, "refuse" or "review" for an object
	Clause     agreement.Clause `json:"clause"`
	Version    int              `json:"version"`
	BeforeHash string           `json:"before_hash"` // keyed, and only where [Redactor.Simulate] or [Redactor.SimulateObjects] made it; "" of an object
	After      *string          `json:"after"`       // nil: it does not leave

	ruled agreement.Action
}

// Redactor makes copies for the partner of one direction. Not changed by use, and safe for concurrent use.
type Redactor struct {
	table    *agreement.Table
	keys     *Keys
	fields   map[string]stixField
	markings [values.TLPRed + 1]*stix.Object // of labels
	sender   *stix.Object
	senderID string
}

// NewRedactor makes a redactor of a table and the keys of the same direction.
func NewRedactor(t *agreement.Table, k *Keys) *Redactor {
	r := &Redactor{table: t, keys: k, fields: readStixFields(stixFieldsText)}
	for label := values.TLPClear; label <= values.TLPRed; label++ {
		r.markings[label] = stix.TLPMarking(label)
	}
	r.senderID = r.identityID()
	r.sender = r.identity()
	return r
}

// LedgerKey gives the key of commitments to what leaves in this direction.
func (r *Redactor) LedgerKey() []byte { return r.keys.Ledger() }

// part is one field on its way.
type part struct {
	field  intelmq.Field
	kind   agreement.Kind
	ruling agreement.Ruling
	after  string
	leaves bool
	action string
}

// Event gives the copy of an event under a decision of the redactor's table, nil where nothing of it leaves, and what became of
// each field in the order of their names.
func (r *Redactor) Event(e *intelmq.Event, d *agreement.Decision) (*intelmq.Event, []Line) {
	id := EventID(e)
	if d.Verdict != agreement.Released {
		return nil, []Line{{Object: id, Field: "*", Action: d.Verdict.String(), Clause: d.Clause, Version: d.Version}}
	}
	parts := make([]part, 0, len(e.Fields()))
	var search Search
	for _, f := range e.Fields() {
		p := r.part(e, f, d)
		if !p.leaves || p.after != f.Value.Text {
			search.add(p.kind, f.Key, f.Value.Text)
		}
		parts = append(parts, p)
	}
	for i := range parts {
		r.guard(&parts[i], &search)
	}
	lines := make([]Line, 0, len(parts))
	for i := range parts {
		lines = append(lines, line(id, &parts[i], d.Version))
	}
	return r.assemble(id, parts, d), lines
}

// part decides on a field and does what was decided.
func (r *Redactor) part(e *intelmq.Event, f intelmq.Field, d *agreement.Decision) part {
	p := part{field: f, kind: eventKind(f.Key, f.Value)}
	if f.Key == "tlp" { // the label goes with every copy, as the agreement has it
		p.ruling.Clause, p.after, p.leaves, p.action = r.table.Direction().TLP.Clause, label(d), true, relabel
		return p
	}
	if p.ruling = d.Field(p.kind, f.Key); strings.HasPrefix(f.Key, Shared) {
		p.ruling = agreement.Ruling{Clause: agreement.FloorInternal} // what another partner's copy had stays
	}
	p.action = p.ruling.Action.Do.String()
	if p.ruling.Action.Do == agreement.Generalise {
		p.after, p.leaves = generalise(p.ruling.Action, f.Key, func(in string) string {
			if own := d.Field(agreement.Place, in); own.Action.Do != agreement.Release && own.Clause != agreement.FloorDefault {
				return "" // a clause withholds what it lies in
			}
			return e.Text(in)
		})
	} else {
		p.after, p.leaves = r.keys.Transform(p.ruling.Action, p.kind, f.Value.Text)
	}
	if !p.leaves && p.ruling.Action.Do != agreement.Drop {
		p.drop(agreement.FloorUnfit)
	}
	return p
}

// relabel is what becomes of an object's label.
const relabel = "relabel"

// label gives the label of a copy as IntelMQ writes it.
func label(d *agreement.Decision) string { return strings.TrimPrefix(d.Label(), "TLP:") }

func (p *part) drop(by agreement.Clause) {
	p.leaves, p.after, p.action, p.ruling.Clause = false, "", agreement.Drop.String(), by
}

// guard keeps what is let through from telling what is withheld: a text is rewritten, another value replaced. It leaves something
// in either case, as stricter rules for the same field do. A field whose name tells is dropped, and so are octets.
func (r *Redactor) guard(p *part, s *Search) {
	if !p.leaves {
		return
	}
	if strings.HasPrefix(p.field.Key, intelmq.Extra) && s.In(agreement.Text, p.field.Key[len(intelmq.Extra):]) {
		p.drop(FloorLeak)
		return
	}
	if p.ruling.Action.Do != agreement.Release || !s.In(p.kind, p.after) {
		return
	}
	p.ruling.Clause = FloorLeak
	switch {
	case p.kind == agreement.Blob:
		p.drop(FloorLeak)
	case p.kind == agreement.Text && p.field.Value.Kind == intelmq.String:
		p.action = "rewrite"
		if rest, clean := s.Rewrite(p.after); clean {
			p.after = rest
		} else {
			p.after = Withheld
		}
	default:
		p.action, p.after = agreement.Replace.String(), r.keys.Opaque(p.after)
	}
}

func line(id string, p *part, version int) Line {
	l := Line{Object: id, Field: p.field.Key, Action: p.action, Clause: p.ruling.Clause, Version: version}
	if p.leaves {
		l.After, l.ruled = &p.after, p.ruling.Action
	}
	return l
}

// assemble puts the copy together. A masked address goes where a network belongs, if no other is there.
func (r *Redactor) assemble(id string, parts []part, d *agreement.Decision) *intelmq.Event {
	out := new(intelmq.Event)
	var masked []part
	for _, p := range parts {
		switch {
		case !p.leaves || p.field.Key == "tlp":
		case p.after == p.field.Value.Text:
			out.Set(p.field.Key, p.field.Value)
		case p.ruling.Action.Do == agreement.Mask && strings.HasSuffix(p.field.Key, ".ip"):
			masked = append(masked, p)
		default:
			put(out, p.field.Key, p.after)
		}
	}
	for _, p := range masked {
		side := strings.TrimSuffix(p.field.Key, ".ip")
		key := side + ".network"
		if _, taken := out.Get(key); taken || side != "source" && side != "destination" {
			key = Shared + p.field.Key
		}
		out.Set(key, intelmq.Value{Text: p.after})
	}
	out.Set("tlp", intelmq.Value{Text: label(d)})
	out.Set(SharedID, intelmq.Value{Text: r.keys.ID(id)})
	out.Set(SharedPAP, intelmq.Value{Text: r.table.Direction().Handling.PAP.String()})
	return out
}

// put sets a value where its name can hold it, else under Shared.
func put(out *intelmq.Event, key, text string) {
	if format, known := intelmq.FormatOf(key); known {
		if v, err := format(text); err != nil || v.Text != text || v.Kind != intelmq.String {
			key = Shared + key
		}
	}
	out.Set(key, intelmq.Value{Text: text})
}

// Simulate decides on an event and carries the decision out, for those who look what would happen: lines have hashes of the values.
func (r *Redactor) Simulate(e *intelmq.Event, f *agreement.Facts, ask agreement.Request) (*intelmq.Event, []Line, agreement.Decision) {
	d := r.table.Decide(f, ask)
	out, lines := r.Event(e, &d)
	if d.Verdict == agreement.Released {
		for i := range lines {
			lines[i].BeforeHash = r.keys.Before(e.Text(lines[i].Field))
		}
	}
	return out, lines, d
}

// Same tells whether two lines leave the same.
func (l Line) Same(o Line) bool {
	if (l.After == nil) != (o.After == nil) {
		return false
	}
	return l.Action == o.Action && (l.After == nil || *l.After == *o.After)
}

// Changed gives the lines of now that leave something else than those of old, each with its old one; nil where there was none.
func Changed(old, now []Line) (changed []Line, was []*Line) {
	for _, n := range now {
		i := slices.IndexFunc(old, func(o Line) bool { return o.Field == n.Field })
		switch {
		case i < 0:
			changed, was = append(changed, n), append(was, nil)
		case !n.Same(old[i]):
			changed, was = append(changed, n), append(was, &old[i])
		}
	}
	return changed, was
}

// Cited says in words what became of a field of an object that is released.
func Cited(d *agreement.Decision, l Line) string {
	switch {
	case l.Clause == Frame:
		return l.Field + " released with the object"
	case l.Field == "*":
		return "withheld by " + d.Cite(l.Clause)
	case l.Clause != FloorLeak:
		if l.Action == relabel {
			return l.Field + " written anew by clause " + string(l.Clause)
		}
		ipv6 := l.After != nil && strings.Contains(*l.After, ":") && !strings.Contains(*l.After, "ipv4-addr:value")
		return d.Cited(l.Field, agreement.Ruling{Action: l.ruled, Clause: l.Clause}, ipv6)
	}
	does := map[string]string{"rewrite": "rewritten", "replace": "replaced", "drop": "dropped"}[l.Action]
	return l.Field + " " + does + " by the " + string(FloorLeak)
}
