package programme

import (
	"fmt"
	"strings"
	"time"

	"pahra/internal/norms"
)

// maxAddends bounds the sum that a line shows; JSON has all.
const maxAddends = 10

// Addends writes what a raw penalty is the sum of: "29m -> 0.5 + 13h -> 1 + 25h -> 2 = 3.5". Of several weights each is
// named where it is not 1.
func Addends(s norms.Score) string {
	var addends []string
	for _, in := range s.Intervals[:min(len(s.Intervals), maxAddends)] {
		text := lasted(in.End.Sub(in.Start)) + " -> " + number(in.Contribution)
		if in.Weight != 1 {
			text += " (weight " + number(in.Weight) + ")"
		}
		addends = append(addends, text)
	}
	if more := len(s.Intervals) - maxAddends; more > 0 {
		addends = append(addends, fmt.Sprintf("... (%d more)", more))
	}
	text := strings.Join(addends, " + ")
	if len(s.Intervals) > 1 && s.Raw != nil {
		text += " = " + number(*s.Raw)
	}
	return text
}

// sumOf shows how incidents come to a percentage: "45m11s: below 24h costs 1; raw 1 -> 48.6 %".
func (by *Adviser) sumOf(s norms.Score) string {
	tail := " -> " + percentText(*s.Percent)
	switch {
	case len(s.Intervals) == 0:
		return "no incident in the month"
	case len(s.Intervals) > 1:
		return Addends(s) + tail
	}
	in := s.Intervals[0]
	d := in.End.Sub(in.Start)
	cost := number(in.Contribution)
	if in.Weight != 1 {
		cost = fmt.Sprintf("%s x weight %s", number(in.Contribution/in.Weight), number(in.Weight))
	}
	return fmt.Sprintf("%s: %s costs %s; raw %s%s", lasted(d), by.step(d), cost, number(*s.Raw), tail)
}

// step names the step of severity that a time span falls into.
func (by *Adviser) step(d time.Duration) string {
	rule := by.Profile.Severity
	short, day := time.Duration(rule.ShortBelowSeconds)*time.Second, time.Duration(rule.DaySeconds)*time.Second
	switch {
	case d < short:
		return "below " + lasted(short)
	case d < day:
		return "below " + lasted(day)
	}
	days := int64(d / day)
	if days == 1 {
		return "1 full day"
	}
	return fmt.Sprintf("%d full days", days)
}

// actionArithmetic shows how an Action comes of its metrics, those without data named too.
func (by *Adviser) actionArithmetic(a norms.Score, metrics []MetricCheck) string {
	rule := by.rule(a.Metric)
	var parts, gaps []string
	for _, s := range metrics {
		switch {
		case s.Weight == 0:
		case s.HasData():
			parts = append(parts, part(rule, s.Score))
		default:
			gaps = append(gaps, s.Metric.String())
		}
	}
	tail := ""
	if gaps != nil {
		tail = "; no data for " + strings.Join(gaps, ", ")
	}
	switch {
	case !a.HasData() && gaps != nil:
		return strings.TrimPrefix(tail, "; ") // each says why
	case !a.HasData():
		return reasonOf(a)
	case rule.Combine == norms.Sum:
		return fmt.Sprintf("sum of %s = raw %s -> %s%s", strings.Join(parts, " + "), number(*a.Raw), scored(a), tail)
	case len(parts) == 1:
		return parts[0] + " = " + scored(a) + tail
	}
	return fmt.Sprintf("%s of %s = %s%s", rule.Combine, strings.Join(parts, ", "), scored(a), tail)
}

// scored writes a score's percentage, with "at most" where part of its input is missing.
func scored(s norms.Score) string {
	if AtMost(s) {
		return "at most " + percentText(*s.Percent)
	}
	return percentText(*s.Percent)
}

// AtMost tells whether a percentage is an upper bound: of penalties, part of the input was not there to be seen.
func AtMost(s norms.Score) bool { return s.Raw != nil && s.Percent != nil && s.NoDataReason != nil }
