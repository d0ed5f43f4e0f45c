package service

import (
	"cmp"
	"context"
	"slices"

	"pahra/internal/account"
	"pahra/internal/norms"
	"pahra/wire/values"
)

// NetworkMore is what a service adds to a network's page.
type NetworkMore struct {
	WhatIf *WhatIf `json:"what_if"`
	// Upstreams, Peers and Customers are by the relations that the run inferred; each list has at most maxNeighbours.
	Upstreams []Neighbour `json:"upstreams"`
	Peers     []Neighbour `json:"peers"`
	Customers []Neighbour `json:"customers"`
	Totals    [3]int      `json:"totals"` // of the three
	// History is the network's months, the earliest first.
	History []PageMonth `json:"history"`
	// PublicOnly is set where the viewer sees public incidents alone. Whether there are others is not told: that would
	// accuse the network before its holder is heard. Own says that the viewer holds the network.
	PublicOnly bool `json:"public_incidents_only,omitempty"`
	Own        bool `json:"own,omitempty"`
	// Health says that the viewer may see what reports of security incidents say of it.
	Health bool `json:"health,omitempty"`
	// Further says that there are earlier incidents than those of the page.
	Further bool `json:"further_incidents,omitempty"`
}

// Neighbour is a network with a relation to another, and how it stands.
type Neighbour struct {
	NetworkLine
	Confidence float64 `json:"confidence"` // of the relation, 0 to 1
}

// maxNeighbours bounds the neighbours of one kind on a page.
const maxNeighbours = 25

func (q NetworkQuestion) answer(ctx context.Context, a *asked) (any, error) {
	page, err := a.view.Network(q.ASN)
	if err != nil {
		return nil, err
	}
	more := &NetworkMore{Own: a.holds(q.ASN), PublicOnly: !a.own(q.ASN)}
	more.Health = a.opt.Tally != nil && (a.analyst() || more.Own)
	if err := a.networkIncidents(ctx, page, more); err != nil {
		return nil, err
	}
	may := func(f Finding) bool { return a.mayFinding(f, q.ASN) }
	if q.WhatIf {
		if more.WhatIf, err = a.view.whatIf(q.ASN, q.Mended, may); err != nil {
			return nil, err
		}
		more.WhatIf.Scores = slices.DeleteFunc(more.WhatIf.Scores, func(p WhatIfPair) bool { return !a.mayMeasure(&p.Metric, q.ASN) })
	}
	a.neighbours(q.ASN, more)
	a.withhold(page, more)
	page.More = more
	for _, m := range slices.Backward(append(slices.Clone(page.Earlier), monthsOf(page.Month)...)) {
		more.History = append(more.History, m)
	}
	slices.SortFunc(more.History, func(x, y PageMonth) int { return x.Month.Start().Compare(y.Month.Start()) })
	return page, a.history(ctx, q.ASN, more)
}

func monthsOf(m *PageMonth) []PageMonth {
	if m == nil {
		return nil
	}
	return []PageMonth{*m}
}

// networkIncidents puts the incidents that the viewer may see on a network's page: those of the store where there is
// one, which also has what came since the run.
func (a *asked) networkIncidents(ctx context.Context, page *NetworkPage, more *NetworkMore) error {
	asn := page.Network.ASN
	list, _, next, err := a.incidents(ctx, IncidentQuery{ASN: asn, Limit: maxPageIncidents})
	if err != nil {
		return err
	}
	page.Incidents, more.Further = []NetworkIncident{}, next != ""
	seen := make(map[string]bool)
	for n := range list {
		if i, ok := a.view.pages.run.see(list[n], asn, a.now); ok {
			page.Incidents = append(page.Incidents, NetworkIncident{a.view.pages.line(&list[n]), i.Role, i.Counts, i.WhyNot})
			seen[list[n].ID] = true
		}
	}
	page.IncidentsTotal = len(page.Incidents)
	if a.all() {
		return nil
	}
	page.Suffered = slices.DeleteFunc(page.Suffered, func(x Alarm) bool { return !seen[x.Incident] })
	return nil
}

// mayMeasure says whether the viewer may see a network's measure; what counts in none is about incidents.
func (a *asked) mayMeasure(m *norms.Metric, asn values.ASN) bool {
	switch {
	case a.all():
		return true
	case m == nil:
		return a.viewer.Holds(asn)
	}
	return a.opt.Policy.Measure(*m, asn, a.viewer).Visible
}

// holds says whether the viewer holds the network, and came by a way that shows them what holders see.
func (a *asked) holds(asn values.ASN) bool {
	return a.viewer.May(account.Member, account.ScopeRead) && a.viewer.Holds(asn)
}

// own says whether everything of a network is shown to the viewer.
func (a *asked) own(asn values.ASN) bool { return a.all() || a.holds(asn) }

