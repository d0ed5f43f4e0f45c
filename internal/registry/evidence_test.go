package registry

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/asrel"
	"pahra/wire/rpsl"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// dempster combines simple support functions by the book: focal sets of relations as bits, all pairs multiplied, what is
// contradictory left out, what is left scaled to one. It gives the mass of each set.
func dempster(of []vote) map[uint8]float64 {
	const frame = uint8(1<<ProviderOf | 1<<PeerOf | 1<<CustomerOf | 1<<SiblingOf)
	mass := map[uint8]float64{frame: 1}
	for _, v := range of {
		next := map[uint8]float64{}
		for set, m := range mass {
			next[set&(1<<v.rel)] += m * v.worth
			next[set] += m * (1 - v.worth)
		}
		mass = next
	}
	conflict := mass[0]
	delete(mass, 0)
	for set := range mass {
		mass[set] /= 1 - conflict
	}
	return mass
}

// TestDecideAgainstDempster holds the closed form against the combination by the book.
func TestDecideAgainstDempster(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var v votes
		var list []vote
		for k := range v.of {
			x := vote{Relation(rapid.IntRange(0, 4).Draw(t, "relation")), float64(rapid.IntRange(1, 99).Draw(t, "worth")) / 100, rapid.Bool().Draw(t, "weak")}
			if x.rel == Unknown {
				continue
			}
			v.of[k] = x
			list = append(list, x)
		}
		v.barred[rapid.SampledFrom([]Relation{Unknown, ProviderOf, CustomerOf}).Draw(t, "barred")] = true
		var free []vote
		strong := false
		got := v.decide()
		for _, x := range list {
			if !v.barred[x.rel] {
				free = append(free, x)
			}
			strong = strong || x.rel == got.rel && !x.weak
		}
		mass := dempster(free)
		best, second := Unknown, Unknown
		for rel := ProviderOf; rel <= SiblingOf; rel++ {
			switch m := mass[1<<rel]; {
			case m > mass[1<<best]:
				best, second = rel, best
			case m > mass[1<<second]:
				second = rel
			}
		}
		if math.Abs(mass[1<<best]-mass[1<<second]) < 1e-6 {
			if got.rel != Unknown && math.Abs(mass[1<<best]-mass[1<<second]) == 0 {
				t.Fatalf("a tie gives %+v", got)
			}
			return
		}
		if got.rel == Unknown {
			weak := true
			for _, x := range free {
				weak = weak && (x.rel != best || x.weak)
			}
			if !weak {
				t.Fatalf("Unknown, by the book %s %.3f", best, mass[1<<best])
			}
			return
		}
		if got.rel != best || !strong || got.hundredth != hundredths(mass[1<<best]) && math.Abs(float64(got.hundredth)-100*mass[1<<best]) > 0.5+1e-6 {
			t.Fatalf("%s %d, by the book %s %.4f", got.rel, got.hundredth, best, mass[1<<best])
		}
	})
}

