package service

import (
	"context"
	"slices"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/store"
	"pahra/wire/values"
)

// FindingsQuestion asks what a network has to mend.
type FindingsQuestion struct{ ASN values.ASN }

// FindingsPage is all of it.
type FindingsPage struct {
	Run      PageRun
	ASN      values.ASN
	Month    values.Month
	Findings []Finding
	Steps    []Step
	Missing  []MissingData
}

func (q FindingsQuestion) answer(_ context.Context, a *asked) (any, error) {
	if !a.view.Has(q.ASN) {
		return nil, ErrNoPage
	}
	r := a.view.pages.run
	m, err := a.view.index.material(q.ASN, r.Snapshot.Window.To)
	if err != nil {
		return nil, err
	}
	m.incidents = a.view.pages.incidentsOf(q.ASN)
	c, err := r.check(q.ASN, m, a.view.pages.parties)
	if err != nil {
		return nil, err
	}
	page := &FindingsPage{Run: a.view.pages.head, ASN: q.ASN, Month: a.view.survey.month, Findings: c.Findings, Steps: c.Steps, Missing: c.Missing}
	if !a.own(q.ASN) {
		page.Findings = slices.DeleteFunc(page.Findings, func(f Finding) bool { return !a.mayFinding(f, q.ASN) })
		page.Steps = slices.DeleteFunc(page.Steps, func(s Step) bool { return !a.mayTell(s, q.ASN) })
	}
	return page, nil
}

// PlacesQuestion asks what neighbourhoods come to, and came to. Regions are sums over their countries.
type PlacesQuestion struct{ Where Where }

// PlacesPage is what they come to.
type PlacesPage struct {
	Run   PageRun
	Month values.Month // the last that the run scored
	List  []PlaceHistory
}

// PlaceHistory is how the networks of a neighbourhood stood in each month.
type PlaceHistory struct {
	Name     string
	Title    string
	Members  int
	Seen     int
	Withheld string         // why the viewer may not see it; then there is no History
	History  []HistoryMonth // the earliest first
}

func (q PlacesQuestion) answer(ctx context.Context, a *asked) (any, error) {
	page := &PlacesPage{Run: a.view.pages.head, Month: a.view.survey.month, List: []PlaceHistory{}}
	names := slices.Clone(q.Where.Neighbourhoods)
	for _, code := range q.Where.Countries {
		names = append(names, countryList+strings.ToUpper(code))
	}
	if q.Where.empty() {
		names = []string{AllNetworks}
	}
	for _, name := range names {
		one, err := a.placeHistory(ctx, name)
		if err != nil {
			return nil, err
		}
		page.List = append(page.List, *one)
	}
	for _, region := range q.Where.Regions {
		countries, err := a.view.countries([]string{region})
		if err != nil {
			return nil, err
		}
		sum := &PlaceHistory{Name: "region:" + region, Title: "Networks registered in " + region}
		for _, name := range countries {
			one, err := a.placeHistory(ctx, name)
			if err != nil {
				return nil, err
			}
			sum.add(one) // one that is not shown on its own is in no sum either: a difference would tell it
		}
		slices.SortFunc(sum.History, func(x, y HistoryMonth) int { return x.Month.Start().Compare(y.Month.Start()) })
		page.List = append(page.List, *sum)
	}
	return page, nil
}

func (a *asked) placeHistory(ctx context.Context, name string) (*PlaceHistory, error) {
	p := a.view.place(name)
	if p == nil {
		return nil, ErrNoPage
	}
	page := p.page
	one := &PlaceHistory{Name: page.Name, Title: page.Title, Members: page.Members, Seen: page.Seen}
	if a.opt.Policy != nil {
		if d := a.opt.Policy.Neighbourhood(page.Members, a.viewer); !d.Visible {
			one.Withheld = "not shown: " + d.Says
			return one, nil
		}
	}
	err := a.neighbourhoodHistory(ctx, &page)
	one.History = page.History
	return one, err
}

// add adds the months of another place.
func (p *PlaceHistory) add(other *PlaceHistory) {
	if other.Withheld != "" {
		return
	}
	p.Members, p.Seen = p.Members+other.Members, p.Seen+other.Seen
	for _, m := range other.History {
		n := slices.IndexFunc(p.History, func(x HistoryMonth) bool { return x.Month == m.Month })
		if n < 0 {
			p.History = append(p.History, HistoryMonth{Month: m.Month})
			n = len(p.History) - 1
		}
		p.History[n] = sumMonths(p.History[n], m)
	}
}

// sumMonths adds the counts of two places in one month. Means are weighted by the networks that they are of.
func sumMonths(x, y HistoryMonth) HistoryMonth {
	sum := HistoryMonth{Month: x.Month, Distribution: []Spread{}, Means: []ActionMean{}}
	for _, action := range norms.Actions() {
		bands, all := make(map[norms.Band]int), 0
		mean, total := ActionMean{Action: action}, 0.0
		for _, m := range []HistoryMonth{x, y} {
			for _, s := range m.Distribution {
				for _, b := range s.Bands {
					if s.Action == action {
						bands[b.Band] += b.Networks
						all += b.Networks
					}
				}
			}
			for _, k := range m.Means {
				if k.Action == action && k.Percent != nil {
					mean.Networks, total = mean.Networks+k.Networks, total+*k.Percent*float64(k.Networks)
				}
			}
		}
		if mean.Networks > 0 {
			percent := total / float64(mean.Networks)
			mean.Percent = &percent
		}
		sum.Distribution, sum.Means = append(sum.Distribution, spread(action, bands, all)), append(sum.Means, mean)
	}
	return sum
}

// SnapshotQuestion asks which inputs the figures rest on.
type SnapshotQuestion struct{}

// SnapshotPage is the snapshot of the published run, and which snapshot each month in the store comes from.
type SnapshotPage struct {
	Run      PageRun
	Snapshot *Snapshot // to be read only
	Months   []store.NeighbourhoodMonth
}

func (SnapshotQuestion) answer(ctx context.Context, a *asked) (_ any, err error) {
	page := &SnapshotPage{Run: a.view.pages.head, Snapshot: &a.view.pages.run.Snapshot}
	if a.opt.Store != nil {
		page.Months, err = a.opt.Store.NeighbourhoodHistory(ctx, AllNetworks)
	}
	return page, err
}
