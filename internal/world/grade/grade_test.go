package grade_test

import (
	"math"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pahra/internal/world"
	"pahra/internal/world/grade"
	"pahra/wire/values"
)

// TestWilson holds intervals against published ones: R. Newcombe, "Two-sided confidence intervals for the single
// proportion", 1998, table I, method 3.
func TestWilson(t *testing.T) {
	for _, tt := range []struct {
		k, n      int
		low, high float64
	}{
		{81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718},
	} {
		got := grade.Wilson(tt.k, tt.n)
		if math.Abs(got.Low-tt.low) > 5e-5 || math.Abs(got.High-tt.high) > 5e-5 {
			t.Errorf("%d of %d: %.4f to %.4f, not %.4f to %.4f", tt.k, tt.n, got.Low, got.High, tt.low, tt.high)
		}
	}
	if nothing := grade.Wilson(0, 0); nothing.Share != nil || nothing.Low != 0 || nothing.High != 1 {
		t.Errorf("of nothing: %+v", nothing)
	}
}

var start = time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC)

func at(minute int) time.Time { return start.Add(time.Duration(minute) * time.Minute) }

func prefixes(list ...string) (out []netip.Prefix) {
	for _, s := range list {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

func truth(events ...world.Event) world.Truth {
	return world.Truth{Start: start, End: at(1440), Networks: 1000, Events: events}
}

func event(kind string, asn values.ASN, from, until int, list ...string) world.Event {
	return world.Event{ID: "E1", Kind: kind, ASN: asn, Prefixes: prefixes(list...), Start: at(from), End: at(until)}
}

func incident(kind string, asn values.ASN, from, until int, list ...string) grade.Incident {
	end := at(until)
	return grade.Incident{ID: "abcdef0123", Kind: kind, ASN: asn, Prefixes: prefixes(list...), Start: at(from), End: &end, Attribution: "supported"}
}

// TestMatching: what is true, false and neither.
func TestMatching(t *testing.T) {
	benign := event(world.SiblingMOAS, 10, 100, 200, "20.0.0.0/24")
	benign.Benign = true
	framing := event(world.FramingHijack, 10, 100, 200, "20.0.0.0/24")
	framing.Framing, framing.Liar = true, 66
	leak := event(world.LeakHairpin, 10, 100, 200, "20.0.0.0/24")
	leak.From, leak.To = 1, []values.ASN{2}
	forged := event(world.ForgedOrigin, 10, 100, 200, "20.0.0.0/24")
	forged.Victim = 20
	anomaly := incident("path-anomaly", 10, 101, 200, "20.0.0.0/24")
	anomaly.Evidence.NewLink = &grade.NewLink{Near: 10, Far: 20}
	for _, tt := range []struct {
		name              string
		event             world.Event
		incident          grade.Incident
		found             bool
		right, wrong, out int
	}{
		{"a hijack", event(world.Hijack, 10, 100, 200, "20.0.0.0/24"), incident("hijack", 10, 101, 200, "20.0.0.0/24"), true, 1, 0, 0},
		{"of another", event(world.Hijack, 10, 100, 200, "20.0.0.0/24"), incident("hijack", 11, 101, 200, "20.0.0.0/24"), false, 0, 1, 0},
		{"of another prefix", event(world.Hijack, 10, 100, 200, "20.0.0.0/24"), incident("hijack", 10, 101, 200, "20.0.1.0/24"), false, 0, 1, 0},
		{"long before", event(world.Hijack, 10, 100, 200, "20.0.0.0/24"), incident("hijack", 10, 20, 50, "20.0.0.0/24"), false, 0, 1, 0},
		{"long after", event(world.Hijack, 10, 100, 200, "20.0.0.0/24"), incident("hijack", 10, 220, 250, "20.0.0.0/24"), false, 0, 1, 0},
		{"its other face", event(world.Hijack, 10, 100, 200, "20.0.0.0/24"), incident("rpki-invalid", 10, 101, 200, "20.0.0.0/24"), false, 1, 0, 0},
		{"a benign one", benign, incident("hijack", 10, 101, 200, "20.0.0.0/24"), false, 0, 1, 0},
		{"a framed one", framing, incident("hijack", 10, 101, 200, "20.0.0.0/24"), false, 0, 0, 1},
		{"a leak", leak, incident("leak", 10, 101, 200, "20.9.0.0/24"), true, 1, 0, 0},
		{"a leak of another", leak, incident("leak", 11, 101, 200, "20.0.0.0/24"), false, 0, 1, 0},
		{"a forged origin", forged, anomaly, true, 0, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var g grade.Grader
			g.Add(truth(tt.event), []grade.Incident{tt.incident})
			r := g.Report()
			if got := len(r.Events) > 0 && r.Events[0].Found > 0; got != tt.found {
				t.Errorf("found: %v", got)
			}
			if r.Total.True != tt.right || r.Total.False != tt.wrong || r.Total.Framed != tt.out {
				t.Errorf("%d true, %d false, %d framed", r.Total.True, r.Total.False, r.Total.Framed)
			}
		})
	}
}

// TestFramingNamed: only a supported attribution names anybody.
func TestFramingNamed(t *testing.T) {
	framing := event(world.FramingHijack, 10, 100, 200, "20.0.0.0/24")
	framing.Framing = true
	for attribution, want := range map[string]int{"supported": 1, "single-path": 0, "possibly-forged": 0} {
		inc := incident("hijack", 10, 101, 200, "20.0.0.0/24")
		inc.Attribution = attribution
		var g grade.Grader
		g.Add(truth(framing), []grade.Incident{inc})
		if r := g.Report(); r.FramingEvents != 1 || r.FramingNamed != want {
			t.Errorf("%s: %d of %d named", attribution, r.FramingNamed, r.FramingEvents)
		}
	}
}

// TestRates: two runs of 1,000 network-days with one false incident each.
func TestRates(t *testing.T) {
	var g grade.Grader
	for range 2 {
		g.Add(truth(), []grade.Incident{incident("hijack", 10, 101, 200, "20.0.0.0/24")})
	}
	if r := g.Report(); r.NetworkDays != 2000 || r.FalsePer1000 != 1 || r.Runs != 2 {
		t.Errorf("%+v", r)
	}
}

func TestReading(t *testing.T) {
	if _, err := grade.ReadTruth(strings.NewReader(`{"start":"2026-02-10T00:00:00Z","end":"2026-02-10T00:00:00Z"}`)); err == nil {
		t.Error("a world of no time is taken")
	}
	if _, err := grade.ReadTruth(strings.NewReader(`{"nonsense":1}`)); err == nil {
		t.Error("an unknown key is taken")
	}
	if _, err := grade.ReadIncidents(strings.NewReader("{\"id\":\"a\"}\nnonsense\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("nonsense: %v", err)
	}
}
