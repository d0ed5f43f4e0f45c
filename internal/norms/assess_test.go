package norms

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"pahra/wire/values"
)

// only assesses the inputs and gives the score of one metric.
func only(t testing.TB, profile string, m Metric, in Inputs) Score {
	t.Helper()
	for _, s := range embedded(t, profile).Assess(in) {
		if s.Metric == m {
			return s
		}
	}
	t.Fatalf("no score for %s", m)
	return Score{}
}

// number gives the value, or NaN for none.
func number(f *float64) float64 {
	if f == nil {
		return math.NaN()
	}
	return *f
}

// TestM7IRR checks specification 2.5 C: announced and unregistered routes, fraction to six decimals.
func TestM7IRR(t *testing.T) {
	for _, test := range []struct {
		announced, missing int
		want               float64
	}{
		{5, 2, 0.6}, {132, 3, 0.977273}, {152, 15, 0.901316}, {3694, 2292, 0.379534}, {211, 108, 0.488152},
		{19, 12, 0.368421}, {183, 173, 0.054645}, {604, 14, 0.976821}, {185, 94, 0.491892}, {42, 42, 0},
	} {
		routes := Registered{Announced: test.announced, Registered: test.announced - test.missing}
		s := only(t, "manrs-2018", M7IRR, Inputs{IRR: Known(routes)})
		if got := math.Round(number(s.Fraction)*1e6) / 1e6; got != test.want {
			t.Errorf("%d announced, %d missing: %v, want %v", test.announced, test.missing, got, test.want)
		}
	}
	none := Inputs{IRR: Known(Registered{})}
	if s := only(t, "manrs-2018", M7IRR, none); number(s.Fraction) != 1 {
		t.Errorf("nothing announced under manrs-2018: %v, want 1", number(s.Fraction))
	}
	if s := only(t, "manrs-2024", M7IRR, none); s.HasData() || *s.NoDataReason != noRoutes {
		t.Errorf("nothing announced under manrs-2024: %+v", s)
	}
}

// TestM7RPKI checks specification 2.5 D.
func TestM7RPKI(t *testing.T) {
	for _, test := range []struct {
		valid, unknown, invalid int
		fraction, percent       float64
		band                    Band
	}{
		{100, 0, 0, 1, 100, Ready}, {95, 5, 0, 0.95, 95, Ready}, {99, 0, 1, 0.89, 89, Ready},
		{98, 0, 2, 0.78, 78, Aspiring}, {90, 10, 0, 0.9, 90, Ready}, {80, 19, 1, 0.7, 70, Aspiring},
		{91, 0, 9, 0.01, 1, Lagging}, {90, 0, 10, -0.1, 0, Lagging},
		{54, 0, 1, 44.0 / 55, 80, Ready}, {53, 0, 1, 43.0 / 54, 79.62963, Aspiring},
		{27, 0, 1, 17.0 / 28, 60.714286, Aspiring}, {26, 0, 1, 16.0 / 27, 59.259259, Lagging},
		{0, 0, 7, -10, 0, Lagging},
	} {
		in := Inputs{ROV: Known(Validated{Valid: test.valid, Invalid: test.invalid, Unknown: test.unknown})}
		s := only(t, DefaultProfile, M7RPKI, in)
		if number(s.Fraction) != test.fraction || number(s.Percent) != test.percent || s.Band != test.band {
			t.Errorf("%d/%d/%d: %v, %v %%, %s; want %v, %v %%, %s", test.valid, test.unknown, test.invalid,
				number(s.Fraction), number(s.Percent), s.Band, test.fraction, test.percent, test.band)
		}
	}
	if s := only(t, DefaultProfile, M7RPKI, Inputs{ROV: Known(Validated{})}); s.HasData() {
		t.Errorf("nothing announced: %+v", s)
	}
}

// TestM5 checks specification 2.5 E.
func TestM5(t *testing.T) {
	for leaked, want := range map[int]float64{0: 100, 1: 49, 2: 36} {
		s := only(t, DefaultProfile, M5, Inputs{Spoofing: Known(Spoofing{Tests: 3, Leaked: leaked})})
		if got := math.Round(number(s.Percent)); got != want {
			t.Errorf("%d prefixes leaked: %v %%, want %v", leaked, got, want)
		}
	}
	if s := only(t, DefaultProfile, M5, Inputs{Spoofing: Known(Spoofing{})}); s.HasData() {
		t.Errorf("no test: %+v", s)
	}
}

