package norms

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPenalties(t *testing.T) {
	start := time.Date(2018, 4, 3, 10, 0, 0, 0, time.UTC)
	end := start.Add(90 * time.Minute)
	yes := true
	hops := []Hop{{ASN: 64501, Distance: 1}, {ASN: 64502, Distance: 1, CustomerEdge: &yes}, {ASN: 64503, Distance: 2}}
	incident := func(kind string) Incident {
		return Incident{Kind: kind, ASN: 64500, Start: start, End: end, Attribution: "supported", Confidence: 0.9, Accomplices: hops}
	}
	pay := func(weights ...Penalty) []Penalty {
		for i := range weights {
			if weights[i].Start.IsZero() {
				weights[i].Start, weights[i].End = start, end
			}
		}
		return weights
	}
	single, forged, administrative := incident("hijack"), incident("leak"), incident("bogon-prefix")
	single.Attribution, forged.Attribution, administrative.Administrative = "single-path", "possibly-forged", true
	weak := incident("hijack")
	weak.Confidence = 0.49
	day := start.Truncate(24 * time.Hour)

	tests := []struct {
		name string
		in   Incident
		with func(*Profile)
		want []Penalty
		why  string
	}{
		{name: "hijack", in: incident("hijack"), want: pay(Penalty{ASN: 64500, Metric: M2, Weight: 1},
			Penalty{ASN: 64501, Metric: M2C, Weight: 1}, Penalty{ASN: 64502, Metric: M2C, Weight: 1})},
		{name: "leak", in: incident("leak"), want: pay(Penalty{ASN: 64500, Metric: M1, Weight: 1},
			Penalty{ASN: 64501, Metric: M1C, Weight: 1}, Penalty{ASN: 64502, Metric: M1C, Weight: 1})},
		{name: "decay", in: incident("bogon-asn"), with: func(p *Profile) { p.Accomplice.Rule, p.Accomplice.Floor = "decay", 0.3 },
			want: pay(Penalty{ASN: 64500, Metric: M4, Weight: 1}, Penalty{ASN: 64501, Metric: M4C, Weight: 0.5},
				Penalty{ASN: 64502, Metric: M4C, Weight: 0.5}, Penalty{ASN: 64503, Metric: M4C, Weight: 0.3})},
		{name: "customer edges only", in: incident("hijack"), with: func(p *Profile) { p.Accomplice.CustomerEdgeOnly = true },
			want: pay(Penalty{ASN: 64500, Metric: M2, Weight: 1}, Penalty{ASN: 64502, Metric: M2C, Weight: 1})},
		{name: "whole days", in: incident("bogon-prefix"), with: func(p *Profile) { p.Kinds.BogonGranularitySeconds = 86400; p.Accomplice.Weight = 0 },
			want: []Penalty{{ASN: 64500, Metric: M3, Start: day, End: day.Add(24 * time.Hour), Weight: 1}}},
		{name: "administrative bogon", in: administrative, why: "administrative bogons inform only"},
		{name: "administrative bogon that counts", in: administrative, with: func(p *Profile) { p.Culprit.Bogons = []string{"administrative"}; p.Accomplice.Weight = 0 },
			want: pay(Penalty{ASN: 64500, Metric: M3, Weight: 1})},
		{name: "one path", in: single, why: "attribution is single-path, which names no culprit"},
		{name: "may be forged", in: forged, why: "attribution is possibly-forged, which names no culprit"},
		{name: "weak", in: weak, why: "its confidence, 0.49, is below 0.50"},
		{name: "weak that counts", in: weak, with: func(p *Profile) { p.Culprit.MinConfidence = 0.49; p.Accomplice.Weight = 0 },
			want: pay(Penalty{ASN: 64500, Metric: M2, Weight: 1})},
		{name: "no attribution", in: Incident{Kind: "hijack"}, why: "attribution is , which names no culprit"},
		{name: "informs", in: incident("rpki-invalid"), why: "profile manrs-2024 takes rpki-invalid as information only"},
		{name: "path anomaly", in: incident("path-anomaly"), why: "profile manrs-2024 takes path-anomaly as information only"},
		{name: "unknown", in: incident("outage"), why: `profile manrs-2024 knows no kind "outage"`},
		{name: "no weight", in: incident("hijack"), with: func(p *Profile) { p.Culprit.Weight, p.Accomplice.Weight = 0, 0 },
			why: "profile manrs-2024 gives no weight to anyone in it"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := embedded(t, DefaultProfile)
			if test.with != nil {
				test.with(p)
			}
			got, why := p.Penalties(test.in)
			if diff := cmp.Diff(test.want, got); diff != "" || why != test.why {
				t.Errorf("why %q, want %q; penalties (-want +got):\n%s", why, test.why, diff)
			}
		})
	}
}

// TestOnlySupportedCounts: no embedded profile names a culprit on less than supported attribution.
func TestOnlySupportedCounts(t *testing.T) {
	for _, id := range EmbeddedIDs() {
		for _, kind := range []string{"hijack", "leak", "bogon-prefix", "bogon-asn", "rpki-invalid", "path-anomaly"} {
			for _, attribution := range []string{"", "single-path", "possibly-forged"} {
				in := Incident{Kind: kind, ASN: 64500, Attribution: attribution, Accomplices: []Hop{{ASN: 64501, Distance: 1}}}
				if got, why := embedded(t, id).Penalties(in); len(got) > 0 || why == "" {
					t.Errorf("%s: %s that is %q costs %+v", id, kind, attribution, got)
				}
			}
		}
	}
}

// TestWholeDays widens a bogon incident to days of UTC: the shortest lasts a day and costs 2.
func TestWholeDays(t *testing.T) {
	p := embedded(t, "manrs-2018")
	at := func(h float64) time.Time {
		return time.Date(2018, 4, 3, 0, 0, 0, 0, time.UTC).Add(time.Duration(h * float64(time.Hour)))
	}
	for _, test := range []struct{ from, to, days float64 }{
		{1, 2, 1}, {0, 24, 1}, {0, 0, 1}, {23, 25, 2}, {24, 24, 1}, {-1, 24, 2}, {0, 24.0001, 2},
	} {
		in := Incident{Kind: "bogon-prefix", ASN: 1, Start: at(test.from), End: at(test.to), Attribution: "supported"}
		got, _ := p.Penalties(in)
		if days := got[0].End.Sub(got[0].Start).Hours() / 24; days != test.days || got[0].Start.Hour() != 0 {
			t.Errorf("hours %v to %v become %v days from %v", test.from, test.to, days, got[0].Start)
		}
	}
}
