package norms

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withRaw is a metric score of that raw penalty under p.
func withRaw(p *Profile, m Metric, raw float64) Score {
	return p.fromRaw(p.blank(Inputs{}, m), raw)
}

// clean gives the raw penalty 0 to every incident metric but those given.
func clean(p *Profile, raws map[Metric]float64) (scores []Score) {
	for _, m := range IncidentMetrics() {
		scores = append(scores, withRaw(p, m, raws[m]))
	}
	return scores
}

func TestFilteringRules(t *testing.T) {
	raws := map[Metric]float64{M1: 4, M2: 0.5, M2C: 1, M3: 0.5}
	for _, test := range []struct {
		profile string
		rule    Rule
		raw     float64
		percent float64
	}{
		{"manrs-2024", Sum, 2, 36},
		{"pahra-1", Sum, 6, 17.040934},
		{"manrs-2018", Sum, 6, 17.040934},
		{"manrs-2024", Mean, math.NaN(), 78.092957}, // (60 + 48.557743 + 60 + 3 × 100) / 6
		{"manrs-2024", Worst, math.NaN(), 48.557743},
		{"pahra-1", Worst, math.NaN(), 23.578544},
		{"manrs-2024", Best, math.NaN(), 100},
	} {
		p := embedded(t, test.profile)
		p.Actions.A1.Combine = test.rule
		a1 := p.Combine(clean(p, raws))[0]
		if a1.Metric != A1 || number(a1.Percent) != test.percent ||
			number(a1.Raw) != test.raw && !math.IsNaN(test.raw) || math.IsNaN(test.raw) && a1.Raw != nil {
			t.Errorf("%s %s: raw %v, %v %%; want %v, %v", test.profile, test.rule, number(a1.Raw), number(a1.Percent),
				test.raw, test.percent)
		}
	}
}

func TestMissingMetric(t *testing.T) {
	for _, test := range []struct {
		missing Missing
		raw     float64 // of M2; M3 is missing
		percent float64
		reason  string
	}{
		{MissingBound, 0.5, 60, "M3: no bogon list"},
		{MissingBound, 0, math.NaN(), "M3: no bogon list"},
		{MissingNoData, 0.5, math.NaN(), "M3: no bogon list"},
		{MissingSkip, 0.5, 60, "M3: no bogon list"},
		{MissingSkip, 0, 100, "M3: no bogon list"},
	} {
		p := embedded(t, DefaultProfile)
		p.Actions.A1.Missing = test.missing
		scores := clean(p, map[Metric]float64{M2: test.raw})
		scores[M3-M1] = scores[M3-M1].without("no bogon list")
		a1 := p.Combine(scores)[0]
		got := number(a1.Percent)
		if got != test.percent && !(math.IsNaN(got) && math.IsNaN(test.percent)) || *a1.NoDataReason != test.reason {
			t.Errorf("%s, M2 at %v: %v %%, reason %q", test.missing, test.raw, got, *a1.NoDataReason)
		}
	}
}

func TestOtherActions(t *testing.T) {
	in := Inputs{Spoofing: Known(Spoofing{Tests: 1, Leaked: 1}), Contacts: Known(Contacts{}),
		Policy: Known(Policy{1, 1}), IRR: Known(Registered{10, 5}), ROV: Known(Validated{Valid: 8, Unknown: 2})}
	want := map[string][3]float64{ // A2, A3, A4
		"manrs-2024": {48.557743, 0, 65},
		"manrs-2018": {math.NaN(), 0, 75},
		"pahra-1":    {48.557743, 0, 65},
	}
	for id, percents := range want {
		for i, a := range []Metric{A2, A3, A4} {
			got := number(only(t, id, a, in).Percent)
			if got != percents[i] && !(math.IsNaN(got) && math.IsNaN(percents[i])) {
				t.Errorf("%s %s: %v %%, want %v", id, a, got, percents[i])
			}
		}
	}
	if s := only(t, "manrs-2018", A2, in); *s.NoDataReason != "profile manrs-2018 counts no metric of this Action" {
		t.Error(*s.NoDataReason)
	}
	if embedded(t, DefaultProfile).Combine(nil) != nil {
		t.Error("Actions of no scores")
	}
}

// TestOrder: Assess gives every measure once, in order.
func TestOrder(t *testing.T) {
	var got []Metric
	for _, s := range embedded(t, DefaultProfile).Assess(Inputs{}) {
		got = append(got, s.Metric)
	}
	if diff := cmp.Diff(between(M1, A4), got); diff != "" {
		t.Error(diff)
	}
}
