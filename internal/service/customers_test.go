package service

import (
	"encoding/binary"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// shown is a route as a peer shows it.
type shown struct {
	peer   values.ASN
	prefix netip.Prefix
	path   []values.ASN
}

// tableOf keeps the routes; the time is 100.
func tableOf(list []shown) *routes.Table {
	t := routes.NewTable(routes.NewInterner())
	for _, s := range list {
		peer, _ := t.Peers.ID(routes.PeerKey{Collector: "made", ASN: s.peer, IP: netip.AddrFrom4([4]byte{10, 0, byte(s.peer >> 8), byte(s.peer)})})
		t.Announce(peer, s.prefix, 0, t.Interner().ID(attributes(s.path), true, false), 100)
	}
	return t
}

// attributes are ORIGIN, AS_PATH and NEXT_HOP of a path (RFC 4271 section 4.3), AS numbers of four octets.
func attributes(path []values.ASN) []byte {
	raw := []byte{0x40, 1, 1, 0, 0x40, 2, byte(2 + 4*len(path)), 2, byte(len(path))}
	for _, asn := range path {
		raw = binary.BigEndian.AppendUint32(raw, uint32(asn))
	}
	return append(raw, 0x40, 3, 4, 192, 0, 2, 1)
}

func rules2022(t testing.TB) *norms.ConformanceRules {
	t.Helper()
	rules, err := norms.EmbeddedConformance(norms.CAIDA2022)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

var prefixA, prefixB = netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("2001:db8::/32")

// TestTakenFromCustomers: what counts is shown by three peer networks or by the taker itself, handed over by a direct
// customer of it, announced, of IPv4, and not left out.
func TestTakenFromCustomers(t *testing.T) {
	const provider, customer, other = 64500, 64501, 64502
	at := func(prefix netip.Prefix, paths ...[]values.ASN) (list []shown) {
		for _, path := range paths {
			list = append(list, shown{path[0], prefix, path})
		}
		return list
	}
	three := [][]values.ASN{{1, provider, customer}, {2, provider, customer}, {3, 9, provider, customer, customer}}
	bad := announcement{prefix: prefixA, origin: customer, rov: "invalid-origin", irr: "not-found"}
	good := bad
	good.rov = "valid"
	elsewhere := bad
	elsewhere.origin = other
	six := bad
	six.prefix = prefixB
	for _, test := range []struct {
		name      string
		shown     []shown
		announced []announcement
		leaveOut  values.ASN
		want      map[values.ASN]norms.RouteTally
	}{
		{"three peers", at(prefixA, three...), []announcement{bad}, 0, map[values.ASN]norms.RouteTally{provider: {Bad: 1}}},
		{"a good one", at(prefixA, three...), []announcement{good}, 0, map[values.ASN]norms.RouteTally{provider: {Good: 1}}},
		{"two peers", at(prefixA, three[:2]...), []announcement{bad}, 0, map[values.ASN]norms.RouteTally{}},
		{"its own word", at(prefixA, []values.ASN{provider, customer}), []announcement{bad}, 0, map[values.ASN]norms.RouteTally{provider: {Bad: 1}}},
		{"through another", at(prefixA, []values.ASN{provider, other, customer}), []announcement{bad}, 0, map[values.ASN]norms.RouteTally{}},
		{"not announced to enough", at(prefixA, three...), []announcement{elsewhere}, 0, map[values.ASN]norms.RouteTally{}},
		{"IPv6", at(prefixB, three...), []announcement{six}, 0, map[values.ASN]norms.RouteTally{}},
		{"left out", at(prefixA, three...), []announcement{bad}, customer, map[values.ASN]norms.RouteTally{}},
		{"from a peer", at(prefixA, []values.ASN{1, 7, other}, []values.ASN{2, 7, other}, []values.ASN{3, 7, other}), []announcement{elsewhere}, 0, map[values.ASN]norms.RouteTally{}},
	} {
		m := monthly{at: time.Unix(100, 0), announced: test.announced,
			facts: watch.Facts{Registry: related(t, "64500|64501|-1\n64502|64501|0\n7|64502|0\n")}}
		got := m.takenFromCustomers(tableOf(test.shown), rules2022(t), func(o values.ASN) bool { return o == test.leaveOut }, 3)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
	if (&monthly{}).takenFromCustomers(nil, rules2022(t), nil, 3) != nil {
		t.Error("something is taken without relations")
	}
}

// TestTakenSlowly holds the count against one that goes over every route for every provider and customer.
func TestTakenSlowly(t *testing.T) {
	rules := rules2022(t)
	rapid.Check(t, func(rt *rapid.T) {
		asn := rapid.Custom(func(t *rapid.T) values.ASN { return values.ASN(rapid.IntRange(1, 7).Draw(t, "asn")) })
		prefix := rapid.Custom(func(t *rapid.T) netip.Prefix {
			return netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(rapid.IntRange(0, 3).Draw(t, "prefix"))}), 32)
		})
		key := func(peer values.ASN, p netip.Prefix) string { return fmt.Sprint(peer, p) }
		now := map[string]shown{} // each peer has one route to a prefix, the last
		var list []shown
		for range rapid.IntRange(0, 40).Draw(rt, "routes") {
			path := rapid.SliceOfN(asn, 1, 4).Draw(rt, "path")
			s := shown{path[0], prefix.Draw(rt, "to"), path}
			list, now[key(s.peer, s.prefix)] = append(list, s), s
		}
		var edges strings.Builder
		buys := map[[2]values.ASN]bool{}
		for range rapid.IntRange(1, 12).Draw(rt, "edges") {
			if a, b := asn.Draw(rt, "a"), asn.Draw(rt, "b"); a < b && !buys[[2]values.ASN{a, b}] {
				buys[[2]values.ASN{a, b}] = true
				fmt.Fprintf(&edges, "%d|%d|-1\n", a, b)
			}
		}
		m := monthly{at: time.Unix(100, 0), facts: watch.Facts{Registry: related(t, edges.String()+"90|91|-1\n")}}
		for i := range 4 {
			for origin := values.ASN(1); origin <= 7; origin++ {
				a := announcement{prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}), 32), origin: origin,
					rov: rapid.SampledFrom([]string{"valid", "not-found", "invalid-length", noData}).Draw(rt, "rov"), irr: "invalid-origin"}
				if rapid.Bool().Draw(rt, "announced") {
					m.announced = append(m.announced, a)
				}
			}
		}
		want := map[values.ASN]norms.RouteTally{}
		for _, a := range m.announced {
			for edge := range buys {
				who := map[values.ASN]bool{}
				own := false
				for _, s := range now {
					hops := slices.Compact(slices.Clone(s.path))
					if n := len(hops); s.prefix == a.prefix && n > 1 && hops[n-1] == a.origin && hops[n-2] == edge[0] && a.origin == edge[1] {
						who[s.peer] = true
						own = own || s.peer == edge[0]
					}
				}
				if own || len(who) >= 3 {
					tally := want[edge[0]]
					tally.Add(rules.Accepted(a.rov, a.irr))
					want[edge[0]] = tally
				}
			}
		}
		got := m.takenFromCustomers(tableOf(list), rules, func(values.ASN) bool { return false }, 3)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// TestMembersLeftOut: members are who the named neighbourhoods say; bogon origins are left out besides.