// mayFinding says whether the viewer may know of a finding; those about incidents are for holders and analysts.
func (a *asked) mayFinding(f Finding, asn values.ASN) bool {
	return a.mayMeasure(f.Metric, asn) && (f.Incident == "" || a.own(asn))
}

// withhold takes out of a network's page what the viewer may not see.
func (a *asked) withhold(page *NetworkPage, more *NetworkMore) {
	asn := page.Network.ASN
	if a.own(asn) {
		return
	}
	for n := range page.Earlier {
		a.withholdMonth(&page.Earlier[n], asn)
	}
	if page.Month != nil {
		a.withholdMonth(page.Month, asn)
	}
	page.Steps = slices.DeleteFunc(page.Steps, func(s PageStep) bool { return !a.mayTell(s.Step, asn) })
	page.Findings, page.ToMend = 0, 0
	for n := range page.Steps {
		page.Findings += page.Steps[n].Findings
		page.ToMend += page.Steps[n].Findings
		for k := range page.Steps[n].Shown { // a route that is registered wrongly is told of, an incident about it is not
			f := &page.Steps[n].Shown[k]
			if f.Incident != "" {
				f.Incident, f.Evidence = "", []string{}
			}
		}
	}
	page.Compared, page.Explained = nil, map[string]int{}
	page.Programme = PageProgramme{Rules: []PageRule{}} // rules hold measures against thresholds
}

// withholdMonth takes the measures out of a month that the viewer may not see.
func (a *asked) withholdMonth(m *PageMonth, asn values.ASN) {
	for n := range m.Actions {
		action := &m.Actions[n]
		a.withholdScore(&action.PageScore, asn)
		for k := range action.Metrics {
			a.withholdScore(&action.Metrics[k], asn)
		}
	}
}

func (a *asked) withholdScore(s *PageScore, asn values.ASN) {
	d := a.opt.Policy.Measure(s.Metric, asn, a.viewer)
	if d.Visible {
		return
	}
	*s = PageScore{Metric: s.Metric, Band: norms.NoBand, Weight: s.Weight, Arithmetic: "not shown: " + d.Says, Withheld: true}
}

// neighbours adds upstreams, peers and customers, those that stand worst first.
func (a *asked) neighbours(asn values.ASN, more *NetworkMore) {
	more.Upstreams, more.Peers, more.Customers = []Neighbour{}, []Neighbour{}, []Neighbour{}
	for _, row := range a.view.index.relations[asn] {
		other, list := values.ASN(row.A), &more.Upstreams
		switch {
		case row.Relation != "provider" && other == asn:
			other, list = values.ASN(row.B), &more.Peers
		case row.Relation != "provider":
			list = &more.Peers
		case other == asn:
			other, list = values.ASN(row.B), &more.Customers
		}
		line, _ := a.view.survey.line(other)
		if line.Holder == "" {
			line.Holder, line.Country = a.view.index.networks[other].Holder, a.view.index.networks[other].Country
		}
		*list = append(*list, Neighbour{line, row.Confidence})
	}
	for n, list := range []*[]Neighbour{&more.Upstreams, &more.Peers, &more.Customers} {
		more.Totals[n] = len(*list)
		slices.SortFunc(*list, func(x, y Neighbour) int {
			return cmp.Or(cmp.Compare(y.Announced, x.Announced), cmp.Compare(y.ToMend, x.ToMend), cmp.Compare(x.ASN, y.ASN))
		})
		if !a.all() { // the order must not tell what is withheld
			slices.SortFunc(*list, func(x, y Neighbour) int { return cmp.Compare(x.ASN, y.ASN) })
		}
		*list = (*list)[:min(len(*list), maxNeighbours)]
		for k := range *list {
			if !a.all() {
				(*list)[k].NetworkLine = a.line((*list)[k].NetworkLine)
			}
		}
	}
}

// history adds the months that the store has and the run has not.
func (a *asked) history(ctx context.Context, asn values.ASN, more *NetworkMore) error {
	if a.opt.Store == nil {
		return nil
	}
	stored, err := a.opt.Store.NetworkHistory(ctx, asn)
	if err != nil {
		return err
	}
	for _, row := range stored {
		if slices.ContainsFunc(more.History, func(m PageMonth) bool { return m.Month == row.Month }) {
			continue
		}
		month := PageMonth{Month: row.Month, Actions: []PageAction{}}
		for _, x := range row.Measures {
			if slices.Contains(norms.Actions(), x.Metric) && a.mayMeasure(&x.Metric, asn) {
				month.Actions = append(month.Actions, PageAction{PageScore: PageScore{Metric: x.Metric, Percent: x.Percent, Band: x.Band}, Title: actionTitle(x.Metric)})
			}
		}
		more.History = append(more.History, month)
	}
	slices.SortFunc(more.History, func(x, y PageMonth) int { return x.Month.Start().Compare(y.Month.Start()) })
	return nil
}
