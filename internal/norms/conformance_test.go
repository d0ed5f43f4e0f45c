package norms

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func caida2022(t testing.TB) *ConformanceRules {
	t.Helper()
	c, err := EmbeddedConformance(CAIDA2022)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// is says what a conformance came to.
func is(c Conformance) string {
	switch {
	case c.Conformant == nil:
		return "no data: " + *c.NoDataReason
	case *c.Conformant:
		return "conformant"
	}
	return "not conformant"
}

func rounded(x *float64, decimals int) float64 {
	scale := math.Pow10(decimals)
	return math.Round(number(x)*scale) / scale
}

// TestAction4Of2022 checks specification 2.5 G: bad and good routes of May 2022 and the percentage good, to two decimals.
// All fail their line: 90 % for operators, 100 % for CDNs.
func TestAction4Of2022(t *testing.T) {
	c := caida2022(t)
	for _, test := range []struct {
		asn, bad, good int
		percent        float64
		cdn            bool
	}{
		{174, 1345, 2169, 61.72, false}, {1221, 146, 214, 59.44, false}, {3356, 439, 268, 37.91, false},
		{3549, 719, 53, 6.87, false}, {6461, 181, 24, 11.71, false}, {5511, 13, 65, 83.33, false},
		{7015, 45, 59, 56.73, false}, {7922, 94, 220, 70.06, false}, {27750, 6, 2, 25.0, false},
		{135327, 1, 5, 83.33, false}, {135375, 2, 16, 88.89, false},
		{8075, 1, 221, 99.55, true}, {16509, 22, 6254, 99.65, true}, {20940, 53, 3910, 98.66, true},
		{20473, 9, 915, 99.03, true}, {59414, 1, 8, 88.89, true},
	} {
		got := c.Action4(RouteTally{Good: test.good, Bad: test.bad}, test.cdn)
		if percent := rounded(got.PercentGood, 2); percent != test.percent || is(got) != "not conformant" {
			t.Errorf("AS%d: %v %%, %s; want %v %%, not conformant", test.asn, percent, is(got), test.percent)
		}
		asOperator := c.Action4(RouteTally{Good: test.good, Bad: test.bad}, false)
		if want := test.percent >= 90; *asOperator.Conformant != want {
			t.Errorf("AS%d as an operator: %s", test.asn, is(asOperator))
		}
	}
}

// TestAction1Of2022 checks specification 2.5 G: good and bad routes of customers and the percentage bad, to three decimals.
func TestAction1Of2022(t *testing.T) {
	c := caida2022(t)
	for _, test := range []struct {
		asn, ok, bad int
		percent      float64
	}{
		{174, 140461, 7841, 5.287}, {3356, 131945, 7384, 5.300}, {1299, 104044, 2920, 2.730}, {2914, 49652, 1197, 2.354},
		{6461, 26047, 2548, 8.911}, {4538, 9, 56, 86.154}, {36914, 1, 1, 50}, {271915, 2, 1, 33.333},
		{237, 132, 5, 3.650}, {13335, 2099, 5, 0.238},
	} {
		got := c.Action1(Known(RouteTally{Good: test.ok, Bad: test.bad}), "")
		if percent := rounded(got.PercentBad, 3); percent != test.percent || is(got) != "not conformant" {
			t.Errorf("AS%d: %v %% bad, %s; want %v %%, not conformant", test.asn, percent, is(got), test.percent)
		}
		if clean := c.Action1(Known(RouteTally{Good: test.ok}), ""); is(clean) != "conformant" {
			t.Errorf("AS%d without the bad ones: %s", test.asn, is(clean))
		}
	}
}

// TestConformanceEdges: the lines belong to those that meet them; what is not known decides nothing that it could change.
func TestConformanceEdges(t *testing.T) {
	c := caida2022(t)
	const missing = "no data: RPKI or IRR verdicts are missing for "
	for _, test := range []struct {
		good, bad, unknown int
		operator, cdn      string
	}{
		{9, 1, 0, "conformant", "not conformant"}, {899, 101, 0, "not conformant", "not conformant"},
		{900, 100, 0, "conformant", "not conformant"}, {10, 0, 0, "conformant", "conformant"},
		{0, 0, 0, "no data: " + noRoutes, "no data: " + noRoutes},
		{9, 0, 1, "conformant", missing + "1 of 10 routes"}, {8, 1, 1, missing + "1 of 10 routes", "not conformant"},
		{8, 2, 0, "not conformant", "not conformant"}, {0, 2, 18, missing + "18 of 20 routes", "not conformant"},
		{0, 3, 17, "not conformant", "not conformant"},
	} {
		tally := RouteTally{test.good, test.bad, test.unknown}
		if got := is(c.Action4(tally, false)); got != test.operator {
			t.Errorf("operator %+v: %s", tally, got)
		}
		if got := is(c.Action4(tally, true)); got != test.cdn {
			t.Errorf("CDN %+v: %s", tally, got)
		}
		if out := c.Action4(tally, false); (out.PercentGood == nil) != (test.unknown > 0 || tally.Total() == 0) {
			t.Errorf("%+v: percentage %v", tally, out.PercentGood)
		}
	}
	const noList = "no list"
	for _, test := range []struct {
		routes Input[RouteTally]
		reason string
		want   string
	}{
		{Known(RouteTally{}), "", "conformant"}, {Known(RouteTally{Good: 5}), noList, "conformant"},
		{Known(RouteTally{Good: 5, Bad: 1}), "", "not conformant"}, {Known(RouteTally{Good: 5, Bad: 1}), noList, "no data: " + noList},
		{Known(RouteTally{Good: 5, Unknown: 1}), "", missing + "1 of 6 routes"},
		{Known(RouteTally{Bad: 1, Unknown: 1}), "", "not conformant"}, {NoData[RouteTally]("no relations"), "", "no data: no relations"},
	} {
		if got := is(c.Action1(test.routes, test.reason)); got != test.want {
			t.Errorf("%+v, reason %q: %s, want %s", test.routes, test.reason, got, test.want)
		}
	}
}

// TestDecidedHolds: what is decided while some routes are not known comes out whatever they turn out to be, and what is
// not decided could come out either way.
func TestDecidedHolds(t *testing.T) {
	c := caida2022(t)
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.IntRange(0, 30)
		tally := RouteTally{count.Draw(t, "good"), count.Draw(t, "bad"), count.Draw(t, "unknown")}
		cdn := rapid.Bool().Draw(t, "cdn")
		if tally.Total() == 0 {
			return
		}
		for name, judge := range map[string]func(RouteTally) Conformance{
			"Action 1": func(r RouteTally) Conformance { return c.Action1(Known(r), "") },
			"Action 4": func(r RouteTally) Conformance { return c.Action4(r, cdn) },
		} {
			outcomes := map[string]bool{}
			for bad := range tally.Unknown + 1 {
				outcomes[is(judge(RouteTally{Good: tally.Good + tally.Unknown - bad, Bad: tally.Bad + bad}))] = true
			}
			if got := judge(tally); (got.Conformant != nil) != (len(outcomes) == 1) || got.Conformant != nil && !outcomes[is(got)] {
				t.Errorf("%s of %+v, CDN %v: %s, could be %v", name, tally, cdn, is(got), outcomes)
			}
		}
	})
}

