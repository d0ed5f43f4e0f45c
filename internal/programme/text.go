package programme

import (
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
)

// number writes a number with the fewest digits that read back as the same.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// percentText writes a percentage with one decimal: "48.6 %".
func percentText(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) + " %" }

func rfc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// actionOf gives the Action that a metric counts in; nil where it counts in none.
func (by *Adviser) actionOf(m norms.Metric) *norms.Metric {
	for _, a := range norms.Actions() {
		if by.rule(a).Weights[m] > 0 {
			return &a
		}
	}
	return nil
}

// rule gives how an Action is scored.
func (by *Adviser) rule(a norms.Metric) norms.Action {
	all := by.Profile.Actions
	return [...]norms.Action{all.A1, all.A2, all.A3, all.A4}[a-norms.A1]
}

// lasted writes how long something took without empty parts: "29m", "13h", "45m11s".
func lasted(d time.Duration) string {
	text := d.Round(time.Second).String()
	for _, empty := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, empty) {
			text = text[:len(text)-2]
		}
	}
	return text
}
