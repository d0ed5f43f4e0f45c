package programme

import (
	"fmt"
	"strings"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// MonthCheck is a network's scores in a month.
type MonthCheck struct {
	Month   values.Month  `json:"month"`
	Actions []ActionCheck `json:"actions"`
}

// ActionCheck is the score of an Action, the metrics it is made of, and how it is made of them.
type ActionCheck struct {
	norms.Score
	Title      string        `json:"title"`
	Arithmetic string        `json:"arithmetic"`
	Metrics    []MetricCheck `json:"metrics"`
}

// MetricCheck is the score of a metric, its weight in the Action (0: reported only), and the arithmetic.
type MetricCheck struct {
	norms.Explained
	Weight     float64 `json:"weight"`
	Arithmetic string  `json:"arithmetic"`
}

// Scores lists the month's metric scores.
func (m MonthCheck) Scores() (list []norms.Score) {
	for _, a := range m.Actions {
		for _, s := range a.Metrics {
			list = append(list, s.Score)
		}
	}
	return list
}

// tally counts a network's routes of a month by their standing.
type tally struct{ announced, registered, valid, invalid, unknown int }

func (by *Adviser) count(routes []Route) (t tally) {
	for _, row := range routes {
		t.announced++
		state := row.IRR
		if by.Profile.Routing.AuthenticatedOnly {
			state = row.IRRAuth
		}
		if Registered(by.Profile, state) {
			t.registered++
		}
		switch row.ROV {
		case "valid":
			t.valid++
		case "not-found":
			t.unknown++
		case NoData:
		default:
			t.invalid++
		}
	}
	return t
}

// ActionTitle says what an Action is about.
func ActionTitle(a norms.Metric) string {
	return [...]string{"filtering", "anti-spoofing", "coordination", "routing information"}[a-norms.A1]
}

// metricsOf gives the metrics that belong to an Action, those of weight 0 included.
func metricsOf(a norms.Metric) []norms.Metric {
	return [][]norms.Metric{norms.IncidentMetrics(), {norms.M5, norms.M5C}, {norms.M8},
		{norms.M6, norms.M7IRR, norms.M7RPKI, norms.M7RPKIN, norms.M9}}[a-norms.A1]
}

// Explain adds to an Action's score what it is made of: the metrics, and the network's routes of the month.
func (by *Adviser) Explain(a norms.Score, metrics map[norms.Metric]norms.Score, routes []Route, who Network) ActionCheck {
	t := by.count(routes)
	rule := by.rule(a.Metric)
	c := ActionCheck{Score: a, Title: ActionTitle(a.Metric), Metrics: []MetricCheck{}}
	for _, k := range metricsOf(a.Metric) {
		s, ok := metrics[k]
		if !ok {
			continue
		}
		s.Weight = rule.Weights[k]
		c.Metrics = append(c.Metrics, MetricCheck{s.Explain(), s.Weight, by.arithmetic(s, t, who)})
	}
	c.Arithmetic = by.actionArithmetic(a, c.Metrics)
	return c
}

// part is what a metric brings to its Action.
func part(rule norms.Action, s norms.Score) string {
	text := s.Metric.String() + " "
	if s.Weight != 1 {
		text = number(s.Weight) + " x " + text
	}
	if rule.Combine == norms.Sum {
		return text + number(*s.Raw)
	}
	return text + percentText(*s.Percent)
}

// arithmetic shows how a metric comes about: "0.5 + 1 + 2 = 3.5 -> 25.9 %".
func (by *Adviser) arithmetic(s norms.Score, t tally, who Network) string {
	switch {
	case !s.HasData():
		return reasonOf(s)
	case s.Metric.IsIncident():
		return by.sumOf(s)
	case s.Metric == norms.M5:
		return fmt.Sprintf("%s prefixes let forged packets out -> %s", number(*s.Raw/by.Profile.Spoofing.RawPerPrefix), percentText(*s.Percent))
	case s.Metric == norms.M5C:
		return fmt.Sprintf("%s prefixes of customers let forged packets out -> %s%s", number(*s.Raw/by.Profile.Spoofing.RawPerPrefix), percentText(*s.Percent), ourRule)
	case s.Metric == norms.M7RPKIN:
		return fmt.Sprintf("%d of %d routes invalid = %s -> %s", t.invalid, t.announced, percentText(100*(*s.Fraction)), percentText(*s.Percent))
	case s.Metric == norms.M7IRR:
		return fmt.Sprintf("%d of %d routes registered = %s", t.registered, t.announced, percentText(*s.Percent))
	case s.Metric == norms.M7RPKI && t.invalid == 0:
		return fmt.Sprintf("%d of %d routes valid = %s", t.valid, t.announced, percentText(*s.Percent))
	case s.Metric == norms.M7RPKI:
		return fmt.Sprintf("(%d valid - %s x %d invalid) / %d routes = %s", t.valid, number(by.Profile.Routing.InvalidFactor),
			t.invalid, t.announced, percentText(*s.Percent))
	case s.Metric == norms.M8 && *s.Percent == 100 && len(who.Contacts) == 0:
		return "a contact is registered"
	case s.Metric == norms.M8 && *s.Percent == 100:
		return "registered: " + strings.Join(Roles(who.Contacts), ", ")
	case s.Metric == norms.M8:
		return "no contact found that counts"
	case s.Metric == norms.M9 && by.Profile.Routing.Deployment == norms.DeploymentPrefixes: // of one network each route is a prefix
		return fmt.Sprintf("%d of %d prefixes covered by a VRP = %s%s", t.valid+t.invalid, t.announced, percentText(*s.Percent), ourRule)
	case s.Metric == norms.M6 && *s.Percent == 100:
		return "import and export policy registered"
	case s.Metric == norms.M6:
		return "no import or no export policy registered"
	}
	return number(*s.Fraction) + " = " + percentText(*s.Percent)
}

// ourRule marks the arithmetic of a metric that is measured by this project's definition.
const ourRule = " (our definition)"

// reasonOf says why a score has no data.
func reasonOf(s norms.Score) string {
	if s.NoDataReason == nil {
		return "not given"
	}
	return *s.NoDataReason
}
