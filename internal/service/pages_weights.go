package service

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"pahra/internal/norms"
)

// Weight is what a reason adds to an incident's confidence, as docs/formulas.md has it.
type Weight struct {
	Part   string `json:"part"`
	Points string `json:"points"`
}

// weights are the parts of a confidence. They are no settings: package watch adds them up.
func weights() []Weight {
	return []Weight{
		{"hijack: contradicted by an established origin", "+0.35"},
		{"… known from a whole table / from updates only", "+0.20 / +0.05"},
		{"… RPKI origin validation invalid", "+0.25"},
		{"… customer-or-provider failed / had no data", "+0.10 / −0.10"},
		{"… same-organisation failed / had no data", "+0.05 / −0.05"},
		{"… route-object failed / had no data", "+0.05 / −0.05"},
		{"… prefixes of several networks at once", "+0.10"},
		{"RPKI-invalid; full bogon", "+0.90"},
		{"leak by aspa / otc / tier-1", "+0.85 / +0.75 / +0.65"},
		{"leak by valley-free", "+0.30 + 0.25 × the less sure relation"},
		{"… ten prefixes or more / over several pairs of neighbours at once", "+0.10 / +0.10"},
		{"… whoever took it could have refused it: Invalid by ASPA upstream verification", "+0.05"},
		{"… stood before judging began", "−0.10"},
		{"… same-organisation had no data, by valley-free / otherwise", "−0.30 / −0.05"},
		{"path anomaly", "+0.25, and +0.20 for each thing that speaks against it"},
		{"administrative bogon", "+0.50"},
		{"attribution supported / single-path / possibly-forged", "+0.09 / −0.10 / −0.15"},
	}
}

// formula writes the curve out with the profile's numbers.
func formula(c norms.Curve) string {
	inner := fmt.Sprintf("penalty / %s", short(c.CalibrationRaw))
	if by := 1 / c.CalibrationRaw; by == math.Trunc(by) {
		inner = fmt.Sprintf("%s × penalty", short(by))
	}
	if c.Exponent == 0.5 {
		return fmt.Sprintf("100 × %s^√(%s)", short(c.Base), inner)
	}
	return fmt.Sprintf("100 × %s^((%s)^%s)", short(c.Base), inner, short(c.Exponent))
}

// step says which step of severity a time span falls into, and what that costs: "below 30 minutes costs 0.5".
func (p *Pages) step(in norms.Interval) string {
	rule, d := p.run.profile.Severity, in.End.Sub(in.Start)
	under, day := time.Duration(rule.ShortBelowSeconds)*time.Second, time.Duration(rule.DaySeconds)*time.Second
	cost := in.Contribution
	if in.Weight != 0 {
		cost = math.Round(cost/in.Weight*1e6) / 1e6
	}
	switch {
	case d < under:
		return fmt.Sprintf("below %s costs %s", InWords(under), short(cost))
	case d < day:
		return fmt.Sprintf("below %s costs %s", InWords(day), short(cost))
	}
	return fmt.Sprintf("%s cost %s", countOfThings(int(d/day), "full day", "full days"), short(cost))
}

// short writes a number with the fewest digits that read back as the same.
func short(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
