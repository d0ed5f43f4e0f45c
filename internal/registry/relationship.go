package registry

import "pahra/wire/values"

// Relationship is how one network relates to another, and how sure that is.
type Relationship struct {
	Relation   Relation
	Confidence float64  // from 0 to 1; 0 where the relation is Unknown
	Sources    []string // the kinds of source that say so: "listed"
}

// Relationship tells what a is to b as [Registry.Relation] does, with its confidence and its sources.
func (r *Registry) Relationship(a, b values.ASN) Relationship {
	rel := r.Relation(a, b)
	if rel == Unknown {
		return Relationship{}
	}
	return Relationship{rel, 0.9, []string{"listed"}}
}

// IsTier1 tells whether a network stands on top, in the clique of those that buy transit of nobody.
func (r *Registry) IsTier1(asn values.ASN) bool {
	return len(r.Providers(asn)) == 0 && len(r.Customers(asn)) > 0 && len(r.Peers(asn)) > 0
}

// IsRouteServer tells whether a number is that of an exchange's route server, which passes its members' routes on.
func (r *Registry) IsRouteServer(asn values.ASN) bool { return false }
