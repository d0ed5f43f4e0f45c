package programme

import (
	"fmt"
	"slices"
)

// decision is an outcome, how it comes about, and what it rests on.
type decision struct {
	is    Outcome
	why   string
	basis []string
	marks []string // kinds of input used against their time or age
}

// hold decides a measured rule from what was seen.
func (m *Measure) hold(f Facts) decision {
	switch {
	case m.Metric != 0:
		return m.metric(f)
	case m.Routes != "":
		return m.documented(f)
	}
	return m.contact(f)
}

// metric holds a metric's percentage against the threshold. One that is an upper bound can fail but not pass.
func (m *Measure) metric(f Facts) decision {
	for _, a := range f.Month.Actions {
		for _, s := range a.Metrics {
			if s.Metric == m.Metric {
				return m.score(s, f.Incidents)
			}
		}
	}
	return decision{is: Unknown, why: fmt.Sprintf("there is no %s of the network in this month", m.Metric)}
}

func (m *Measure) score(s MetricCheck, incidents []IncidentSeen) decision {
	if !s.HasData() {
		return decision{is: Unknown, why: fmt.Sprintf("%s: %s", m.Metric, reasonOf(s.Score)), marks: s.Anachronism}
	}
	why := fmt.Sprintf("%s is %s, at least %s is asked", m.Metric, scored(s.Score), percentText(m.AtLeast))
	basis := []string{fmt.Sprintf("%s: %s", m.Metric, s.Arithmetic)}
	for _, i := range incidents {
		if i.Counts != nil && *i.Counts == m.Metric && len(basis) <= maxNamed {
			basis = append(basis, "incident "+i.ID)
		}
	}
	d := decision{Met, why, basis, s.Anachronism}
	switch {
	case *s.Percent < m.AtLeast:
		d.is = NotMet
	case AtMost(s.Score):
		d.is, d.why = Unknown, fmt.Sprintf("%s; %s", why, reasonOf(s.Score))
	}
	return d
}

// documented holds the share of routes that a route object or a ROA stands for against the threshold. A route that one
// of the two authorities says nothing of for lack of data, and the other does not document, is open.
func (m *Measure) documented(f Facts) decision {
	if len(f.Routes) == 0 {
		return decision{is: Unknown, why: "no route of the network was seen in this month"}
	}
	good, open := 0, 0
	var lacking []string
	for _, r := range f.Routes {
		switch {
		case r.ROV == "valid" || r.IRR == "valid" || r.IRR == "valid-less-specific" || r.IRR == "invalid-more-specific":
			good++
		case r.ROV == NoData || r.IRR == NoData:
			open++
		default:
			lacking = append(lacking, routeName(r))
		}
	}
	total := len(f.Routes)
	why := fmt.Sprintf("%d of %d routes are documented, at least %s is asked", good, total, percentText(m.AtLeast))
	basis := []string{}
	for _, name := range lacking[:min(len(lacking), maxNamed)] {
		basis = append(basis, "not documented: "+name)
	}
	if more := len(lacking) - maxNamed; more > 0 {
		basis = append(basis, fmt.Sprintf("and %d more", more))
	}
	d := decision{Met, why, basis, f.marked("vrp", "irr")}
	switch {
	case share(good, total) >= m.AtLeast:
	case share(good+open, total) < m.AtLeast:
		d.is = NotMet
	default:
		d.is, d.why = Unknown, fmt.Sprintf("%s; of %d RPKI or the routing registries have no data", why, open)
	}
	return d
}

// marked gives those kinds of input that were used against their time or age.
func (f Facts) marked(kinds ...string) (marks []string) {
	for _, k := range kinds {
		if slices.Contains(f.Marked, k) {
			marks = append(marks, k)
		}
	}
	return marks
}

// maxNamed bounds how many routes or incidents a rule's basis names.
const maxNamed = 5

func share(part, whole int) float64 { return 100 * float64(part) / float64(whole) }

// contact looks for a contact in a source, of any role but abuse: those are not for operations.
func (m *Measure) contact(f Facts) decision {
	for _, c := range f.Network.Contacts {
		if c.Source == m.Contact && c.Role != "abuse" && c.Role != "abuse-c" {
			return decision{Met, "a contact is there", []string{c.Role + " in " + c.Source}, f.marked(m.Contact)}
		}
	}
	if why, none := f.NoData[m.Contact]; none {
		return decision{is: Unknown, why: m.Contact + ": " + why}
	}
	if f.Network.unknown() && f.Month.Actions == nil && len(f.Incidents) == 0 {
		return decision{is: Unknown, why: "no source at hand knows the network, and nothing of it was scored"}
	}
	return decision{is: NotMet, why: "no contact for operations is in " + m.Contact, marks: f.marked(m.Contact)}
}

// String writes what a measure asks for.
func (m *Measure) String() string {
	switch {
	case m.Metric != 0:
		return fmt.Sprintf("%s at least %s", m.Metric, percentText(m.AtLeast))
	case m.Routes != "":
		return fmt.Sprintf("at least %s of the routes %s by a route object or a ROA", percentText(m.AtLeast), m.Routes)
	}
	return "a contact in " + m.Contact
}
