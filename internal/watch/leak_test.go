package watch

import (
	"fmt"
	"slices"
	"testing"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/mrt"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// The players of the leaks: leaker buys of up and over, and peers with side and aside; each has customers.
const (
	leaker values.ASN = 47777
	up     values.ASN = 3300
	over   values.ASN = 3400
	side   values.ASN = 5500
	aside  values.ASN = 5600
	origin values.ASN = 33010
	// another is one more network whose prefixes are leaked.
	another values.ASN = 34020
)

// linked gives the relations of the players, and more.
func linked(more func(*registry.Builder, registry.Source)) Facts {
	return Facts{Registry: who(func(b *registry.Builder, src registry.Source) {
		b.AddRelation(src, up, registry.ProviderOf, leaker)
		b.AddRelation(src, over, registry.ProviderOf, leaker)
		b.AddRelation(src, side, registry.PeerOf, leaker)
		b.AddRelation(src, aside, registry.PeerOf, leaker)
		for _, large := range []values.ASN{up, over, side, aside} { // so that none becomes the leaker's customer
			b.AddRelation(src, 3356, registry.ProviderOf, large)
			for c := range values.ASN(9) {
				b.AddRelation(src, large, registry.ProviderOf, 60000+large+c)
			}
		}
		if more != nil {
			more(b, src)
		}
	})}
}

// leaked is a feed in which the leaker passes a route of from on to the neighbours to, a minute from the start on; the
// peers hear it over each of these in turn.
func leaked(facts Facts, from values.ASN, to ...values.ASN) *feed {
	f := newFeed(10).know(0, facts).table(block, 9999).table("20.9.0.0/16", from, origin).table("20.7.0.0/16", from, another)
	for i := range f.peers {
		f.announce(minute, []int{i}, "20.9.0.0/16", to[i%len(to)], leaker, from, origin)
		f.announce(minute, []int{i}, "20.7.0.0/16", to[i%len(to)], leaker, from, another)
	}
	return f
}

func TestLeakTypes(t *testing.T) {
	for _, tt := range []struct {
		from, to values.ASN
		want     int
	}{{up, over, 1}, {side, aside, 2}, {up, side, 3}, {side, up, 4}} {
		inc := leaked(linked(nil), tt.from, tt.to).run(t, hour).only(t, Leak)
		l := inc.Evidence.Leak
		if l.Type != tt.want || l.From != tt.from || l.To != tt.to || l.Leaker != leaker || l.Rule != "valley-free" {
			t.Errorf("from %d to %d: %+v", tt.from, tt.to, l)
		}
		if inc.ASN != leaker || l.Peers != 10 || l.Origins != 2 || len(inc.Accomplices) != 1 || inc.Accomplices[0].ASN != tt.to {
			t.Errorf("from %d to %d: %+v, %+v", tt.from, tt.to, inc.Accomplices, l)
		}
	}
}

// A customer's routes go to everybody, and everybody's to a customer.
func TestNoLeak(t *testing.T) {
	facts := linked(func(b *registry.Builder, src registry.Source) { b.AddRelation(src, third, registry.CustomerOf, leaker) })
	leaked(facts, third, over).run(t, hour).none(t)
	leaked(facts, up, third).run(t, hour).none(t)
	leaked(linked(nil), carrier, over).run(t, hour).none(t) // what carrier is to it is not known
	leaked(Facts{}, up, over).run(t, hour).none(t)
}

func TestLeakExclusions(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts Facts
	}{
		{"same-organisation", linked(func(b *registry.Builder, src registry.Source) {
			b.AddAutNum(src, registry.AutNum{ASN: up, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
			b.AddAutNum(src, registry.AutNum{ASN: leaker, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
		})},
		{"customer-cone", linked(func(b *registry.Builder, src registry.Source) {
			b.AddRelation(src, leaker, registry.ProviderOf, third)
			b.AddRelation(src, third, registry.ProviderOf, over)
		})},
		{"customer-prefix", linked(func(b *registry.Builder, src registry.Source) {
			b.AddRelation(src, leaker, registry.ProviderOf, origin)
			b.AddRelation(src, leaker, registry.ProviderOf, another)
		})},
	} {
		f := leaked(tt.facts, up, over)
		o := f.run(t, hour)
		o.none(t)
		if log := o.Log(); len(log) != 1 || log[0].By != tt.name || log[0].Kind != Leak {
			t.Errorf("%s: %s", tt.name, o)
		}
		f.set.Off = []string{tt.name}
		f.run(t, hour).only(t, Leak)
	}
}

// A leak that stood before judging began is what these networks always do.
func TestStandingLeak(t *testing.T) {
	f := newFeed(10).know(0, linked(nil)).table("20.9.0.0/16", over, leaker, up, origin)
	f.announce(minute, span(0, 10), "20.8.0.0/16", over, leaker, up, another)
	f.table("20.8.0.0/16", up, another).run(t, hour).none(t)
	f.set.Off = []string{"standing", "carried-before"}
	if got := len(f.run(t, hour).of(Leak)); got != 1 {
		t.Errorf("%d leaks, want 1", got)
	}
}

// The leaker gave over routes of side before: over is its customer, whatever the sources say.
func TestCarriedBefore(t *testing.T) {
	f := leaked(linked(nil), up, over).table("20.8.0.0/16", over, leaker, side, origin)
	if got := len(f.run(t, hour).of(Leak)); got != 1 { // it may as well be side that is not what the sources have
		t.Errorf("%d leaks after one such step, want 1", got)
	}
	f.table("20.6.0.0/16", over, leaker, aside, origin)
	o := f.run(t, hour)
	o.none(t)
	if log := o.Log(); len(log) != 1 || log[0].By != "carried-before" {
		t.Error(o)
	}
	f.set.Off = []string{"carried-before"}
	f.run(t, hour).only(t, Leak)
}

// Relations that are not sure enough show nothing.
func TestUnsureRelation(t *testing.T) {
	f := leaked(linked(nil), up, over)
	f.set.RelationPercent = 100
	o := f.run(t, hour)
	o.none(t)
	if n := o.NaiveLeaks(); n.Triples != 1 || n.Flagged != 20 || n.Announcements != 20 {
		t.Errorf("the naive test finds %+v", n)
	}
	f.set.Off = []string{"unsure-relation"}
	f.run(t, hour).only(t, Leak)
}

// What is passed on for one network only may be transit that it bought; another's prefixes beside it are not.
func TestOneOrigin(t *testing.T) {
	f := newFeed(10).know(0, linked(nil)).table(block, 9999).table("20.9.0.0/16", up, origin).table("20.7.0.0/16", up, another)
	f.announce(minute, span(0, 10), "20.9.0.0/16", over, leaker, up, origin)
	o := f.run(t, hour)
	o.none(t)
	if log := o.Log(); len(log) != 1 || log[0].By != "one-origin" {
		t.Error(o)
	}
	f.announce(20*minute, span(0, 10), "20.7.0.0/16", over, leaker, up, another)
	if inc := f.run(t, hour).only(t, Leak); len(inc.Prefixes) != 2 {
		t.Errorf("prefixes %v", inc.Prefixes)
	}
}

// A neighbour of which no source has what it is to the leaker, but which is too large to be its customer.
func TestUnknownButLarge(t *testing.T) {
	large := linked(func(b *registry.Builder, src registry.Source) {
		for c := range values.ASN(9) {
			b.AddRelation(src, carrier, registry.ProviderOf, 62000+c)
		}
	})
	for _, f := range []*feed{leaked(large, carrier, over), leaked(large, up, carrier)} {
		if l := f.run(t, hour).only(t, Leak).Evidence.Leak; l.Type != 0 || l.Rule != "valley-free" {
			t.Errorf("%+v", l)
		}
	}
	leaked(large, carrier, carrier+1).run(t, hour).none(t)
}

// A small peer that becomes a customer looks leaked from; two at once do not.
func TestRelationChange(t *testing.T) {
	small := func(b *registry.Builder, src registry.Source) {
		for _, n := range []values.ASN{7001, 7002} {
			b.AddRelation(src, n, registry.PeerOf, leaker)
			b.AddRelation(src, 3356, registry.ProviderOf, n)
			b.AddRelation(src, n, registry.ProviderOf, origin)
		}
		for c := range values.ASN(9) {
			b.AddRelation(src, leaker, registry.ProviderOf, 61000+c)
		}
	}
	f := leaked(linked(small), 7001, over, up)
	o := f.run(t, hour)
	o.none(t)
	if log := o.Log(); len(log) != 2 || log[0].By != "relation-change" {
		t.Error(o)
	}
	f.table("20.8.0.0/16", 9998).announce(5*minute, span(0, 10), "20.8.0.0/16", over, leaker, 7002, origin)
	if got := len(f.run(t, hour).of(Leak)); got != 3 {
		t.Errorf("%d leaks, want 3: %s", got, f.run(t, hour))
	}
}

// Fewer peers than asked for, however many prefixes they show it for.
func TestLeakVisibility(t *testing.T) {
	f := newFeed(10).know(0, linked(nil)).table(block, 9999)
	for i, p := range []string{"20.9.0.0/16", "20.10.0.0/16", "20.11.0.0/16", "20.12.0.0/16"} {
		f.announce(minute, []int{i}, p, over, leaker, up, origin)
	}
	f.run(t, hour).none(t)
	f.table("20.7.0.0/16", up, another).announce(10*minute, []int{4}, "20.13.0.0/16", over, leaker, up, another) // each sees another part of it
	inc := f.run(t, hour).only(t, Leak)
	if len(inc.Prefixes) != 5 {
		t.Errorf("prefixes %v", inc.Prefixes)
	}
}

// What goes to several neighbours counts together, if it is known that they are not all of one company.
func TestLeakToMany(t *testing.T) {
	for _, organisations := range []bool{true, false} {
		to := []values.ASN{8001, 8002, 8003, 8004, 8005}
		facts := linked(func(b *registry.Builder, src registry.Source) {
			for _, n := range to {
				b.AddRelation(src, n, registry.PeerOf, leaker)
				b.AddRelation(src, 3356, registry.ProviderOf, n)
			}
			if organisations {
				b.AddAutNum(src, registry.AutNum{ASN: victim, OrgID: "ORG-A", Registry: "RIPE", Authenticated: true})
			}
		})
		got := leaked(facts, up, to...).run(t, hour).of(Leak) // each is shown by two of ten peers
		if want := map[bool]int{true: len(to)}[organisations]; len(got) != want {
			t.Errorf("organisations %v: %d leaks, want %d", organisations, len(got), want)
		}
		for _, inc := range got {
			if inc.Attribution != Supported || inc.Evidence.Leak.Peers != 2 {
				t.Errorf("%s, %+v", inc.Attribution, inc.Evidence.Leak)
			}
		}
	}
}

func TestLeakEnds(t *testing.T) {
	f := leaked(linked(nil), up, over).announce(20*minute, span(0, 10), "20.9.0.0/16", origin).withdraw(20*minute, span(0, 10), "20.7.0.0/16")
	inc := f.run(t, hour).only(t, Leak)
	if inc.End == nil || !inc.End.Equal(f.at(20*minute)) || !inc.Start.Equal(f.at(minute)) {
		t.Errorf("from %v to %v", inc.Start, inc.End)
	}
	f.announce(2*hour, span(0, 10), "20.9.0.0/16", over, leaker, up, origin)
	back := f.announce(2*hour, span(0, 10), "20.7.0.0/16", over, leaker, up, another).run(t, 3*hour).of(Leak)
	if len(back) != 2 || back[0].ID == back[1].ID || back[1].End != nil {
		t.Errorf("after it came back: %+v", back)
	}
}

// Over one neighbour all paths have that one in common, which could have made them up; over two nobody could.
func TestLeakAttribution(t *testing.T) {
	one := leaked(linked(nil), up, over).run(t, hour).only(t, Leak)
	if one.Attribution == Supported {
		t.Errorf("over one neighbour: %s", one.Attribution)
	}
	two := leaked(linked(nil), up, over, side).run(t, hour).of(Leak)
	if len(two) != 2 || two[0].Attribution != Supported || two[1].Attribution != Supported {
		t.Errorf("over two neighbours: %+v", two)
	}
}

// Somebody claims routes over the leaker, to two neighbours of its own.
func TestFramedLeaker(t *testing.T) {
	facts := linked(func(b *registry.Builder, src registry.Source) {
		b.AddRelation(src, attacker+1, registry.PeerOf, leaker)
	})
	f := newFeed(10).know(0, facts).table(block, 9999).table("20.9.0.0/16", up, origin)
	f.announce(minute, span(0, 5), "20.9.0.0/16", 7001, attacker+1, leaker, up, origin)
	f.announce(minute, span(5, 10), "20.9.0.0/16", 7002, attacker+1, over, leaker, up, origin)
	for _, inc := range f.run(t, hour).of(Leak) {
		if inc.Attribution == Supported {
			t.Errorf("AS%d is named: %+v", inc.ASN, inc.Evidence.Leak)
		}
	}
}

// What comes after new facts is no history, though the feed has interned it already.
func TestFactsKnowNoFuture(t *testing.T) {
	f := leaked(linked(nil), up, over).know(30, linked(nil))
	in := routes.NewInterner()
	e := New(f.set, routes.NewTable(in))
	for _, s := range f.events { // as a reader does that is ahead of the engine
		if s.raw != nil {
			in.ID(s.raw, true, s.kind == mrt.RIBEntry)
		}
	}
	f.playOn(e, f.ordered())
	if got := e.Finish(f.start + hour); len(got) != 1 || got[0].Kind != Leak {
		t.Errorf("%v", got)
	}
}

func aspas(lists map[values.ASN][]values.ASN) *authority.ASPATable {
	var list []vrp.ASPA
	for customer, providers := range lists {
		list = append(list, vrp.ASPA{Customer: customer, Providers: providers})
	}
	return authority.NewASPATable(list)
}

// What stood is a leak from the moment on at which both neighbours attest their providers, and no longer when they
// change that.
func TestASPALeak(t *testing.T) {
	bare := func() Facts {
		return Facts{Registry: who(func(b *registry.Builder, src registry.Source) { b.AddRelation(src, 1, registry.PeerOf, 2) })}
	}
	against, allowed := bare(), bare()
	against.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: {3356}})
	allowed.ASPAs = aspas(map[values.ASN][]values.ASN{up: {3356}, over: {3356, leaker}})
	f := newFeed(10).know(0, bare()).table("20.9.0.0/16", over, leaker, up, origin)
	f.run(t, hour).none(t)
	inc := f.know(20*minute, against).run(t, hour).only(t, Leak)
	if l := inc.Evidence.Leak; l.Rule != "aspa" || !inc.Start.Equal(f.at(20*minute)) || inc.End != nil {
		t.Errorf("from %v to %v: %+v", inc.Start, inc.End, l)
	}
	inc = f.know(40*minute, allowed).run(t, hour).only(t, Leak)
	if inc.End == nil || !inc.End.Equal(f.at(40*minute)) {
		t.Errorf("after the attestation changed it ends at %v", inc.End)
	}
}

// over is marked to have given the route to a customer or peer only; that one may not pass it up.
func TestOTC(t *testing.T) {
	facts := Facts{Registry: who(func(b *registry.Builder, src registry.Source) {
		b.AddRelation(src, side, registry.PeerOf, leaker)
		b.AddRelation(src, up, registry.ProviderOf, 9001)
	})}
	marked := func(by values.ASN) *feed {
		f := newFeed(10).know(0, facts).table(block, 9999).mark(by)
		return f.announce(minute, span(0, 10), "20.9.0.0/16", side, leaker, 9001, up, origin)
	}
	inc := marked(up).run(t, hour).only(t, Leak)
	if l := inc.Evidence.Leak; l.Rule != "otc" || l.From != 9001 || l.To != side || l.FromRelation.Relation != "unknown" {
		t.Errorf("%+v", l)
	}
	// Who passed it on marked it on the way out: that it may.
	marked(leaker).run(t, hour).none(t)
	// A transparent route server, whose number no path holds: between whom it stands is not known (RFC 9234, RFC 7947).
	marked(6777).run(t, hour).none(t)
	marked(0).run(t, hour).none(t)
	// One below, or of whom nothing is known, may mark what it likes.
	marked(9001).run(t, hour).none(t)
	marked(origin).run(t, hour).none(t)
}

// Two networks that buy of nobody on both sides of one that is not of them.
func TestTier1(t *testing.T) {
	top := []values.ASN{174, 701, 1299, 2914, 3356, 6453}
	facts := Facts{Registry: who(func(b *registry.Builder, src registry.Source) {
		for i, a := range top {
			for _, c := range top[:i] {
				b.AddRelation(src, a, registry.PeerOf, c)
			}
			for n := range values.ASN(40) {
				b.AddRelation(src, a, registry.ProviderOf, 50000+n)
			}
		}
	})}
	f := newFeed(10).know(0, facts).table(block, 9999)
	f.announce(minute, span(0, 10), "20.9.0.0/16", 174, leaker, 3356, origin)
	inc := f.run(t, hour).only(t, Leak)
	if l := inc.Evidence.Leak; l.Rule != "tier-1" {
		t.Errorf("%+v", l)
	}
	f = newFeed(10).know(0, facts).table(block, 9999)
	f.announce(minute, span(0, 10), "20.9.0.0/16", 174, 701, 3356, origin) // all three are peers: by their relations
	f.announce(minute, span(0, 10), "20.7.0.0/16", 174, 701, 3356, another)
	if l := f.run(t, hour).only(t, Leak).Evidence.Leak; l.Rule != "valley-free" || l.Type != 2 {
		t.Errorf("%+v", l)
	}
}

// The same leak has the same id whichever prefix is seen first.
func TestLeakIdentity(t *testing.T) {
	f := leaked(linked(nil), up, over).table("20.8.0.0/16", up, origin)
	f.announce(minute, span(0, 10), "20.8.0.0/16", over, leaker, up, origin)
	one := f.run(t, hour).only(t, Leak)
	events := slices.Clone(f.events)
	slices.Reverse(events)
	slices.SortStableFunc(events, func(a, b said) int { return int(a.sec - b.sec) })
	g := &feed{set: f.set, start: f.start, peers: f.peers, as2: f.as2, events: events}
	other := g.run(t, hour).only(t, Leak)
	if one.ID != other.ID || len(one.Prefixes) != 3 {
		t.Errorf("%s and %s, prefixes %v", one.ID, other.ID, one.Prefixes)
	}
}

// Of a leak of many prefixes every peer's element is kept for the first of them, and one for each of the rest.
func TestLeakProofs(t *testing.T) {
	f := newFeed(10).know(0, linked(nil)).table(block, 9999).table("20.9.0.0/16", up, origin)
	for peer := range f.peers { // one tells all before the next begins
		f.announce(minute, []int{peer}, "20.9.0.0/16", over, leaker, up, origin)
		for i := range leakProofs + 20 {
			f.announce(minute, []int{peer}, fmt.Sprintf("20.%d.0.0/16", 20+i), over, leaker, up, another)
		}
	}
	inc := f.run(t, hour).only(t, Leak)
	if len(inc.Peers) != 10 || len(inc.Prefixes) != leakProofs+21 {
		t.Errorf("%d peers, %d prefixes", len(inc.Peers), len(inc.Prefixes))
	}
}

// TestLeakerTwiceOnPath: a leaker that writes its number twice, with another's in between, is seen all the same. It is not
// named, since whoever stands in between could have written the rest, and that one has no part in it.
func TestLeakerTwiceOnPath(t *testing.T) {
	const between values.ASN = 8075
	f := newFeed(10).know(0, linked(nil)).table(block, 9999).table("20.9.0.0/16", up, origin).table("20.7.0.0/16", up, another)
	for i, to := range []values.ASN{over, side, over, side, over, side, over, side, over, side} {
		f.announce(minute, []int{i}, "20.9.0.0/16", to, leaker, between, leaker, up, origin)
		f.announce(minute, []int{i}, "20.7.0.0/16", to, leaker, between, leaker, up, another)
	}
	list := f.run(t, hour).of(Leak)
	if len(list) != 2 {
		t.Fatalf("%v", list)
	}
	for _, inc := range list {
		l := inc.Evidence.Leak
		if l.From != up || l.Leaker != leaker || l.To != over && l.To != side || inc.Attribution == Supported {
			t.Errorf("%+v, %s", l, inc.Attribution)
		}
		if len(inc.Accomplices) != 1 || inc.Accomplices[0].ASN != l.To || slices.Contains(inc.Evidence.Forwarders, between) {
			t.Errorf("accomplices %+v, forwarders %v", inc.Accomplices, inc.Evidence.Forwarders)
		}
	}
}

// TestPlain: what is left of a path is what stood there before any network came a second time.
func TestPlain(t *testing.T) {
	for _, tt := range []struct{ path, want []values.ASN }{
		{[]values.ASN{1, 2, 3}, []values.ASN{1, 2, 3}},
		{[]values.ASN{1, 2, 3, 2, 4}, []values.ASN{1, 2, 4}},
		{[]values.ASN{1, 2, 3, 2, 4, 2, 5}, []values.ASN{1, 2, 5}},
		{[]values.ASN{1, 2, 3, 1, 4, 3}, []values.ASN{1, 4, 3}},
		{[]values.ASN{1, 2, 1}, []values.ASN{1}},
		{make([]values.ASN, maxHops+1), nil},
	} {
		if got := plain(tt.path); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, not %v", tt.path, got, tt.want)
		}
	}
}
