package authority

import (
	"pahra/wire/rpsl"
)

// AddRPSL takes a route or route6 as read from a registry's dump.
func (b *RouteBuilder) AddRPSL(r rpsl.Route) error {
	return b.Add(RouteObject{Prefix: r.Prefix, Origin: r.Origin, Source: r.Source, Authenticated: r.Authenticated,
		Created: r.Created, LastModified: r.LastModified})
}

// AddRPSL takes an as-set as read from a registry's dump.
func (b *SetBuilder) AddRPSL(s rpsl.ASSet) {
	b.Add(ASSet{Name: s.Name, Source: s.Source, Authenticated: s.Authenticated, ASNs: s.ASNs, Sets: s.Sets,
		MbrsByRef: s.MbrsByRef})
}

// AddAutNum takes an aut-num for the as-sets that it joins.
func (b *SetBuilder) AddAutNum(a rpsl.AutNum) {
	b.AddMemberOf(a.ASN, a.Source, a.MemberOf, a.MntBy)
}
