package service

import (
	"context"
	"encoding/json"
	"slices"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// NetworkSelection says which networks a list is about, ascending by number. The zero value is the first of all.
type NetworkSelection struct {
	Where Where
	ASNs  []values.ASN // of these; nil for any
	// Bands are those that By, an Action or a metric, must lie in as the viewer sees it; none for any.
	By    norms.Metric
	Bands []norms.Band
	After values.ASN // the Next of the part before
	Limit int        // of a part; 0 is 100, the most 1000
}

// maxSifted bounds the networks looked at for one part of a list that asks for bands.
const maxSifted = 4000

// candidates gives the networks to look at, and how many of them may come of it.
func (q NetworkSelection) candidates(a *asked) (list []values.ASN, limit int, err error) {
	if limit = q.Limit; limit <= 0 || limit > maxList {
		limit = listLength
	}
	if list, err = a.view.among(q.Where); err != nil {
		return nil, 0, err
	}
	if list == nil {
		list = a.view.asns
	}
	if q.ASNs != nil {
		wanted := slices.Clone(q.ASNs)
		slices.Sort(wanted)
		list = intersect(slices.Compact(wanted), list)
	}
	n, found := slices.BinarySearch(list, q.After)
	if found {
		n++
	}
	return list[n:], limit, nil
}

// each calls take for the networks that are asked for until it has taken as many as a part has, and gives where the next
// part begins; 0 after the last.
func (q NetworkSelection) each(a *asked, take func(asn values.ASN) (taken bool, err error)) (next values.ASN, err error) {
	list, limit, err := q.candidates(a)
	if err != nil {
		return 0, err
	}
	for n, asn := range list {
		if limit == 0 || n == maxSifted {
			return list[n-1], nil
		}
		taken, err := take(asn)
		if err != nil {
			return 0, err
		}
		if taken {
			limit--
		}
	}
	return 0, nil
}

// LinesQuestion asks for networks on a line each.
type LinesQuestion struct{ NetworkSelection }

// LinesPage is a part of them.
type LinesPage struct {
	Run   PageRun
	Month values.Month
	List  []NetworkLine
	Next  values.ASN // 0 on the last
}

func (q LinesQuestion) answer(_ context.Context, a *asked) (_ any, err error) {
	page := &LinesPage{Run: a.view.pages.head, Month: a.view.survey.month, List: []NetworkLine{}}
	page.Next, err = q.each(a, func(asn values.ASN) (bool, error) {
		line, _ := a.view.survey.line(asn)
		if !a.all() {
			line = a.line(line)
		}
		if !inBands(q.Bands, bandIn(line.Scores, q.By)) {
			return false, nil
		}
		page.List = append(page.List, line)
		return true, nil
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

func inBands(bands []norms.Band, b norms.Band) bool {
	return len(bands) == 0 || slices.Contains(bands, b)
}

func bandIn(scores []LineScore, by norms.Metric) norms.Band {
	for _, s := range scores {
		if s.Action == by {
			return s.Band
		}
	}
	return norms.NoBand
}

// ScoresQuestion asks for the measures of networks in a month; the zero month is the last that the run scored.
type ScoresQuestion struct {
	NetworkSelection
	Month values.Month
	Every bool // of every month that is known instead
	// Metrics are those asked for; none for all.
	Metrics []norms.Metric
}

// ScoresPage is a part of them.
type ScoresPage struct {
	Run  PageRun
	List []NetworkScores // by network, then by month
	Next values.ASN      // 0 on the last
}

// NetworkScores are a network's measures of one month, as the viewer may see them.
type NetworkScores struct {
	ASN     values.ASN
	Holder  string
	Country string
	Month   values.Month
	Profile string // empty where nothing was scored
	Scores  []MeasuredScore
}

// MeasuredScore is one of them.
type MeasuredScore struct {
	Metric   norms.Metric
	Percent  *float64 // nil: no data, for the Reason
	Band     norms.Band
	AtMost   bool // the true score can only be lower
	Raw      *float64
	Fraction *float64
	Reason   string // why there is no percentage, or which part of its input is missing
	Withheld bool   // the viewer may not see it
}

func (q ScoresQuestion) answer(ctx context.Context, a *asked) (_ any, err error) {
	if q.Month == (values.Month{}) {
		q.Month = a.view.survey.month
	}
	page := &ScoresPage{Run: a.view.pages.head, List: []NetworkScores{}}
	page.Next, err = q.each(a, func(asn values.ASN) (bool, error) {
		months, err := a.measured(ctx, asn, q)
		if err != nil {
			return false, err
		}
		taken := false
		for _, m := range months {
			if inBands(q.Bands, m.band(q.By)) {
				page.List, taken = append(page.List, m.only(q.Metrics)), true
			}
		}
		return taken, nil
	})
	if err != nil {
		return nil, err
	}
	return page, nil
}

func (m *NetworkScores) band(by norms.Metric) norms.Band {
	for _, s := range m.Scores {
		if s.Metric == by {
			return s.Band
		}
	}
	return norms.NoBand
}

func (m *NetworkScores) only(metrics []norms.Metric) NetworkScores {
	if len(metrics) > 0 {
		m.Scores = slices.DeleteFunc(m.Scores, func(s MeasuredScore) bool { return !slices.Contains(metrics, s.Metric) })
	}
	return *m
}

// measured gives a network's months: what the run says of a month before what the store does.
func (a *asked) measured(ctx context.Context, asn values.ASN, q ScoresQuestion) ([]NetworkScores, error) {
	line, _ := a.view.survey.line(asn)
	if line.Holder == "" {
		line.Holder, line.Country = a.view.index.networks[asn].Holder, a.view.index.networks[asn].Country
	}
	months := make(map[values.Month]*NetworkScores)
	monthOf := func(m values.Month, profile string) *NetworkScores {
		if months[m] == nil {
			months[m] = &NetworkScores{ASN: asn, Holder: line.Holder, Country: line.Country, Month: m, Profile: profile}
		}
		return months[m]
	}
	err := a.view.index.scores.each(asn, func(text []byte) error {
		var s norms.Score
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		if q.Every || s.Month == q.Month {
			m := monthOf(s.Month, s.Profile)
			m.Scores = append(m.Scores, measuredScore(s))
		}
		return nil
	})
	if err == nil && a.opt.Store != nil && (q.Every || len(months) == 0) {
		err = a.storedMonths(ctx, asn, q, months, monthOf)
	}
	if err != nil {
		return nil, err
	}
	if len(months) == 0 {
		monthOf(q.Month, "")
	}
	list := make([]NetworkScores, 0, len(months))
	for _, m := range months {
		m.complete()
		for n := range m.Scores {
			a.withholdMeasured(&m.Scores[n], asn)
		}
		list = append(list, *m)
	}
	slices.SortFunc(list, func(x, y NetworkScores) int { return x.Month.Start().Compare(y.Month.Start()) })
	return list, nil
}

// storedMonths adds the months that the store has and the run has not.
func (a *asked) storedMonths(ctx context.Context, asn values.ASN, q ScoresQuestion, known map[values.Month]*NetworkScores, monthOf func(values.Month, string) *NetworkScores) error {
	stored, err := a.opt.Store.NetworkHistory(ctx, asn)
	if err != nil {
		return err
	}
	for _, row := range stored {
		if known[row.Month] != nil || !q.Every && row.Month != q.Month {
			continue
		}
		m := monthOf(row.Month, row.Profile)
		for _, x := range row.Measures {
			m.Scores = append(m.Scores, measuredScore(norms.Score{
				Metric: x.Metric, Raw: x.Raw, Fraction: x.Fraction, Percent: x.Percent, Band: x.Band, NoDataReason: reasonOf(x.Reason),
			}))
		}
	}
	return nil
}

func reasonOf(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func measuredScore(s norms.Score) MeasuredScore {
	m := MeasuredScore{Metric: s.Metric, Percent: s.Percent, Band: s.Band, Raw: s.Raw, Fraction: s.Fraction}
	m.AtMost = s.Raw != nil && s.Percent != nil && s.NoDataReason != nil
	if s.NoDataReason != nil {
		m.Reason = *s.NoDataReason
	}
	return m
}

// complete puts every metric into a month, in order, with a reason where there is no data.
func (m *NetworkScores) complete() {
	all := make([]MeasuredScore, 0, norms.A4)
	for metric := norms.M1; metric <= norms.A4; metric++ {
		one := MeasuredScore{Metric: metric, Band: norms.NoBand}
		if n := slices.IndexFunc(m.Scores, func(s MeasuredScore) bool { return s.Metric == metric }); n >= 0 {
			one = m.Scores[n]
		}
		if one.Percent == nil && one.Reason == "" {
			one.Reason = "not measured in " + m.Month.String()
		}
		all = append(all, one)
	}
	m.Scores = all
}

func (a *asked) withholdMeasured(s *MeasuredScore, asn values.ASN) {
	if a.all() {
		return
	}
	if d := a.opt.Policy.Measure(s.Metric, asn, a.viewer); !d.Visible {
		*s = MeasuredScore{Metric: s.Metric, Band: norms.NoBand, Reason: "not shown: " + d.Says, Withheld: true}
	}
}
