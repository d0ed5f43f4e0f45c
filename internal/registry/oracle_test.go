package registry

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/wire/delegated"
	"pahra/wire/values"
)

// oracle is the relations as a map, searched in full.
type oracle map[[2]values.ASN]Relation

func (o oracle) cone(asn values.ASN) []values.ASN {
	in := map[values.ASN]bool{asn: true}
	for grown := true; grown; {
		grown = false
		for pair, rel := range o {
			if rel == ProviderOf && in[pair[0]] && !in[pair[1]] {
				in[pair[1]], grown = true, true
			}
		}
	}
	var out []values.ASN
	for a := range in {
		out = append(out, a)
	}
	slices.Sort(out)
	return out
}

func (o oracle) all(asn values.ASN, rel Relation) (out []values.ASN) {
	for pair, r := range o {
		if pair[0] == asn && r == rel {
			out = append(out, pair[1])
		}
	}
	slices.Sort(out)
	return out
}

// drawRelations gives a builder and an oracle of the same random relations, loops included. Some ASNs lie beyond the
// directly indexed ones.
func drawRelations(t *rapid.T) (*Builder, oracle, []values.ASN) {
	b, o := NewBuilder(), oracle{}
	n := rapid.IntRange(1, 150).Draw(t, "networks")
	asn := func(i int) values.ASN {
		if i%3 == 0 {
			return values.ASN(4_200_000_000 + i)
		}
		return values.ASN(1 + i)
	}
	for range rapid.IntRange(1, 300).Draw(t, "edges") {
		x, y := asn(rapid.IntRange(0, n).Draw(t, "x")), asn(rapid.IntRange(0, n).Draw(t, "y"))
		rel := Relation(rapid.IntRange(1, 4).Draw(t, "relation"))
		if _, ok := o[[2]values.ASN{x, y}]; ok || x == y {
			continue
		}
		o[[2]values.ASN{x, y}], o[[2]values.ASN{y, x}] = rel, rel.Inverse()
		b.AddRelation(at("rel", 1), x, rel, y)
	}
	var asns []values.ASN
	for i := range n + 3 {
		asns = append(asns, asn(i))
	}
	return b, o, asns
}

func TestRelationsAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, o, asns := drawRelations(t)
		r := b.Build()
		for _, x := range asns {
			for _, y := range asns {
				if got, want := r.Relation(x, y), o[[2]values.ASN{x, y}]; got != want {
					t.Fatalf("AS%d is %s of AS%d, want %s", x, got, y, want)
				}
			}
			for rel, list := range map[Relation][]values.ASN{ProviderOf: r.Customers(x), CustomerOf: r.Providers(x), PeerOf: r.Peers(x)} {
				if d := cmp.Diff(o.all(x, rel), list); d != "" {
					t.Fatalf("AS%d, %s: %s", x, rel, d)
				}
			}
		}
	})
}

// TestConeAgainstOracle asks for cones with memory for all, for some and for none.
func TestConeAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, o, asns := drawRelations(t)
		r := b.Build()
		r.cones.left.Store(rapid.SampledFrom([]int64{coneBudget, 300, 0}).Draw(t, "budget"))
		if len(o) == 0 {
			return
		}
		for _, x := range asns {
			want := o.cone(x)
			for _, y := range asns {
				_, in := slices.BinarySearch(want, y)
				if r.InCone(x, y) != in {
					t.Fatalf("AS%d is in AS%d's cone: want %v", y, x, in)
				}
			}
			if d := cmp.Diff(want, r.Cone(x)); d != "" {
				t.Fatalf("cone of AS%d: %s", x, d)
			}
		}
	})
}

