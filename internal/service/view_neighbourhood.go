package service

import (
	"context"
	"slices"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/publication"
	"pahra/internal/store"
)

// MembersPage is every network of a neighbourhood on a line.
type MembersPage struct {
	Run   PageRun       `json:"run"`
	Name  string        `json:"name"`
	Title string        `json:"title"`
	List  []NetworkLine `json:"networks"`
}

// NeighbourhoodsPage is every neighbourhood on a line.
type NeighbourhoodsPage struct {
	Run  PageRun             `json:"run"`
	List []NeighbourhoodLine `json:"neighbourhoods"`
}

// ComparePage puts neighbourhoods side by side.
type ComparePage struct {
	Run     PageRun              `json:"run"`
	Choices []NeighbourhoodLine  `json:"-"`
	Sides   []*NeighbourhoodPage `json:"sides"` // two, or fewer while they are chosen
}

// CompareQuestion asks for two neighbourhoods side by side.
type CompareQuestion struct{ A, B string }

func (q NeighbourhoodQuestion) answer(ctx context.Context, a *asked) (any, error) {
	page, err := a.neighbourhood(ctx, q.Name, q.By)
	if err != nil {
		return nil, err
	}
	return page, nil
}

// neighbourhood gives the page of a neighbourhood with what the viewer may see.
func (a *asked) neighbourhood(ctx context.Context, name string, by norms.Metric) (*NeighbourhoodPage, error) {
	page, err := a.view.Neighbourhood(name, by)
	if err != nil {
		return nil, err
	}
	if a.opt.Policy != nil {
		if d := a.opt.Policy.Neighbourhood(page.Members, a.viewer); !d.Visible {
			return &NeighbourhoodPage{Run: page.Run, Name: page.Name, Title: page.Title, Month: page.Month, Members: page.Members, NoData: "not shown: " + d.Says}, nil
		}
	}
	page.Served = true
	if err := a.neighbourhoodIncidents(ctx, page); err != nil {
		return nil, err
	}
	if !a.all() {
		a.withholdLines(page, by)
	}
	return page, a.neighbourhoodHistory(ctx, page)
}

// neighbourhoodIncidents puts the incidents that the viewer may see on a page, those of the store where there is one.
func (a *asked) neighbourhoodIncidents(ctx context.Context, page *NeighbourhoodPage) error {
	if a.opt.Policy == nil && a.opt.Store == nil {
		return nil
	}
	list, withheld, _, err := a.incidents(ctx, IncidentQuery{Neighbourhood: page.Name, Limit: maxPageIncidents})
	if err != nil {
		return err
	}
	page.Incidents, page.Withheld = []IncidentLine{}, withheld
	for n := range list {
		page.Incidents = append(page.Incidents, a.view.pages.line(&list[n]))
	}
	return nil
}

// withholdLines takes out of a page what would tell of single networks what the viewer may not know. What the networks
// come to together stays.
func (a *asked) withholdLines(page *NeighbourhoodPage, by norms.Metric) {
	members := a.view.Members(page.Name)
	lines := a.lines(a.view.linesOf(members))
	page.Mend, page.MendTotal = []NetworkLine{}, 0
	for _, l := range lines {
		if l.ToMend > 0 {
			page.Mend, page.MendTotal = append(page.Mend, l), page.MendTotal+1
		}
	}
	steps := page.Steps
	page.order(nil)
	page.Steps = steps
	page.Space = spaceMap(lines, by)
	page.Changed = slices.DeleteFunc(slices.Clone(page.Changed), func(c Changed) bool { return !a.mayMeasure(&c.Action, c.ASN) })
	page.ChangedTotal = len(page.Changed)
	page.Sizes = []SizeView{}
}

// neighbourhoodHistory adds the months that the store has and the run has not.
func (a *asked) neighbourhoodHistory(ctx context.Context, page *NeighbourhoodPage) error {
	if a.opt.Store == nil {
		return nil
	}
	stored, err := a.opt.Store.NeighbourhoodHistory(ctx, page.Name)
	if err != nil {
		return err
	}
	page.History = slices.Clone(page.History)
	for _, row := range stored {
		if a.opt.RunOnly && row.Month.Start().After(page.Month.Start()) || slices.ContainsFunc(page.History, func(m HistoryMonth) bool { return m.Month == row.Month }) {
			continue
		}
		page.History = append(page.History, historyOf(row))
	}
	slices.SortFunc(page.History, func(x, y HistoryMonth) int { return x.Month.Start().Compare(y.Month.Start()) })
	return nil
}

// mayList says whether the viewer may see what a neighbourhood comes to.
func (a *asked) mayList(l NeighbourhoodLine) bool {
	return a.opt.Policy == nil || a.opt.Policy.Neighbourhood(l.Members, a.viewer).Visible
}

// neighbourhoods gives those that the viewer may see.
func (a *asked) neighbourhoods() []NeighbourhoodLine {
	return slices.DeleteFunc(slices.Clone(a.view.placeLines), func(l NeighbourhoodLine) bool { return !a.mayList(l) })
}

func (NeighbourhoodsQuestion) answer(_ context.Context, a *asked) (any, error) {
	return &NeighbourhoodsPage{a.view.pages.head, a.neighbourhoods()}, nil
}

func (q MembersQuestion) answer(_ context.Context, a *asked) (any, error) {
	p := a.view.place(q.Name)
	if p == nil {
		return nil, ErrNoPage
	}
	return &MembersPage{a.view.pages.head, p.page.Name, p.page.Title, a.lines(a.view.linesOf(p.members))}, nil
}

func (q CompareQuestion) answer(ctx context.Context, a *asked) (any, error) {
	page := &ComparePage{Run: a.view.pages.head, Choices: a.neighbourhoods()}
	for _, name := range []string{q.A, q.B} {
		if strings.TrimSpace(name) == "" {
			continue
		}
		side, err := a.neighbourhood(ctx, name, norms.A4)
		if err != nil {
			return nil, err
		}
		page.Sides = append(page.Sides, side)
	}
	return page, nil
}

func (MethodQuestion) answer(ctx context.Context, a *asked) (_ any, err error) {
	page := a.view.Method()
	if !a.all() {
		page.Attributed = []AttributionExample{} // examples name networks
	}
	if a.opt.Store == nil {
		return page, nil
	}
	counts, err := a.opt.Store.PublicationCounts(ctx)
	if err != nil {
		return nil, err
	}
	page.Disputes = publication.Tallies(counts)
	return page, nil
}

// historyOf gives a month as the store has it.
func historyOf(row store.NeighbourhoodMonth) HistoryMonth {
	h := HistoryMonth{Month: row.Month, Distribution: []Spread{}, Means: []ActionMean{}}
	for _, a := range norms.Actions() {
		bands, mean := make(map[norms.Band]int), ActionMean{Action: a}
		for _, b := range row.Bands {
			if b.Metric == a {
				bands[norms.Ready], bands[norms.Aspiring], bands[norms.Lagging] = b.Ready, b.Aspiring, b.Lagging
				mean.Networks = b.Ready + b.Aspiring + b.Lagging
			}
		}
		for _, m := range row.Measures {
			if m.Metric == a {
				mean.Percent = m.Percent
			}
		}
		h.Distribution = append(h.Distribution, spread(a, bands, row.Networks))
		h.Means = append(h.Means, mean)
	}
	return h
}
