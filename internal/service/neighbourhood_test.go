package service_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

func mustPrefix(t *testing.T, text string) netip.Prefix {
	t.Helper()
	p, err := netip.ParsePrefix(text)
	if err != nil {
		t.Fatal(err)
	}
	return p.Masked()
}

// checks remembers the checks of networks at the run's end.
type checks map[values.ASN]*service.NetworkCheck

func (k checks) of(t *testing.T, run *service.Run, asn values.ASN) *service.NetworkCheck {
	if k[asn] == nil {
		k[asn] = check(t, run, asn, time.Time{})
	}
	return k[asn]
}

// TestNeighbourhoods holds what is said of a set against what is said of each network in it.
func TestNeighbourhoods(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	known := make(checks)
	for _, name := range []string{"lantern-coast", "country:IN", "country:in", "rir:ripe", "ix:1"} {
		c, err := run.Neighbourhood(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.Members == 0 || c.Seen == 0 {
			t.Errorf("%s has %d members, %d seen: nothing was tested", name, c.Members, c.Seen)
		}
		for _, d := range c.Distribution {
			sum, share := 0, 0.0
			for _, b := range d.Bands {
				sum += b.Networks
				share += b.Share
			}
			if sum != c.Members || share < 0.999 || share > 1.001 {
				t.Errorf("%s %s: %d of %d members, share %v", name, d.Action, sum, c.Members, share)
			}
		}
		if !slices.IsSortedFunc(c.Steps, func(a, b service.CommonStep) int { return int(b.Points*1000 - a.Points*1000) }) {
			t.Errorf("%s: the largest win does not come first", name)
		}
		sameSteps(t, run, known, name, c)
	}
}

// sameSteps holds each step of a neighbourhood against the check of each of its networks.
func sameSteps(t *testing.T, run *service.Run, known checks, name string, c *service.NeighbourhoodCheck) {
	t.Helper()
	for _, step := range c.Steps {
		sum := 0
		if !slices.IsSortedFunc(step.Networks, func(a, b service.NetworkStep) int { return int(int64(a.ASN) - int64(b.ASN)) }) {
			t.Errorf("%s, %s: networks are not in order of number", name, step.Kind)
		}
		for _, n := range step.Networks {
			sum += n.Findings
			want := 0
			for _, f := range known.of(t, run, n.ASN).Findings {
				if f.Kind == step.Kind && f.Metric != nil {
					want++
				}
			}
			if n.Findings != want {
				t.Errorf("%s, %s: AS%d has %d findings, its check %d", name, step.Kind, n.ASN, n.Findings, want)
			}
		}
		if sum != step.Findings {
			t.Errorf("%s, %s: %d findings, its networks %d", name, step.Kind, step.Findings, sum)
		}
	}
}

// TestNeighbourhoodBands counts the bands of a country by hand.
func TestNeighbourhoodBands(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	c, err := run.Neighbourhood("country:IN")
	if err != nil {
		t.Fatal(err)
	}
	known := make(checks)
	want := make(map[norms.Metric]map[norms.Band]int)
	seen := make(map[values.ASN]bool)
	for _, s := range lines[norms.Score](t, filepath.Join(out, "scores.jsonl")) {
		if !s.Metric.IsAction() || known.of(t, run, s.ASN).Who.Country != "IN" {
			continue
		}
		seen[s.ASN] = true
		if want[s.Metric] == nil {
			want[s.Metric] = make(map[norms.Band]int)
		}
		want[s.Metric][s.Band]++
	}
	if len(seen) != c.Seen {
		t.Errorf("%d seen, want %d", c.Seen, len(seen))
	}
	for _, d := range c.Distribution {
		for _, b := range d.Bands {
			n := want[d.Action][b.Band]
			if b.Band == norms.NoBand {
				n += c.Members - c.Seen
			}
			if b.Networks != n {
				t.Errorf("%s %s: %d networks, want %d", d.Action, b.Band, b.Networks, n)
			}
		}
	}
	incidents := 0
	for _, i := range lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl")) {
		if known.of(t, run, i.ASN).Who.Country == "IN" {
			incidents++
		}
	}
	got, days := 0, 0
	for _, k := range c.Incidents {
		got += k.Announced
	}
	for _, d := range c.Days {
		for _, n := range d.Kinds {
			days += n
		}
	}
	if got != incidents || days != incidents {
		t.Errorf("%d incidents by kind, %d by day, want %d", got, days, incidents)
	}
}

// TestNeighbourhoodNeedsInputs: facts that may not be passed on come from the inputs, as they were, or not at all.
func TestNeighbourhoodNeedsInputs(t *testing.T) {
	data, out := worldRun(t)
	run := open(t, out)
	relations, err := filepath.Glob(filepath.Join(data, "relations", "*.as-rel.txt"))
	if err != nil || len(relations) != 1 {
		t.Fatal(relations, err)
	}
	text, err := os.ReadFile(relations[0])
	if err != nil {
		t.Fatal(err)
	}
	var edge []string
	for _, line := range strings.Split(string(text), "\n") {
		if parts := strings.Split(line, "|"); len(parts) >= 3 && parts[2] == "-1" && !strings.HasPrefix(line, "#") {
			edge = parts
			break
		}
	}
	cone := "cone:AS" + edge[0]
	c, err := run.Neighbourhood(cone)
	if err != nil || c.Members < 2 {
		t.Fatalf("%s, which has the customer AS%s: %d members, %v", cone, edge[1], c.Members, err)
	}
	var wrong *service.WrongUse
	for _, name := range []string{"nonsense", "moon:1", "country:XX", "cone:AS", "rir:nowhere", ""} {
		if _, err := run.Neighbourhood(name); !errors.As(err, &wrong) {
			t.Errorf("%q: %v, want wrong use", name, err)
		}
	}
	write(t, relations[0], append(text, '\n'))
	if _, err := open(t, out).Neighbourhood(cone); err == nil || errors.As(err, &wrong) || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("changed relations: %v", err)
	}
	if err := os.RemoveAll(data); err != nil {
		t.Fatal(err)
	}
	run = open(t, out)
	if _, err := run.Neighbourhood(cone); err == nil {
		t.Error("a cone without the inputs")
	}
	for _, name := range []string{"country:IN", "lantern-coast", "rir:arin", "AS" + edge[0]} {
		if _, err := run.Neighbourhood(name); err != nil {
			t.Errorf("%s without the inputs: %v", name, err)
		}
	}
	asn, err := values.ParseASN(edge[0])
	if err != nil {
		t.Fatal(err)
	}
	who := check(t, run, asn, time.Time{}).Who
	if who.Organisation != "" || who.Country == "" || !strings.Contains(who.Note, "may not be passed on") {
		t.Errorf("without the inputs: %+v", who)
	}
}
