package exchange

import (
	"slices"
	"strings"

	"pahra/internal/exchange/agreement"
	"pahra/wire/jsontree"
	"pahra/wire/stix"
	"pahra/wire/stix/pattern"
)

// sideOf tells on which side of an event the value of an object path stands.
func sideOf(p pattern.Path) string {
	if first := p.Steps[0].Name; strings.HasPrefix(first, "dst_") || first == "to_refs" || first == "cc_refs" || first == "bcc_refs" {
		return "destination"
	}
	return "source"
}

// ruleTests notes the rulings on the values of an indicator's pattern.
func (r *Redactor) ruleTests(w *work, t *thing) {
	tree, err := pattern.Parse(t.object.Text("pattern"))
	if err != nil {
		return
	}
	for c := range tree.Tests() {
		kind, path, names := r.tested(c.Path)
		for _, v := range c.Values {
			w.meet(v.Text, w.d.Field(kind, path, names...))
		}
	}
}

// pattern rules on an indicator's pattern: each value in it as the property of the observable that it is compared with. Addresses may
// be masked; where another value does not leave whole, the pattern does not leave. A pattern in another language must be released by
// its own name.
func (r *Redactor) pattern(w *work, t *thing, p *prop) {
	named := p.ruling.Clause != agreement.FloorDefault
	released := p.ruling.Action.Do == agreement.Release
	tree, err := pattern.Parse(t.object.Text("pattern"))
	isSTIX := t.object.Text("pattern_type") == "stix"
	p.leaves, p.action = released || !named && isSTIX && err == nil, agreement.Release.String()
	if !p.leaves || isSTIX && err != nil {
		p.drop(p.ruling.Clause)
		w.search.Add(agreement.Text, t.object.Text("pattern"))
	}
	if err != nil || !isSTIX {
		return
	}
	var masked []*pattern.Comparison
	for c := range tree.Tests() {
		ruling, fits := r.test(w, c)
		switch does := ruling.Action.Do; {
		case !p.leaves:
		case !fits:
			p.drop(ruling.Clause)
		case does != agreement.Release:
			p.ruling, p.action = ruling, does.String()
			masked = append(masked, c)
		case !named && masked == nil:
			p.ruling = ruling
		}
	}
	if tree.Root.Timed() && w.d.Field(agreement.Time, "indicator.valid_from", "time.source").Action.Do != agreement.Release {
		p.drop(agreement.FloorUnfit)
	}
	if p.leaves && masked != nil {
		p.value.Text = tree.String()
		p.rest = jsontree.Str(without(tree, masked))
	}
}

// without writes a pattern with nothing in place of the values of some tests: a network may be written as the address that it masks.
func without(tree *pattern.Pattern, tests []*pattern.Comparison) string {
	for _, c := range tests {
		for i := range c.Values {
			c.Values[i].Text = ""
		}
	}
	return tree.String()
}

// test rules on one test of a pattern, and masks its values. It gives false where the pattern cannot leave for it.
func (r *Redactor) test(w *work, c *pattern.Comparison) (agreement.Ruling, bool) {
	kind, path, names := r.tested(c.Path)
	ruling := w.d.Field(kind, path, names...)
	for _, v := range c.Values {
		if kind == agreement.Address || kind == agreement.Time {
			ruling = w.strictest(v.Text, ruling)
		}
	}
	does := ruling.Action.Do
	fits := does == agreement.Release || does == agreement.Mask && slices.Contains([]pattern.Op{pattern.Equal, pattern.Unequal, pattern.In, pattern.IsSubset, pattern.IsSuperset}, c.Op)
	for i, v := range c.Values {
		after, done := r.keys.Transform(ruling.Action, kind, v.Text)
		if !done || after != v.Text {
			w.search.Add(kind, v.Text)
		}
		if fits = fits && done; fits {
			c.Values[i].Text = after
		}
	}
	if !fits && (does == agreement.Release || does == agreement.Mask) {
		ruling.Clause = agreement.FloorUnfit
	}
	return ruling, fits
}

// tested tells what a path of a pattern is, and by which names the matrix may rule on it.
func (r *Redactor) tested(p pattern.Path) (kind agreement.Kind, path string, names []string) {
	side, first := sideOf(p), p.Steps[0].Name
	if isReference(first) {
		kind = agreement.Domain // or an address: masks fit that alone
		if len(p.Steps) > 1 && p.Steps[len(p.Steps)-1].Name == "value" {
			return agreement.Address, "ipv4-addr.value", []string{"ipv6-addr.value", "domain-name.value", "email-addr.value", side + ".ip"}
		}
		return kind, p.Type + "." + first, nil
	}
	path = p.Type + "." + first
	t, known := stix.TypeOf(p.Type)
	property := t.Property(first)
	if !known || property == nil {
		return agreement.Text, path, nil
	}
	f := r.stixField(&t, property, []string{side})
	return f.kind, path, f.names
}
