package service

import (
	"fmt"
	"time"

	"pahra/internal/norms"
	"pahra/wire/values"
)

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
	routes := routesOf(routesIn(m.routes[asn], month))
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
		c.Actions = append(c.Actions, r.by.Explain(a, metrics, routes, networkOf(m.networks[asn])))
	}
	return c, nil
}

// recompute gives the metric scores again.
func (r *Run) recompute(asn values.ASN, month values.Month, stored map[norms.Metric]norms.Score, m *material) ([]norms.Score, error) {
	found := make(map[norms.Metric][]norms.Penalty)
	for _, inc := range m.incidents {
		penalties, _ := penaltiesOf(r.profile, inc, m.at)
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
			return !s.HasData() && same(s.NoDataReason, was.NoDataReason)
		}
	}
	return false
}

// sameScore makes sure that what comes out now is what the run wrote.
func sameScore(was, is norms.Score) error {
	if !same(was.Raw, is.Raw) || !same(was.Percent, is.Percent) || was.Band != is.Band {
		return fmt.Errorf("%s of AS%d in %s does not come out again from the incidents: the run is damaged", is.Metric, is.ASN, is.Month)
	}
	return nil
}

func same[T comparable](a, b *T) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
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
	to := at
	if month.Start().After(from) {
		from = month.Start()
	}
	if month.End().Before(to) {
		to = month.End()
	}
	heard := listening(r.Snapshot.Heard).within(from, to)
	return min(1, heard.Seconds()/month.End().Sub(month.Start()).Seconds())
}