// TestConeConcurrently has many goroutines ask at once, under a budget that runs out; run it with -race.
func TestConeConcurrently(t *testing.T) {
	b := NewBuilder()
	for i := range 400 {
		b.AddRelation(at("rel", 1), values.ASN(1+i/2), ProviderOf, values.ASN(2+i))
	}
	r := b.Build()
	r.cones.left.Store(2000)
	want := b.Build()
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 20_000 {
				x, y := values.ASN(1+(i*7+g)%400), values.ASN(1+(i*13)%400)
				if got := r.InCone(x, y); got != want.InCone(x, y) {
					t.Errorf("AS%d in AS%d's cone: %v", y, x, got)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestBuildInAnyOrder adds the same sources in many orders.
func TestBuildInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []func(*Builder)
		for i := range rapid.IntRange(2, 25).Draw(t, "steps") {
			src := at(fmt.Sprintf("s%d", rapid.IntRange(0, 2).Draw(t, "name")), rapid.IntRange(1, 3).Draw(t, "day"))
			a, c := values.ASN(rapid.IntRange(1, 4).Draw(t, "a")), values.ASN(rapid.IntRange(1, 4).Draw(t, "c"))
			word := rapid.SampledFrom([]string{"P", "Q", "R"}).Draw(t, "word")
			switch i % 6 {
			case 0:
				rel := Relation(rapid.IntRange(1, 4).Draw(t, "relation"))
				steps = append(steps, func(b *Builder) { b.AddRelation(src, a, rel, c) })
			case 1:
				steps = append(steps, func(b *Builder) {
					b.AddAutNum(src, AutNum{ASN: a, Name: word, Holder: word + "H", OrgID: word, Country: "I" + word, Registry: "RIPE", Authenticated: c%2 == 0})
				})
			case 2:
				text := fmt.Sprintf("# format:org_id|org_name|country\nO%s|name%d|IN\n# format:aut|aut_name|org_id|source\n%d|%s|O%s|APNIC\n", word, c, a, word, word)
				steps = append(steps, func(b *Builder) { b.AddOrganisations(src, strings.NewReader(text), nil) })
			case 3:
				steps = append(steps, func(b *Builder) { b.AddContact(src, a, Contact{Role: word, Source: "ripe", Updated: src.Time}) })
			case 4:
				text := fmt.Sprintf("x|I%s|asn|%d|2|2020010%d|allocated|%s\nx|I%s|ipv4|192.0.2.0|%d||allocated", word, a, c, word, word, 64*c)
				steps = append(steps, func(b *Builder) { b.AddDelegated(src, strings.NewReader(text), nil) })
			case 5:
				steps = append(steps, func(b *Builder) {
					b.AddDefinition(src, Definition{Name: word, Title: src.Name, Expr: Expr{ASNs: []values.ASN{a}}})
				})
			}
		}
		want := describe(steps)
		rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)).Shuffle(len(steps), func(i, j int) { steps[i], steps[j] = steps[j], steps[i] })
		if d := cmp.Diff(want, describe(steps)); d != "" {
			t.Fatal(d)
		}
	})
}

// describe builds a registry and writes out what it says.
func describe(steps []func(*Builder)) string {
	b := NewBuilder()
	for _, step := range steps {
		step(b)
	}
	r := b.Build()
	var s strings.Builder
	fmt.Fprintln(&s, r.Sources())
	for _, x := range r.ASNs() {
		n, _ := r.Network(x)
		fmt.Fprintf(&s, "%+v\n", n)
		for _, y := range r.ASNs() {
			reason, _ := r.SiblingReason(x, y)
			fmt.Fprintln(&s, x, r.Relation(x, y), y, reason)
		}
	}
	for _, p := range []string{"192.0.2.0/25", "192.0.2.0/26", "192.0.2.0/24"} {
		a, ok := r.Allocation(netip.MustParsePrefix(p))
		fmt.Fprintln(&s, a, ok)
	}
	for _, d := range r.Neighbourhoods() {
		asns, _ := r.Resolve(d.Name)
		fmt.Fprintln(&s, d, asns)
	}
	return s.String()
}

// TestAllocationAgainstOracle looks for the narrowest covering record in a plain list.
func TestAllocationAgainstOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		var records []delegated.Record
		for range rapid.IntRange(1, 30).Draw(t, "records") {
			if rapid.Bool().Draw(t, "v6") {
				bits := rapid.IntRange(108, 120).Draw(t, "bits")
				p, _ := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", rapid.IntRange(0, 0xfff).Draw(t, "first"))).Prefix(bits)
				fmt.Fprintf(&text, "x|IN|ipv6|%s|%d||allocated\n", p.Addr(), bits)
			} else {
				fmt.Fprintf(&text, "x|IN|ipv4|10.0.%d.0|%d||allocated\n", rapid.IntRange(0, 5).Draw(t, "third"), rapid.IntRange(1, 600).Draw(t, "count"))
			}
		}
		b := NewBuilder()
		if err := b.AddDelegated(at("x", 1), strings.NewReader(text.String()), nil); err != nil {
			t.Fatal(err)
		}
		delegated.Read(strings.NewReader(text.String()), nil, func(r delegated.Record) error { records = append(records, r); return nil })
		r := b.Build()
		for range 30 {
			var p netip.Prefix
			if rapid.Bool().Draw(t, "v6") {
				p = netip.PrefixFrom(netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", rapid.IntRange(0, 0xfff).Draw(t, "query"))), rapid.IntRange(106, 128).Draw(t, "bits")).Masked()
			} else {
				p = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(rapid.IntRange(0, 8).Draw(t, "third")), byte(rapid.IntRange(0, 255).Draw(t, "fourth"))}), rapid.IntRange(20, 32).Draw(t, "bits")).Masked()
			}
			got, ok := r.Allocation(p)
			first, last, found := narrowest(records, p)
			if ok != found || ok && (got.First != first || got.Last != last) {
				t.Fatalf("%s: %s to %s, %v; want %s to %s, %v", p, got.First, got.Last, ok, first, last, found)
			}
		}
	})
}

// narrowest takes, of the records that cover p, the one that begins last and of those the one that ends first.
func narrowest(records []delegated.Record, p netip.Prefix) (first, last netip.Addr, found bool) {
	for i := range records {
		f, l := records[i].First, lastAddr(&records[i])
		if f.Is4() != p.Addr().Is4() || f.Compare(p.Addr()) > 0 || l.Compare(lastOf(p)) < 0 {
			continue
		}
		if !found || f.Compare(first) > 0 || f == first && l.Compare(last) < 0 {
			first, last, found = f, l, true
		}
	}
	return first, last, found
}
