package registry

import (
	"testing"

	"pgregory.net/rapid"

	"pahra/wire/values"
)

// TestInConeWithin holds the search against walking down link by link.
func TestInConeWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 12).Draw(t, "networks")
		b := NewBuilder()
		for range rapid.IntRange(1, 25).Draw(t, "links") {
			x, y := rapid.IntRange(1, n).Draw(t, "provider"), rapid.IntRange(1, n).Draw(t, "customer")
			b.AddRelation(Source{Name: "drawn"}, values.ASN(x), ProviderOf, values.ASN(y))
		}
		r := b.Build()
		from := values.ASN(rapid.IntRange(1, n).Draw(t, "from"))
		below := map[values.ASN]bool{from: true}
		for level := range 6 {
			for to := values.ASN(1); int(to) <= n; to++ {
				if got := r.InConeWithin(from, to, level); got != below[to] {
					t.Fatalf("AS%d in the cone of AS%d within %d: %v, want %v", to, from, level, got, below[to])
				}
			}
			next := map[values.ASN]bool{}
			for a := range below {
				next[a] = true
				for _, c := range r.Customers(a) {
					next[c] = true
				}
			}
			below = next
		}
	})
}
