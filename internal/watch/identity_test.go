package watch

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// TestIncidentID: it depends on what is known when the incident opens, not on how it ends or who spoke first.
func TestIncidentID(t *testing.T) {
	begin := func() *feed { return settled().announce(at2, span(0, 6), block, attacker) }
	want := begin().run(t, 3*hour).only(t, Hijack).ID
	if len(want) != 32 {
		t.Errorf("id %q", want)
	}
	backwards := settled().announce(at2, []int{5, 3, 1, 0, 2, 4}, block, attacker)
	same := map[string]*feed{
		"ended":             begin().announce(3*hour, span(0, 6), block, victim),
		"seen by more":      begin().announce(at2+10*minute, span(6, 8), block, attacker),
		"another prefix":    begin().announce(at2+10*minute, span(0, 6), part, attacker),
		"peers backwards":   backwards,
		"seen later by one": settled().announce(at2, span(0, 5), block, attacker).announce(at2+50, span(5, 6), block, attacker),
	}
	for name, f := range same {
		got := f.run(t, 5*hour)
		if len(got.incidents) != 1 || got.incidents[0].ID != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	other := map[string]*feed{
		"a second later":  settled().announce(at2+1, span(0, 6), block, attacker),
		"by another":      settled().announce(at2, span(0, 6), block, third),
		"part of it":      settled().announce(at2, span(0, 6), part, attacker),
		"another victim":  newFeed(10).table(block, third).announce(at2, span(0, 6), block, attacker),
		"and one besides": settled().announce(at2, span(0, 6), block, attacker).announce(at2, span(0, 6), part, attacker),
	}
	for name, f := range other {
		if got := f.run(t, 5*hour); len(got.incidents) != 1 || got.incidents[0].ID == want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// draw makes a feed of random events: few networks, few prefixes, many things in the same second.
func draw(t *rapid.T) *feed { return drawn(t, 0) }

// drawWithNews is draw with facts that change, and with marks of Only to Customer.
func drawWithNews(t *rapid.T) *feed { return drawn(t, 1) }

func drawn(t *rapid.T, news int) *feed {
	f := newFeed(rapid.IntRange(5, 8).Draw(t, "peers"))
	f.set.MinVisibility = rapid.IntRange(1, 4).Draw(t, "visibility")
	facts := Facts{VRPs: vrps("20.2.0.0/16 24 33010", "20.3.0.0/16 16 41234"), Bogons: specialBogons(),
		Registry: who(func(r *registry.Builder, src registry.Source) {
			r.AddRelation(src, carrier, registry.ProviderOf, attacker)
			r.AddRelation(src, up, registry.ProviderOf, leaker)
			r.AddRelation(src, over, registry.ProviderOf, leaker)
			r.AddRelation(src, side, registry.PeerOf, leaker)
			r.AddRelation(src, 3356, registry.ProviderOf, side)
		}), ASPAs: aspas(map[values.ASN][]values.ASN{up: {3356}, side: {3356}, 41234: {carrier}})}
	other := Facts{Registry: who(func(r *registry.Builder, src registry.Source) {
		r.AddRelation(src, up, registry.ProviderOf, leaker)
		r.AddRelation(src, side, registry.PeerOf, leaker)
		r.AddRelation(src, carrier, registry.PeerOf, victim)
		for peer := range f.peers {
			r.AddRelation(src, transit(peer), registry.PeerOf, carrier)
		}
	})}
	turning := variants(facts, other)
	f.know(0, facts)
	prefixes := []string{"20.1.0.0/16", "20.2.0.0/16", "20.3.0.0/16", "20.2.5.0/24", "20.2.6.0/24", "10.4.0.0/16"}
	f.table(prefixes[0], victim).table(prefixes[1], victim)
	tails := [][]values.ASN{{victim}, {attacker}, {carrier, attacker}, {carrier, victim, attacker}, {third}, {carrier, 64777}, {33011},
		{over, leaker, up, victim}, {over, leaker, up, third}, {side, leaker, up, third}, {up, leaker, side, victim}, {leaker, third}}
	sec := int64(at2)
	for range rapid.IntRange(5, 60).Draw(t, "steps") {
		sec += rapid.SampledFrom([]int64{0, 0, 0, 1, 30, 61, 310, 700}).Draw(t, "wait")
		peers := rapid.SliceOfNDistinct(rapid.IntRange(0, len(f.peers)-1), 1, len(f.peers), rapid.ID[int]).Draw(t, "who")
		prefix := rapid.SampledFrom(prefixes).Draw(t, "prefix")
		switch rapid.IntRange(0, 9+2*news).Draw(t, "what") {
		case 0:
			f.down(sec, peers[:1])
		case 1:
			f.up(sec, peers[:1])
		case 2, 3:
			f.withdraw(sec, peers, prefix)
		case 10:
			sec++
			f.know(sec, rapid.SampledFrom(turning).Draw(t, "facts"))
			sec++
		case 11:
			f.mark(rapid.SampledFrom([]values.ASN{0, up}).Draw(t, "mark"))
		default:
			f.announce(sec, peers, prefix, rapid.SampledFrom(tails).Draw(t, "tail")...)
		}
	}
	return f
}

// variants gives facts that differ from some in one kind each, and some that have no data.
func variants(facts, other Facts) []Facts {
	with := func(change func(*Facts)) Facts { return others(facts, change) }
	return []Facts{facts, other, {}, facts,
		with(func(f *Facts) { f.VRPs = vrps("20.2.0.0/16 24 47777", "20.3.0.0/16 16 41234") }),
		with(func(f *Facts) { f.VRPs = vrps("20.0.0.0/8 24 41234") }),
		with(func(f *Facts) {
			f.ASPAs = aspas(map[values.ASN][]values.ASN{over: {3356}, up: {3356}, 33010: {carrier}})
		}),
		with(func(f *Facts) { f.ASPAs = aspas(map[values.ASN][]values.ASN{over: {leaker}, up: {leaker}}) }),
		with(func(f *Facts) {
			f.IRR = irr(authority.RouteObject{Prefix: netip.MustParsePrefix("20.2.0.0/16"), Origin: attacker, Source: "RIPE", Authenticated: true})
		}),
		with(func(f *Facts) { f.Registry = other.Registry }),
		with(func(f *Facts) { f.Bogons = nil }),
		with(func(f *Facts) { f.ASPAs = nil }),
		with(func(f *Facts) { f.Registry = nil }),
		with(func(f *Facts) {
			f.Bogons = specialBogons(authority.BogonPrefix{Prefix: netip.MustParsePrefix("20.3.0.0/16"), Kind: authority.BogonFull, Source: "kit", Rule: "kit"})
		}),
	}
}

// TestDeterminism: the same events in the same order give the same bytes.
func TestDeterminism(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := draw(rt)
		a, b := f.run(t, 24*hour), f.run(t, 24*hour)
		if diff := gocmp.Diff(a.lines(t), b.lines(t)); diff != "" {
			rt.Fatal(diff)
		}
		if fmt.Sprint(a.Log()) != fmt.Sprint(b.Log()) {
			rt.Fatalf("logs differ: %v, %v", a.Log(), b.Log())
		}
	})
}

// TestReadAhead: that attributes are known before a route has them makes no difference.
func TestReadAhead(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := drawWithNews(rt)
		a := f.run(t, 24*hour)
		f.ahead = true
		same(t, rt, a, f.run(t, 24*hour))
	})
}

