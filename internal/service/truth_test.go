package service_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pahra/internal/watch"
	"pahra/internal/world"
)

// kindOfEvent is the kind of incident that an event must become; "" for benign ones.
func kindOfEvent(e world.Event) watch.Kind {
	if e.Benign {
		return ""
	}
	switch e.Kind {
	case world.Hijack, world.MoreSpecific:
		return watch.Hijack
	case world.Unallocated:
		return watch.BogonPrefix
	}
	return watch.Kind(e.Kind)
}

// belongs says whether an incident is what an event looks like: as its own kind, or an RPKI-invalid hijack's second face.
func belongs(i watch.Incident, e world.Event) bool {
	kind := kindOfEvent(e)
	if i.ASN != e.ASN || i.Kind != kind && !(i.Kind == watch.RPKIInvalid && kind == watch.Hijack) {
		return false
	}
	return !slices.ContainsFunc(i.Prefixes, func(p netip.Prefix) bool { return !slices.Contains(e.Prefixes, p) })
}

// TestObserveFindsTheTruth: every deviation that was made to happen is found, as what it is, when it was; nothing else is.
func TestObserveFindsTheTruth(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			data, truth := madeWorld(t, world.Defaults(seed))
			r := newRig(t, data, truth.Start, truth.End)
			sum := r.observe(t)
			if r.talk() != "" || sum.Problems != 0 {
				t.Errorf("the run said: %s", r.talk())
			}
			found := r.incidents(t)
			for _, i := range found {
				if !slices.ContainsFunc(truth.Events, func(e world.Event) bool { return belongs(i, e) }) {
					t.Errorf("false: %s AS%d %v from %s (victim %v, %s)", i.Kind, i.ASN, i.Prefixes, i.Start, i.Victim, i.Attribution)
				}
			}
			for _, e := range truth.Events {
				if !e.Benign {
					matchEvent(t, e, found)
				}
			}
			if err := r.verify(t); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

// matchEvent holds an event against what was found of it: one incident, or two where the paths to some of its prefixes
// name the announcing network and those to others do not.
func matchEvent(t *testing.T, e world.Event, found []watch.Incident) {
	t.Helper()
	prefixes := make(map[netip.Prefix]bool)
	attributions := make(map[bool]int)
	for _, i := range found {
		if i.Kind != kindOfEvent(e) || !belongs(i, e) {
			continue
		}
		attributions[i.Attribution == watch.Supported]++
		for _, p := range i.Prefixes {
			prefixes[p] = true
		}
		matchIncident(t, e, i)
	}
	if len(prefixes) != len(e.Prefixes) {
		t.Errorf("missed: %s of AS%d against AS%d, %d of %v (%s, %d peers)", e.Kind, e.ASN, e.Victim, len(prefixes), e.Prefixes, e.Note, e.Peers)
	}
	if attributions[true] > 1 || attributions[false] > 1 {
		t.Errorf("%s of AS%d is torn into %v incidents", e.Kind, e.ASN, attributions)
	}
}

func matchIncident(t *testing.T, e world.Event, inc watch.Incident) {
	t.Helper()
	const slack = time.Minute
	if d := inc.Start.Sub(e.Start).Abs(); d > slack {
		t.Errorf("%s of AS%d starts at %s, not %s", e.Kind, e.ASN, inc.Start, e.Start)
	}
	switch {
	case e.Open != (inc.End == nil):
		t.Errorf("%s of AS%d: open %v, but its end is %v", e.Kind, e.ASN, e.Open, inc.End)
	case inc.End != nil && inc.End.Sub(e.End).Abs() > slack:
		t.Errorf("%s of AS%d ends at %s, not %s", e.Kind, e.ASN, inc.End, e.End)
	}
	if e.Victim != 0 && inc.Kind == watch.Hijack && (inc.Victim == nil || *inc.Victim != e.Victim) {
		t.Errorf("%s of AS%d: the victim is %v, not AS%d", e.Kind, e.ASN, inc.Victim, e.Victim)
	}
	if admin := e.Kind == world.Unallocated; inc.Evidence.Administrative != admin {
		t.Errorf("%s of AS%d: administrative %v", e.Kind, e.ASN, inc.Evidence.Administrative)
	}
}

// TestQuietWorld: ordinary changes alone make no incident.
func TestQuietWorld(t *testing.T) {
	for seed := range uint64(3) {
		p := smallWorld(seed)
		p.Quiet, p.Churn = true, 400
		data, truth := madeWorld(t, p)
		r := newRig(t, data, truth.Start, truth.End)
		r.observe(t)
		for _, i := range r.incidents(t) {
			t.Errorf("seed %d: %s AS%d %v from %s", seed, i.Kind, i.ASN, i.Prefixes, i.Start)
		}
	}
}
