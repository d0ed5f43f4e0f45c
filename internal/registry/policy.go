package registry

import (
	"cmp"
	"slices"
	"strings"

	"pahra/wire/asrel"
	"pahra/wire/rpsl"
	"pahra/wire/values"
)

// rawPolicy is what a network's aut-num object says of one neighbour.
type rawPolicy struct {
	asn    values.ASN
	policy rpsl.Policy
	source uint32
}

func (b *Builder) addPolicies(source uint32, a AutNum) {
	for _, p := range a.Policies {
		if p.Neighbour != a.ASN && p.Neighbour != 0 {
			b.policies = append(b.policies, rawPolicy{a.ASN, p, source})
		}
	}
}

// policyEdges gives, for each network and each neighbour that it states a policy for, the relation that follows. Of
// several objects of one network the newest source's counts.
func (b *Builder) policyEdges() (out []rawEdge) {
	list := slices.Clone(b.policies)
	slices.SortFunc(list, func(x, y rawPolicy) int {
		sx, sy := b.sources[x.source], b.sources[y.source]
		return cmp.Or(cmp.Compare(x.asn, y.asn), cmp.Compare(x.policy.Neighbour, y.policy.Neighbour),
			sy.Time.Compare(sx.Time), sx.compare(sy), cmp.Compare(x.policy.Imports, y.policy.Imports), cmp.Compare(x.policy.Exports, y.policy.Exports))
	})
	list = slices.CompactFunc(list, func(x, y rawPolicy) bool { return x.asn == y.asn && x.policy.Neighbour == y.policy.Neighbour })
	for _, p := range list {
		e := rawEdge{p.asn, p.policy.Neighbour, asrel.Peer, byPolicy, 0, p.source}
		switch in, out := p.policy.Imports, p.policy.Exports; {
		case in == rpsl.PolicyAny && out == rpsl.PolicySome: // takes all of the Internet, gives its own
			e.a, e.b, e.code = e.b, e.a, asrel.ProviderCustomer
		case in == rpsl.PolicySome && out == rpsl.PolicyAny:
			e.code = asrel.ProviderCustomer
		case in == rpsl.PolicySome && out == rpsl.PolicySome:
		default: // all both ways, or one half of a policy: it says nothing
			continue
		}
		out = append(out, e)
	}
	return out
}

// policyVote takes what one or both sides say. Where they agree it stands alone; what one side says alone only supports
// others: whoever wants to pass for a network's provider could write it.
func policyVote(edges []rawEdge) vote {
	v := vote{relationOf(edges[0]), worthPolicy, len(edges) == 1}
	if len(edges) == 2 && relationOf(edges[1]) != v.rel {
		return vote{}
	}
	return v
}

// netTypes is a set of PeeringDB's kinds of network, as far as they tell relations.
type netTypes uint8

const (
	typeTransit     netTypes = 1 << iota // NSP
	typeContent                          // Content
	typeAccess                           // Cable/DSL/ISP
	typeEnd                              // Enterprise, Educational/Research, Non-Profit, Government
	typeRouteServer                      // Route Server
)

func netTypesOf(text string) (set netTypes) {
	for name := range strings.SplitSeq(text, ",") {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "nsp":
			set |= typeTransit
		case "content":
			set |= typeContent
		case "cable/dsl/isp":
			set |= typeAccess
		case "enterprise", "educational/research", "non-profit", "government":
			set |= typeEnd
		case "route server":
			set |= typeRouteServer
		}
	}
	return set
}

// hint is the weak vote of what two networks say they are: transit sells to those at the end, content peers with access
// networks, a route server with everybody. Networks of several kinds that speak both ways give none.
func hint(a, b netTypes) vote {
	v := vote{Unknown, worthPeeringDB, true}
	peer := (a|b)&typeRouteServer != 0 || a == typeContent && b == typeAccess || a == typeAccess && b == typeContent
	switch {
	case peer:
		v.rel = PeerOf
	case a == typeTransit && b == typeEnd:
		v.rel = ProviderOf
	case a == typeEnd && b == typeTransit:
		v.rel = CustomerOf
	}
	return v
}