// same demands that two engines came to the same.
func same(t testing.TB, rt *rapid.T, a, b outcome) {
	t.Helper()
	if diff := gocmp.Diff(a.lines(t), b.lines(t)); diff != "" {
		rt.Fatalf("%s\n%s\n%s", diff, a, b)
	}
	if diff := gocmp.Diff(fmt.Sprint(a.Log()), fmt.Sprint(b.Log())); diff != "" {
		rt.Fatal("explained:", diff)
	}
	if diff := gocmp.Diff(announced(a), announced(b)); diff != "" {
		rt.Fatal("announced:", diff)
	}
}

// TestOrderWithinASecond: whichever peer is heard first within a second, the incidents are the same. What one peer says
// keeps its order.
func TestOrderWithinASecond(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := draw(rt)
		seed := rapid.Uint64().Draw(rt, "seed")
		a := f.play(shuffled(f.events, rand.New(rand.NewPCG(1, 1))), 24*hour)
		same(t, rt, a, f.play(shuffled(f.events, rand.New(rand.NewPCG(seed, 2))), 24*hour))
	})
}

func announced(o outcome) (list []string) {
	for a := range o.Announced(0) {
		list = append(list, fmt.Sprint(a))
	}
	slices.Sort(list)
	return list
}

// shuffled orders events by time; within a second by peer, whose order is drawn anew for each second.
func shuffled(events []said, r *rand.Rand) []said {
	list := slices.Clone(events)
	rank := make(map[[2]int64]int)
	of := func(s said) int {
		if s.facts != nil {
			return -1
		}
		key := [2]int64{s.sec, int64(s.peer)}
		if _, ok := rank[key]; !ok {
			rank[key] = r.IntN(1 << 30)
		}
		return rank[key]
	}
	for _, s := range events {
		of(s)
	}
	slices.SortStableFunc(list, func(a, b said) int {
		return cmp.Or(cmp.Compare(a.sec, b.sec), cmp.Compare(of(a), of(b)))
	})
	return list
}