func TestM6AndM9(t *testing.T) {
	for _, test := range []struct {
		policy Policy
		want   float64
	}{{Policy{1, 1}, 100}, {Policy{5, 0}, 0}, {Policy{0, 5}, 0}, {Policy{0, 0}, 0}} {
		if s := only(t, DefaultProfile, M6, Inputs{Policy: Known(test.policy)}); number(s.Percent) != test.want {
			t.Errorf("%+v: %v %%, want %v", test.policy, number(s.Percent), test.want)
		}
	}
	s := only(t, DefaultProfile, M9, Inputs{Prefixes: Known(Covered{Announced: 10, Covered: 7})})
	if number(s.Percent) != 70 || s.Definition != Ours {
		t.Errorf("7 of 10 prefixes covered: %v %%, definition %q", number(s.Percent), s.Definition)
	}
	if s := only(t, DefaultProfile, M9, Inputs{Prefixes: Known(Covered{})}); s.HasData() {
		t.Errorf("no prefix: %+v", s)
	}
	p := embedded(t, DefaultProfile)
	p.Routing.Deployment = DeploymentROVRate
	if s := p.deployment(Inputs{ROVRate: Known(0.25)}); number(s.Percent) != 25 {
		t.Errorf("a quarter of invalid routes dropped: %v %%", number(s.Percent))
	}
	if s := p.deployment(Inputs{Prefixes: Known(Covered{1, 1})}); s.HasData() {
		t.Errorf("no rate: %+v", s)
	}
}

// TestCustomersSpoofing: M5C is M5's rule over the customers' tests, by our definition, and counts in no profile.
func TestCustomersSpoofing(t *testing.T) {
	for leaked, want := range map[int]float64{0: 100, 1: 48.557743, 2: 36} {
		in := Inputs{CustomerSpoofing: Known(Spoofing{Tests: 3, Leaked: leaked})}
		for _, id := range EmbeddedIDs() {
			s := only(t, id, M5C, in)
			if number(s.Percent) != want || s.Definition != Ours || s.Weight != 0 {
				t.Errorf("%s, %d prefixes leaked: %v %%, definition %q, weight %v", id, leaked, number(s.Percent), s.Definition, s.Weight)
			}
			if a2 := only(t, id, A2, in); a2.HasData() {
				t.Errorf("%s: M5C counts in A2: %+v", id, a2)
			}
		}
	}
	if s := only(t, DefaultProfile, M5C, Inputs{CustomerSpoofing: Known(Spoofing{})}); s.HasData() {
		t.Errorf("no test: %+v", s)
	}
}

// TestM7RPKIN: the fraction is what is invalid, the percentage what is not; it is reported only.
func TestM7RPKIN(t *testing.T) {
	for _, test := range []struct {
		v                 Validated
		fraction, percent float64
	}{{Validated{Valid: 9, Invalid: 1}, 0.1, 90}, {Validated{Unknown: 4}, 0, 100}, {Validated{Invalid: 3}, 1, 0}} {
		s := only(t, DefaultProfile, M7RPKIN, Inputs{ROV: Known(test.v)})
		if number(s.Fraction) != test.fraction || number(s.Percent) != test.percent || s.Weight != 0 || s.Definition != "" {
			t.Errorf("%+v: %+v", test.v, s)
		}
	}
	for _, in := range []Inputs{{}, {ROV: Known(Validated{})}} {
		if s := only(t, DefaultProfile, M7RPKIN, in); s.HasData() || s.Fraction != nil {
			t.Errorf("%+v", s)
		}
	}
}

func TestM8(t *testing.T) {
	tests := []struct {
		name     string
		contacts Contacts
		in2018   float64 // percent, NaN for no data
		in2024   float64
	}{
		{"RIPE tech-c", Contacts{Found: []Contact{{Source: "ripe", Role: "tech-c"}}}, 100, 100},
		{"APNIC admin-c", Contacts{Found: []Contact{{Source: "apnic", Role: "admin-c"}}}, 100, 100},
		{"AFRINIC abuse contact", Contacts{Found: []Contact{{Source: "afrinic", Role: "abuse-c", HasEmail: true}}}, 0, 0},
		{"ARIN NOC", Contacts{Found: []Contact{{Source: "arin", Role: "OrgNocRef"}}}, 100, 100},
		{"ARIN abuse", Contacts{Found: []Contact{{Source: "arin", Role: "OrgAbuseRef"}}}, 0, 0},
		{"LACNIC person alone", Contacts{Found: []Contact{{Source: "lacnic", Role: "person"}}}, 0, 0},
		{"LACNIC person, phone", Contacts{Found: []Contact{{Source: "lacnic", Role: "person", HasPhone: true}}}, 100, 100},
		{"PeeringDB NOC", Contacts{Found: []Contact{{Source: "peeringdb", Role: "NOC"}}}, 0, 100},
		{"PeeringDB sales", Contacts{Found: []Contact{{Source: "peeringdb", Role: "Sales"}}}, 0, 0},
		{"none", Contacts{}, 0, 0},
		{"none, one source missing", Contacts{Unconsulted: []string{"apnic"}}, math.NaN(), math.NaN()},
		{"one, one source missing", Contacts{Found: []Contact{{Source: "ripe", Role: "tech-c"}},
			Unconsulted: []string{"peeringdb"}}, 100, 100},
	}
	for _, test := range tests {
		for profile, want := range map[string]float64{"manrs-2018": test.in2018, "manrs-2024": test.in2024} {
			got := number(only(t, profile, M8, Inputs{Contacts: Known(test.contacts)}).Percent)
			if got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
				t.Errorf("%s under %s: %v %%, want %v", test.name, profile, got, want)
			}
		}
	}
}

