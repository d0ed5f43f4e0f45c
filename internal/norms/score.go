package norms

import (
	"cmp"
	"slices"

	"pahra/wire/values"
)

// Score is one measure of one network in one month. In JSON all keys are always there; what does not apply is null.
type Score struct {
	ASN     values.ASN   `json:"asn"`
	Month   values.Month `json:"month"`
	Profile string       `json:"profile"` // the profile's id
	Metric  Metric       `json:"metric"`
	// Definition is [Ours] where MANRS names the metric and publishes no rule for it; else the key is left out.
	Definition string `json:"definition,omitempty"`
	// Raw is the penalty, 0 or more and not rounded, of metrics made of penalties (M1 to M5C) and of Actions that sum
	// them up.
	Raw *float64 `json:"raw"`
	// Fraction is the share, not rounded, of the metrics that are shares (M6 to M9). For M7RPKI it is before clamping
	// and may be below zero; for M7RPKIN it is the share of what is wrong, and the percentage that of the rest.
	Fraction *float64 `json:"fraction"`
	// Percent is the score, 0 to 100, rounded as the profile's curve says; null is "no data".
	Percent *float64 `json:"percent"`
	Band    Band     `json:"band"`
	// NoDataReason says why there is no percentage. Beside a percentage it says which part of the input is missing; such
	// a score of penalties is at most this.
	NoDataReason *string `json:"no_data_reason"`
	// Anachronism names the inputs used against their time or age; the key is there only where there are any, and bars
	// the score from publication. Whoever gives the inputs knows and sets it.
	Anachronism []string `json:"anachronism,omitempty"`

	// Intervals are the merged incidents that Raw is the sum of, for the incident metrics.
	Intervals []Interval `json:"-"`
	// Weight is the metric's weight in its Action; 0 means that it is reported only. It is 0 for Actions.
	Weight float64 `json:"-"`
}

// Ours marks a metric that is measured by this project's own definition.
const Ours = "ours"

// Explained is a score with the arithmetic behind it, as "pahra score" writes it.
type Explained struct {
	Score
	Intervals []Interval `json:"intervals"`
}

// Explain adds the merged intervals to the score: an empty list for an incident metric without any, null where the
// measure is not made of incidents.
func (s Score) Explain() Explained {
	e := Explained{Score: s, Intervals: s.Intervals}
	if s.Metric.IsIncident() && e.Intervals == nil {
		e.Intervals = []Interval{}
	}
	return e
}

// HasData says whether there is a percentage.
func (s Score) HasData() bool { return s.Percent != nil }

// SortScores orders scores by network, month, metric and profile: the order of every output.
func SortScores(scores []Score) {
	slices.SortStableFunc(scores, func(a, b Score) int {
		return cmp.Or(cmp.Compare(a.ASN, b.ASN), a.Month.Start().Compare(b.Month.Start()),
			cmp.Compare(a.Metric, b.Metric), cmp.Compare(a.Profile, b.Profile))
	})
}
