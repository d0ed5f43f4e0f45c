package service

import (
	"pahra/internal/norms"
	"pahra/internal/watch"
)

// PageCost is what an incident costs a network, and what that comes to by the run's profile.
type PageCost struct {
	Cost
	// ReportedOnly is set where the metric has no weight in any Action of the profile.
	ReportedOnly bool `json:"reported_only"`
}

// costs says whom an incident costs what; why says the reason where it costs nobody anything.
func (p *Pages) costs(i *watch.Incident) (list []PageCost, why string) {
	penalties, why := penaltiesOf(p.run.profile, *i, p.run.Snapshot.Window.To)
	list = []PageCost{}
	for _, x := range penalties {
		list = append(list, PageCost{Cost{x.ASN, x.Metric, x.Weight}, !p.weighs(x.Metric)})
	}
	if len(list) == 0 {
		return list, why
	}
	return list, ""
}

// weighs says whether a metric has weight in any Action of the run's profile.
func (p *Pages) weighs(m norms.Metric) bool {
	all := p.run.profile.Actions
	for _, a := range []norms.Action{all.A1, all.A2, all.A3, all.A4} {
		if a.Weights[m] > 0 {
			return true
		}
	}
	return false
}

// besides says where the route of an incident that costs nothing counts all the same.
func besides(i *watch.Incident) string {
	if i.Kind == watch.RPKIInvalid {
		return "The route itself counts, as an invalid one, in M7RPKI of the network that originated it, for as long as it was announced."
	}
	return ""
}