func TestRelationship(t *testing.T) {
	b := NewBuilder()
	add(t, b.AddASRel, at("listed", 1), "1|2|-1", "1|3|-1", "1|4|0", "5|6|-1", "7|8|-1", "9|10|-1", "11|12|-1", "13|14|-1", "15|16|1", "21|22|-1", "33|34|-1")
	b.SetInferred(at("inferred", 2), []Edge{
		{1, 2, asrel.ProviderCustomer, 0.95}, {1, 3, asrel.Peer, 0.6}, {1, 4, asrel.ProviderCustomer, 0.9}, {5, 6, asrel.Peer, 0.999},
		{17, 18, asrel.Peer, 0.4}, {20, 19, asrel.ProviderCustomer, 0.8},
	}, []values.ASN{1, 17})
	b.SetASPAs(at("aspa", 3), []vrp.ASPA{
		{Customer: 8, Providers: []values.ASN{7}},       // what is listed
		{Customer: 10, Providers: []values.ASN{99}},     // AS9 is no provider of it
		{Customer: 11, Providers: []values.ASN{12}},     // the other way round than listed
		{Customer: 13, Providers: []values.ASN{14}},     // each says that the other is its provider
		{Customer: 14, Providers: []values.ASN{13}},     //
		{Customer: 19, Providers: []values.ASN{0}},      // no provider at all
		{Customer: 30, Providers: []values.ASN{31, 32}}, // known from here alone
	})
	r := b.Build()
	for _, tt := range []struct {
		a, b values.ASN
		want Relationship
	}{
		{1, 2, Relationship{ProviderOf, 0.99, []string{"listed", "inferred"}, nil}},      // 1 − 0.1 · 0.05
		{1, 3, Relationship{ProviderOf, 0.78, []string{"listed"}, []string{"inferred"}}}, // 0.9 · 0.4 / (1 − 0.54)
		{3, 1, Relationship{CustomerOf, 0.78, []string{"listed"}, []string{"inferred"}}}, //
		{1, 4, Relationship{}}, // 0.9 against 0.9
		{6, 5, Relationship{PeerOf, 0.91, []string{"inferred"}, []string{"listed"}}}, // 0.99 · 0.1 / (1 − 0.891)
		{8, 7, Relationship{CustomerOf, 0.99, []string{"aspa", "listed"}, nil}},      //
		{9, 10, Relationship{}}, // struck out
		{11, 12, Relationship{CustomerOf, 0.91, []string{"aspa"}, []string{"listed"}}}, // listed: 12 buys of 11
		{13, 14, Relationship{ProviderOf, 0.9, []string{"listed"}, nil}},               // ASPA speaks both ways
		{15, 16, Relationship{SiblingOf, 0.9, []string{"listed"}, nil}},                //
		{17, 18, Relationship{PeerOf, 0.4, []string{"inferred"}, nil}},                 //
		{20, 19, Relationship{}}, // AS19 says that it has no provider
		{32, 30, Relationship{ProviderOf, 0.99, []string{"aspa"}, nil}}, //
		{1, 1, Relationship{}}, {1, 77, Relationship{}}, {77, 1, Relationship{}}, {2, 3, Relationship{}},
	} {
		if d := cmp.Diff(tt.want, r.Relationship(tt.a, tt.b)); d != "" {
			t.Errorf("AS%d to AS%d: %s", tt.a, tt.b, d)
		}
		if got := r.Relation(tt.a, tt.b); got != tt.want.Relation {
			t.Errorf("AS%d is %s of AS%d", tt.a, got, tt.b)
		}
	}
	if !r.HasRelations() || !r.InCone(32, 30) {
		t.Error("what ASPAs say is not in the cone")
	}
}

// TestSetAgain: what is set again replaces what was set before, source and all.
func TestSetAgain(t *testing.T) {
	b := NewBuilder()
	b.SetInferred(at("one", 1), []Edge{{1, 2, asrel.Peer, 0.5}}, nil)
	b.SetASPAs(at("one", 1), []vrp.ASPA{{Customer: 3, Providers: []values.ASN{4}}})
	b.Build()
	b.SetInferred(at("two", 2), []Edge{{1, 5, asrel.Peer, 0.5}}, nil)
	b.SetASPAs(at("two", 2), nil)
	r := b.Build()
	if r.Relation(1, 2) != Unknown || r.Relation(3, 4) != Unknown || r.Relation(1, 5) != PeerOf {
		t.Error("what was set before is still there")
	}
	for _, s := range r.Sources() {
		if s.Name != "two" {
			t.Errorf("source %v", s)
		}
	}
}

// of is a policy: of a neighbour a network takes so much and gives it so much.
func of(neighbour values.ASN, imports, exports rpsl.Extent) rpsl.Policy {
	return rpsl.Policy{Neighbour: neighbour, Imports: imports, Exports: exports}
}

func policies(asn values.ASN, list ...rpsl.Policy) AutNum {
	return AutNum{ASN: asn, Registry: "RIPE", Authenticated: true, Policies: list}
}

