package service

import (
	"fmt"
	"slices"
	"strings"
	"time"

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

// tally counts a network's routes of a month by their standing.
type tally struct{ announced, registered, valid, invalid, unknown int }

func (r *Run) tally(routes []announcementRow) (t tally) {
	for _, row := range routes {
		t.announced++
		state := row.IRR
		if r.profile.Routing.AuthenticatedOnly {
			state = row.IRRAuth
		}
		if registeredBy(r.profile, state) {
			t.registered++
		}
		switch row.ROV {
		case "valid":
			t.valid++
		case "not-found":
			t.unknown++
		case noData:
		default:
			t.invalid++
		}
	}
	return t
}

// monthOf gives the scores of a network in a month as of a moment: the incident metrics recomputed from the incidents
// with the run's profile, the registration metrics as they were at the run's end, and the Actions combined again from
// both. At the run's end they must be those that the run wrote.
func (r *Run) monthOf(asn values.ASN, month values.Month, m *material) (MonthCheck, error) {
	c := MonthCheck{Month: month, Actions: []ActionCheck{}}
	stored := make(map[norms.Metric]norms.Score)
	for _, s := range m.scores[asn] {
		if s.Month == month {
			stored[s.Metric] = s
		}
	}
	if len(stored) == 0 {
		return c, nil
	}
	again, err := r.recompute(asn, month, stored, m)
	if err != nil {
		return c, err
	}
	t := r.tally(routesIn(m.routes[asn], month))
	metrics := make(map[norms.Metric]norms.Score)
	for _, s := range again {
		metrics[s.Metric] = s
	}
	for _, a := range r.profile.Combine(again) {
		a.Anachronism = stored[a.Metric].Anachronism
		if m.at.Equal(r.Snapshot.Window.To) {
			if err := sameScore(stored[a.Metric], a); err != nil {
				return c, err
			}
		}
		c.Actions = append(c.Actions, r.explain(a, metrics, t, m.networks[asn]))
	}
	return c, nil
}

func routesIn(routes []announcementRow, month values.Month) (list []announcementRow) {
	name := month.String()
	for _, row := range routes {
		if row.Month == name {
			list = append(list, row)
		}
	}
	return list
}

// recompute gives the metric scores again.
func (r *Run) recompute(asn values.ASN, month values.Month, stored map[norms.Metric]norms.Score, m *material) ([]norms.Score, error) {
	found := make(map[norms.Metric][]norms.Penalty)
	for _, inc := range m.incidents {
		penalties, _ := r.profile.Penalties(normsIncident(inc, m.at))
		for _, p := range penalties {
			if p.ASN == asn {
				found[p.Metric] = append(found[p.Metric], p)
			}
		}
	}
	in := norms.Inputs{ASN: asn, Month: month, Watched: norms.Known(r.watched(month, m.at)), Incidents: make(map[norms.Metric]norms.Input[[]norms.Penalty])}
	for _, k := range norms.IncidentMetrics() {
		in.Incidents[k] = norms.Known(found[k])
	}
	again := r.profile.Incidents(in)
	in.Incidents, in.Watched = nil, norms.Known(r.watched(month, r.Snapshot.Window.To))
	for i, s := range again {
		was := stored[s.Metric]
		switch {
		case !was.HasData() && (s.Raw == nil || *s.Raw == 0): // not looked for, or not watched long enough
			if !r.lookedFor(in, was) {
				again[i] = was
			}
		case m.at.Equal(r.Snapshot.Window.To):
			if err := sameScore(was, s); err != nil {
				return nil, err
			}
			again[i].NoDataReason = was.NoDataReason
		}
		again[i].Anachronism = was.Anachronism
	}
	for k := norms.M5; k <= norms.M9; k++ {
		if s, ok := stored[k]; ok {
			again = append(again, s)
		}
	}
	return again, nil
}

// lookedFor tells whether a metric without data was looked for: its reason is then that too little was watched.
func (r *Run) lookedFor(in norms.Inputs, was norms.Score) bool {
	in.Incidents = map[norms.Metric]norms.Input[[]norms.Penalty]{was.Metric: norms.Known[[]norms.Penalty](nil)}
	for _, s := range r.profile.Incidents(in) {
		if s.Metric == was.Metric {
			return !s.HasData() && reasonOf(s) == reasonOf(was)
		}
	}
	return false
}

// sameScore makes sure that what comes out now is what the run wrote.
func sameScore(was, is norms.Score) error {
	same := func(a, b *float64) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }
	if !same(was.Raw, is.Raw) || !same(was.Percent, is.Percent) || was.Band != is.Band {
		return fmt.Errorf("%s of AS%d in %s does not come out again from the incidents: the run is damaged", is.Metric, is.ASN, is.Month)
	}
	return nil
}

