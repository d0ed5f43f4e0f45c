package programme

import (
	"testing"
	"time"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// TestAddends writes sums that can be worked out by hand, the worked example of the measurement framework among them.
func TestAddends(t *testing.T) {
	profile, err := norms.Embedded(norms.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	by := &Adviser{Profile: profile}
	month, err := values.ParseMonth("2018-04")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lasted []time.Duration
		weight float64
		want   string
	}{
		{nil, 1, "no incident in the month"},
		{[]time.Duration{29 * time.Minute}, 1, "29m: below 30m costs 0.5; raw 0.5 -> 60.0 %"},
		{[]time.Duration{45*time.Minute + 11*time.Second}, 1, "45m11s: below 24h costs 1; raw 1 -> 48.6 %"},
		{[]time.Duration{25 * time.Hour}, 1, "25h: 1 full day costs 2; raw 2 -> 36.0 %"},
		{[]time.Duration{49 * time.Hour}, 1, "49h: 2 full days costs 3; raw 3 -> 28.6 %"},
		{[]time.Duration{10 * time.Minute}, 0.5, "10m: below 30m costs 0.5 x weight 0.5; raw 0.25 -> 69.7 %"},
		{[]time.Duration{29 * time.Minute, 13 * time.Hour, 25 * time.Hour}, 1, "29m -> 0.5 + 13h -> 1 + 25h -> 2 = 3.5 -> 25.9 %"},
	} {
		var penalties []norms.Penalty
		at := month.Start()
		for _, d := range c.lasted {
			penalties = append(penalties, norms.Penalty{ASN: 64500, Metric: norms.M2, Start: at, End: at.Add(d), Weight: c.weight})
			at = at.Add(d + 48*time.Hour)
		}
		if penalties == nil { // a network needs some line: one outside the month
			penalties = []norms.Penalty{{ASN: 64500, Metric: norms.M2, Start: month.End().Add(time.Hour), End: month.End().Add(2 * time.Hour), Weight: 1}}
		}
		scores := profile.Recompute(month, penalties, false)
		if len(scores) != 1 {
			t.Fatalf("%v: %d scores", c.lasted, len(scores))
		}
		if got := by.sumOf(scores[0]); got != c.want {
			t.Errorf("%v: %q, want %q", c.lasted, got, c.want)
		}
	}
}

// TestLasted leaves out the parts of a time span that are nothing.
func TestLasted(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 9 * time.Second: "9s", time.Minute: "1m", 10 * time.Minute: "10m", time.Hour: "1h", 20 * time.Hour: "20h",
		time.Hour + 5*time.Second: "1h0m5s", 25*time.Hour + 30*time.Minute: "25h30m", 45*time.Minute + 11*time.Second: "45m11s",
	} {
		if got := lasted(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

// TestActionArithmetic shows an Action that some metrics give no data for: a bound, with the metrics it lacks.
func TestActionArithmetic(t *testing.T) {
	profile, err := norms.Embedded(norms.DefaultProfile)
	if err != nil {
		t.Fatal(err)
	}
	by := &Adviser{Profile: profile}
	one, percent, why := 1.0, 48.556, "little was watched"
	known := norms.Score{Metric: norms.M2, Raw: &one, Percent: &percent, NoDataReason: &why, Weight: 1}
	a := norms.Score{Metric: norms.A1, Raw: &one, Percent: &percent, NoDataReason: &why}
	got := by.actionArithmetic(a, []MetricCheck{
		{Explained: known.Explain(), Weight: 1},
		{Explained: norms.Score{Metric: norms.M3, NoDataReason: &why}.Explain(), Weight: 1},
		{Explained: norms.Score{Metric: norms.M1, NoDataReason: &why}.Explain()},
	})
	if want := "sum of M2 1 = raw 1 -> at most 48.6 %; no data for M3"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
