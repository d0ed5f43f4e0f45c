package web

import (
	"fmt"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// markEnds says what each network is.
func (b *builder) markEnds() {
	i := &b.page.Incident
	accomplices := make(map[string]bool)
	for _, a := range i.Accomplices {
		accomplices[a.ASN.String()] = true
	}
	for _, n := range b.sorted() {
		if asn, err := values.ParseASN(n.key); err == nil {
			n.Note = b.page.Holders[asn]
		}
		switch {
		case n.key == i.ASN.String():
			n.Role, n.Mark, b.marked = bad, "announcing network", n
			if i.Kind == watch.Leak {
				n.Mark = "leaker"
			}
		case accomplices[n.key]:
			n.Role, n.Mark = accepted, "took it from there"
		case n.layer == 0:
			n.Role, n.Mark = source, "origin"
			if i.Evidence.Leak != nil {
				n.Mark = "had the routes from"
			}
			if i.Evidence.BogonASN != nil {
				n.Mark = "must not appear"
			}
		}
	}
	for _, e := range b.edges {
		e.Bad = e.to.Role == bad || e.from.Role == bad && e.to.Role == source
		if l := i.Evidence.Leak; l != nil && e.to.Role == bad && e.from.key == l.To.String() {
			e.Label = "its " + relation(l.ToRelation)
		} else if l != nil && e.from.Role == bad && e.to.key == l.From.String() {
			e.Label = "its " + relation(l.FromRelation)
		}
	}
}

func relation(k watch.KnownRelation) string {
	if k.Relation == "" || k.Relation == "unknown" {
		return "neighbour"
	}
	return k.Relation
}

// addHolder adds whose prefix it is, beside the origin: no path leads there.
func (b *builder) addHolder() {
	i := &b.page.Incident
	if i.Kind != watch.Hijack || b.marked == nil || b.marked.layer != 0 {
		return
	}
	h := &node{key: "holder", Role: holder, Mark: "holder: no path leads there", W: boxW, H: boxH}
	switch {
	case i.Victim != nil:
		h.Name, h.Note = "AS"+i.Victim.String(), b.page.Holders[*i.Victim]
		if b.nodes[i.Victim.String()] != nil {
			return
		}
	case len(i.Evidence.Victims) > 0:
		h.Name, h.Note = fmt.Sprintf("%d holders", len(i.Evidence.Victims)), "each of its own prefix"
	default:
		return
	}
	b.nodes[h.key] = h
}