// watched is the share of a month that was watched up to a moment, the warm-up left out: what Observe works out from
// its engine, from what the snapshot says of the sessions.
func (r *Run) watched(month values.Month, at time.Time) float64 {
	from, first := r.Snapshot.Window.From, time.Time{}
	up, whole := 0, 0
	for _, p := range r.Snapshot.Peers {
		if first.IsZero() || p.First.Before(first) {
			first = p.First
		}
		if !p.Down {
			up++
			if p.Table != nil {
				whole++
			}
		}
	}
	if warm := first.Add(r.Snapshot.Settings.WarmUp); (up == 0 || whole*2 < up) && warm.After(from) {
		from = warm
	}
	from, to := maxTime(from, month.Start()), at
	if month.End().Before(to) {
		to = month.End()
	}
	heard := listening(r.Snapshot.Heard).within(from, to)
	return min(1, heard.Seconds()/month.End().Sub(month.Start()).Seconds())
}

// actionTitle says what an Action is about.
func actionTitle(a norms.Metric) string {
	return [...]string{"filtering", "anti-spoofing", "coordination", "routing information"}[a-norms.A1]
}

// metricsOf gives the metrics that belong to an Action, those of weight 0 included.
func metricsOf(a norms.Metric) []norms.Metric {
	return [][]norms.Metric{norms.IncidentMetrics(), {norms.M5, norms.M5C}, {norms.M8},
		{norms.M6, norms.M7IRR, norms.M7RPKI, norms.M7RPKIN, norms.M9}}[a-norms.A1]
}

// explain adds to an Action's score what it is made of.
func (r *Run) explain(a norms.Score, metrics map[norms.Metric]norms.Score, t tally, who networkRow) ActionCheck {
	rule := r.rule(a.Metric)
	c := ActionCheck{Score: a, Title: actionTitle(a.Metric), Metrics: []MetricCheck{}}
	for _, k := range metricsOf(a.Metric) {
		s, ok := metrics[k]
		if !ok {
			continue
		}
		s.Weight = rule.Weights[k]
		c.Metrics = append(c.Metrics, MetricCheck{s.Explain(), s.Weight, r.arithmetic(s, t, who)})
	}
	c.Arithmetic = r.actionArithmetic(a, c.Metrics)
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
func (r *Run) arithmetic(s norms.Score, t tally, who networkRow) string {
	switch {
	case !s.HasData():
		return reasonOf(s)
	case s.Metric.IsIncident():
		return r.sumOf(s)
	case s.Metric == norms.M5:
		return fmt.Sprintf("%s prefixes let forged packets out -> %s", number(*s.Raw/r.profile.Spoofing.RawPerPrefix), percentText(*s.Percent))
	case s.Metric == norms.M5C:
		return fmt.Sprintf("%s prefixes of customers let forged packets out -> %s%s", number(*s.Raw/r.profile.Spoofing.RawPerPrefix), percentText(*s.Percent), ourRule)
	case s.Metric == norms.M7RPKIN:
		return fmt.Sprintf("%d of %d routes invalid = %s -> %s", t.invalid, t.announced, percentText(100*(*s.Fraction)), percentText(*s.Percent))
	case s.Metric == norms.M7IRR:
		return fmt.Sprintf("%d of %d routes registered = %s", t.registered, t.announced, percentText(*s.Percent))
	case s.Metric == norms.M7RPKI && t.invalid == 0:
		return fmt.Sprintf("%d of %d routes valid = %s", t.valid, t.announced, percentText(*s.Percent))
	case s.Metric == norms.M7RPKI:
		return fmt.Sprintf("(%d valid - %s x %d invalid) / %d routes = %s", t.valid, number(r.profile.Routing.InvalidFactor),
			t.invalid, t.announced, percentText(*s.Percent))
	case s.Metric == norms.M8 && *s.Percent == 100:
		return contactsFound(who.Contacts)
	case s.Metric == norms.M8:
		return "no contact found that counts"
	case s.Metric == norms.M9 && r.profile.Routing.Deployment == norms.DeploymentPrefixes: // of one network each route is a prefix
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

func contactsFound(list []contactRow) string {
	var roles []string
	for _, c := range list {
		if text := c.Role + " in " + c.Source; !slices.Contains(roles, text) {
			roles = append(roles, text)
		}
	}
	if roles == nil {
		return "a contact is registered"
	}
	return "registered: " + strings.Join(roles, ", ")
}

func reasonOf(s norms.Score) string {
	if s.NoDataReason == nil {
		return "not given"
	}
	return *s.NoDataReason
}
