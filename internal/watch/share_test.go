package watch

import (
	"testing"

	"pahra/internal/registry"
	"pahra/wire/values"
)

// TestMadeUpLinks: one peer that makes up paths for ever uses up its own share of memory, is counted, and hides nothing of
// what others see.
func TestMadeUpLinks(t *testing.T) {
	if testing.Short() {
		t.Skip("a million links")
	}
	f := forged(block, Facts{})
	next := values.ASN(200_000)
	for range 30_000 {
		path := make([]values.ASN, 0, 40)
		for range 40 {
			path = append(path, next)
			next++
		}
		f.path(30, 9, "20.77.0.0/16", path...)
	}
	f.announce(40, []int{9}, part, carrier, third, victim) // beyond its share
	o := f.run(t, hour)
	if inc := o.only(t, PathAnomaly); inc.ASN != attacker {
		t.Error(o)
	}
	if n := len(o.edges); n > maxLinksOf+1000 {
		t.Errorf("%d links are remembered", n)
	}
	if n := o.NaiveLeaks().RefusedLinks; n < 100_000 {
		t.Errorf("%d links refused", n)
	}
}

// TestMadeUpSteps is the same for steps against the relations.
func TestMadeUpSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of steps")
	}
	const many = 300
	provider := func(i int) values.ASN { return values.ASN(210_000 + i) }
	facts := linked(func(b *registry.Builder, src registry.Source) {
		for i := range many {
			b.AddRelation(src, provider(i), registry.ProviderOf, attacker+1)
		}
	})
	f := leaked(facts, up, over)
	for i := range many {
		for j := range many {
			if i != j {
				f.path(30, 9, "20.77.0.0/16", provider(i), attacker+1, provider(j), third)
			}
		}
	}
	o := f.run(t, hour)
	if inc := o.only(t, Leak); inc.ASN != leaker {
		t.Error(o)
	}
	if n := o.NaiveLeaks(); n.Refused < 20_000 || len(o.leaks) > maxLeaksOf+100 {
		t.Errorf("%d steps are followed, %+v", len(o.leaks), n)
	}
}
