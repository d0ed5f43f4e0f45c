package health

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Sighting is how many distinct addresses showed a type on a day.
type Sighting struct {
	Day       time.Time
	Type      string
	Addresses int64
}

// Episode is one case: seen from First to Last; Gone is the first day on which its sources did not see it any more, nil while
// that is not known.
type Episode struct {
	Type        string
	First, Last time.Time
	Gone        *time.Time
}

// span gives how long an episode lasted, between the last day on which it was seen and the first on which it was not.
func (e Episode) span() Span {
	s := Span{Low: max(0, e.Last.Sub(e.First))}
	if s.High = s.Low; e.Gone != nil {
		s.Came, s.High = true, max(s.Low, e.Gone.Sub(e.First))
	}
	return s
}

// CurveDay is a day of an epidemic curve: nil where no source reported on the type that day.
type CurveDay struct {
	Day       string `json:"day"`
	Addresses *int64 `json:"addresses"`
}

// Measure is how well a network or a neighbourhood is, in one type of incident, over some days.
type Measure struct {
	Type          string     `json:"type"`
	Incidence     int64      `json:"incidence"` // cases that began in the days
	IncidenceLow  float64    `json:"incidence_low"`
	IncidenceHigh float64    `json:"incidence_high"`
	AddressDays   int64      `json:"address_days"`
	CoveredDays   int        `json:"covered_days"`
	Prevalence    *float64   `json:"prevalence"` // distinct addresses a day, over the days that were covered
	Per100k       *float64   `json:"per_100000"` // of announced addresses
	Recovery      Recovery   `json:"recovery"`   // of the cases seen in the days
	Curve         []CurveDay `json:"curve"`      // every day
}

// Measures measures each type that was seen from a day on until before another. Covered are the days on which a source
// reported on a type, addresses how many the network or neighbourhood announces, 0: not known.
func Measures(sightings []Sighting, episodes []Episode, covered map[string][]time.Time, from, to time.Time, addresses float64) []Measure {
	by := map[string]*Measure{}
	of := func(name string) *Measure {
		if by[name] == nil {
			by[name] = &Measure{Type: name}
		}
		return by[name]
	}
	seen := map[string]map[time.Time]int64{}
	for _, s := range sightings {
		of(s.Type).AddressDays += s.Addresses
		if seen[s.Type] == nil {
			seen[s.Type] = map[time.Time]int64{}
		}
		seen[s.Type][s.Day] += s.Addresses
	}
	spans := map[string][]Span{}
	for _, e := range episodes {
		if m := of(e.Type); !e.First.Before(from) && e.First.Before(to) {
			m.Incidence++
		}
		spans[e.Type] = append(spans[e.Type], e.span())
	}
	var list []Measure
	for _, name := range slices.Sorted(maps.Keys(by)) {
		m := by[name]
		m.IncidenceLow, m.IncidenceHigh = PoissonInterval(m.Incidence)
		m.curve(seen[name], covered[name], from, to)
		if p, ok := Prevalence(m.AddressDays, m.CoveredDays); ok {
			m.Prevalence = &p
			if rate, ok := Rate(p, addresses); ok {
				m.Per100k = &rate
			}
		}
		m.Recovery = RecoveryOf(spans[name])
		list = append(list, *m)
	}
	slices.SortStableFunc(list, func(a, b Measure) int { return cmp.Compare(b.AddressDays, a.AddressDays) })
	return list
}

// curve gives every day its addresses: those of a day that was covered and without any are 0, others are not known.
func (m *Measure) curve(seen map[time.Time]int64, covered []time.Time, from, to time.Time) {
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		c := CurveDay{Day: day.Format(time.DateOnly)}
		n, any := seen[day]
		if any || slices.ContainsFunc(covered, day.Equal) {
			c.Addresses = &n
			m.CoveredDays++
		}
		m.Curve = append(m.Curve, c)
	}
}
