package authority

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// at reads a moment of a table.
func at(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	panic(s)
}

func TestTimeline(t *testing.T) {
	one := []Dated[string]{{Time: at("2025-07-20T09:31:33Z"), Value: "only"}}
	two := []Dated[string]{{Time: at("2025-07-20T12:00:00Z"), Value: "second"}, {Time: at("2025-07-18T12:00:00Z"), Value: "first"}}
	tests := []struct {
		snapshots []Dated[string]
		allow     bool
		at        string
		value     string // where usable
		reason    string
	}{
		{nil, false, "2025-07-20", "", "no VRPs are at hand"},
		{nil, true, "2025-07-20", "", "no VRPs are at hand"},
		{one, false, "2008-02-22", "", "only VRPs of 2025-07-20 are at hand; 2008-02-22 lies before them"},
		{one, true, "2008-02-22", "only", "only VRPs of 2025-07-20 are at hand; 2008-02-22 lies before them"},
		{one, false, "2025-07-20T09:31:32Z", "", "only VRPs of 2025-07-20T09:31Z are at hand; 2025-07-20T09:31Z lies before them"},
		{one, false, "2025-07-20T09:31:33Z", "only", ""},
		{one, false, "2025-07-21T09:31:33Z", "only", ""},
		{one, false, "2025-07-21T09:31:34Z", "", "the newest VRPs before 2025-07-21 are of 2025-07-20, older than the limit of 24 h"},
		{two, false, "2025-07-18T13:00:00Z", "first", ""},
		{two, false, "2025-07-20T11:00:00Z", "", "the newest VRPs before 2025-07-20 are of 2025-07-18, older than the limit of 24 h; the next are of 2025-07-20T12:00Z"},
		{two, true, "2025-07-20T11:00:00Z", "second", "the newest VRPs before 2025-07-20 are of 2025-07-18, older than the limit of 24 h; the next are of 2025-07-20T12:00Z"},
		{two, false, "2025-07-21T12:00:00Z", "second", ""},
		{two, true, "2025-07-22T12:00:00Z", "second", "the newest VRPs before 2025-07-22 are of 2025-07-20, older than the limit of 24 h"},
		{two, false, "2025-07-18", "", "the earliest VRPs at hand are of 2025-07-18T12:00Z; 2025-07-18T00:00Z lies before them"},
	}
	for _, tt := range tests {
		rule := AsOf{Limits: DefaultLimits(), AllowAnachronism: map[Kind]bool{KindVRP: tt.allow, KindIRR: !tt.allow}}
		got := NewTimeline(KindVRP, rule, tt.snapshots...).At(at(tt.at))
		if got.Value != tt.value || got.Usable != (tt.value != "") || got.Reason != tt.reason || got.Anachronism != (tt.value != "" && tt.reason != "") {
			t.Errorf("at %s: %+v", tt.at, got)
		}
	}
}

func TestTimelineAgainstOracle(t *testing.T) {
	hour := func(h int) time.Time { return year(2020).Add(time.Duration(h) * time.Hour) }
	rapid.Check(t, func(t *rapid.T) {
		hours := rapid.SliceOfN(rapid.IntRange(0, 100), 0, 10).Draw(t, "hours")
		var snapshots []Dated[int]
		for _, h := range hours {
			snapshots = append(snapshots, Dated[int]{Time: hour(h), Value: h})
		}
		now := rapid.IntRange(0, 130).Draw(t, "now")
		want, best := -1, -1
		for _, h := range hours {
			if h <= now && now-h <= 24 && h > want {
				want = h
			}
			if best < 0 || max(now-h, h-now) < max(now-best, best-now) || max(now-h, h-now) == max(now-best, best-now) && h < best {
				best = h
			}
		}
		line := NewTimeline(KindVRP, AsOf{Limits: DefaultLimits()}, snapshots...)
		got := line.At(hour(now))
		if got.Usable != (want >= 0) || got.Usable && got.Value != want || got.Usable == (got.Reason != "") {
			t.Fatalf("%+v, want %d", got, want)
		}
		line = NewTimeline(KindVRP, AsOf{Limits: DefaultLimits(), AllowAnachronism: map[Kind]bool{KindVRP: true}}, snapshots...)
		got = line.At(hour(now))
		if want < 0 {
			want = best
		}
		if got.Usable != (best >= 0) || got.Usable && got.Value != want || got.Anachronism != (got.Usable && got.Reason != "") {
			t.Fatalf("with anachronism: %+v, want %d", got, want)
		}
	})
}

func TestLimitsCoverEveryKind(t *testing.T) {
	limits := DefaultLimits()
	for _, k := range Kinds() {
		if limits.Of(k) <= 0 || k.noun() == string(k)+" data" {
			t.Errorf("%s: limit %v, noun %q", k, limits.Of(k), k.noun())
		}
	}
	if limits.Of("other") != 0 {
		t.Error("an unknown kind has a limit")
	}
}
