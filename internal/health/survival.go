package health

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Span is how long something was waited for: until it came, or until nobody looked any more (censored).
type Span struct {
	// Low and High bound the time when it came: a case that was last seen on one day and first missing in its source's report
	// of a later one recovered in between. They are equal where the moment is known.
	Low, High time.Duration
	Came      bool // false: until Low it had not come
}

// Step is a curve's value from a time on.
type Step struct {
	At        time.Duration
	AtRisk    int     // were waited for until then
	Came      int     // then
	Survival  float64 // the share for which it had not come after At
	Low, High float64 // 95 % interval of it
}

// Curve is a Kaplan–Meier estimate (JASA 53, 1958) with Greenwood's variance and intervals on the log-log scale.
type Curve []Step

// KaplanMeier gives the curve of spans by the time that at picks, such as Span's High. Censored ones count as waited for up
// to their Low; at a tie what came is counted before what was censored.
func KaplanMeier(spans []Span, at func(Span) time.Duration) Curve {
	type point struct {
		at   time.Duration
		came bool
	}
	points := make([]point, 0, len(spans))
	for _, s := range spans {
		if s.Came {
			points = append(points, point{at(s), true})
		} else {
			points = append(points, point{s.Low, false})
		}
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.at, b.at) })
	var curve Curve
	survival, variance := 1.0, 0.0
	for i := 0; i < len(points); {
		n, came, j := len(points)-i, 0, i
		for ; j < len(points) && points[j].at == points[i].at; j++ {
			if points[j].came {
				came++
			}
		}
		if came > 0 {
			d, n := float64(came), float64(n)
			survival *= 1 - d/n
			variance += d / (n * (n - d)) // infinite when nobody is left
			s := Step{At: points[i].at, AtRisk: int(n), Came: came, Survival: survival}
			s.Low, s.High = logLog(survival, variance)
			curve = append(curve, s)
		}
		i = j
	}
	return curve
}

// logLog gives the 95 % interval of a survival on the log(-log) scale, which stays within 0 and 1.
func logLog(s, variance float64) (low, high float64) {
	if s <= 0 || s >= 1 {
		return s, s
	}
	w := z95 * math.Sqrt(variance) / math.Log(s)
	return math.Pow(s, math.Exp(-w)), math.Pow(s, math.Exp(w))
}

// Median is a median time with its 95 % interval (Brookmeyer and Crowley, Biometrics 38, 1982). A bound that the data do not
// reach is nil.
type Median struct {
	At   *time.Duration `json:"at"`
	Low  *time.Duration `json:"low"`
	High *time.Duration `json:"high"`
}

// Median gives the first time at which half or fewer are left. Its interval holds the times at which a half lies within the
// curve's interval.
func (c Curve) Median() Median {
	var m Median
	first := func(half func(Step) bool) *time.Duration {
		if i := slices.IndexFunc(c, half); i >= 0 {
			return &c[i].At
		}
		return nil
	}
	m.At = first(func(s Step) bool { return s.Survival <= 0.5 })
	m.Low = first(func(s Step) bool { return s.Low <= 0.5 })
	m.High = first(func(s Step) bool { return s.High <= 0.5 })
	return m
}

// Recovery is the median time to recovery when the moments are known only to lie between two reports: the truth lies between
// the median as if each had recovered at once when last seen, and as if at the moment when it was first missing.
type Recovery struct {
	Cases     int    `json:"cases"`
	Recovered int    `json:"recovered"`
	Earliest  Median `json:"earliest"` // durations in nanoseconds
	Latest    Median `json:"latest"`
}

// RecoveryOf measures spans of cases.
func RecoveryOf(spans []Span) Recovery {
	r := Recovery{Cases: len(spans)}
	for _, s := range spans {
		if s.Came {
			r.Recovered++
		}
	}
	r.Earliest = KaplanMeier(spans, func(s Span) time.Duration { return s.Low }).Median()
	r.Latest = KaplanMeier(spans, func(s Span) time.Duration { return s.High }).Median()
	return r
}
