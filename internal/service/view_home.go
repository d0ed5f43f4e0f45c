package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pahra/internal/watch"
)

// HomePage is the first page of a service: who strayed, what it is seen through, how the whole is doing.
type HomePage struct {
	Run PageRun   `json:"run"`
	Now time.Time `json:"now"`
	// Recent counts the incidents of the last hour, day and week by kind, whoever may see them.
	Recent []RecentCount `json:"recent"`
	Hour   int           `json:"hour"`
	Day    int           `json:"day"`
	Week   int           `json:"week"`
	Open   int           `json:"open"`
	// Latest are the last incidents that the viewer may see, at most maxLatest.
	Latest   []IncidentLine `json:"latest"`
	Withheld int            `json:"withheld,omitempty"`
	// Sources are the sources, Stale counts those that are not heard.
	Sources []SourceLine `json:"sources"`
	Stale   int          `json:"stale"`
	Live    bool         `json:"live"` // whether there are live sources at all
	// Behind says that the past is still being judged: nothing that began after the run's end is known.
	Behind bool `json:"behind"`
	// All is how the networks stand together, and how they stood before.
	All            []Spread            `json:"distribution"`
	Networks       int                 `json:"networks"`
	History        []HistoryMonth      `json:"history"`
	Spans          []SpanCount         `json:"spans"`
	Every          time.Duration       `json:"every_ns"`
	Neighbourhoods []NeighbourhoodLine `json:"neighbourhoods"` // that are no countries
	Countries      []NeighbourhoodLine `json:"countries"`      // the largest
}

// RecentCount counts the incidents of one kind.
type RecentCount struct {
	Kind watch.Kind `json:"kind"`
	Hour int        `json:"hour"`
	Day  int        `json:"day"`
	Week int        `json:"week"`
}

// HomeQuestion asks for the first page.
type HomeQuestion struct{}

const (
	maxLatest    = 15
	maxCountries = 24
	// behindAfter is how long after its end a run is shown at most while the watch keeps up: it publishes once a day at
	// least.
	behindAfter = 25 * time.Hour
	oneDay      = 24 * time.Hour
)

func (HomeQuestion) answer(ctx context.Context, a *asked) (any, error) {
	all := &a.view.places[AllNetworks].page
	page := &HomePage{
		Run: a.view.pages.head, Now: a.now, Recent: []RecentCount{}, Latest: []IncidentLine{}, All: all.Distribution, Networks: all.Seen,
		History: all.History, Spans: all.Spans, Every: all.Every, Neighbourhoods: []NeighbourhoodLine{}, Countries: []NeighbourhoodLine{},
	}
	var err error
	if page.Sources, err = a.sources(ctx); err != nil {
		return nil, err
	}
	for _, s := range page.Sources {
		page.Live = page.Live || s.Live
		if s.Stale || !s.Up {
			page.Stale++
		}
	}
	page.Behind = page.Live && a.now.Sub(page.Run.To) > behindAfter
	list, withheld, _, err := a.incidents(ctx, IncidentQuery{Limit: maxLatest})
	if err != nil {
		return nil, err
	}
	page.Withheld = withheld
	for n := range list[:min(len(list), maxLatest)] {
		page.Latest = append(page.Latest, a.view.pages.line(&list[n]))
	}
	if err := a.recent(ctx, page); err != nil {
		return nil, err
	}
	for _, l := range a.neighbourhoods() {
		if l.Country {
			page.Countries = append(page.Countries, l)
		} else {
			page.Neighbourhoods = append(page.Neighbourhoods, l)
		}
	}
	slices.SortStableFunc(page.Countries, func(x, y NeighbourhoodLine) int { return cmp.Compare(y.Members, x.Members) })
	page.Countries = page.Countries[:min(len(page.Countries), maxCountries)]
	whole := &NeighbourhoodPage{Name: AllNetworks, History: page.History}
	err = a.neighbourhoodHistory(ctx, whole)
	page.History = whole.History
	return page, err
}

// recent counts the incidents that began in the last hour, day and week.
func (a *asked) recent(ctx context.Context, page *HomePage) error {
	for n, since := range []time.Duration{time.Hour, oneDay, 7 * oneDay} {
		counts, open, err := a.countSince(ctx, a.now.Add(-since))
		if err != nil {
			return err
		}
		for _, k := range kindsShown() {
			i := slices.IndexFunc(page.Recent, func(c RecentCount) bool { return c.Kind == k })
			if i < 0 {
				i, page.Recent = len(page.Recent), append(page.Recent, RecentCount{Kind: k})
			}
			c := &page.Recent[i]
			*[]*int{&c.Hour, &c.Day, &c.Week}[n] = counts[k]
			*[]*int{&page.Hour, &page.Day, &page.Week}[n] += counts[k]
		}
		page.Open = open
	}
	return nil
}

// countSince counts the incidents that began since a moment by kind, and those of them that are open.
func (a *asked) countSince(ctx context.Context, since time.Time) (counts map[watch.Kind]int, open int, err error) {
	counts = make(map[watch.Kind]int)
	if a.opt.Store != nil {
		list, err := a.opt.Store.IncidentCounts(ctx, since)
		for _, c := range list {
			counts[c.Kind] = c.All
			open += c.Open
		}
		return counts, open, err
	}
	for n := range a.view.pages.incidents {
		if i := &a.view.pages.incidents[n]; !i.Start.Before(since) {
			counts[i.Kind]++
			if i.End == nil {
				open++
			}
		}
	}
	return counts, open, nil
}

// kindsShown gives the kinds of incident in the order of lists.
func kindsShown() []watch.Kind {
	return []watch.Kind{watch.Leak, watch.Hijack, watch.BogonPrefix, watch.BogonASN, watch.RPKIInvalid, watch.PathAnomaly}
}