// TestNothingKnown: without inputs every measure is "no data" with a reason; none is a number.
func TestNothingKnown(t *testing.T) {
	for _, id := range EmbeddedIDs() {
		for _, s := range embedded(t, id).Assess(Inputs{ASN: 64500}) {
			if s.Raw != nil || s.Fraction != nil || s.Percent != nil || s.Band != NoBand ||
				s.NoDataReason == nil || *s.NoDataReason == "" {
				t.Errorf("%s %s: %+v", id, s.Metric, s)
			}
		}
	}
}

// TestReasonsKept: each input's own reason reaches its measure.
func TestReasonsKept(t *testing.T) {
	in := Inputs{
		Incidents: map[Metric]Input[[]Penalty]{M3: NoData[[]Penalty]("no bogon list")},
		Spoofing:  NoData[Spoofing]("no spoofer file"), Policy: NoData[Policy]("no aut-num source"),
		IRR: NoData[Registered]("IRR dump too old"), ROV: NoData[Validated]("VRPs of a later time"),
		Contacts: NoData[Contacts]("no registry"), Prefixes: NoData[Covered]("no VRPs"),
		CustomerSpoofing: NoData[Spoofing]("no relations"),
	}
	want := map[Metric]string{
		M1: "not given", M3: "no bogon list", M5: "no spoofer file", M6: "no aut-num source", M7IRR: "IRR dump too old",
		M7RPKI: "VRPs of a later time", M7RPKIN: "VRPs of a later time", M9: "no VRPs", M5C: "no relations", M8: "no registry", A2: "M5: no spoofer file",
		A3: "M8: no registry", A4: "M7IRR: IRR dump too old; M7RPKI: VRPs of a later time",
	}
	for m, reason := range want {
		if s := only(t, DefaultProfile, m, in); s.NoDataReason == nil || *s.NoDataReason != reason {
			t.Errorf("%s: %+v, want reason %q", m, s.NoDataReason, reason)
		}
	}
}

// TestLittleWatched: what was found counts; what was not found counts only if enough was watched.
func TestLittleWatched(t *testing.T) {
	m := month(t, "2018-04")
	in := Inputs{ASN: 64500, Month: m, Watched: Known(1.0 / 30), Incidents: map[Metric]Input[[]Penalty]{
		M2: Known([]Penalty{span(m, 0, 60)}), M3: Known[[]Penalty](nil)}}
	if s := only(t, DefaultProfile, M2, in); number(s.Percent) != 60 || s.NoDataReason == nil ||
		*s.NoDataReason != "only 3.3 % of the month was watched" {
		t.Errorf("found: %+v", s)
	}
	if s := only(t, DefaultProfile, M3, in); s.HasData() || !strings.Contains(*s.NoDataReason, "no incident seen") {
		t.Errorf("not found: %+v", s)
	}
	in.Watched = Known(0.9)
	if s := only(t, DefaultProfile, M3, in); number(s.Percent) != 100 || s.NoDataReason != nil {
		t.Errorf("not found in enough: %+v", s)
	}
}

// TestGaps: without the inputs that a kind takes, what was found counts and is marked; finding none is no data.
func TestGaps(t *testing.T) {
	m := month(t, "2018-04")
	leak := span(m, 0, 60)
	leak.Metric = M1
	in := Inputs{ASN: 64500, Month: m, Watched: Known(1.0), Gaps: map[Metric]string{M1: "relations: none", M1C: "relations: none"},
		Incidents: map[Metric]Input[[]Penalty]{M1: Known([]Penalty{leak}), M1C: Known[[]Penalty](nil), M2: Known[[]Penalty](nil)}}
	if s := only(t, "pahra-1", M1, in); number(s.Percent) != 60 || s.NoDataReason == nil || *s.NoDataReason != "relations: none" {
		t.Errorf("found: %+v", s)
	}
	if s := only(t, "pahra-1", M1C, in); s.HasData() || *s.NoDataReason != "no incident seen, but relations: none" {
		t.Errorf("not found: %+v", s)
	}
	if s := only(t, "pahra-1", M2, in); number(s.Percent) != 100 {
		t.Errorf("no gap: %+v", s)
	}
	in.Watched = Known(0.5)
	if s := only(t, "pahra-1", M1C, in); *s.NoDataReason != "no incident seen, but only 50.0 % of the month was watched; relations: none" {
		t.Errorf("both: %q", *s.NoDataReason)
	}
}

