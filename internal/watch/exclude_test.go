package watch

import (
	"net/netip"
	"testing"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/wire/values"
)

// lookalike is what one exclusion is about: a feed that it explains, and one that is nearly the same and no excuse.
type lookalike struct {
	name   string
	benign func() *feed
	hijack func() *feed
}

// at2 is when the new origin appears in most of them.
const at2 = 2 * hour

func lookalikes() []lookalike {
	six := span(0, 6)
	plain := func(facts Facts) *feed { return settled().know(0, facts).announce(at2, six, block, attacker) }
	route := func(source string, authenticated bool, created time.Time) Facts {
		return Facts{IRR: irr(authority.RouteObject{Prefix: netip.MustParsePrefix(block), Origin: attacker, Source: source,
			Authenticated: authenticated, Created: created})}
	}
	day := func(y, m, d int) time.Time { return time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	org := func(a, b string) Facts {
		return Facts{Registry: who(func(r *registry.Builder, src registry.Source) {
			r.AddAutNum(src, registry.AutNum{ASN: victim, OrgID: a, Registry: "RIPE", Authenticated: true})
			r.AddAutNum(src, registry.AutNum{ASN: attacker, OrgID: b, Registry: "RIPE", Authenticated: true})
		})}
	}
	relation := func(a values.ASN, rel registry.Relation, b values.ASN) Facts {
		return Facts{Registry: who(func(r *registry.Builder, src registry.Source) {
			r.AddRelation(src, a, rel, b)
			r.AddRelation(src, third, registry.PeerOf, 9999)
		})}
	}
	origins := func(n int) *feed { // a prefix with several origins, the victim's among them
		f := newFeed(10)
		for i := range 10 {
			f.tableOf([]int{i}, block, []values.ASN{victim, 40100, 40200, 40300}[i%n])
		}
		return f.announce(at2, six, block, attacker)
	}
	protector := func(asn values.ASN, year int) *feed {
		f := settled()
		f.start = time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC).Unix()
		return f.announce(at2, six, block, asn)
	}
	gone := func(since int64) *feed {
		return settled().withdraw(at2+hour-since, span(0, 10), block).announce(at2+hour, six, block, attacker)
	}
	onPath := func(n int) *feed {
		return settled().announce(at2, span(0, n), block, victim, attacker).announce(at2, span(n, 6), block, attacker)
	}
	return []lookalike{
		{name: "roa-valid",
			benign: func() *feed { return plain(Facts{VRPs: vrps("20.1.0.0/16 16 33010", "20.1.0.0/16 16 47777")}) },
			hijack: func() *feed { return plain(Facts{VRPs: vrps("20.2.0.0/16 16 47777")}) }},
		{name: "route-object",
			benign: func() *feed { return plain(route("RIPE", true, day(2021, 2, 27))) },
			hijack: func() *feed { return plain(route("RADB", false, day(2021, 2, 27))) }},
		{name: "same-organisation",
			benign: func() *feed { return plain(org("ORG-A", "ORG-A")) },
			hijack: func() *feed { return plain(org("ORG-A", "ORG-B")) }},
		{name: "customer-or-provider",
			benign: func() *feed { return plain(relation(victim, registry.ProviderOf, attacker)) },
			hijack: func() *feed { return plain(relation(victim, registry.PeerOf, attacker)) }},
		{name: "covering-origin",
			benign: func() *feed {
				return newFeed(10).table(block, attacker).table(part, victim).announce(at2, six, part, attacker)
			},
			hijack: func() *feed {
				return newFeed(10).table(block, third).table(part, victim).announce(at2, six, part, attacker)
			}},
		{name: "victim-on-path", benign: func() *feed { return onPath(4) }, hijack: func() *feed { return onPath(3) }},
		{name: "neighbours",
			benign: func() *feed {
				return settled().table("20.5.0.0/16", victim, attacker).announce(at2, six, block, attacker)
			},
			hijack: func() *feed {
				return settled().know(0, relation(victim, registry.PeerOf, attacker)).
					table("20.5.0.0/16", victim, attacker).announce(at2, six, block, attacker)
			}},
		{name: "prepend-typo",
			benign: func() *feed {
				return settled().announce(at2, span(0, 2), block, victim, 3).announce(at2, span(2, 6), block, 3)
			},
			hijack: func() *feed { return settled().announce(at2, six, block, 3) }},
		{name: "asn-typo",
			benign: func() *feed { return settled().announce(at2, six, block, 33011) },
			hijack: func() *feed { return settled().announce(at2, six, block, carrier, 33011) }},
		{name: "blackhole",
			benign: func() *feed { return settled().label(0xffff029a).announce(at2, six, part, attacker) },
			hijack: func() *feed { return settled().label(666<<16|1).announce(at2, six, part, attacker) }},
		{name: "too-specific",
			benign: func() *feed { return settled().announce(at2, six, long, attacker) },
			hijack: func() *feed { return settled().announce(at2, six, part, attacker) }},
		{name: "anycast", benign: func() *feed { return origins(3) }, hijack: func() *feed { return origins(2) }},
		{name: "ddos-protection",
			benign: func() *feed { return protector(13335, 2021) },
			hijack: func() *feed { return protector(13335, 2009) }},
		{name: "transfer", benign: func() *feed { return gone(hour + 60) }, hijack: func() *feed { return gone(hour - 60) }},
		{name: "moved",
			benign: func() *feed { return settled().announce(at2, span(0, 10), block, attacker) },
			hijack: func() *feed {
				return settled().know(0, Facts{VRPs: vrps("20.1.0.0/16 16 33010")}).announce(at2, span(0, 10), block, attacker)
			}},
	}
}

