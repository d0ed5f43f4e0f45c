package authority

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"pahra/wire/values"
	"pahra/wire/vrp"
)

// literalASPA judges by the words of draft-ietf-sidrops-aspa-verification-28, sections 5.2 to 5.6, step by step. A(1) is
// the origin.
type literalASPA struct {
	aspas []vrp.ASPA
	path  []values.ASN // compressed
}

func (l *literalASPA) n() int             { return len(l.path) }
func (l *literalASPA) a(i int) values.ASN { return l.path[l.n()-i] }
func (l *literalASPA) authorized(x, y int) Hop {
	some := false
	for _, o := range l.aspas {
		if o.Customer != l.a(x) {
			continue
		}
		some = true
		if slices.Contains(o.Providers, l.a(y)) {
			return ProviderPlus
		}
	}
	if some {
		return NotProviderPlus
	}
	return NoAttestation
}

// ramps gives section 5.4's four lengths: the least or greatest index of which any of the answers holds decides.
func (l *literalASPA) upRamp(any ...Hop) int {
	for i := 1; i < l.n(); i++ {
		if slices.Contains(any, l.authorized(i, i+1)) {
			return i
		}
	}
	return l.n()
}

func (l *literalASPA) downRamp(any ...Hop) int {
	for j := l.n(); j > 1; j-- {
		if slices.Contains(any, l.authorized(j, j-1)) {
			return l.n() - j + 1
		}
	}
	return l.n()
}

func (l *literalASPA) state(downstream bool) ASPAState {
	if l.n() == 0 {
		return ASPAInvalid
	}
	maxUp, minUp, maxDown, minDown := l.upRamp(NotProviderPlus), l.upRamp(NotProviderPlus, NoAttestation), 0, 0
	if downstream {
		maxDown, minDown = l.downRamp(NotProviderPlus), l.downRamp(NotProviderPlus, NoAttestation)
	}
	switch {
	case maxUp+maxDown < l.n():
		return ASPAInvalid
	case minUp+minDown < l.n():
		return ASPAUnknown
	}
	return ASPAValid
}

// TestASPAAgainstDraft holds the table against the draft's own arithmetic, on few numbers so that all cases meet.
func TestASPAAgainstDraft(t *testing.T) {
	asn := rapid.Map(rapid.Uint32Range(0, 6), func(n uint32) values.ASN { return values.ASN(n) })
	rapid.Check(t, func(t *rapid.T) {
		object := rapid.Custom(func(t *rapid.T) vrp.ASPA {
			return vrp.ASPA{Customer: 1 + asn.Draw(t, "customer")%6, Providers: rapid.SliceOfN(asn, 1, 4).Draw(t, "providers")}
		})
		aspas := rapid.SliceOfN(object, 0, 8).Draw(t, "aspas")
		path := rapid.SliceOfN(rapid.Map(asn, func(a values.ASN) values.ASN { return max(a, 1) }), 0, 8).Draw(t, "path")
		want := literalASPA{aspas, slices.Compact(slices.Clone(path))}
		table := NewASPATable(aspas)
		if got := table.Upstream(path); got != want.state(false) {
			t.Fatalf("upstream: %s, by the draft %s", got, want.state(false))
		}
		if got := table.Downstream(path); got != want.state(true) {
			t.Fatalf("downstream: %s, by the draft %s", got, want.state(true))
		}
	})
}

// asns reads networks named by letters: A is AS64500, B AS64501, and so on.
func asns(letters string) (path []values.ASN) {
	for _, l := range letters {
		path = append(path, 64500+values.ASN(l-'A'))
	}
	return path
}

func aspa(letters string) vrp.ASPA {
	p := asns(letters)
	return vrp.ASPA{Customer: p[0], Providers: p[1:], TA: "test"}
}

// examples is a small net: A buys of C and D, B of E, C of F, D of F and G, E of G; F and G on top are peers, and so
// are C and D, and D and E. E and F have no ASPA; G says that it has no provider.
func examples() []vrp.ASPA {
	return []vrp.ASPA{aspa("ACD"), aspa("BE"), aspa("CF"), aspa("DFG"), {Customer: asns("G")[0], Providers: []values.ASN{0}, TA: "test"}}
}

