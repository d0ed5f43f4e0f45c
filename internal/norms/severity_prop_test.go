package norms

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/wire/values"
)

// small are the default rules with a day of 300 s and 30 s as short, so that an oracle can look at every second.
func small() Severity {
	return Severity{ShortBelowSeconds: 30, Short: 0.5, UnderDay: 1, DaySeconds: 300, PerDay: 1, Growth: Linear}
}

const oracleSpan = 2000 // seconds at the start of the month that drawn penalties lie in

func february() values.Month {
	return values.MonthOf(time.Date(2023, 2, 1, 0, 0, 0, 0, time.UTC))
}

func drawPenalties(t *rapid.T, m values.Month) []Penalty {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Penalty {
		start := rapid.Int64Range(-100, oracleSpan).Draw(t, "start")
		p := span(m, start, start+rapid.Int64Range(0, 700).Draw(t, "length"))
		p.Weight = rapid.SampledFrom([]float64{1, 1, 0.5, 0.25}).Draw(t, "weight")
		return p
	}), 0, 12).Draw(t, "penalties")
}

// slowRaw marks every second of the month's start that some penalty of a weight covers, and counts the runs.
func slowRaw(penalties []Penalty, m values.Month) (raw float64) {
	for _, weight := range []float64{1, 0.5, 0.25} {
		marks := make([]bool, oracleSpan+1000)
		for _, p := range penalties {
			for sec := range marks {
				at := m.Start().Add(time.Duration(sec) * time.Second)
				if p.Weight == weight && !at.Before(p.Start) && at.Before(p.End) {
					marks[sec] = true
				}
			}
		}
		run := 0
		for _, marked := range append(marks, false) {
			switch {
			case marked:
				run++
				continue
			case run >= 300:
				raw += weight * float64(run/300+1)
			case run >= 30:
				raw += weight
			case run > 0:
				raw += weight * 0.5
			}
			run = 0
		}
	}
	return raw
}

func TestRawEqualsOracle(t *testing.T) {
	m := february()
	rapid.Check(t, func(t *rapid.T) {
		in := drawPenalties(t, m)
		raw, intervals := small().Raw(in, m)
		if want := slowRaw(in, m); raw != want {
			t.Fatalf("raw %v, every second counted gives %v; intervals %+v", raw, want, intervals)
		}
		shuffled := rapid.Permutation(in).Draw(t, "shuffled")
		again, _ := small().Raw(shuffled, m)
		if again != raw {
			t.Fatalf("raw %v in another order, first %v", again, raw)
		}
	})
}

// TestMergedIntervals checks that intervals are ordered, inside the month, and apart where their weights are equal.
func TestMergedIntervals(t *testing.T) {
	m := february()
	rapid.Check(t, func(t *rapid.T) {
		_, intervals := small().Raw(drawPenalties(t, m), m)
		for i, in := range intervals {
			if in.Start.Before(m.Start()) || in.End.After(m.End()) || in.End.Before(in.Start) {
				t.Fatalf("interval %+v is not inside the month", in)
			}
			for _, earlier := range intervals[:i] {
				if earlier.Start.After(in.Start) || earlier.Weight == in.Weight && !earlier.End.Before(in.Start) {
					t.Fatalf("%+v and %+v are out of order or not merged", earlier, in)
				}
			}
		}
	})
}

// touches says whether p would merge with any other of equal weight.
func touches(p Penalty, others []Penalty) bool {
	return slices.ContainsFunc(others, func(o Penalty) bool {
		return o.Weight == p.Weight && !p.Start.After(o.End) && !o.Start.After(p.End)
	})
}

// TestMoreNeverRaises: one more incident that merges with none, or a longer one that still merges with none, never
// raises the score. Where it bridges two, it can: see TestBridgeRaises.
func TestMoreNeverRaises(t *testing.T) {
	m, c := february(), embedded(t, DefaultProfile).Curve
	rapid.Check(t, func(t *rapid.T) {
		all := drawPenalties(t, m)
		if len(all) == 0 {
			return
		}
		last, rest := all[len(all)-1], all[:len(all)-1]
		longer := last
		longer.End = longer.End.Add(time.Duration(rapid.Int64Range(0, 600).Draw(t, "more")) * time.Second)
		if touches(longer, rest) {
			return
		}
		without, _ := small().Raw(rest, m)
		with, _ := small().Raw(all, m)
		lengthened, _ := small().Raw(append(slices.Clone(rest), longer), m)
		if !(without <= with && with <= lengthened) {
			t.Fatalf("raw %v without, %v with, %v with a longer one", without, with, lengthened)
		}
		if !(c.Percent(without) >= c.Percent(with) && c.Percent(with) >= c.Percent(lengthened)) {
			t.Fatalf("the score rose with the penalty")
		}
	})
}

// TestBridgeRaises pins the rule's known flaw: a further incident that bridges two makes one of three, and the penalty
// can fall.
func TestBridgeRaises(t *testing.T) {
	m, s := month(t, "2018-04"), embedded(t, DefaultProfile).Severity
	two := []Penalty{span(m, 0, 7200), span(m, 10800, 18000)}
	apart, _ := s.Raw(two, m)
	bridged, _ := s.Raw(append(two, span(m, 7200, 10800)), m)
	if apart != 2 || bridged != 1 {
		t.Errorf("apart %v, bridged %v; want 2 and 1", apart, bridged)
	}
}

func TestCurveFalls(t *testing.T) {
	c := embedded(t, DefaultProfile).Curve
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(0, 1000).Draw(t, "a")
		b := rapid.Float64Range(0, 1000).Draw(t, "b")
		if low, high := c.Percent(max(a, b)), c.Percent(min(a, b)); low > high || low < 0 || high > 100 {
			t.Fatalf("%v -> %v, %v -> %v", max(a, b), low, min(a, b), high)
		}
	})
}
