package programme

import (
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// TestRouteFindings says what is to mend about a route in each standing: the kinds of finding, and what must and must not
// be advised.
func TestRouteFindings(t *testing.T) {
	profile, err := norms.Embedded(norms.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	by := &Adviser{Profile: profile, TypoMaxASN: 64}
	prefix := netip.MustParsePrefix("203.0.113.0/24")
	route := func(rov, irr, bogon string, objects ...string) Route {
		return Route{
			Month: testMonth, Prefix: prefix, Origin: 64500, Sessions: 3, First: testTime, Last: testTime, ROV: rov, IRR: irr, IRRAuth: irr,
			Bogon: bogon, Objects: objects,
		}
	}
	vrp, other := "VRP 203.0.113.0/24-24 AS64501", "route 203.0.113.0/24 AS64501 RADB"
	for name, c := range map[string]struct {
		route     Route
		explained []Explained
		incidents []watch.Incident
		kinds     []FindingKind
		advised   string
		never     string
	}{
		"in order":           {route("valid", "valid", "none"), nil, nil, nil, "", "create"},
		"no data":            {route(NoData, NoData, NoData), nil, nil, nil, "", "create"},
		"nothing":            {route("not-found", "not-found", "none"), nil, nil, []FindingKind{NoROA, NoObject}, "create a ROA for 203.0.113.0/24 AS64500, maxLength 24", "withdraw"},
		"too long":           {route("invalid-length", "valid", "none", "VRP 203.0.112.0/23-23 AS64500"), nil, nil, []FindingKind{InvalidLength}, "or raise the maxLength of VRP 203.0.112.0/23-23", "withdraw"},
		"another's by RPKI":  {route("invalid-origin", "invalid-origin", "none", vrp, other), nil, nil, []FindingKind{InvalidOrigin}, "withdraw it, or find out who is right", "create"},
		"another's by IRR":   {route("not-found", "invalid-origin", "none", other), nil, nil, []FindingKind{Contested}, "find out who is right", "create"},
		"own ROA against it": {route("valid", "invalid-origin", "none", other), nil, nil, []FindingKind{ObjectElsewhere}, "have what is out of date deleted: " + other, "create"},
		"bogon":              {route("not-found", "not-found", "special", "bogon 203.0.113.0/24"), nil, nil, []FindingKind{BogonAnnounced}, "stop announcing 203.0.113.0/24", "create"},
		"mistyped prepend": {route("not-found", "not-found", "none"), []Explained{{Time: testTime, Kind: watch.Hijack, ASN: 64500, Victim: 64501, Prefix: prefix, By: "asn-typo"}}, nil,
			[]FindingKind{ExplainedAway}, "register nothing for AS64500", "create"},
		"moved": {route("not-found", "valid", "none"), []Explained{{Time: testTime, Kind: watch.Hijack, ASN: 64500, Victim: 64501, Prefix: prefix, By: "moved"}}, nil,
			[]FindingKind{ExplainedAway}, "if 203.0.113.0/24 is yours: create a ROA", "nothing, if"},
		"moved, in order": {route("valid", "valid", "none"), []Explained{{Time: testTime, Kind: watch.Hijack, ASN: 64500, Victim: 64501, Prefix: prefix, By: "moved"}}, nil,
			nil, "", "create"},
		"moved, by a route object": {route("not-found", "valid", "none"), []Explained{{Time: testTime, Kind: watch.Hijack, ASN: 64500, Prefix: prefix, By: "moved"},
			{Time: testTime, Kind: watch.Hijack, ASN: 64500, Prefix: prefix, By: "route-object"}}, nil, []FindingKind{NoROA}, "create a ROA", "if 203.0.113.0/24 is yours"},
		"too long, in an incident": {route("invalid-length", "not-found", "none", "VRP 203.0.112.0/23-23 AS64500"), nil,
			[]watch.Incident{{ID: "l", Kind: watch.RPKIInvalid, ASN: 64500, Prefixes: []netip.Prefix{prefix}, Start: testTime, Attribution: watch.Supported}},
			[]FindingKind{InvalidLength, NoObject}, "if 203.0.113.0/24 is yours: register", "\nregister"},
		"a new link": {route("not-found", "valid", "none"), []Explained{{Time: testTime, Kind: watch.PathAnomaly, ASN: 64500, Victim: 64501, Prefix: prefix, By: "known-relation"}}, nil,
			[]FindingKind{NoROA}, "create a ROA", "nothing"},
		"a blackhole that few saw": {route("valid", "valid", "none"), []Explained{{Time: testTime, Kind: watch.Hijack, ASN: 64500, Victim: 64501,
			Prefix: netip.MustParsePrefix("203.0.113.7/32"), By: "blackhole"}}, nil, []FindingKind{ExplainedAway}, "register nothing", "create"},
		"its hijack": {route("not-found", "not-found", "none"), nil,
			[]watch.Incident{{ID: "h", Kind: watch.Hijack, ASN: 64500, Prefixes: []netip.Prefix{prefix}, Start: testTime, Attribution: watch.Supported}},
			[]FindingKind{Announced}, "withdraw 203.0.113.0/24", "create"},
		"its invalid route": {route("invalid-origin", "valid", "none", vrp), nil,
			[]watch.Incident{{ID: "i", Kind: watch.RPKIInvalid, ASN: 64500, Prefixes: []netip.Prefix{prefix}, Start: testTime, Attribution: watch.Supported}},
			[]FindingKind{InvalidOrigin}, "withdraw it", "create"},
	} {
		s := Subject{Network: Network{ASN: 64500, RIR: "apnic"}, Month: testMonth, At: testTime, Routes: []Route{c.route}, Explained: c.explained}
		for _, i := range c.incidents {
			seen, _ := by.See(i, 64500, nil, "no penalty")
			s.Incidents = append(s.Incidents, seen)
		}
		var kinds []FindingKind
		var mend []string
		for _, f := range by.Findings(s) {
			kinds, mend = append(kinds, f.Kind), append(mend, f.Mend)
			if f.Evidence == nil || f.AgesOut == "" || f.Subject == "" {
				t.Errorf("%s: something left out: %+v", name, f)
			}
		}
		text := strings.Join(mend, "\n")
		if !slices.Equal(kinds, c.kinds) || !strings.Contains(text, c.advised) || strings.Contains(text, c.never) {
			t.Errorf("%s: %v\n%s\nwant %v, %q in it, and not %q", name, kinds, text, c.kinds, c.advised, c.never)
		}
		s.At = testTime.Add(-1)
		if early := by.Findings(s); len(c.incidents) == 0 && len(early) > 0 {
			t.Errorf("%s: told before it was announced: %+v", name, early)
		}
	}
}

// TestStepsRaise mends what is missing: the raise is that of the profile's own arithmetic.
func TestStepsRaise(t *testing.T) {
	profile, err := norms.Embedded(norms.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	by := &Adviser{Profile: profile}
	s := Subject{Network: Network{ASN: 64500}, Month: testMonth, At: testTime}
	for i, state := range []string{"valid", "valid", "not-found", "invalid-length"} {
		s.Routes = append(s.Routes, Route{
			Month: testMonth, Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, byte(i), 0}), 24), Origin: values.ASN(64500),
			First: testTime, Last: testTime, ROV: state, IRR: "valid", IRRAuth: "valid", Bogon: "none",
		})
	}
	s.Scores = profile.Assess(norms.Inputs{
		ASN: 64500, Month: testMonth, ROV: norms.Known(norms.Validated{Valid: 2, Invalid: 1, Unknown: 1}),
		IRR: norms.Known(norms.Registered{Announced: 4, Registered: 4}),
	})
	for _, step := range by.Steps(s, by.Findings(s)) {
		want := map[FindingKind][2]float64{NoROA: {0, 0}, InvalidLength: {0, 75}}[step.Kind]
		if step.Raise == nil || step.Raise.Metric != norms.M7RPKI || step.Raise.From != want[0] || step.Raise.To != want[1] {
			t.Errorf("%s: %+v, want %v", step.Kind, step.Raise, want)
		}
	}
}