func TestASPAExamples(t *testing.T) {
	plain, withE := NewASPATable(examples()), NewASPATable(append(examples(), aspa("EG")))
	up, down := (*ASPATable).Upstream, (*ASPATable).Downstream
	for _, tt := range []struct {
		what  string
		table *ASPATable
		judge func(*ASPATable, []values.ASN) ASPAState
		path  string
		want  ASPAState
	}{
		{"nothing", plain, up, "", ASPAInvalid},
		{"nothing", plain, down, "", ASPAInvalid},
		{"the origin itself, to its provider", plain, up, "A", ASPAValid},
		{"up twice, to a peer", plain, up, "FCA", ASPAValid},
		{"up twice with prepending", plain, up, "FFCCCAA", ASPAValid},
		{"up, across on top, to a customer", plain, down, "GFCA", ASPAValid},
		{"down over a network without ASPA", plain, down, "EGFCA", ASPAUnknown},
		{"the same once it has one", withE, down, "EGFCA", ASPAValid}, // F is silent, but one step may be across
		{"up and down over one top", withE, down, "EGDA", ASPAValid},
		{"up, across, down", plain, down, "EDA", ASPAValid},
		{"type 1: A gives one provider's routes to the other", plain, up, "ACF", ASPAInvalid},
		{"type 1, seen at a customer of D", plain, down, "DACF", ASPAInvalid},
		{"type 3: C's route from peer D to its provider", plain, up, "DCA", ASPAInvalid},
		{"type 4: D's route from peer C to peer E", plain, up, "DCA", ASPAInvalid},
		{"the same leak, seen at B, is not proved while E is silent", plain, down, "EDCA", ASPAUnknown},
		{"the same leak, seen at B, once E speaks", withE, down, "EDCA", ASPAInvalid},
		{"a forged neighbour of A, to a provider or peer", plain, up, "XA", ASPAInvalid},
		{"a forged neighbour of A, to a customer, passes for a peer", plain, down, "XA", ASPAValid},
		{"a forged neighbour of A, behind a top network", plain, down, "GXA", ASPAInvalid},
		{"no ASPA anywhere", NewASPATable(nil), up, "BA", ASPAUnknown},
		{"no ASPA anywhere", NewASPATable(nil), down, "CBA", ASPAUnknown},
	} {
		if got := tt.judge(tt.table, asns(tt.path)); got != tt.want {
			t.Errorf("%s (%s): %s, want %s", tt.what, tt.path, got, tt.want)
		}
	}
}

func TestASPAUnion(t *testing.T) {
	table := NewASPATable([]vrp.ASPA{
		{Customer: 1, Providers: []values.ASN{0}, TA: "b"}, {Customer: 1, Providers: []values.ASN{3, 2}, TA: "a"},
		{Customer: 1, Providers: []values.ASN{2}, TA: "a"}, {Customer: 4, Providers: []values.ASN{0}, TA: "a"},
		{Customer: 5, Providers: []values.ASN{11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, TA: "a"}, {Providers: []values.ASN{1}},
	})
	if table.Len() != 3 {
		t.Errorf("%d customers", table.Len())
	}
	for _, tt := range []struct {
		customer, provider values.ASN
		want               Hop
	}{{1, 2, ProviderPlus}, {1, 3, ProviderPlus}, {1, 4, NotProviderPlus}, {1, 0, NotProviderPlus},
		{4, 1, NotProviderPlus}, {4, 0, NotProviderPlus}, {2, 1, NoAttestation}} {
		if got := table.Hop(tt.customer, tt.provider); got != tt.want {
			t.Errorf("Hop(%d, %d): %s, want %s", tt.customer, tt.provider, got, tt.want)
		}
	}
	for customer, want := range map[values.ASN]string{
		1: "ASPA AS1 AS2 AS3 (a, b)", 2: "", 4: "ASPA AS4 AS0 (a)",
		5: "ASPA AS5 AS11 AS12 AS13 AS14 AS15 AS16 AS17 AS18 and 2 more (a)",
	} {
		if got := table.Object(customer); got != want {
			t.Errorf("Object(%d): %q, want %q", customer, got, want)
		}
	}
}

func TestASPAAllocatesNothing(t *testing.T) {
	table, path := NewASPATable(examples()), asns("EGFCCA")
	if n := testing.AllocsPerRun(100, func() { table.Upstream(path); table.Downstream(path) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
