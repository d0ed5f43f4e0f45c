package service

import (
	"context"
	"slices"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/health"
	"pahra/internal/norms"
	"pahra/internal/service/tally"
	"pahra/wire/values"
)

// StatisticsPage is what the desk publishes of itself: a year's tables, and those of years before that were loaded.
type StatisticsPage struct {
	Run PageRun `json:"run"`
	tally.Year
	History []*health.Table `json:"history"`
	// Present is the year that it is now: of later ones there is nothing to see.
	Present int `json:"-"`
	// Risk is what open services of networks could amplify, for analysts alone; nil for others.
	Risk    []health.Risk   `json:"amplification,omitempty"`
	Factors []health.Factor `json:"factors,omitempty"`
}

// HealthPage is how well a network or a neighbourhood is, beside its norms.
type HealthPage struct {
	Run   PageRun    `json:"run"`
	ASN   values.ASN `json:"asn,omitempty"` // 0: a neighbourhood
	Name  string     `json:"name"`
	Title string     `json:"title"`
	// Health is what holders and analysts see, type by type; nil for others.
	Health *tally.Health `json:"health"`
	// Sums is what everybody sees of a neighbourhood, month by month, the latest first.
	Sums []tally.Sum `json:"months"`
	// Norms is how a network stands in the Actions, Means what a neighbourhood's networks come to.
	Norms []PageAction `json:"norms"`
	Means []ActionMean `json:"means"`
}

// StatisticsQuestion asks for the statistics of a year; 0 is the present one. Unit keeps the tables to those of one unit.
type StatisticsQuestion struct {
	Year int
	Unit health.Unit
}

// NetworkHealthQuestion asks how well a network is.
type NetworkHealthQuestion struct{ ASN values.ASN }

// NeighbourhoodHealthQuestion asks how well a neighbourhood is.
type NeighbourhoodHealthQuestion struct{ Name string }

// shownRisks bounds the networks by amplification on a page.
const shownRisks = 50

func (q StatisticsQuestion) answer(ctx context.Context, a *asked) (any, error) {
	if a.opt.Tally == nil {
		return nil, ErrNoPage
	}
	if q.Year == 0 {
		q.Year = a.now.Year()
	}
	year, err := a.opt.Tally.Year(ctx, q.Year)
	if err != nil {
		return nil, err
	}
	page := &StatisticsPage{Run: a.view.pages.head, Year: *year, Present: a.now.Year()}
	if q.Unit != "" {
		page.Tables = slices.DeleteFunc(slices.Clone(page.Tables), func(t *health.Table) bool { return t.Basis.Unit != q.Unit })
	}
	if page.History, err = a.opt.Tally.History(ctx); err != nil || !a.analyst() {
		return page, err
	}
	page.Risk, page.Factors, err = a.opt.Tally.Risk(ctx, a.countryOf, func(e health.Exposure) string { return e.Network })
	page.Risk = page.Risk[:min(len(page.Risk), shownRisks)]
	return page, err
}

// analyst says whether the viewer may see what the desk knows of every network. It needs an account: what a policy that shows
// all shows of routing is another matter.
func (a *asked) analyst() bool { return a.viewer.May(account.Analyst, account.ScopeRead) }

// countryOf gives where the network that a party is was registered.
func (a *asked) countryOf(party string) string {
	asn, err := values.ParseASN(strings.TrimPrefix(party, "as:"))
	if err != nil {
		return ""
	}
	line, _ := a.view.survey.line(asn)
	return line.Country
}

func (q NetworkHealthQuestion) answer(ctx context.Context, a *asked) (any, error) {
	if a.opt.Tally == nil || !a.analyst() && !a.holds(q.ASN) {
		return nil, ErrNoPage
	}
	network, err := a.view.Network(q.ASN)
	if err != nil {
		return nil, err
	}
	page := &HealthPage{Run: a.view.pages.head, ASN: q.ASN, Name: "AS" + q.ASN.String(), Title: network.Network.Holder}
	if network.Month != nil {
		page.Norms = network.Month.Actions
	}
	line, _ := a.view.survey.line(q.ASN)
	page.Health, err = a.opt.Tally.Health(ctx, []values.ASN{q.ASN}, float64(line.IPv4))
	return page, err
}

// healthMonths is how many months of a neighbourhood are shown.
const healthMonths = 12

func (q NeighbourhoodHealthQuestion) answer(ctx context.Context, a *asked) (any, error) {
	p := a.view.place(q.Name)
	if a.opt.Tally == nil || p == nil {
		return nil, ErrNoPage
	}
	stands, err := a.neighbourhood(ctx, q.Name, norms.A4)
	if err != nil {
		return nil, err
	}
	page := &HealthPage{Run: a.view.pages.head, Name: p.page.Name, Title: p.page.Title, Means: stands.latest()}
	if stands.NoData != "" {
		return nil, ErrNoPage
	}
	places := a.places()
	month := time.Date(a.now.Year(), a.now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for range healthMonths {
		month = month.AddDate(0, -1, 0)
		sums, err := a.opt.Tally.Sums(ctx, places, month)
		if err != nil {
			return nil, err
		}
		page.Sums = append(page.Sums, sums[p.page.Name])
	}
	if a.analyst() {
		page.Health, err = a.opt.Tally.Health(ctx, p.members, a.announced(p.members))
	}
	return page, err
}

// places gives every neighbourhood: what is told of one can tell of another.
func (a *asked) places() []tally.Place {
	list := make([]tally.Place, 0, len(a.view.names))
	for _, name := range a.view.names {
		members := a.view.places[name].members
		list = append(list, tally.Place{Name: name, Networks: members, Addresses: a.announced(members)})
	}
	return list
}

// announced gives how many IPv4 addresses networks announce.
func (a *asked) announced(members []values.ASN) (sum float64) {
	for _, l := range a.view.linesOf(members) {
		sum += float64(l.IPv4)
	}
	return sum
}

// latest gives the means of the last month.
func (page *NeighbourhoodPage) latest() []ActionMean {
	if len(page.History) == 0 {
		return nil
	}
	return page.History[len(page.History)-1].Means
}
