package watch

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// settled is a feed whose ten peers all have the victim's block in their tables.
func settled() *feed { return newFeed(10).table(block, victim) }

func TestExactHijack(t *testing.T) {
	f := settled().announce(2*hour, span(0, 6), block, attacker)
	i := f.run(t, 3*hour).only(t, Hijack)
	if i.ASN != attacker || i.Victim == nil || *i.Victim != victim {
		t.Errorf("AS%d against %v", i.ASN, i.Victim)
	}
	if got := fmt.Sprint(i.Prefixes); got != "["+block+"]" {
		t.Errorf("prefixes %s", got)
	}
	if !i.Start.Equal(f.at(2*hour)) || i.End != nil || i.Status != Open {
		t.Errorf("from %s to %v, %s", i.Start, i.End, i.Status)
	}
	if len(i.Peers) != 6 || i.Attribution != Supported {
		t.Errorf("%d peers, %s", len(i.Peers), i.Attribution)
	}
	want := []BaselineOrigin{{i.Prefixes[0], victim, f.at(0), 4, "table"}}
	if diff := cmp.Diff(want, i.Evidence.Baseline, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Error(diff)
	}
	if tried(i, "moved") != Fails || tried(i, "roa-valid") != NoData || len(i.Evidence.Exclusions) != len(exclusions()) {
		t.Errorf("exclusions: %+v", i.Evidence.Exclusions)
	}
}

func TestMoreSpecificHijack(t *testing.T) {
	hijack := func(f *feed) *feed { return f.announce(8*hour, span(0, 10), part, attacker) }
	i := hijack(settled()).run(t, 9*hour).only(t, Hijack)
	if *i.Victim != victim || i.Prefixes[0].String() != part {
		t.Errorf("%v of %v", i.Prefixes, *i.Victim)
	}
	// Without whole tables the part may have stood all along, unseen.
	fromUpdates := newFeed(10).announce(0, span(0, 10), block, victim)
	hijack(fromUpdates).run(t, 9*hour).none(t)
	// An exact hijack is seen from updates too: the warm-up showed who announces it.
	fromUpdates = newFeed(10).announce(0, span(0, 10), block, victim).announce(8*hour, span(0, 6), block, attacker)
	if i := fromUpdates.run(t, 9*hour).only(t, Hijack); i.Evidence.Baseline[0].Source != "updates" {
		t.Errorf("baseline from %s", i.Evidence.Baseline[0].Source)
	}
}

// TestWarmUpOnlyLearns: what shows up while nobody knows yet what stood before is taken as it is.
func TestWarmUpOnlyLearns(t *testing.T) {
	newFeed(10).announce(0, span(0, 10), block, victim).
		announce(5*hour, span(0, 6), block, attacker).run(t, 9*hour).none(t)
}

func TestVisibility(t *testing.T) {
	tests := []struct {
		peers, seeing int
		want          bool
	}{
		{10, 1, false}, {10, 4, false}, {10, 5, true}, {10, 9, true},
		{3, 2, false}, // all of three must see it, and then the origin has moved or is judged by the rest
	}
	for _, tt := range tests {
		f := newFeed(tt.peers).table(block, victim).announce(2*hour, span(0, tt.seeing), block, attacker)
		if got := f.run(t, 3*hour); (len(got.incidents) > 0) != tt.want {
			t.Errorf("%d of %d peers: %s", tt.seeing, tt.peers, got)
		}
	}
	// More specific ones do not displace the covering route, so a small set of peers can agree.
	newFeed(3).table(block, victim).announce(2*hour, span(0, 3), part, attacker).run(t, 3*hour).only(t, Hijack)
	newFeed(3).table(block, victim).announce(2*hour, span(0, 2), part, attacker).run(t, 3*hour).none(t)
}

// TestSessionsOfOnePeerNetworkCountOnce: visibility counts networks, not sessions.
func TestSessionsOfOnePeerNetworkCountOnce(t *testing.T) {
	f := newFeed(10)
	for i := range 5 {
		f.peers[i] = 1001
	}
	f.table(block, victim).announce(2*hour, span(0, 5), part, attacker).run(t, 3*hour).none(t)
}

