package service

import (
	"net/netip"
	"slices"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// handovers finds, in the table as it stands, which networks took a route straight from the network that originates it.
type handovers struct {
	table *routes.Table
	in    *routes.Interner
	now   int64
	need  int          // peer networks that must show it, where the taker is none itself
	next  []values.ASN // by routes.PathID, which begin at 1: the network before the origin; 0 where not looked up or none
	hops  []values.ASN
}

func newHandovers(t *routes.Table, need int, now int64) *handovers {
	return &handovers{table: t, in: t.Interner(), now: now, need: need, next: make([]values.ASN, t.Interner().Paths()+1)}
}

// handover is a network that stands right before the origin on paths to a prefix, and who shows it.
type handover struct {
	origin, taker values.ASN
	peers         []values.ASN // distinct, at most as many as it takes
	own           bool         // the taker itself is a peer that shows it
}

// of gives the takers of a prefix's routes that are shown by the taker itself, or by enough peer networks: one peer can
// make up a path.
func (h *handovers) of(prefix netip.Prefix) (shown []handover) {
	id, ok := h.table.Lookup(prefix)
	if !ok {
		return nil
	}
	var list []handover
	for _, route := range h.table.RoutesOf(id) {
		attr := h.in.Attr(route.Attr)
		if attr.Origin == 0 || !h.table.IsLive(route, h.now) {
			continue
		}
		if taker := h.before(attr.Path); taker != 0 {
			list = h.note(list, attr.Origin, taker, h.table.Peers.Get(route.Peer).ASN)
		}
	}
	for _, one := range list {
		if one.own || len(one.peers) >= h.need {
			shown = append(shown, one)
		}
	}
	return shown
}

// note takes down that a peer shows a handover.
func (h *handovers) note(list []handover, origin, taker, peer values.ASN) []handover {
	i := slices.IndexFunc(list, func(o handover) bool { return o.origin == origin && o.taker == taker })
	if i < 0 {
		i, list = len(list), append(list, handover{origin: origin, taker: taker})
	}
	one := &list[i]
	one.own = one.own || peer == taker
	if len(one.peers) < h.need && !slices.Contains(one.peers, peer) {
		one.peers = append(one.peers, peer)
	}
	return list
}

// before gives the network before the last of a path; 0 where there is none.
func (h *handovers) before(path routes.PathID) values.ASN {
	if h.next[path] == 0 {
		h.hops = h.in.AppendPath(h.hops[:0], path)
		if n := len(h.hops); n >= 2 {
			h.next[path] = h.hops[n-2]
		}
	}
	return h.next[path]
}

// takenFromCustomers counts by network the routes that it takes straight from direct customers, as the rules judge them,
// in the table as it stands at the month's end. A route counts that is announced to enough peers, and whose handover is
// shown. Nil without relations.
func (m *monthly) takenFromCustomers(table *routes.Table, rules *norms.ConformanceRules, leaveOut func(origin values.ASN) bool, need int) map[values.ASN]norms.RouteTally {
	reg := m.facts.Registry
	if reg == nil || !reg.HasRelations() {
		return nil
	}
	taken := make(map[values.ASN]norms.RouteTally)
	hands := newHandovers(table, need, m.at.Unix())
	for from, to := 0, 0; from < len(m.announced); from = to {
		prefix := m.announced[from].prefix
		for to = from; to < len(m.announced) && m.announced[to].prefix == prefix; to++ {
		}
		if !countsFamily(rules, prefix) {
			continue
		}
		for _, hand := range hands.of(prefix) {
			i := slices.IndexFunc(m.announced[from:to], func(a announcement) bool { return a.origin == hand.origin })
			if i < 0 || leaveOut(hand.origin) || reg.Relation(hand.taker, hand.origin) != registry.ProviderOf {
				continue
			}
			tally := taken[hand.taker]
			tally.Add(rules.Accepted(m.announced[from+i].rov, m.announced[from+i].irr))
			taken[hand.taker] = tally
		}
	}
	return taken
}

// countsFamily says whether the rules look at prefixes of this address family.
func countsFamily(rules *norms.ConformanceRules, p netip.Prefix) bool {
	family := "ipv4"
	if p.Addr().Is6() {
		family = "ipv6"
	}
	return slices.Contains(rules.Families, family)
}

// membership is who the lists of members name.
type membership struct {
	members, cdn map[values.ASN]bool
	reason       string // why the members are not known; empty where they are
}

// membersBy resolves the neighbourhoods that the rules name. Members are known where any of them is defined.
func (m *monthly) membersBy(rules *norms.ConformanceRules) membership {
	who := membership{members: make(map[values.ASN]bool), cdn: make(map[values.ASN]bool),
		reason: "routes of members are to be left out, and no neighbourhood " + listOf(rules.Members.Lists, 10) + " says who they are"}
	if m.facts.Registry == nil {
		return who
	}
	for _, d := range m.facts.Registry.Neighbourhoods() {
		if !slices.Contains(rules.Members.Lists, d.Name) && !slices.Contains(rules.Members.CDN, d.Name) {
			continue
		}
		asns, err := m.facts.Registry.Resolve(d.Name)
		if err != nil {
			continue
		}
		who.reason = ""
		for _, asn := range asns {
			who.members[asn] = who.members[asn] || slices.Contains(rules.Members.Lists, d.Name)
			who.cdn[asn] = who.cdn[asn] || slices.Contains(rules.Members.CDN, d.Name)
		}
	}
	return who
}

// leavesOut gives the origins whose routes the rules leave out of Action 1.
func (m *monthly) leavesOut(rules *norms.ConformanceRules, who membership) func(values.ASN) bool {
	bogon := make(map[values.ASN]bool)
	return func(origin values.ASN) bool {
		if rules.Filtering.DropMembers && who.members[origin] {
			return true
		}
		if !rules.Filtering.DropBogonOrigins || m.facts.Bogons == nil {
			return false
		}
		is, known := bogon[origin]
		if !known {
			is = m.facts.Bogons.ASN(origin, m.at).Kind == authority.BogonFull
			bogon[origin] = is
		}
		return is
	}
}