func TestMembersLeftOut(t *testing.T) {
	b := registry.NewBuilder()
	for name, asns := range map[string][]values.ASN{"manrs": {64496, 64497}, "manrs-cdn": {64498}, "others": {64499}} {
		if err := b.AddDefinition(registry.Source{Name: "test"}, registry.Definition{Name: name, Expr: registry.Expr{ASNs: asns}}); err != nil {
			t.Fatal(err)
		}
	}
	m := monthly{at: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC), facts: watch.Facts{Registry: b.Build(),
		Bogons: authority.NewBogons(nil, []authority.BogonASN{{From: 65000, To: 65001, Kind: authority.BogonFull, Source: "test", Rule: "test"}})}}
	who := m.membersBy(rules2022(t))
	if got := slices.Sorted(maps.Keys(who.members)); !slices.Equal(got, []values.ASN{64496, 64497, 64498}) || who.reason != "" {
		t.Errorf("members %v, reason %q", got, who.reason)
	}
	if !who.cdn[64498] || who.cdn[64496] {
		t.Errorf("CDNs %v", who.cdn)
	}
	leaveOut := m.leavesOut(rules2022(t), who)
	for asn, want := range map[values.ASN]bool{64496: true, 64498: true, 64499: false, 65000: true, 65002: false} {
		for range 2 { // the second answer is from memory
			if leaveOut(asn) != want {
				t.Errorf("AS%d left out: %v", asn, !want)
			}
		}
	}
	m.facts.Registry = registry.NewBuilder().Build()
	if who := m.membersBy(rules2022(t)); !strings.Contains(who.reason, "manrs, manrs-cdn") {
		t.Errorf("without lists: %q", who.reason)
	}
}

// BenchmarkTaken counts over a table of 20,000 prefixes that 40 peers have each: 800,000 routes.
func BenchmarkTaken(b *testing.B) {
	const peers, prefixes = 40, 20_000
	var list []shown
	var edges strings.Builder
	m := monthly{at: time.Unix(100, 0)}
	for i := range prefixes {
		prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte{20, byte(i >> 8), byte(i), 0}), 24)
		origin, provider := values.ASN(100_000+i/10), values.ASN(1000+i%500)
		if i%10 == 0 {
			fmt.Fprintf(&edges, "%d|%d|-1\n", provider, origin)
		}
		m.announced = append(m.announced, announcement{prefix: prefix, origin: origin, rov: "valid"})
		for peer := range values.ASN(peers) {
			list = append(list, shown{peer + 1, prefix, []values.ASN{peer + 1, 500 + peer%3, provider, origin}})
		}
	}
	reg := registry.NewBuilder()
	if err := reg.AddASRel(registry.Source{Name: "made"}, strings.NewReader(edges.String()), func(p values.Problem) { b.Error(p) }); err != nil {
		b.Fatal(err)
	}
	m.facts = watch.Facts{Registry: reg.Build()}
	table, rules := tableOf(list), rules2022(b)
	for b.Loop() {
		if len(m.takenFromCustomers(table, rules, func(values.ASN) bool { return false }, 3)) == 0 {
			b.Fatal("nothing is taken")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*peers*prefixes), "ns/route")
}
