package service

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/authority"
	"pahra/internal/norms"
	"pahra/internal/registry"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestLeakCosts: a leak costs the leaker M1 and the network that accepted it M1C; one whose part rests on too few is
// left out, and so is the network it was leaked from.
func TestLeakCosts(t *testing.T) {
	start := time.Date(2026, 2, 3, 4, 0, 0, 0, time.UTC)
	end := start.Add(20 * time.Minute)
	leak := watch.Incident{
		Kind: watch.Leak, ASN: 64500, Start: start, End: &end, Attribution: watch.Supported, Confidence: 0.9,
		Accomplices: []watch.Accomplice{{ASN: 64501, Weight: 1}, {ASN: 64502}},
		Evidence:    watch.Evidence{Leak: &watch.LeakEvidence{From: 64499, Leaker: 64500, To: 64501, Type: 1}},
	}
	profile, err := norms.Embedded("pahra-1")
	if err != nil {
		t.Fatal(err)
	}
	got, why := profile.Penalties(normsIncident(leak, end))
	want := []norms.Penalty{{ASN: 64500, Metric: norms.M1, Start: start, End: end, Weight: 1},
		{ASN: 64501, Metric: norms.M1C, Start: start, End: end, Weight: 1}}
	if diff := cmp.Diff(want, got); diff != "" || why != "" {
		t.Errorf("why %q (-want +got):\n%s", why, diff)
	}
	leak.Kind = watch.PathAnomaly
	if got, why := profile.Penalties(normsIncident(leak, end)); got != nil || !strings.Contains(why, "information only") {
		t.Errorf("a path anomaly costs %v (%s)", got, why)
	}
}

// TestLeaksTakeRelations: leaks were looked for wholly only where there are relations.
func TestLeaksTakeRelations(t *testing.T) {
	m := monthly{facts: watch.Facts{NoData: map[string]string{"relations": "of a later time"}}}
	want := map[norms.Metric]string{norms.M1: "relations: of a later time", norms.M1C: "relations: of a later time"}
	if diff := cmp.Diff(want, m.gaps()); diff != "" {
		t.Error(diff)
	}
	m.facts = watch.Facts{Registry: related(t, "64500|64501|-1\n")}
	if gaps := m.gaps(); len(gaps) > 0 {
		t.Errorf("with relations: %v", gaps)
	}
	m.facts.NoData = map[string]string{"bogons": "too old"}
	why := "only space that RFCs set apart was looked for: too old"
	if diff := cmp.Diff(map[norms.Metric]string{norms.M3: why, norms.M3C: why}, m.gaps()); diff != "" {
		t.Errorf("without bogon lists (-want +got):\n%s", diff)
	}
}

// related is a registry of relations in CAIDA's form: provider|customer|-1, peer|peer|0.
func related(t *testing.T, edges string) *registry.Registry {
	t.Helper()
	b := registry.NewBuilder()
	err := b.AddASRel(registry.Source{Name: "test"}, strings.NewReader(edges), func(p values.Problem) { t.Error(p) })
	if err != nil {
		t.Fatal(err)
	}
	return b.Build()
}

// TestCustomersTests: M5C adds up the direct customers of the network, not theirs, and is no data without relations.
func TestCustomersTests(t *testing.T) {
	spoof := func(asn values.ASN) norms.Input[norms.Spoofing] {
		return norms.Known(norms.Spoofing{Tests: int(asn % 10), Leaked: int(asn % 3)})
	}
	m := monthly{facts: watch.Facts{Registry: related(t, "64500|64501|-1\n64500|64502|-1\n64502|64503|-1\n64500|64504|0\n")}}
	got, _ := m.ofCustomers(64500, spoof).Get() // 64501: 1 test, 1 leaked; 64502: 2 tests, 2 leaked
	if want := (norms.Spoofing{Tests: 3, Leaked: 64501%3 + 64502%3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	m.facts.Registry = nil
	if in := m.ofCustomers(64500, spoof); !strings.HasPrefix(in.Reason(), "relations: ") {
		t.Errorf("without relations: %q", in.Reason())
	}
}

// TestMarksFollowWeights: an Action is marked by the inputs of the metrics that count in it, not of those reported only.
func TestMarksFollowWeights(t *testing.T) {
	m := monthly{facts: watch.Facts{Anachronism: []string{"spoofer"}}}
	for _, id := range norms.EmbeddedIDs() {
		profile, err := norms.Embedded(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range m.mark(profile, profile.Assess(norms.Inputs{ASN: 64500})) {
			counts := profile.Actions.A2.Weights[norms.M5] > 0
			want := s.Metric == norms.M5 || s.Metric == norms.M5C || s.Metric == norms.A2 && counts
			if (len(s.Anachronism) > 0) != want {
				t.Errorf("%s: %s is marked %v", id, s.Metric, s.Anachronism)
			}
		}
	}
}

// TestPrefixesCovered: M9 counts a prefix once, and any VRP covers it.
func TestPrefixesCovered(t *testing.T) {
	facts := watch.Facts{VRPs: &authority.VRPTable{}}
	m := monthly{facts: facts}
	var list []announcement
	for i, rov := range []string{"valid", "invalid-origin", "invalid-length", "not-found"} {
		list = append(list, announcement{prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}), 32), rov: rov})
	}
	got, _ := m.covered(append(list, list[0])).Get()
	if want := (norms.Covered{Announced: 4, Covered: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