// BenchmarkFeed plays a table of 10 peers and then updates, of which one in a thousand shows a hijack, from memory.
func BenchmarkFeed(b *testing.B) {
	const nPeers, nPrefixes, nUpdates = 10, 20_000, 200_000
	f := newFeed(nPeers)
	in := routes.NewInterner()
	e := New(f.set, routes.NewTable(in))
	e.SetFacts(Facts{VRPs: vrps("20.0.0.0/8 24 33010"), Bogons: specialBogons()})
	prefix := func(i int) netip.Prefix {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(30 + i>>16), byte(i >> 8), byte(i), 0}), 24)
	}
	var events []Event
	put := func(sec int64, kind mrt.ElemKind, peer, i int, tail ...values.ASN) {
		id, _ := e.Table().Peers.ID(routes.PeerKey{Collector: "kit", ASN: f.peers[peer], IP: ip(peer)})
		attr := in.ID(f.attrs(peer, append([]values.ASN{transit(peer)}, tail...)), true, kind == mrt.RIBEntry)
		events = append(events, Event{Sec: f.start + sec, Kind: kind, Peer: id, Prefix: prefix(i), Attr: attr, Raw: record(0)})
	}
	origin := func(i int) values.ASN { return values.ASN(40_000 + i%5000*10) }
	for i := range nPrefixes {
		for peer := range nPeers {
			put(0, mrt.RIBEntry, peer, i, origin(i))
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range nUpdates {
		i := r.IntN(nPrefixes)
		tail := []values.ASN{values.ASN(3000 + r.IntN(50)), origin(i)}
		if n%1000 < 6 {
			tail, i = []values.ASN{attacker}, n/1000
		}
		put(at2+int64(n/20), mrt.Announce, n%nPeers, i, tail...)
	}
	b.ReportAllocs()
	fed := 0
	for b.Loop() {
		e := New(f.set, routes.NewTable(in))
		for peer := range nPeers {
			e.Table().Peers.ID(routes.PeerKey{Collector: "kit", ASN: f.peers[peer], IP: ip(peer)})
		}
		for i := range events {
			e.Feed(&events[i])
		}
		fed += len(events)
	}
	b.ReportMetric(float64(fed)/b.Elapsed().Seconds(), "events/s")
}
