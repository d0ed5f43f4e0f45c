package service_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestProgrammeSchema holds what every announcing network of a run is told of every programme against the schema, and
// the schema against the Go type.
func TestProgrammeSchema(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	s := compile(t, "programme")
	outcomes := make(map[programme.Outcome]int)
	for _, inc := range lines[watch.Incident](t, filepath.Join(out, "incidents.jsonl")) {
		c := check(t, run, inc.ASN, time.Time{})
		for _, id := range programme.EmbeddedIDs() {
			hold(t, c, id)
			text, err := json.Marshal(c.Programme)
			if err != nil {
				t.Fatal(err)
			}
			if err := validate(s, text); err != nil {
				t.Errorf("AS%d, %s: %v", inc.ASN, id, err)
			}
			for _, r := range c.Programme.Rules {
				outcomes[r.Outcome()]++
			}
		}
	}
	for _, o := range []programme.Outcome{programme.Met, programme.NotMet, programme.Unknown} {
		if outcomes[o] == 0 {
			t.Errorf("no rule is %s: nothing was tested", o)
		}
	}
	text, err := os.ReadFile(schemaPath("programme"))
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	for _, problem := range (matcher{doc}).match("programme", reflect.TypeFor[programme.Result](), doc) {
		t.Error(problem)
	}
}

func hold(t *testing.T, c interface {
	Hold(*programme.RuleSet, *programme.Statements, *programme.Statements) error
}, id string) {
	t.Helper()
	set, err := programme.Embedded(id)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Hold(set, nil, nil); err != nil {
		t.Fatal(err)
	}
}

// TestProgrammeAgreesWithScores holds the rules that look at a metric against the run's scores, for every network.
func TestProgrammeAgreesWithScores(t *testing.T) {
	_, out := worldRun(t)
	run := open(t, out)
	set, err := programme.Embedded("netops")
	if err != nil {
		t.Fatal(err)
	}
	scores := make(map[values.ASN]map[norms.Metric]norms.Score)
	for _, s := range lines[norms.Score](t, filepath.Join(out, "scores.jsonl")) {
		if scores[s.ASN] == nil {
			scores[s.ASN] = make(map[norms.Metric]norms.Score)
		}
		scores[s.ASN][s.Metric] = s
	}
	for asn, of := range scores {
		c := check(t, run, asn, time.Time{})
		hold(t, c, "netops")
		for _, got := range c.Programme.Rules {
			rule, _ := set.Rule(got.ID)
			if rule.Measure == nil || rule.Measure.Metric == 0 {
				continue
			}
			s := of[rule.Measure.Metric]
			want := programme.Unknown
			switch {
			case s.Percent != nil && *s.Percent < rule.Measure.AtLeast:
				want = programme.NotMet
			case s.Percent != nil && (s.Raw == nil || s.NoDataReason == nil):
				want = programme.Met
			}
			if got.Outcome() != want {
				t.Errorf("AS%d %s: %s (%s), the score is %+v", asn, got.ID, got.Outcome(), got.Why, s)
			}
			counted := slices.ContainsFunc(got.Basis, func(b string) bool { return strings.HasPrefix(b, "incident ") })
			if rule.Measure.Metric.IsIncident() && counted != (got.Outcome() == programme.NotMet) {
				t.Errorf("AS%d %s is %s and rests on %v", asn, got.ID, got.Outcome(), got.Basis)
			}
		}
	}
}
