package api

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"pahra/internal/service"
	"pahra/wire/values"
)

// Neighbourhood is a neighbourhood on a line.
type Neighbourhood struct {
	Name      string      `json:"name" doc:"As other endpoints take it" example:"country:IN"`
	Title     string      `json:"title"`
	Country   *string     `json:"country" doc:"Its code where it is a country; null for a list"`
	Members   int         `json:"members"`
	Seen      int         `json:"seen" doc:"Of them, announced in the time observed"`
	Incidents int         `json:"incidents" doc:"That its members announced in the time observed"`
	Filtering []BandCount `json:"filtering" nullable:"false" doc:"How many members are in which band in Action 1"`
}

// BandCount is how many networks are in a band.
type BandCount struct {
	Band     string  `json:"band" enum:"ready,aspiring,lagging,no data"`
	Networks int     `json:"networks" minimum:"0"`
	Share    float64 `json:"share" minimum:"0" maximum:"1" doc:"Of all members"`
}

// Neighbourhoods lists them.
type Neighbourhoods struct {
	Run  Run             `json:"run"`
	List []Neighbourhood `json:"neighbourhoods" nullable:"false"`
	Next *string         `json:"next" doc:"Address of the next part; null on the last"`
}

// OnePlace names a neighbourhood in a path.
type OnePlace struct {
	Name string `path:"name" maxLength:"200" doc:"As /api/v1/neighbourhoods lists it." example:"country:IN"`
}

// neighbourhoods registers what is asked of neighbourhoods.
func (a *API) neighbourhoods() {
	get(a, endpoint{
		"list-neighbourhoods", "/api/v1/neighbourhoods", "Neighbourhoods", "Neighbourhoods",
		"Those that are shown to you, by name.",
	}, a.listPlaces, placeRows)
	get(a, endpoint{
		"get-neighbourhood", "/api/v1/neighbourhoods/{name}", "Neighbourhoods", "One neighbourhood in every month",
		"How many of its networks are in which band in each Action, and their mean, the earliest month first.",
	}, a.onePlace, summaryRows)
	get(a, endpoint{
		"list-members", "/api/v1/neighbourhoods/{name}/networks", "Neighbourhoods", "The networks of a neighbourhood",
		"As /api/v1/networks?neighbourhood=.",
	}, a.members, networkRows)
}

func spreadOf(s service.Spread) []BandCount {
	list := []BandCount{}
	for _, b := range s.Bands {
		list = append(list, BandCount{string(b.Band), b.Networks, b.Share})
	}
	return list
}

func (a *API) listPlaces(ctx context.Context, in *struct {
	Kind string `query:"kind" enum:"country,list" doc:"Only countries, or only lists such as an association's members."`
	Part
	Form
},
) (list Neighbourhoods, err error) {
	page, err := ask[*service.NeighbourhoodsPage](ctx, a, service.NeighbourhoodsQuestion{})
	if err != nil {
		return list, err
	}
	list = Neighbourhoods{Run: runOf(page.Run), List: []Neighbourhood{}}
	after, err := in.afterName()
	if err != nil {
		return list, err
	}
	rest := slices.SortedFunc(slices.Values(page.List), func(x, y service.NeighbourhoodLine) int { return strings.Compare(x.Name, y.Name) })
	rest = slices.DeleteFunc(rest, func(l service.NeighbourhoodLine) bool { return l.Name <= after })
	for n, l := range rest {
		if in.Kind != "" && (in.Kind == "country") != l.Country {
			continue
		}
		if len(list.List) == in.Limit {
			v := url.Values{}
			set(v, "kind", in.Kind)
			in.Part.add(v)
			list.Next = nextPart(ctx, "/api/v1/neighbourhoods", v, nameCursor(rest[n-1].Name))
			break
		}
		one := Neighbourhood{Name: l.Name, Title: l.Title, Members: l.Members, Seen: l.Seen, Incidents: l.Incidents, Filtering: spreadOf(l.Distribution)}
		if l.Country {
			code := strings.TrimPrefix(l.Name, "country:")
			one.Country = &code
		}
		list.List = append(list.List, one)
	}
	return list, nil
}

func placeRows(list Neighbourhoods) [][]string {
	rows := [][]string{{"name", "title", "country", "members", "seen", "incidents"}}
	for _, l := range list.List {
		rows = append(rows, []string{l.Name, l.Title, text(l.Country), count(l.Members), count(l.Seen), count(l.Incidents)})
	}
	return rows
}