func TestPolicyEvidence(t *testing.T) {
	const all, some = rpsl.PolicyAny, rpsl.PolicySome
	b := NewBuilder()
	src := at("ripe", 1)
	b.AddAutNum(src, policies(1, of(2, all, some), of(3, some, some), of(4, all, some), of(5, all, some),
		of(6, all, all), of(7, all, rpsl.PolicyNone), of(1, all, some), of(8, all, some)))
	b.AddAutNum(src, policies(2, of(1, some, all)))
	b.AddAutNum(src, policies(3, of(1, some, some)))
	b.AddAutNum(src, policies(4, of(1, all, some))) // each calls the other its provider
	forged := policies(9, of(10, some, all))
	forged.Authenticated = false
	b.AddAutNum(src, forged)
	b.AddAutNum(src, policies(10, of(9, all, some)))
	b.AddRelation(at("listed", 1), 8, ProviderOf, 1)
	b.AddAutNum(at("ripe", 2), policies(11, of(12, all, some))) // newer than
	b.AddAutNum(src, policies(11, of(12, some, some)))
	b.AddAutNum(src, policies(12, of(11, some, all)))
	r := b.Build()
	for _, tt := range []struct {
		a, b values.ASN
		want Relationship
	}{
		{2, 1, Relationship{ProviderOf, 0.6, []string{"irr"}, nil}},
		{1, 3, Relationship{PeerOf, 0.6, []string{"irr"}, nil}},
		{1, 4, Relationship{}}, {1, 5, Relationship{}}, {1, 6, Relationship{}}, {1, 7, Relationship{}}, {9, 10, Relationship{}},
		{8, 1, Relationship{ProviderOf, 0.96, []string{"listed", "irr"}, nil}}, // one side's word supports
		{12, 11, Relationship{ProviderOf, 0.6, []string{"irr"}, nil}},
	} {
		if d := cmp.Diff(tt.want, r.Relationship(tt.a, tt.b)); d != "" {
			t.Errorf("AS%d to AS%d: %s", tt.a, tt.b, d)
		}
	}
}

func TestPeeringDBHints(t *testing.T) {
	b := NewBuilder()
	add(t, b.AddPeeringDBNets, at("pdb", 1), `{"data":[{"id":1,"asn":1,"name":"a","info_type":"NSP"},{"id":2,"asn":2,"name":"b","info_types":["Enterprise","Government"]},
{"id":3,"asn":3,"name":"c","info_type":"Route Server"},{"id":4,"asn":4,"name":"d","info_type":"Content"},{"id":5,"asn":5,"name":"e","info_type":"Cable/DSL/ISP"}]}`)
	add(t, b.AddASRel, at("rel", 1), "# IXP ASes: 77", "1|2|-1", "4|5|-1", "3|1|0")
	r := b.Build()
	for _, tt := range []struct {
		a, b values.ASN
		want Relationship
	}{
		{1, 2, Relationship{ProviderOf, 0.92, []string{"listed", "peeringdb"}, nil}},
		{4, 5, Relationship{ProviderOf, 0.88, []string{"listed"}, []string{"peeringdb"}}}, // 0.9 · 0.8 / (1 − 0.18)
		{1, 3, Relationship{PeerOf, 0.92, []string{"listed", "peeringdb"}, nil}},
		{3, 4, Relationship{}}, // hints alone make no relation
	} {
		if d := cmp.Diff(tt.want, r.Relationship(tt.a, tt.b)); d != "" {
			t.Errorf("AS%d to AS%d: %s", tt.a, tt.b, d)
		}
	}
	for asn, want := range map[values.ASN]bool{3: true, 77: true, 1: false, 99: false} {
		if r.IsRouteServer(asn) != want {
			t.Errorf("AS%d is a route server: %v", asn, !want)
		}
	}
}

func TestTier1(t *testing.T) {
	listed := []string{"1|2|0", "1|3|0", "2|3|0", "1|10|-1", "2|10|-1", "3|11|-1", "1|11|-1", "4|12|-1", "4|1|0", "10|13|-1"}
	header := append([]string{"# inferred clique: 1 2"}, listed...)
	for _, tt := range []struct {
		what string
		add  func(*Builder)
		want string
	}{
		{"nothing", func(*Builder) {}, ""},
		{"relations alone", func(b *Builder) { add(t, b.AddASRel, at("rel", 1), listed...) }, "1 2 3"},
		{"named by the file", func(b *Builder) { add(t, b.AddASRel, at("rel", 1), header...) }, "1 2"},
		{"classed", func(b *Builder) {
			add(t, b.AddASRel, at("rel", 1), header...)
			add(t, b.AddASNames, at("names", 1), "asn,name,class", "AS3,c,T1", "AS1,a,T1", "AS9,i,Eyeball")
		}, "1 3"},
		{"inferred", func(b *Builder) {
			add(t, b.AddASRel, at("rel", 1), header...)
			b.SetInferred(at("inf", 2), nil, []values.ASN{2, 3})
		}, "2 3"},
		{"one alone is no clique", func(b *Builder) { add(t, b.AddASRel, at("rel", 1), "1|2|-1", "1|3|0") }, ""},
	} {
		b := NewBuilder()
		tt.add(b)
		r := b.Build()
		var got []string
		for asn := range values.ASN(30) {
			if r.IsTier1(asn) {
				got = append(got, strings.TrimPrefix(asn.String(), "AS"))
			}
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: %v, want %s", tt.what, got, tt.want)
		}
	}
}