// TestPointsAreOfActions: what counts in no Action raises none, and hides nothing that does.
func TestPointsAreOfActions(t *testing.T) {
	profile, err := norms.Embedded(norms.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	by := &Adviser{Profile: profile}
	found := func(m norms.Metric) norms.Input[[]norms.Penalty] {
		return norms.Known([]norms.Penalty{{ASN: 64500, Metric: m, Start: testMonth.Start(), End: testMonth.Start().Add(45 * time.Minute), Weight: 1}})
	}
	in := norms.Inputs{ASN: 64500, Month: testMonth, Watched: norms.Known(1.0), Incidents: map[norms.Metric]norms.Input[[]norms.Penalty]{}}
	for _, m := range norms.IncidentMetrics() {
		in.Incidents[m] = norms.Known[[]norms.Penalty](nil)
	}
	in.Incidents[norms.M1C], in.Incidents[norms.M2] = found(norms.M1C), found(norms.M2)
	s := Subject{Network: Network{ASN: 64500}, Month: testMonth, At: testTime, Scores: profile.Assess(in)}
	finding := func(k FindingKind, m norms.Metric) Finding {
		return Finding{Kind: k, Metric: metric(m), Action: by.actionOf(m)}
	}
	for name, c := range map[string]struct {
		findings []Finding
		points   float64
	}{
		"without weight": {[]Finding{finding(PassedOn, norms.M1C)}, 0},
		"with weight":    {[]Finding{finding(Announced, norms.M2)}, 51.4},
		"both":           {[]Finding{finding(Announced, norms.M1C), finding(Announced, norms.M2)}, 51.4},
	} {
		steps := by.Steps(s, c.findings)
		if len(steps) != 1 || steps[0].Raise == nil || math.Abs(steps[0].Raise.Points()-c.points) > 0.1 {
			t.Errorf("%s: %+v %+v, want %v points", name, steps, *steps[0].Raise, c.points)
		}
	}
}