func (a *API) members(ctx context.Context, in *struct {
	OnePlace
	Banded
	Part
	Form
},
) (Networks, error) {
	list, err := a.listNetworks(ctx, &networksInput{Where: Where{Neighbourhood: in.Name}, Banded: in.Banded, Part: in.Part})
	if list.Next != nil {
		v := url.Values{}
		in.Banded.add(v)
		in.Part.add(v)
		at, _ := url.Parse(*list.Next) // made a moment ago
		list.Next = nextPart(ctx, "/api/v1/neighbourhoods/"+url.PathEscape(in.Name)+"/networks", v, at.Query().Get("cursor"))
	}
	return list, err
}

// Summary is how neighbourhoods stand.
type Summary struct {
	Run  Run            `json:"run"`
	List []PlaceSummary `json:"neighbourhoods" nullable:"false"`
}

// PlaceSummary is how one stands.
type PlaceSummary struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Members  int          `json:"members"`
	Seen     int          `json:"seen"`
	Withheld *string      `json:"withheld" doc:"Why it is not shown to you; null where it is"`
	Months   []PlaceMonth `json:"months" nullable:"false"`
}

// PlaceMonth is how it stood in a month.
type PlaceMonth struct {
	Month   string        `json:"month"`
	Reason  *string       `json:"reason" doc:"Why there are no figures of the month; null where there are"`
	Actions []PlaceAction `json:"actions" nullable:"false"`
}

// PlaceAction is how its networks stood in an Action.
type PlaceAction struct {
	Action     string      `json:"action" enum:"A1,A2,A3,A4"`
	Title      string      `json:"title"`
	Mean       *float64    `json:"mean" doc:"Percent, over the networks with data; null where none has"`
	WithData   int         `json:"with_data" doc:"Networks that the mean is of"`
	Severities []BandCount `json:"severities" nullable:"false"`
}

func (a *API) onePlace(ctx context.Context, in *struct {
	OnePlace
	Form
},
) (s Summary, err error) {
	page, err := ask[*service.PlacesPage](ctx, a, service.PlacesQuestion{Where: service.Where{Neighbourhoods: []string{in.Name}}})
	if err != nil {
		return s, err
	}
	return summaryOf(page, func(service.HistoryMonth) bool { return true }), nil
}

func (a *API) summary(ctx context.Context, in *struct {
	Monthly
	Where
	Form
},
) (s Summary, err error) {
	where, err := in.where()
	if err != nil {
		return s, err
	}
	month, err := in.month()
	if err != nil {
		return s, err
	}
	page, err := ask[*service.PlacesPage](ctx, a, service.PlacesQuestion{Where: where})
	if err != nil {
		return s, err
	}
	if month == (values.Month{}) {
		month = page.Month
	}
	s = summaryOf(page, func(m service.HistoryMonth) bool { return m.Month == month })
	for n := range s.List {
		if p := &s.List[n]; len(p.Months) == 0 {
			why := "not measured in " + month.String()
			if p.Withheld != nil {
				why = *p.Withheld
			}
			p.Months = append(p.Months, PlaceMonth{Month: month.String(), Reason: &why, Actions: []PlaceAction{}})
		}
	}
	return s, nil
}

func summaryOf(page *service.PlacesPage, want func(service.HistoryMonth) bool) Summary {
	s := Summary{Run: runOf(page.Run), List: []PlaceSummary{}}
	for _, p := range page.List {
		one := PlaceSummary{p.Name, p.Title, p.Members, p.Seen, maybeText(p.Withheld), []PlaceMonth{}}
		for _, m := range p.History {
			if !want(m) {
				continue
			}
			month := PlaceMonth{Month: m.Month.String(), Actions: []PlaceAction{}}
			for _, d := range m.Distribution {
				x := PlaceAction{Action: d.Action.String(), Title: d.Title, Severities: spreadOf(d)}
				for _, mean := range m.Means {
					if mean.Action == d.Action {
						x.Mean, x.WithData = mean.Percent, mean.Networks
					}
				}
				month.Actions = append(month.Actions, x)
			}
			one.Months = append(one.Months, month)
		}
		s.List = append(s.List, one)
	}
	return s
}

func summaryRows(s Summary) [][]string {
	rows := [][]string{{"neighbourhood", "title", "month", "action", "band", "networks", "share", "mean_percent", "with_data", "reason"}}
	for _, p := range s.List {
		for _, m := range p.Months {
			if m.Reason != nil {
				rows = append(rows, []string{p.Name, p.Title, m.Month, "", "", "", "", "", "", *m.Reason})
			}
			for _, x := range m.Actions {
				for _, b := range x.Severities {
					rows = append(rows, []string{
						p.Name, p.Title, m.Month, x.Action, b.Band, strconv.Itoa(b.Networks), share4(b.Share), figure(x.Mean), strconv.Itoa(x.WithData), "",
					})
				}
			}
		}
	}
	return rows
}
