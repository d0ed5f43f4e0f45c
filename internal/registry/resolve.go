package registry

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/values"
)

// ErrNoData says that a neighbourhood cannot be told for want of a source, which is not the same as an empty one.
var ErrNoData = errors.New("no data")

// Bounds on neighbourhoods, so that a file made to be costly is refused.
const (
	maxDepth   = 32      // of expressions within expressions, names followed
	maxTerms   = 10_000  // expressions that one neighbourhood resolves
	maxMembers = 200_000 // networks in a list; some 120,000 ASNs were ever given out
)

// Neighbourhoods gives the definitions of all named neighbourhoods, by name.
func (r *Registry) Neighbourhoods() []Definition {
	out := make([]Definition, 0, len(r.lists))
	for _, d := range r.lists {
		out = append(out, *d)
	}
	slices.SortFunc(out, func(x, y Definition) int { return cmp.Compare(x.Name, y.Name) })
	return out
}

// setLists keeps one definition per name: of several the newest source's, then as for facts, and within a file the
// first.
func (r *Registry) setLists(lists []rawList, canonical []uint32) {
	lists = slices.Clone(lists)
	slices.SortFunc(lists, func(x, y rawList) int {
		c := cmp.Or(cmp.Compare(x.def.Name, y.def.Name), r.newer(canonical[x.source], canonical[y.source]), cmp.Compare(x.def.Line, y.def.Line))
		if c == 0 { // only from AddDefinition, which knows no lines
			c = cmp.Compare(fmt.Sprint(x.def), fmt.Sprint(y.def))
		}
		return c
	})
	for _, l := range lists {
		if _, ok := r.lists[l.def.Name]; !ok {
			d := l.def
			d.From = r.sources[canonical[l.source]]
			r.lists[d.Name] = &d
		}
	}
}

// Resolve gives the networks of a neighbourhood, ascending. The name is that of a definition, or one of
//
//	country:IN         networks registered in a country
//	rir:apnic          networks of a regional registry
//	ix:26, ix:NAME     members of an exchange, by PeeringDB's id or its name in any case
//	cone:AS64500       a network's customer cone, itself included
//	org:AS64500        a network and its siblings
//	AS64500            one network
//
// Where a source that the name needs is missing, the error is ErrNoData.
func (r *Registry) Resolve(name string) ([]values.ASN, error) {
	return r.ResolveExpr(Expr{Op: OpName, Text: name})
}

// ResolveExpr gives the networks of an expression, ascending, as Resolve does.
func (r *Registry) ResolveExpr(e Expr) ([]values.ASN, error) {
	s := resolver{r: r}
	return s.expr(&e, 0)
}

// resolver follows one neighbourhood's expressions.
type resolver struct {
	r     *Registry
	trail []string // the names being resolved, outermost first
	terms int
}

func (s *resolver) expr(e *Expr, depth int) ([]values.ASN, error) {
	if s.terms++; depth > maxDepth || s.terms > maxTerms {
		return nil, fmt.Errorf("neighbourhood takes more than %d expressions or nests deeper than %d", maxTerms, maxDepth)
	}
	switch e.Op {
	case OpASNs:
		out := slices.Clone(e.ASNs)
		slices.Sort(out)
		return slices.Compact(out), nil
	case OpName:
		return s.name(e.Text, depth)
	}
	sets := make([][]values.ASN, len(e.Of))
	for i := range e.Of {
		var err error
		if sets[i], err = s.expr(&e.Of[i], depth+1); err != nil {
			return nil, err
		}
	}
	return combine(e.Op, sets), nil
}

// combine counts in how many sets each network is.
func combine(op Op, sets [][]values.ASN) []values.ASN {
	if len(sets) == 0 {
		return nil
	}
	out := sets[0]
	for _, set := range sets[1:] {
		switch op {
		case OpUnion:
			out = slices.Concat(out, set)
			slices.Sort(out)
			out = slices.Compact(out)
		case OpIntersection:
			out = keep(out, set, true)
		case OpDifference:
			out = keep(out, set, false)
		}
	}
	return out
}

// keep gives those of a that are in b, or that are not. Both are ascending.
func keep(a, b []values.ASN, in bool) []values.ASN {
	var out []values.ASN
	for _, x := range a {
		for len(b) > 0 && b[0] < x {
			b = b[1:]
		}
		if (len(b) > 0 && b[0] == x) == in {
			out = append(out, x)
		}
	}
	return out
}

