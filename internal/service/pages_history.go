package service

import (
	"cmp"
	"slices"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// HistoryMonth is how the members of a neighbourhood stood in a month.
type HistoryMonth struct {
	Month        values.Month `json:"month"`
	Distribution []Spread     `json:"distribution"`
	Means        []ActionMean `json:"means"`
}

// ActionMean is the mean of an Action over the networks with data.
type ActionMean struct {
	Action   norms.Metric `json:"action"`
	Percent  *float64     `json:"percent"` // null where none has data
	Networks int          `json:"networks"`
}

// Changed is a network that stands in another band than the month before.
type Changed struct {
	ASN    values.ASN   `json:"asn"`
	Holder string       `json:"holder"`
	Action norms.Metric `json:"action"`
	From   LineScore    `json:"from"`
	To     LineScore    `json:"to"`
}

// maxChanged bounds the changes of a page.
const maxChanged = 30

// pastMonth is what a line keeps of an earlier month.
type pastMonth struct {
	month  values.Month
	scores []LineScore
}

// pastOf gives what a network's page says of the months before the one.
func pastOf(page *NetworkPage, month values.Month) (list []pastMonth) {
	all := page.Earlier
	if page.Month != nil && page.Month.Month != month {
		all = append([]PageMonth{*page.Month}, all...)
	}
	for _, m := range all {
		past := pastMonth{month: m.Month}
		for _, a := range m.Actions {
			past.scores = append(past.scores, LineScore{Action: a.Metric, Percent: a.Percent, Band: a.Band, AtMost: a.AtMost})
		}
		list = append(list, past)
	}
	return list
}

// recall adds how the members stood month by month, and who changed.
func (page *NeighbourhoodPage) recall(lines []NetworkLine, month values.Month) {
	byMonth := make(map[values.Month]*monthSum)
	of := func(m values.Month) *monthSum {
		if byMonth[m] == nil {
			byMonth[m] = newMonthSum()
		}
		return byMonth[m]
	}
	of(month)
	for _, l := range lines {
		of(month).add(l.Scores)
		for _, p := range l.past {
			of(p.month).add(p.scores)
		}
		if len(l.past) > 0 && l.past[0].month.Next() == month {
			page.Changed = append(page.Changed, changedIn(l, l.past[0].scores)...)
		}
	}
	for m, sum := range byMonth {
		page.History = append(page.History, sum.told(m, page.Members))
	}
	slices.SortFunc(page.History, func(a, b HistoryMonth) int { return a.Month.Start().Compare(b.Month.Start()) })
	page.orderChanged()
}

// orderChanged puts the largest changes first: those for the worse before those for the better.
func (page *NeighbourhoodPage) orderChanged() {
	slices.SortStableFunc(page.Changed, func(a, b Changed) int {
		return cmp.Or(cmp.Compare(a.gain(), b.gain()), cmp.Compare(a.ASN, b.ASN), cmp.Compare(a.Action, b.Action))
	})
	page.ChangedTotal = len(page.Changed)
	if most := maxChanged / 2; len(page.Changed) > maxChanged { // both ends of the list
		page.Changed = slices.Concat(page.Changed[:most], page.Changed[len(page.Changed)-most:])
	}
}

// gain is how many points a change comes to.
func (c Changed) gain() float64 {
	if c.From.Percent == nil || c.To.Percent == nil {
		return 0
	}
	return *c.To.Percent - *c.From.Percent
}

// changedIn gives the Actions in which a network stands in another band than before. From or to "no data" is no change.
func changedIn(l NetworkLine, before []LineScore) (list []Changed) {
	for _, to := range l.Scores {
		n := slices.IndexFunc(before, func(s LineScore) bool { return s.Action == to.Action })
		if n >= 0 && before[n].Percent != nil && to.Percent != nil && before[n].Band != to.Band {
			list = append(list, Changed{l.ASN, l.Holder, to.Action, before[n], to})
		}
	}
	return list
}

// monthSum adds up the scores of many networks in a month.
type monthSum struct {
	bands map[norms.Metric]map[norms.Band]int
	sum   map[norms.Metric]float64
	n     map[norms.Metric]int
}

func newMonthSum() *monthSum {
	s := &monthSum{bands: make(map[norms.Metric]map[norms.Band]int), sum: make(map[norms.Metric]float64), n: make(map[norms.Metric]int)}
	for _, a := range norms.Actions() {
		s.bands[a] = make(map[norms.Band]int)
	}
	return s
}

func (s *monthSum) add(scores []LineScore) {
	for _, x := range scores {
		if s.bands[x.Action] == nil {
			continue
		}
		s.bands[x.Action][x.Band]++
		if x.Percent != nil {
			s.sum[x.Action] += *x.Percent
			s.n[x.Action]++
		}
	}
}

func (s *monthSum) told(m values.Month, members int) HistoryMonth {
	h := HistoryMonth{Month: m, Distribution: []Spread{}, Means: []ActionMean{}}
	for _, a := range norms.Actions() {
		h.Distribution = append(h.Distribution, spread(a, s.bands[a], members))
		mean := ActionMean{Action: a, Networks: s.n[a]}
		if s.n[a] > 0 {
			x := s.sum[a] / float64(s.n[a])
			mean.Percent = &x
		}
		h.Means = append(h.Means, mean)
	}
	return h
}
