package programme

import "pahra/internal/norms"

// MissingData is a measure without data: why, and how to supply what it takes.
type MissingData struct {
	Metric norms.Metric `json:"metric"`
	Why    string       `json:"why"`
	Supply string       `json:"supply"`
}

// Missing lists the measures of weight without data, and what would give them some.
func (by *Adviser) Missing(month MonthCheck) []MissingData {
	list := []MissingData{}
	for _, a := range month.Actions {
		for _, s := range a.Metrics {
			if s.Weight > 0 && s.NoDataReason != nil {
				list = append(list, MissingData{s.Metric, *s.NoDataReason, supply(s.Metric, by.Profile.Coverage.MinWatched)})
			}
		}
	}
	return list
}

// supply says what gives a measure its data.
func supply(m norms.Metric, minWatched float64) string {
	switch {
	case m == norms.M1 || m == norms.M1C:
		return "put AS relations of the time into relations/, and observe a window with tables and updates of at least " + percentText(100*minWatched) + " of the month"
	case m.IsIncident():
		return "observe a window with tables and updates of at least " + percentText(100*minWatched) + " of the month"
	case m == norms.M5:
		return "run the Spoofer client of CAIDA inside the network, not behind NAT, results shared; put the sessions into spoofer/"
	case m == norms.M6:
		return "put the routing registries that could hold its aut-num into irr/"
	case m == norms.M7IRR:
		return "put dumps of the routing registries of the time into irr/, and see that its routes are observed"
	case m == norms.M8:
		return "put the registries not consulted into irr/ and PeeringDB's net and poc into peeringdb/"
	}
	return "put VRPs of the time into vrp/, and see that its routes are observed"
}
