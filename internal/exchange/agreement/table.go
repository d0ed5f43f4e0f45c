package agreement

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gaissmai/bart"

	"pahra/internal/desk/class"
	"pahra/wire/values"
)

// The floor: what decisions cite where no clause of the document speaks, or none may.
const (
	FloorDefault    Clause = "floor: not named" // no clause speaks of it
	FloorTerm       Clause = "floor: term"
	FloorSignatures Clause = "floor: signatures"
	FloorSuspended  Clause = "floor: suspended"
	FloorTLP        Clause = "floor: TLP:RED"
	FloorEmbargo    Clause = "floor: embargo"
	FloorExpiry     Clause = "floor: expiry"
	FloorRecall     Clause = "floor: recall"
	FloorInternal   Clause = "floor: internal"
	FloorUnfit      Clause = "floor: unfit"   // the action cannot be done to such a value
	FloorUnsound    Clause = "floor: unsound" // what is known of the object contradicts itself or cannot be read
)

// Table is one direction of an agreement, compiled: it answers for every object and every field. It is not changed, and safe for
// concurrent use.
type Table struct {
	agreement *Agreement
	direction *Direction
	labels    [values.TLPRed + 1][2]labelled // by label and whether it is of version 1
	kinds     map[class.Code]cell            // what is not in it is not permitted
	scope     scopeTable
	matrix    paths
	names     paths          // the fields that name who told
	named     [consents]bool // whether these may be told
}

// cell is what holds of a class or a label.
type cell struct {
	verdict Verdict
	clause  Clause
	reason  string
}

// labelled is what becomes of a label.
type labelled struct {
	cell
	out values.TLP // what it leaves with
}

type scopeTable struct {
	sides     []string
	prefixes  bart.Lite
	asns      map[values.ASN]bool
	countries map[string]bool
	domains   map[string]bool
}

// Compile makes the table of what one party tells the other.
func Compile(a *Agreement, from, to string) (*Table, error) {
	i := slices.IndexFunc(a.Directions, func(d Direction) bool { return d.From == from && d.To == to })
	if i < 0 {
		return nil, fmt.Errorf("agreement %s has no direction from %q to %q", a.ID, from, to)
	}
	kinds, err := class.Load()
	if err != nil {
		return nil, fmt.Errorf("compiling agreement %s: %w", a.ID, err)
	}
	d := &a.Directions[i]
	receiver, _ := a.Party(to)
	t := &Table{agreement: a, direction: d, kinds: map[class.Code]cell{}}
	for label := values.NoTLP; label <= values.TLPRed; label++ {
		t.labels[label][0], t.labels[label][1] = d.TLP.becomes(label, false), d.TLP.becomes(label, true)
	}
	for _, code := range kinds.Codes() {
		if c, spoken := d.subject(code); spoken {
			t.kinds[code] = c
		}
	}
	t.scope.fill(&d.Scope)
	t.named = [consents]bool{Government: receiver.Government, Everyone: true}
	t.fields()
	return t, nil
}

// becomes says what holds of a label, and what an object leaves with that has it.
func (r *TLPRule) becomes(label values.TLP, version1 bool) labelled {
	if label == values.NoTLP {
		if label = r.Unlabelled; label == values.NoTLP {
			return labelled{cell{Refuse, r.Clause, "it has no label"}, label}
		}
	} else if version1 {
		label = max(label, r.FromVersion[label]) // AMBER+STRICT, which version 1 does not have, stays
	}
	out := max(label, r.AtLeast)
	switch {
	case label == values.TLPRed:
		return labelled{cell{Refuse, FloorTLP, "TLP:RED is for persons, and leaves by their hands alone"}, out}
	case label > r.Max:
		return labelled{cell{Refuse, r.Clause, fmt.Sprintf("%s is more than %s", label, r.Max)}, out}
	case r.Labels == 1 && out == values.TLPAmberStrict && !r.StrictAsRed:
		return labelled{cell{Refuse, r.Clause, "the receiver reads labels of version 1, which have no AMBER+STRICT"}, out}
	case r.AskFrom != values.NoTLP && label >= r.AskFrom:
		return labelled{cell{Review, r.Clause, fmt.Sprintf("a person decides from %s on", r.AskFrom)}, out}
	}
	return labelled{cell{Released, r.Clause, ""}, out}
}

// subject says what the clauses on a class say together: the strictest.
func (d *Direction) subject(code class.Code) (c cell, spoken bool) {
	for _, s := range d.Subjects {
		if !slices.Contains(s.Kinds, code.Class) && !slices.Contains(s.Kinds, code.String()) {
			continue
		}
		next := cell{verdictOf(s.Effect), s.Clause, code.String()}
		if !spoken || next.verdict < c.verdict {
			c = next
		}
		spoken = true
	}
	return c, spoken
}

func verdictOf(e Effect) Verdict {
	return map[Effect]Verdict{Permit: Released, Ask: Review, Forbid: Refuse}[e]
}

func (t *scopeTable) fill(s *Scope) {
	t.sides, t.asns, t.countries, t.domains = s.Sides, map[values.ASN]bool{}, map[string]bool{}, map[string]bool{}
	for _, p := range s.Prefixes {
		t.prefixes.Insert(p)
	}
	for _, a := range s.ASNs {
		t.asns[a] = true
	}
	for _, c := range s.Countries {
		t.countries[c] = true
	}
	for _, d := range s.Domains {
		t.domains[d] = true
	}
}

// holds says whether something is within the scope.
func (t *scopeTable) holds(c *Concern) bool {
	if len(t.sides) > 0 && !slices.Contains(t.sides, c.Side) {
		return false
	}
	return c.ASN != 0 && t.asns[c.ASN] || c.Country != "" && t.countries[c.Country] || c.Domain != "" && t.under(c.Domain) ||
		c.Address.IsValid() && t.prefixes.LookupPrefix(c.Address)
}

func (t *scopeTable) under(domain string) bool {
	for len(t.domains) > 0 {
		if t.domains[domain] {
			return true
		}
		_, above, found := strings.Cut(domain, ".")
		if !found {
			return false
		}
		domain = above
	}
	return false
}

// fields compiles the matrix, and which fields name who told.
func (t *Table) fields() {
	for _, f := range t.direction.Fields {
		for _, p := range f.Patterns {
			t.matrix.add(p, Ruling{f.Action, f.Clause})
		}
	}
	for _, p := range t.direction.Originator.Names {
		t.names.add(p, Ruling{})
	}
	t.matrix.sort()
	t.names.sort()
}

// paths finds rulings by path: the exact one, else that of the longest begin.
type paths struct {
	exact  map[string]Ruling
	begins []beginning
}

type beginning struct {
	with   string // with the dot; "" is all
	ruling Ruling
}

func (p *paths) add(pattern string, r Ruling) {
	if begin, open := strings.CutSuffix(pattern, "*"); open {
		p.begins = append(p.begins, beginning{begin, r})
		return
	}
	if p.exact == nil {
		p.exact = map[string]Ruling{}
	}
	p.exact[pattern] = r
}

func (p *paths) sort() {
	slices.SortStableFunc(p.begins, func(a, b beginning) int { return len(b.with) - len(a.with) })
}

func (p *paths) find(path string) (Ruling, bool) {
	if r, found := p.exact[path]; found {
		return r, true
	}
	for i := range p.begins {
		if strings.HasPrefix(path, p.begins[i].with) {
			return p.begins[i].ruling, true
		}
	}
	return Ruling{}, false
}