func TestMinDuration(t *testing.T) {
	for lasts, want := range map[int64]int{10: 0, 59: 0, 61: 1, 600: 1} {
		f := settled().announce(2*hour, span(0, 6), block, attacker).announce(2*hour+lasts, span(0, 6), block, victim)
		if got := f.run(t, 4*hour); len(got.incidents) != want {
			t.Errorf("%d seconds: %s", lasts, got)
		}
	}
}

func TestEndAndFlap(t *testing.T) {
	lost := func(gap int64) *feed {
		return settled().announce(2*hour, span(0, 6), part, attacker).
			withdraw(3*hour, span(0, 6), part).announce(3*hour+gap, span(0, 6), part, attacker)
	}
	if i := lost(299).run(t, 5*hour).only(t, Hijack); i.End != nil {
		t.Errorf("a flap of 299 s ended it at %s", i.End)
	}
	f := lost(302)
	got := f.run(t, 5*hour)
	if len(got.incidents) != 2 || got.incidents[0].ID == got.incidents[1].ID {
		t.Fatalf("after 302 s: %s", got)
	}
	first, second := got.incidents[0], got.incidents[1]
	if first.End == nil || !first.End.Equal(f.at(3*hour)) || first.Status != Ended {
		t.Errorf("the first ends at %v, not when it was lost", first.End)
	}
	if second.End != nil || !second.Start.Equal(f.at(3*hour+302)) {
		t.Errorf("the second: %s", got)
	}
	if n := len(second.Evidence.Updates); n != 6 || second.Evidence.Updates[0].Time.Before(second.Start) {
		t.Errorf("the second's evidence: %d updates", n)
	}
}

// TestEndByVisibility: an incident ends when too few peers see it, though some still do.
func TestEndByVisibility(t *testing.T) {
	f := settled().announce(2*hour, span(0, 6), part, attacker).
		withdraw(3*hour, span(0, 1), part).withdraw(3*hour+600, span(1, 2), part)
	if i := f.run(t, 5*hour).only(t, Hijack); i.End == nil || !i.End.Equal(f.at(3*hour+600)) {
		t.Errorf("five peers are enough, four are not: %v", i.End)
	}
}

// TestLateOpening: what one peer had for hours begins an incident no earlier than a flap before enough saw it.
func TestLateOpening(t *testing.T) {
	f := settled().announce(2*hour, span(0, 1), part, attacker).announce(6*hour, span(1, 6), part, attacker)
	if i := f.run(t, 7*hour).only(t, Hijack); !i.Start.Equal(f.at(6*hour - 300)) {
		t.Errorf("it starts at %s", i.Start)
	}
}

func TestBurstIsOneIncident(t *testing.T) {
	f := newFeed(10)
	for i := range 20 {
		f.table(fmt.Sprintf("20.%d.0.0/16", i), values.ASN(40000+100*i))
	}
	for i := range 20 {
		f.announce(2*hour+int64(i*13), span(0, 6), fmt.Sprintf("20.%d.0.0/16", i), attacker)
	}
	i := f.run(t, 3*hour).only(t, Hijack)
	if len(i.Prefixes) != 20 || len(i.Evidence.Victims) != 20 || i.Victim != nil {
		t.Errorf("%d prefixes, %d victims, victim %v", len(i.Prefixes), len(i.Evidence.Victims), i.Victim)
	}
	if !strings.Contains(strings.Join(i.Reasons, "; "), "prefixes of 20 other networks at once") {
		t.Errorf("reasons: %q", i.Reasons)
	}
	if len(i.Evidence.Updates) != f.set.EvidenceUpdates || i.Evidence.UpdatesTotal != 120 {
		t.Errorf("%d updates of %d", len(i.Evidence.Updates), i.Evidence.UpdatesTotal)
	}
}

