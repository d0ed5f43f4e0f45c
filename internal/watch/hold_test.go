package watch

import (
	"slices"
	"testing"

	"pahra/internal/registry"
	"pahra/wire/values"
)

// pathCase is an incident that rests on facts by which paths are judged.
type pathCase struct {
	name   string
	kind   Kind
	facts  Facts
	lost   Facts // the same without those that it rests on
	otc    values.ASN
	routes map[string][]values.ASN // what is announced, by prefix
}

func pathCases() []pathCase {
	plain := linked(nil)
	attested := others(plain, func(f *Facts) { f.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: {3356}}) })
	bare := Facts{Registry: who(func(b *registry.Builder, src registry.Source) { b.AddRelation(src, 1, registry.PeerOf, 2) })}
	named := Facts{Registry: who(func(b *registry.Builder, src registry.Source) {
		b.AddAutNum(src, registry.AutNum{ASN: third, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
	})}
	onlyASPAs := others(bare, func(f *Facts) { f.ASPAs = attested.ASPAs })
	marked := Facts{Registry: who(func(b *registry.Builder, src registry.Source) {
		b.AddRelation(src, side, registry.PeerOf, leaker)
		b.AddRelation(src, up, registry.ProviderOf, 9001)
	})}
	leaking := map[string][]values.ASN{"20.9.0.0/16": {over, leaker, up, origin}, "20.7.0.0/16": {over, leaker, up, another}}
	return []pathCase{
		{"relations", Leak, plain, Facts{}, 0, leaking},
		{"relations, of a registry that stays", Leak, plain, named, 0, leaking},
		{"relations and ASPAs", Leak, attested, Facts{}, 0, leaking},
		{"ASPAs", Leak, onlyASPAs, bare, 0, leaking},
		{"relations behind a mark", Leak, marked, Facts{}, up, map[string][]values.ASN{"20.9.0.0/16": {side, leaker, 9001, up, origin}}},
		{"bogons", BogonASN, Facts{Bogons: specialBogons()}, Facts{}, 0, map[string][]values.ASN{"20.9.0.0/16": {carrier, 64777, victim}}},
	}
}

// feed announces the case's routes a minute from the start on.
func (c *pathCase) feed(sweeps bool) *feed {
	f := newFeed(10).know(0, c.facts).table(block, 9999).mark(c.otc)
	f.sweeps = sweeps
	return c.announce(f, minute, 2100)
}

// announce lets all peers announce the case's routes over some network.
func (c *pathCase) announce(f *feed, sec int64, over values.ASN) *feed {
	for prefix, tail := range c.routes {
		for i := range f.peers {
			f.path(sec, i, prefix, append([]values.ASN{over}, tail...)...)
		}
	}
	return f
}

func (c *pathCase) withdraw(f *feed, sec int64) *feed {
	for prefix := range c.routes {
		f.withdraw(sec, span(0, 10), prefix)
	}
	return f
}

// TestLostFactsEndNothing: facts that are lost end no incident, nor does it end when its routes change to other paths
// meanwhile, be they known, forgotten or new.
func TestLostFactsEndNothing(t *testing.T) {
	for _, c := range pathCases() {
		for _, sweeps := range []bool{false, true} {
			for name, over := range map[string]values.ASN{"known": 2100, "new": 2200} {
				f := c.feed(sweeps).know(hour, c.lost)
				c.announce(c.withdraw(f, hour+minute), hour+2*minute, over)
				inc := f.know(3*hour, c.facts).run(t, 4*hour).only(t, c.kind)
				if inc.End != nil || slices.ContainsFunc(inc.Evidence.Rejudged, func(r Rejudgement) bool { return r.Outcome != Stands }) {
					t.Errorf("%s, %s paths, forgetting %v: it ends at %v, judged again: %+v", c.name, name, sweeps, inc.End, inc.Evidence.Rejudged)
				}
			}
		}
	}
}

// TestNothingBeginsWithoutFacts: what ended and comes again while facts are lost is judged once they are back.
func TestNothingBeginsWithoutFacts(t *testing.T) {
	for _, c := range pathCases() {
		for _, sweeps := range []bool{false, true} {
			feed := func() *feed {
				f := c.feed(sweeps).know(hour, c.lost)
				return c.announce(c.withdraw(f, hour+minute), 2*hour, 2100)
			}
			f := feed()
			if inc := f.run(t, 3*hour).only(t, c.kind); inc.End == nil || !inc.End.Equal(f.at(hour+minute)) {
				t.Errorf("%s, forgetting %v: it ends at %v", c.name, sweeps, inc.End)
			}
			list := feed().know(3*hour, c.facts).run(t, 4*hour).of(c.kind)
			if len(list) != 2 || list[1].End != nil || list[1].Start.Before(f.at(3*hour-5*minute)) {
				t.Errorf("%s, forgetting %v: %d incidents: %+v", c.name, sweeps, len(list), list)
			}
		}
	}
}

// TestLostOrganisationsEndNothing: while it is not known which networks are of one company, peers of an incident that is open
// count together as they did; those of what begins do not.
func TestLostOrganisationsEndNothing(t *testing.T) {
	known := linked(func(b *registry.Builder, src registry.Source) {
		b.AddAutNum(src, registry.AutNum{ASN: third, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
	})
	f := leaked(known, up, over, side, aside)
	f.set.MinVisibility = 5 // no neighbour's are as many
	was := f.run(t, hour).of(Leak)
	is := f.know(hour, linked(nil)).run(t, 2*hour).of(Leak)
	if len(was) != 3 || len(is) != 3 {
		t.Fatalf("%d leaks, then %d", len(was), len(is))
	}
	for _, inc := range is {
		if inc.End != nil {
			t.Errorf("to AS%d: it ends at %s", inc.Evidence.Leak.To, inc.End)
		}
	}
	late := leaked(known, up, over, side, aside).know(30, linked(nil))
	late.set.MinVisibility = 5
	late.run(t, hour).none(t)
}

// TestForgottenPathReturnsWithoutFacts: a path of a leak that was forgotten and comes back while there are no relations shows
// the leak from then on, as one does that was remembered. It took two peers, of which one had the path before, and
// attestations by which the leak is judged in the end.
func TestForgottenPathReturnsWithoutFacts(t *testing.T) {
	run := func(sweeps bool) outcome {
		f := newFeed(5).know(0, linked(nil)).table("20.2.0.0/16", victim)
		f.announce(at2, []int{3}, "20.2.6.0/24", over, leaker, up, third).announce(at2+1, []int{3}, "20.2.6.0/24", third)
		f.know(at2+10*minute, Facts{}).announce(at2+20*minute, []int{1, 3}, block, over, leaker, up, third)
		f.know(at2+25*minute, others(linked(nil), func(f *Facts) { f.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: {3356}}) }))
		f.sweeps, f.set.MinVisibility = sweeps, 1
		return f.run(t, 4*hour)
	}
	never, always := run(false), run(true)
	for _, o := range []outcome{never, always} {
		if list := o.of(Leak); len(list) != 1 || len(list[0].Peers) != 2 || list[0].Start.Before(list[0].Evidence.Updates[0].Time) {
			t.Errorf("%s", o)
		}
	}
	if a, b := never.lines(t), always.lines(t); a != b {
		t.Errorf("%s\nforgetting:\n%s", a, b)
	}
}
