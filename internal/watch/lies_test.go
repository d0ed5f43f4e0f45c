package watch

import (
	"testing"

	"pahra/wire/values"
)

// liar is a network that says what it likes, as a peer or on the way.
const liar values.ASN = 45454

// unnamed demands that something is seen and that nobody is named for it.
func (o outcome) unnamed(t *testing.T, asn values.ASN) {
	t.Helper()
	if len(o.incidents) == 0 {
		t.Fatalf("nothing is seen: %s", o)
	}
	for _, i := range o.incidents {
		if i.Attribution == Supported && i.ASN == asn {
			t.Errorf("AS%d is named: %s", asn, o)
		}
	}
}

// TestLiesByPrefix: each prefix of a burst has a liar of its own. What two liars say of two prefixes does not make one
// true story of both.
func TestLiesByPrefix(t *testing.T) {
	most := span(0, 9)
	settled().table("20.2.0.0/16", victim).
		announce(at2, most, block, attacker, framed).announce(at2, most, "20.2.0.0/16", carrier, framed).
		run(t, 4*hour).unnamed(t, framed)
}

// TestLiesBesideTruth: who really did something for two minutes does not answer for what another adds to it.
func TestLiesBesideTruth(t *testing.T) {
	most := span(0, 9)
	got := settled().table("20.2.0.0/16", victim).
		announce(at2, most, block, framed).announce(at2, most, "20.2.0.0/16", carrier, framed).
		announce(at2+2*minute, most, block, victim).run(t, 10*hour)
	if len(got.incidents) != 2 {
		t.Fatalf("want the truth and the lie apart: %s", got)
	}
	for _, i := range got.incidents {
		if long := i.End == nil; long == (i.Attribution == Supported) {
			t.Errorf("%v: %s", i.Prefixes, got)
		}
	}
}

// TestLiesBehindTheAccused: a network that takes its own number back from a neighbour, as one of several sites does,
// stands twice on a path, and the neighbour in between can have made up the rest.
func TestLiesBehindTheAccused(t *testing.T) {
	settled().announce(at2, span(0, 9), block, framed, liar, framed).run(t, 4*hour).unnamed(t, framed)
	settled().know(0, Facts{Bogons: specialBogons()}).
		announce(at2, span(0, 10), "20.7.0.0/16", framed, liar, framed, 64777).run(t, 4*hour).unnamed(t, framed)
}

// TestLiesFromTheStart: a liar who began before judging did has made no history for the network he frames.
func TestLiesFromTheStart(t *testing.T) {
	facts := Facts{VRPs: vrps("20.1.0.0/16 16 41234"), Bogons: specialBogons()}
	newFeed(10).know(0, facts).table("10.0.0.0/8", liar, framed).table(block, liar, framed).
		run(t, 5*hour).unnamed(t, framed)
	newFeed(10).know(0, facts).announce(1, span(0, 10), "10.0.0.0/8", liar, framed).
		announce(at2, span(0, 3), "10.0.0.0/8", liar, framed).run(t, 12*hour).unnamed(t, framed)
}

// TestLiesAboutTheBaseline: one peer, however many sessions it has, cannot set itself up as the holder of a prefix and
// so make whoever comes to announce it look like a hijacker.
func TestLiesAboutTheBaseline(t *testing.T) {
	sessions := func() *feed {
		f := newFeed(12)
		for i := range 6 {
			f.peers[i] = liar
		}
		return f.table("20.9.0.0/16", victim)
	}
	six := span(0, 6)
	byTable := sessions()
	byUpdate := sessions()
	for _, i := range six {
		byTable.tableOf([]int{i}, block, liar)
		byUpdate.path(1, i, block)
	}
	for name, f := range map[string]*feed{"by table": byTable, "by update": byUpdate} {
		t.Run(name, func(t *testing.T) {
			f.announce(at2, span(6, 12), block, framed).run(t, 6*hour).unnamed(t, framed)
		})
	}
	true2 := newFeed(10).table("20.9.0.0/16", victim).tableOf(span(0, 3), block, victim)
	if i := true2.announce(at2, span(3, 10), block, attacker).run(t, 4*hour).only(t, Hijack); i.Attribution != Supported {
		t.Errorf("what three peer networks had stands: %s", i.Attribution)
	}
}

// TestLiesAboutAccomplices: one peer that puts another network before the culprit does not make an accomplice of it;
// nor does one network on the way.
func TestLiesAboutAccomplices(t *testing.T) {
	weights := func(f *feed) map[values.ASN]float64 {
		list := make(map[values.ASN]float64)
		for _, a := range f.run(t, 4*hour).only(t, Hijack).Accomplices {
			list[a.ASN] = a.Weight
		}
		return list
	}
	six := span(0, 6)
	one := weights(settled().announce(at2, six, block, carrier, attacker).announce(at2, six[:3], block, third, attacker).
		path(at2, 7, block, liar, framed, attacker))
	if one[framed] != 0 || one[carrier] != 1 {
		t.Errorf("by one peer: %v", one)
	}
	way := weights(settled().announce(at2, span(0, 3), block, attacker).announce(at2, span(3, 9), block, liar, framed, attacker))
	if w, ok := way[framed]; w != 0 || !ok {
		t.Errorf("by one on the way: %v", way)
	}
	f := settled().announce(at2, six, block, attacker)
	f.peers[7] = carrier
	if own := weights(f.path(at2, 7, block, attacker)); own[carrier] != 1 {
		t.Errorf("on its own word: %v", own)
	}
}

// TestLiesAboutRoutes: the sessions of one peer network, or its many paths, do not make a route count as announced.
func TestLiesAboutRoutes(t *testing.T) {
	f := newFeed(12)
	for i := range 6 {
		f.peers[i] = liar
	}
	f.table("20.9.0.0/16", victim)
	for i := range 6 {
		f.path(at2, i, block, framed)
	}
	for a := range f.run(t, 4*hour).Announced(0) {
		if a.Origin == framed {
			t.Errorf("%+v", a)
		}
	}
}

// TestLiesThatHide: what one peer says does not explain away what the others see; nor does what the hijacker writes
// behind his own number.
func TestLiesThatHide(t *testing.T) {
	most := span(1, 8)
	for name, f := range map[string]*feed{
		"many origins of one peer": settled().know(0, Facts{Bogons: specialBogons()}).
			path(at2, 0, block, 64701).path(at2+1, 0, block, 64702).path(at2+2, 0, block, 64703).
			announce(at2+2*hour, most, block, attacker),
		"a blackhole community of one peer": settled().announce(at2, most, block, attacker).
			label(0xffff029a).announce(at2, []int{0}, block, attacker),
		"a blackhole community on all of a large prefix": settled().label(666<<16|666).announce(at2, most, block, attacker),
		"the victim behind the hijacker":                 settled().announce(at2, most, block, attacker, victim, attacker),
		"made neighbours before":                         settled().table("20.8.0.0/16", attacker, victim, attacker).announce(at2, most, block, attacker),
	} {
		t.Run(name, func(t *testing.T) { f.run(t, 6*hour).only(t, Hijack) })
	}
}