func (s *resolver) name(name string, depth int) ([]values.ASN, error) {
	if kind, text, ok := strings.Cut(name, ":"); ok {
		out, err := s.r.adHoc(kind, strings.TrimSpace(text))
		if err != nil {
			return nil, fmt.Errorf("neighbourhood %q: %w", name, err)
		}
		return out, nil
	}
	if d, ok := s.r.lists[name]; ok {
		return s.definition(d, depth)
	}
	if asn, err := values.ParseASN(name); err == nil && name[0]|0x20 == 'a' {
		return []values.ASN{asn}, nil
	}
	return nil, fmt.Errorf("neighbourhood %q is not defined", name)
}

func (s *resolver) definition(d *Definition, depth int) ([]values.ASN, error) {
	if slices.Contains(s.trail, d.Name) {
		return nil, fmt.Errorf("neighbourhood %q refers to itself: %s", d.Name, strings.Join(append(s.trail, d.Name), " → "))
	}
	s.trail = append(s.trail, d.Name)
	out, err := s.expr(&d.Expr, depth+1)
	s.trail = s.trail[:len(s.trail)-1]
	if err != nil && len(s.trail) == 0 && d.From.Name != "" {
		return nil, fmt.Errorf("%s line %d: %w", d.From.Name, d.Line, err)
	}
	return out, err
}

// adHoc resolves kind:text.
func (r *Registry) adHoc(kind, text string) ([]values.ASN, error) {
	switch kind {
	case "country":
		return r.inCountry(text)
	case "rir":
		return r.inRIR(text)
	case "ix":
		return r.atExchange(text)
	case "cone", "org":
		asn, err := values.ParseASN(text)
		if err != nil {
			return nil, err
		}
		if kind == "org" {
			return r.siblingsOf(asn)
		}
		if !r.HasRelations() {
			return nil, fmt.Errorf("customer cones need AS relationships: %w", ErrNoData)
		}
		return r.Cone(asn), nil
	}
	return nil, fmt.Errorf("%q is not a kind of neighbourhood (country, rir, ix, cone, org)", kind)
}

func (r *Registry) siblingsOf(asn values.ASN) ([]values.ASN, error) {
	if !r.HasOrganisations() {
		return nil, fmt.Errorf("organisations need as-org2info or the like: %w", ErrNoData)
	}
	return r.Siblings(asn), nil
}

func (r *Registry) inCountry(code string) ([]values.ASN, error) {
	if country(code) == "" {
		return nil, fmt.Errorf("%q is not a country code of two letters", code)
	}
	if !r.HasCountries() {
		return nil, fmt.Errorf("countries need delegation statistics or the like: %w", ErrNoData)
	}
	return r.where(country(code), func(n *row) uint32 { return n.country.value }), nil
}

func (r *Registry) inRIR(name string) ([]values.ASN, error) {
	rir := rirOf(name)
	if rir == "" {
		return nil, fmt.Errorf("%q is not a regional registry (afrinic, apnic, arin, lacnic, ripencc)", name)
	}
	if !r.HasDelegations() && !r.has[KindOrganisations] && !r.has[KindAutNum] {
		return nil, fmt.Errorf("regional registries need delegation statistics or the like: %w", ErrNoData)
	}
	return r.where(rir, func(n *row) uint32 { return n.rir.value }), nil
}

// where gives the networks of which a fact has the given value.
func (r *Registry) where(value string, of func(*row) uint32) (out []values.ASN) {
	for node := range r.networks {
		if r.text[of(&r.networks[node])] == value {
			out = append(out, r.nodes.asns[node])
		}
	}
	return out
}

func (r *Registry) atExchange(text string) ([]values.ASN, error) {
	if !r.HasExchanges() {
		return nil, fmt.Errorf("exchange members need PeeringDB's netixlan: %w", ErrNoData)
	}
	if id, err := strconv.Atoi(text); err == nil {
		if x, ok := r.ixs.find(id); ok {
			return slices.Clone(x.Members), nil
		}
		return nil, fmt.Errorf("no exchange has the id %d", id)
	}
	switch found := r.ixs.named(text); len(found) {
	case 0:
		return nil, fmt.Errorf("no exchange has the name %q", text)
	case 1:
		return slices.Clone(found[0].Members), nil
	default:
		return nil, fmt.Errorf("%d exchanges have the name %q (ids %d and %d): use the id", len(found), text, found[0].ID, found[1].ID)
	}
}
