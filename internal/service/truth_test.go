package service_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"pahra/internal/world"
	"pahra/internal/world/grade"
)

// graded holds what a run found against the truth.
func graded(t *testing.T, truth world.Truth, out string) grade.Report {
	t.Helper()
	file, err := os.Open(filepath.Join(out, "incidents.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	incidents, err := grade.ReadIncidents(file)
	if err != nil {
		t.Fatal(err)
	}
	var g grade.Grader
	g.Add(truth, incidents)
	return g.Report()
}

// surely are the kinds of event of which none may be missed, where the facts are right.
func surely() map[string]bool {
	return map[string]bool{world.Hijack: true, world.MoreSpecific: true, world.MassHijack: true, world.RPKIInvalid: true,
		world.BogonPrefix: true, world.BogonASN: true, world.Unallocated: true}
}

// TestObserveFindsTheTruth: where the facts are right, what was made to happen is found, nothing else is, and nobody is
// named for what others made up. Leaks and forged origins are held to rates over more worlds, not one by one.
func TestObserveFindsTheTruth(t *testing.T) {
	seeds := []uint64{1, 2, 3}
	if testing.Short() {
		seeds = seeds[:1]
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			p := world.Defaults(seed)
			p.Flawless = true
			data, truth := madeWorld(t, p)
			r := newRig(t, data, truth.Start, truth.End)
			sum := r.observe(t)
			if r.talk() != "" || sum.Problems != 0 {
				t.Errorf("the run said: %s", r.talk())
			}
			report := graded(t, truth, r.Out)
			for _, m := range report.Missed {
				if surely()[m.Event.Kind] {
					t.Errorf("missed: %s of AS%d against AS%d, %v (%s, %d peers)", m.Event.Kind, m.Event.ASN, m.Event.Victim, m.Event.Prefixes, m.Event.Note, m.Event.Peers)
				}
			}
			for _, m := range report.False {
				t.Errorf("false: %s AS%d %v from %s (%s): %s", m.Incident.Kind, m.Incident.ASN, m.Incident.Prefixes, m.Incident.Start, m.Incident.Attribution, m.Because)
			}
			if report.FramingNamed > 0 {
				t.Errorf("%d framed networks are named", report.FramingNamed)
			}
			if err := r.verify(t); err != nil {
				t.Errorf("Verify: %v", err)
			}
		})
	}
}

// TestQuietWorld: ordinary changes alone make no incident.
func TestQuietWorld(t *testing.T) {
	for seed := range uint64(3) {
		p := smallWorld(seed)
		p.Quiet, p.Flawless, p.Churn = true, true, 300
		data, truth := madeWorld(t, p)
		r := newRig(t, data, truth.Start, truth.End)
		r.observe(t)
		for _, i := range r.incidents(t) {
			t.Errorf("seed %d: %s AS%d %v from %s", seed, i.Kind, i.ASN, i.Prefixes, i.Start)
		}
	}
}
