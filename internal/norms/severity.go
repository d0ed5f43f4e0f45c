package norms

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"pahra/wire/values"
)

// Severity holds the rules that turn the time span of an incident into a penalty.
type Severity struct {
	ShortBelowSeconds int64   `yaml:"short_below_seconds"` // shorter incidents cost Short
	Short             float64 `yaml:"short"`
	UnderDay          float64 `yaml:"under_day"`   // the cost of other incidents shorter than a day
	DaySeconds        int64   `yaml:"day_seconds"` // the length of a day
	PerDay            float64 `yaml:"per_day"`     // added to UnderDay for each full day, where growth is linear
	Growth            Growth  `yaml:"growth"`
}

// Growth says how a penalty grows with the full days of an incident.
type Growth string

// The growths.
const (
	Linear      Growth = "linear"      // UnderDay + days × PerDay
	Exponential Growth = "exponential" // UnderDay × 2^days
)

// Penalty is one time span that counts against a network in one metric. Its JSON form is a line of "pahra score".
type Penalty struct {
	ASN    values.ASN `json:"asn"`
	Metric Metric     `json:"metric"`
	Start  time.Time  `json:"start"`
	End    time.Time  `json:"end"` // exclusive
	Weight float64    `json:"weight"`
}

// Interval is one incident after clipping and merging, with what it adds to the raw penalty.
type Interval struct {
	Start        time.Time `json:"start"`
	End          time.Time `json:"end"` // exclusive
	Weight       float64   `json:"weight"`
	Contribution float64   `json:"contribution"`
}

// Cost gives the penalty of an incident that lasts d, before its weight.
func (s Severity) Cost(d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	switch days := int64(d / (time.Duration(s.DaySeconds) * time.Second)); {
	case days >= 1 && s.Growth == Exponential:
		return s.UnderDay * math.Ldexp(1, int(min(days, 1000)))
	case days >= 1:
		return s.UnderDay + float64(float64(days)*s.PerDay) // the conversion forbids a fused multiply-add
	case d < time.Duration(s.ShortBelowSeconds)*time.Second:
		return s.Short
	default:
		return s.UnderDay
	}
}

// Raw clips the penalties to the month, merges those of equal weight that overlap or touch, and gives the sum of their
// costs times their weights, with the merged intervals it is the sum of in order of start, end and weight. Penalties
// that lie outside the month are left out; one of no duration inside it stays with a contribution of 0. All penalties
// are taken to be of the same network and metric.
func (s Severity) Raw(penalties []Penalty, month values.Month) (raw float64, intervals []Interval) {
	intervals = merge(clip(penalties, month))
	for i := range intervals {
		in := &intervals[i]
		in.Contribution = s.Cost(in.End.Sub(in.Start)) * in.Weight
		raw += in.Contribution
	}
	return raw, intervals
}

// clip cuts the penalties to the month and drops those outside it.
func clip(penalties []Penalty, month values.Month) []Interval {
	first, last := month.Start(), month.End()
	clipped := make([]Interval, 0, len(penalties))
	for _, p := range penalties {
		start, end := p.Start.UTC(), p.End.UTC()
		if end.Before(first) || !start.Before(last) || (start.Before(first) && end.Equal(first)) {
			continue
		}
		if start.Before(first) {
			start = first
		}
		if end.After(last) {
			end = last
		}
		if end.Before(start) {
			end = start
		}
		clipped = append(clipped, Interval{Start: start, End: end, Weight: p.Weight})
	}
	return clipped
}

// merge joins intervals of equal weight that overlap or touch. It reorders its argument.
func merge(in []Interval) []Interval {
	slices.SortFunc(in, func(a, b Interval) int {
		return cmp.Or(cmp.Compare(a.Weight, b.Weight), a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
	merged := in[:0]
	for _, next := range in {
		if n := len(merged); n > 0 && merged[n-1].Weight == next.Weight && !next.Start.After(merged[n-1].End) {
			if next.End.After(merged[n-1].End) {
				merged[n-1].End = next.End
			}
			continue
		}
		merged = append(merged, next)
	}
	slices.SortFunc(merged, func(a, b Interval) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End), cmp.Compare(a.Weight, b.Weight))
	})
	return merged
}

// check refuses rules that make no sense.
func (s Severity) check() error {
	switch {
	case s.DaySeconds < 1 || s.DaySeconds > 31*86400:
		return fmt.Errorf("severity.day_seconds %d is not within 1 to %d", s.DaySeconds, 31*86400)
	case s.ShortBelowSeconds < 0 || s.ShortBelowSeconds > s.DaySeconds:
		return fmt.Errorf("severity.short_below_seconds %d is not within 0 and day_seconds", s.ShortBelowSeconds)
	case !within(s.Short, 0, maxWeight) || !within(s.UnderDay, s.Short, maxWeight) || !within(s.PerDay, 0, maxWeight):
		return fmt.Errorf("severity must have 0 <= short <= under_day and 0 <= per_day")
	case s.Growth != Linear && s.Growth != Exponential:
		return fmt.Errorf("severity.growth %q is neither linear nor exponential", s.Growth)
	}
	return nil
}

// within says whether low <= x <= high; it is false for NaN.
func within(x, low, high float64) bool { return x >= low && x <= high }