// TestStandings lays both rules open over all pairs of verdicts: good +, bad -, not known ?.
func TestStandings(t *testing.T) {
	c := caida2022(t)
	rovs := []string{"valid", "not-found", "invalid-origin", "invalid-length", "no data"}
	want := map[string][2]string{ // by IRR verdict: registered and accepted, in the order of rovs
		"valid": {"+++++", "++--?"}, "valid-less-specific": {"+++++", "++--?"}, "invalid-more-specific": {"+++++", "++--?"},
		"invalid-origin": {"+---?", "+---?"}, "not-found": {"+---?", "++--?"}, "no data": {"+????", "+?--?"},
	}
	for irr, marks := range want {
		var got [2]string
		for _, rov := range rovs {
			for i, s := range []Standing{c.Registered(rov, irr), c.Accepted(rov, irr)} {
				got[i] += string("?+-"[s])
			}
		}
		if got != marks {
			t.Errorf("IRR %s: %v, want %v", irr, got, marks)
		}
	}
}

// TestSizeClasses checks the edges of specification 4.2.
func TestSizeClasses(t *testing.T) {
	sizes := caida2022(t).Sizes
	for n, want := range map[int]SizeClass{0: Small, 2: Small, 3: Medium, 179: Medium, 180: Large, 6000: Large} {
		if got := sizes.Of(Known(n)); got != want {
			t.Errorf("%d customers: %s, want %s", n, got, want)
		}
	}
	if got := sizes.Of(NoData[int]("no relations")); got != NoSize {
		t.Errorf("customers not known: %s", got)
	}
}