// TestApartInTimeIsApart: what the same network does to another victim long after is an incident of its own.
func TestApartInTimeIsApart(t *testing.T) {
	f := newFeed(10).table(block, victim).table("20.2.0.0/16", third).
		announce(2*hour, span(0, 6), block, attacker).announce(3*hour, span(0, 6), "20.2.0.0/16", attacker)
	if got := f.run(t, 5*hour); len(got.incidents) != 2 {
		t.Error(got)
	}
}

func TestReoriginationIsSaid(t *testing.T) {
	// Peer 9 has the victim's route through the attacker: it passed the prefix on before it announced it itself.
	f := newFeed(10).tableOf(span(0, 9), block, victim).tableOf([]int{9}, block, attacker, third, victim).
		announce(2*hour, span(0, 6), block, attacker)
	i := f.run(t, 3*hour).only(t, Hijack)
	if !strings.Contains(strings.Join(i.Reasons, "\n"), "re-origination (RFC 7908 type 5)") {
		t.Errorf("reasons: %q", i.Reasons)
	}
	i = settled().announce(2*hour, span(0, 6), block, attacker).run(t, 3*hour).only(t, Hijack)
	if strings.Contains(strings.Join(i.Reasons, "\n"), "type 5") {
		t.Errorf("reasons: %q", i.Reasons)
	}
}

// TestInternalRoutesToOnePeer: a network that leaks its internal routes to one collector is no hijacker (RFC 7908 type 6).
func TestInternalRoutesToOnePeer(t *testing.T) {
	f := settled()
	for i := range 16 {
		f.announce(2*hour, span(0, 1), fmt.Sprintf("20.1.7.%d/28", i*16), attacker)
		f.announce(2*hour, span(0, 1), fmt.Sprintf("20.1.%d.0/24", i), attacker)
	}
	got := f.run(t, 9*hour)
	got.none(t)
	if got.Pending() == 0 {
		t.Error("what one peer shows is not even counted")
	}
}

func TestEvidence(t *testing.T) {
	f := settled().announce(2*hour, span(0, 6), block, carrier, attacker).announce(2*hour+30, span(0, 6), block, carrier, attacker)
	i := f.run(t, 3*hour).only(t, Hijack)
	if len(i.Evidence.Updates) != 6 || i.Evidence.UpdatesTotal != 12 {
		t.Fatalf("%d updates of %d", len(i.Evidence.Updates), i.Evidence.UpdatesTotal)
	}
	for n, u := range i.Evidence.Updates {
		id := int64(11 + n) // the first ten events are the table
		if u.Raw != hex.EncodeToString(record(id)) || u.Offset != id || u.File != "kit/"+string(rune('a'+n)) {
			t.Errorf("update %d: raw %q at %s:%d", n, u.Raw, u.File, u.Offset)
		}
		want := []values.ASN{f.peers[n], transit(n), carrier, attacker}
		if diff := cmp.Diff(want, u.Path); diff != "" || u.Type != "A" || u.PeerASN != f.peers[n] || u.PeerIP != ip(n) || !u.Time.Equal(i.Start) {
			t.Errorf("update %d: %+v %s", n, u, diff)
		}
	}
	if diff := cmp.Diff([]Accomplice{{carrier, nil, 1}}, i.Accomplices); diff != "" {
		t.Error(diff)
	}
	if len(i.Evidence.Forwarders) != 12 { // six peers and their transits
		t.Errorf("forwarders: %v", i.Evidence.Forwarders)
	}
}

// TestTablesAlone: where an archive holds nothing but tables, what a later one shows in place of the first is judged.
func TestTablesAlone(t *testing.T) {
	f := newFeed(10).table(block, victim)
	for dump := int64(8 * hour); dump <= 24*hour; dump += 8 * hour {
		for i := range f.peers {
			origin := victim
			if i < 6 {
				origin = attacker
			}
			f.say(dump, mrt.RIBEntry, i, block, []values.ASN{origin})
		}
	}
	if i := f.run(t, 40*hour).only(t, Hijack); i.ASN != attacker || !i.Start.Equal(f.at(8*hour)) {
		t.Errorf("AS%d from %s", i.ASN, i.Start)
	}
}