// TestExclusions: each exclusion explains its look-alike, alone does so, and does not excuse what merely resembles it.
func TestExclusions(t *testing.T) {
	cases := lookalikes()
	if len(cases) != len(exclusions()) {
		t.Fatalf("%d look-alikes for %d exclusions", len(cases), len(exclusions()))
	}
	for i, tt := range cases {
		if x := exclusions()[i].name; x != tt.name {
			t.Fatalf("look-alike %d is %s, the exclusion %s", i, tt.name, x)
		}
		t.Run(tt.name, func(t *testing.T) {
			const until = 5 * hour
			got := tt.benign().run(t, until)
			got.none(t)
			if log := got.Log(); len(log) != 1 || log[0].By != tt.name || log[0].Kind != Hijack {
				t.Errorf("explained: %s", got)
			}
			for _, x := range exclusions() {
				f := tt.benign()
				f.set.Off = []string{x.name}
				got := f.run(t, until)
				if want := x.name == tt.name; (len(got.of(Hijack)) == 1) != want {
					t.Errorf("without %s: %s", x.name, got)
				} else if want && tried(got.of(Hijack)[0], x.name) != Disabled {
					t.Errorf("without %s it is %s", x.name, tried(got.of(Hijack)[0], x.name))
				}
			}
			got = tt.hijack().run(t, until)
			if list := got.of(Hijack); len(list) != 1 || tried(list[0], tt.name) != Fails {
				t.Errorf("what only resembles it: %s", got)
			}
		})
	}
}

// TestRouteObjectOfOpenRegistry: where anybody may register, only what was registered long before explains.
func TestRouteObjectOfOpenRegistry(t *testing.T) {
	for created, want := range map[string]int{"2019-01-01": 0, "2021-02-20": 1, "": 1} {
		o := authority.RouteObject{Prefix: netip.MustParsePrefix(block), Origin: attacker, Source: "RADB"}
		if created != "" {
			o.Created, _ = time.Parse(time.DateOnly, created)
		}
		f := settled().know(0, Facts{IRR: irr(o)}).announce(at2, span(0, 6), block, attacker)
		if got := f.run(t, 3*hour); len(got.of(Hijack)) != want {
			t.Errorf("created %q: %s", created, got)
		}
	}
}

// TestSharedPrefixes: what anybody may originate by its RFC is nobody's.
func TestSharedPrefixes(t *testing.T) {
	for _, p := range []string{"192.88.99.0/24", "192.175.48.0/24", "2002::/16", "2001::/32"} {
		newFeed(10).table(p, victim).announce(at2, span(0, 6), p, attacker).run(t, 3*hour).none(t)
	}
	newFeed(10).table("192.0.0.0/4", victim).announce(at2, span(0, 6), "192.0.0.0/4", attacker).run(t, 3*hour).only(t, Hijack)
}

// TestNoDataIsSaid: an authority that is not at hand explains nothing and denies nothing.
func TestNoDataIsSaid(t *testing.T) {
	reasons := map[string]string{"vrp": "only of 2025", "irr": "none", "relations": "too old", "organisations": "too new"}
	i := settled().know(0, Facts{NoData: reasons}).announce(at2, span(0, 6), block, attacker).run(t, 3*hour).only(t, Hijack)
	want := map[string]string{"roa-valid": "only of 2025", "route-object": "none", "same-organisation": "too new", "customer-or-provider": "too old"}
	for _, x := range i.Evidence.Exclusions {
		if detail, ok := want[x.Name]; ok && (x.Result != NoData || x.Detail != detail) {
			t.Errorf("%s: %s (%s)", x.Name, x.Result, x.Detail)
		}
	}
}

func TestOneSlip(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"33010", "33011", true}, {"33010", "33100", true}, {"33010", "3301", true}, {"3301", "33010", true}, {"33010", "133010", true},
		{"33010", "33010", false}, {"33010", "33101", false}, {"33010", "44010", false}, {"33010", "330", false}, {"1", "", true},
	} {
		if got := oneSlip(tt.a, tt.b); got != tt.want {
			t.Errorf("oneSlip(%s, %s) = %v", tt.a, tt.b, got)
		}
	}
}

func TestExclusionNames(t *testing.T) {
	got, err := Exclusions([]string{"moved", "anycast", "moved"})
	if err != nil || len(got) != 2 || got[0] != "anycast" {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Exclusions([]string{"luck"}); err == nil {
		t.Error("an unknown exclusion is taken")
	}
	if got, err := Exclusions(nil); err != nil || got == nil {
		t.Errorf("%v, %v", got, err)
	}
}

// A number of prepends that is the origin's own number cut short stands behind it like any other.
func TestCutNumber(t *testing.T) {
	settled().announce(at2, span(0, 2), block, victim, 330).announce(at2, span(2, 6), block, 330).run(t, 4*hour).none(t)
	settled().announce(at2, span(0, 6), block, 330).run(t, 4*hour).only(t, Hijack)
}

// Who takes a prefix of another network at the same moment did not just move one.
func TestMovedFromTwo(t *testing.T) {
	f := settled().table("20.5.0.0/16", third).announce(at2, span(0, 10), block, attacker).announce(at2+20, span(0, 10), "20.5.0.0/16", attacker)
	if inc := f.run(t, 4*hour).only(t, Hijack); len(inc.Prefixes) != 2 {
		t.Errorf("prefixes %v", inc.Prefixes)
	}
}