func TestConformanceRefused(t *testing.T) {
	good, err := conformances.ReadFile("conformance/" + CAIDA2022 + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][3]string{
		"share":       {"operators: 0.9", "operators: 9", "share"},
		"bad":         {"max_bad: 0", "max_bad: -1", "max_bad"},
		"sizes":       {"medium: 179", "medium: 1", "sizes"},
		"family":      {"[ipv4]", "[ipx]", "ipx"},
		"unknown key": {"max_bad: 0", "max_worse: 0", "max_worse"},
		"missing":     {"  max_bad: 0\n", "", "max_bad"},
		"no source":   {"  sizes: \"published", "  bands: \"published", "no entry under sources"},
		"day":         {"2022-05-01", "May 2022", "YYYY-MM-DD"},
	} {
		text := strings.Replace(string(good), change[0], change[1], 1)
		if _, err := parseConformance([]byte(text)); text == string(good) || err == nil || !strings.Contains(err.Error(), change[2]) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := EmbeddedConformance("caida-imc2077"); err == nil {
		t.Error("unknown rules are taken")
	}
	if _, err := Embedded(CAIDA2022); err == nil || !strings.Contains(err.Error(), "comparison.jsonl") {
		t.Errorf("as a profile: %v", err)
	}
	if got := len(caida2022(t).Settings()); got != 10 {
		t.Errorf("%d settings", got)
	}
}

// TestCompare: the absolute figures are what Action 1 adds up; those by size are the same divided by it.
func TestCompare(t *testing.T) {
	m := month(t, "2018-04")
	found := func(m9 Metric, spans ...[2]int64) Input[[]Penalty] {
		var list []Penalty
		for _, s := range spans {
			penalty := span(m, s[0], s[1])
			penalty.Metric = m9
			list = append(list, penalty)
		}
		return Known(list)
	}
	in := Inputs{ASN: 64500, Month: m, Watched: Known(1.0), Incidents: map[Metric]Input[[]Penalty]{
		M1: found(M1, [2]int64{0, 60}), M1C: found(M1C), M2: found(M2, [2]int64{0, 60}, [2]int64{9000, 99000}), M2C: found(M2C, [2]int64{0, 7200}),
		M3: found(M3), M3C: found(M3C), M4: found(M4), M4C: found(M4C, [2]int64{5, 5}),
	}}
	p := embedded(t, DefaultProfile)
	scores := p.Assess(in)
	own, let := p.Compare(scores, 250, Known(4))
	if *own.Incidents != 2 || *own.Raw != 2.5 || *own.IncidentsBySize != 8 || *own.RawBySize != 10 || *own.Units != 0.25 || own.NoDataReason != nil {
		t.Errorf("announced %+v", own) // M1 is reported only
	}
	if *let.Incidents != 1 || *let.Raw != 1 || *let.IncidentsBySize != 0.25 || *let.RawBySize != 0.25 {
		t.Errorf("accepted %+v", let)
	}
	for _, s := range scores {
		if s.Metric == A1 && *s.Raw != *own.Raw+*let.Raw {
			t.Errorf("A1 adds up to %v", *s.Raw)
		}
	}
	if withLeaks, _ := embedded(t, "pahra-1").Compare(embedded(t, "pahra-1").Assess(in), 250, Known(4)); *withLeaks.Incidents != 3 {
		t.Errorf("pahra-1: %+v", withLeaks)
	}
	own, let = p.Compare(scores, 0, NoData[int]("no relations"))
	if *own.Raw != 2.5 || own.RawBySize != nil || let.Units != nil || let.RawBySize != nil || *let.NoDataReason != "no relations" {
		t.Errorf("no size: %+v, %+v", own, let)
	}
}

// TestCompareNothingSeen: what was found stands as the least there was; finding none in too little is no data.
func TestCompareNothingSeen(t *testing.T) {
	m := month(t, "2018-04")
	in := Inputs{ASN: 64500, Month: m, Watched: Known(0.01), Incidents: map[Metric]Input[[]Penalty]{M2: Known([]Penalty{span(m, 0, 60)})}}
	for _, other := range []Metric{M2C, M3, M3C, M4, M4C} {
		in.Incidents[other] = Known[[]Penalty](nil)
	}
	p := embedded(t, DefaultProfile)
	own, let := p.Compare(p.Assess(in), 1000, Known(0))
	const few = "only 1.0 % of the month was watched"
	if *own.Incidents != 1 || *own.RawBySize != 0.5 || *own.NoDataReason != "M2: "+few+"; M3, M4: no incident seen, but "+few {
		t.Errorf("announced %+v %s", own, *own.NoDataReason)
	}
	if let.Incidents != nil || let.Raw != nil || let.RawBySize != nil || *let.NoDataReason != "M2C, M3C, M4C: no incident seen, but "+few {
		t.Errorf("accepted %+v", let)
	}
}

// TestTogether: a neighbourhood's rate is the sum by the sum of sizes, not the mean of the rates.
func TestTogether(t *testing.T) {
	one := func(incidents int, raw, units float64) BySize {
		return BySize{Incidents: &incidents, Raw: &raw}.by(Customer, Known(units))
	}
	none := BySize{}.by(Customer, NoData[float64]("no relations"))
	got, counted := Together([]BySize{one(1, 0.5, 2), one(3, 5.5, 10), one(0, 0, 0), none})
	if counted != 3 || *got.Incidents != 4 || *got.Raw != 6 || *got.Units != 12 || *got.RawBySize != 0.5 || got.Per != Customer {
		t.Errorf("%d counted, %+v", counted, got)
	}
	if got.NoDataReason != nil {
		t.Errorf("nothing is missing: %s", *got.NoDataReason)
	}
	few := "little was watched"
	partly, unseen := one(1, 1, 1), BySize{NoDataReason: &few}.by(Customer, Known(8.0))
	partly.NoDataReason = &few
	got, counted = Together([]BySize{one(1, 1, 1), partly, unseen})
	if *got.NoDataReason != "a part is missing for 2 of 3 networks" || counted != 3 || *got.Units != 10 || *got.IncidentsBySize != 0.2 {
		t.Errorf("in part: %d counted, %+v", counted, got)
	}
	if got, counted := Together([]BySize{none}); counted != 0 || got.Raw != nil || got.NoDataReason == nil {
		t.Errorf("of none: %+v", got)
	}
	if diff := cmp.Diff(RouteTally{5, 7, 9}, RouteTally{1, 2, 3}.Plus(RouteTally{4, 5, 6})); diff != "" {
		t.Error(diff)
	}
}
