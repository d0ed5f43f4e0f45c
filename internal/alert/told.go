package alert

import (
	"math/bits"
	"slices"
	"time"
)

// Told is what a subscription was told of one matter: the most of each that it was told, so that what grows and falls
// back a little is not told again and again. The zero value is of a matter it was never told of.
type Told struct {
	Time      time.Time `json:"time"` // of the last alert
	Ended     bool      `json:"ended"`
	Until     time.Time `json:"until,omitzero"`
	TakenBack bool      `json:"taken_back,omitempty"`
	Band      int       `json:"band"` // of confidence
	Size      int       `json:"size"` // of prefixes, in steps of four times as many
	Supported bool      `json:"supported"`
	Severity  int       `json:"severity"`
	Roles     []Role    `json:"roles"`
}

// Next says whether an alert is news after what was told, as what, and what is told then. An alert that is older than
// the last one is no news: it comes of replaying what was already judged.
func (t Told) Next(a *Alert, in []Role) (next Told, phase Phase, news bool) {
	first := t.Time.IsZero()
	if !first && a.Time.Before(t.Time) {
		return t, "", false
	}
	next = t.with(a, in)
	switch {
	case a.TakenBack && (first || t.TakenBack): // who never heard of it need not now
		return t, "", false
	case a.TakenBack:
		next.Ended, next.TakenBack, next.Until = true, true, a.Until
		return next, Ended, true
	case a.Phase == Ended && (first || !t.Ended || a.Until.After(t.Until)):
		next.Ended, next.Until = true, a.Until
		return next, Ended, true
	case a.Phase == Ended:
		return t, "", false
	case first:
		return next, Opened, true
	case t.Ended && a.Time.After(t.Time):
		next.Ended = false
		return next, Opened, true
	case t.Ended:
		return t, "", false
	case next.Band != t.Band || next.Size != t.Size || next.Supported != t.Supported || next.Severity != t.Severity || !slices.Equal(next.Roles, t.Roles):
		return next, Changed, true
	}
	return t, "", false
}

// with raises what was told to what the alert says.
func (t Told) with(a *Alert, in []Role) Told {
	t.Time = a.Time
	t.Band = max(t.Band, band(a.Confidence))
	t.Size = max(t.Size, (bits.Len(uint(a.PrefixesTotal))+1)/2)
	t.Supported = t.Supported || a.Attribution == "supported"
	t.Severity = max(t.Severity, a.Severity.Rank())
	t.Roles = slices.Concat(t.Roles, in)
	slices.Sort(t.Roles)
	t.Roles = slices.Compact(t.Roles)
	return t
}

// band is a step of confidence that is worth telling.
func band(confidence float64) int {
	n := 0
	for _, from := range []float64{0.5, 0.7, 0.9} {
		if confidence >= from {
			n++
		}
	}
	return n
}
