package service

import (
	"strconv"
	"time"

	"pahra/internal/norms"
)

// number writes a number with the fewest digits that read back as the same.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// percentText writes a percentage with one decimal: "48.6 %".
func percentText(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) + " %" }

// stamp writes a moment given in microseconds.
func stamp(micro int64) string { return time.UnixMicro(micro).UTC().Format(time.RFC3339) }

func rfc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// actionOf gives the Action that a metric counts in; nil where it counts in none.
func (r *Run) actionOf(m norms.Metric) *norms.Metric {
	for _, a := range norms.Actions() {
		if r.rule(a).Weights[m] > 0 {
			return &a
		}
	}
	return nil
}

// rule gives how an Action is scored.
func (r *Run) rule(a norms.Metric) norms.Action {
	all := r.profile.Actions
	return [...]norms.Action{all.A1, all.A2, all.A3, all.A4}[a-norms.A1]
}
