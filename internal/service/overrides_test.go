package service_test

import (
	"bytes"
	"crypto/ed25519"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/source/overrides"
	"pahra/internal/watch"
	"pahra/wire/values"
)

func signingKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

// takeBack puts a signed decision into a folder of data.
func takeBack(t *testing.T, data string, inc watch.Incident, asn values.ASN, key ed25519.PrivateKey) publication.Override {
	t.Helper()
	o, err := publication.Override{ASN: asn, Decided: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), Ground: publication.Upheld,
		Incident: inc.ID, Kind: inc.Kind, Reason: "it was our customer’s test"}.Sign(key)
	if err != nil {
		t.Fatal(err)
	}
	dir, err := overrides.Open(data, signingKey(1))
	if err == nil {
		err = dir.Put(t.Context(), o)
	}
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// costly finds an incident that costs the announcing network something, and the metric.
func costly(t *testing.T, r *rig) (watch.Incident, norms.Score) {
	t.Helper()
	scores := jsonLines[norms.Score](t, filepath.Join(r.Out, "scores.jsonl"))
	for _, inc := range r.incidents(t) {
		for _, s := range scores {
			if s.ASN == inc.ASN && s.Metric == norms.M2 && inc.Kind == watch.Hijack && s.Raw != nil && *s.Raw > 0 {
				return inc, s
			}
		}
	}
	t.Fatal("no incident costs anything")
	return watch.Incident{}, norms.Score{}
}

// TestOverrideIsAnInput: an upheld dispute takes the penalty away, keeps the old figure beside the new one, is part of
// the snapshot's identity, and comes out again; every other network's scores stay.
func TestOverrideIsAnInput(t *testing.T) {
	data, out := worldRun(t)
	before := &rig{Options: options(data, out)}
	inc, old := costly(t, before)
	o := takeBack(t, data, inc, inc.ASN, signingKey(1))
	hash, err := o.Hash()
	if err != nil {
		t.Fatal(err)
	}
	after := &rig{Options: options(data, observe(t, data))}
	if got := after.snapshot(t); !slices.Equal(got.Overrides, []string{hash}) || got.ID == before.snapshot(t).ID {
		t.Errorf("the snapshot names %v, id %s", got.Overrides, got.ID)
	}
	for _, i := range after.incidents(t) {
		if c := i.Correction(inc.ASN); (i.ID == inc.ID) != (c != nil) || c != nil && (c.Override != hash || c.Reason != o.Reason) {
			t.Errorf("incident %s has correction %+v", i.ID, c)
		}
	}
	corrections := jsonLines[service.Correction](t, filepath.Join(after.Out, "corrections.jsonl"))
	i := slices.IndexFunc(corrections, func(c service.Correction) bool { return c.Metric == norms.M2 })
	if i < 0 || *corrections[i].Was.Raw != *old.Raw || corrections[i].Now.Raw != nil && *corrections[i].Now.Raw >= *old.Raw || !slices.Equal(corrections[i].Overrides, []string{hash}) {
		t.Errorf("corrections %+v, old figure %v", corrections, *old.Raw)
	}
	validateLines(t, compile(t, "correction"), filepath.Join(after.Out, "corrections.jsonl"))
	validateLines(t, compile(t, "incident"), filepath.Join(after.Out, "incidents.jsonl"))
	sameButFor(t, before, after, corrections)
	if err := after.verify(t); err != nil {
		t.Error(err)
	}
	run, err := service.OpenRun(after.Out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Check(inc.ASN, time.Time{}); err != nil {
		t.Errorf("the arithmetic of the corrected network does not come out again: %v", err)
	}
}

// sameButFor demands that the scores of two runs differ in the corrections alone, and as these say.
func sameButFor(t *testing.T, before, after *rig, corrections []service.Correction) {
	t.Helper()
	was := jsonLines[norms.Score](t, filepath.Join(before.Out, "scores.jsonl"))
	is := jsonLines[norms.Score](t, filepath.Join(after.Out, "scores.jsonl"))
	if len(was) != len(is) {
		t.Fatalf("%d scores were, %d are", len(was), len(is))
	}
	for i := range was {
		j := slices.IndexFunc(corrections, func(c service.Correction) bool {
			return c.ASN == is[i].ASN && c.Metric == is[i].Metric && c.Month == is[i].Month
		})
		if j < 0 {
			if !reflect.DeepEqual(was[i], is[i]) {
				t.Errorf("a score changed that no correction names: %+v, was %+v", is[i], was[i])
			}
			continue
		}
		c := corrections[j]
		figure := func(s norms.Score) service.Figure {
			return service.Figure{Raw: s.Raw, Percent: s.Percent, Band: s.Band}
		}
		if diff := cmp.Diff([]service.Figure{c.Was, c.Now}, []service.Figure{figure(was[i]), figure(is[i])}); diff != "" {
			t.Errorf("correction of %s: %s", c.Metric, diff)
		}
	}
}

// TestOverrideOfAStranger: what an unknown key signed is said and changes nothing.
func TestOverrideOfAStranger(t *testing.T) {
	data, out := worldRun(t)
	before := &rig{Options: options(data, out)}
	inc, _ := costly(t, before)
	takeBack(t, data, inc, inc.ASN, signingKey(2))
	after := newRig(t, data, before.From, before.To)
	after.observe(t)
	if got := after.snapshot(t); len(got.Overrides) != 0 || !strings.Contains(after.talk(), "is not trusted; it is left out") {
		t.Errorf("overrides %v, said %q", got.Overrides, after.talk())
	}
	if content(t, filepath.Join(after.Out, "scores.jsonl")) != content(t, filepath.Join(out, "scores.jsonl")) {
		t.Error("scores changed")
	}
}