// TestReasonsGrouped: metrics that lack the same are named together.
func TestReasonsGrouped(t *testing.T) {
	in := Inputs{Incidents: map[Metric]Input[[]Penalty]{M3: NoData[[]Penalty]("no bogon list"), M3C: NoData[[]Penalty]("no bogon list")}}
	if s := only(t, DefaultProfile, A1, in); *s.NoDataReason != "M2, M2C, M4, M4C: not given; M3, M3C: no bogon list" {
		t.Error(*s.NoDataReason)
	}
}

// TestOthersLeftOut: penalties of another network or metric do not count.
func TestOthersLeftOut(t *testing.T) {
	m := month(t, "2018-04")
	other, metric := span(m, 0, 60), span(m, 0, 60)
	other.ASN, metric.Metric = 64501, M3
	in := Inputs{ASN: 64500, Month: m, Watched: Known(1.0), Incidents: map[Metric]Input[[]Penalty]{
		M2: Known([]Penalty{other, metric})}}
	if s := only(t, DefaultProfile, M2, in); number(s.Percent) != 100 {
		t.Errorf("%+v", s)
	}
}

// TestScoreJSON pins the keys, their order and the form of numbers.
func TestScoreJSON(t *testing.T) {
	m := month(t, "2018-04")
	in := Inputs{ASN: 64500, Month: m, Watched: Known(1.0), Incidents: map[Metric]Input[[]Penalty]{
		M2: Known([]Penalty{span(m, 0, 7200)})}, IRR: Known(Registered{Announced: 3, Registered: 1})}
	write := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	m2 := only(t, DefaultProfile, M2, in)
	for got, want := range map[string]string{
		write(m2): `{"asn":64500,"month":"2018-04","profile":"manrs-2024","metric":"M2","raw":1,"fraction":null,` +
			`"percent":48.557743,"band":"lagging","no_data_reason":null}`,
		write(m2.Explain()): `{"asn":64500,"month":"2018-04","profile":"manrs-2024","metric":"M2","raw":1,"fraction":null,` +
			`"percent":48.557743,"band":"lagging","no_data_reason":null,"intervals":[{"start":"2018-04-01T00:00:00Z",` +
			`"end":"2018-04-01T02:00:00Z","weight":1,"contribution":1}]}`,
		write(only(t, DefaultProfile, M7IRR, in)): `{"asn":64500,"month":"2018-04","profile":"manrs-2024","metric":"M7IRR",` +
			`"raw":null,"fraction":0.3333333333333333,"percent":33.333333,"band":"lagging","no_data_reason":null}`,
		write(only(t, DefaultProfile, M5, in)): `{"asn":64500,"month":"2018-04","profile":"manrs-2024","metric":"M5",` +
			`"raw":null,"fraction":null,"percent":null,"band":"no data","no_data_reason":"not given"}`,
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestSortScores(t *testing.T) {
	april, may := month(t, "2018-04"), month(t, "2018-05")
	scores := []Score{{ASN: 2, Month: april, Metric: M1}, {ASN: 1, Month: may, Metric: M1},
		{ASN: 1, Month: april, Metric: A1}, {ASN: 1, Month: april, Metric: M2C}, {ASN: 1, Month: april, Metric: M2}}
	SortScores(scores)
	var got []string
	for _, s := range scores {
		got = append(got, s.ASN.String()+" "+s.Month.String()+" "+s.Metric.String())
	}
	want := []string{"1 2018-04 M2", "1 2018-04 M2C", "1 2018-04 A1", "1 2018-05 M1", "2 2018-04 M1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMetricNames(t *testing.T) {
	for m := M1; m < metricEnd; m++ {
		if got, err := ParseMetric(strings.ToLower(m.String())); got != m || err != nil {
			t.Errorf("%s reads as %s, %v", m, got, err)
		}
	}
	for _, bad := range []string{"", "none", "M", "M10", "A5", "M2 "} {
		if m, err := ParseMetric(bad); err == nil {
			t.Errorf("%q reads as %s", bad, m)
		}
	}
	if Metric(0).String() != "none" || metricEnd.String() != "none" {
		t.Error("no metric has a name")
	}
}

func TestByNetwork(t *testing.T) {
	a := Penalty{ASN: 1, Metric: M2, Weight: 1}
	b := Penalty{ASN: 1, Metric: M2, Weight: 2}
	c := Penalty{ASN: 2, Metric: M3}
	want := map[values.ASN]map[Metric][]Penalty{1: {M2: {a, b}}, 2: {M3: {c}}}
	if diff := cmp.Diff(want, ByNetwork([]Penalty{a, c, b})); diff != "" {
		t.Error(diff)
	}
}
