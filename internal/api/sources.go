package api

import (
	"context"
	"net/netip"
	"strconv"
	"strings"

	"pahra/internal/service"
)

// Sources says how the sources are.
type Sources struct {
	Run    Run      `json:"run"`
	Now    string   `json:"now" format:"date-time"`
	List   []Source `json:"sources" nullable:"false"`
	Gaps   []Gap    `json:"gaps" nullable:"false" doc:"When a collector was not heard, the latest first, at most 100"`
	Inputs []Facts  `json:"inputs" nullable:"false" doc:"The facts that the last run judged with"`
}

// Source is how one is.
type Source struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"`
	Live      bool     `json:"live" doc:"False for a collector of a finished run"`
	Up        bool     `json:"up"`
	Stale     bool     `json:"stale" doc:"Not to be relied on: down, or silent for longer than its kind may be"`
	Last      *string  `json:"last" format:"date-time" doc:"When it said anything last; null: never"`
	Lag       *float64 `json:"lag_seconds" doc:"How far behind the moments are that it speaks of; null where not known"`
	Messages  int64    `json:"messages"`
	Rate      *float64 `json:"rate" doc:"Messages a second since it is up; null where it is down or not live"`
	Errors    int64    `json:"errors"`
	LastError *string  `json:"last_error"`
}

// Gap is when a collector was not heard.
type Gap struct {
	Source    string  `json:"source"`
	Collector string  `json:"collector"`
	From      string  `json:"from" format:"date-time"`
	To        string  `json:"to" format:"date-time"`
	Reason    string  `json:"reason"`
	Filled    *string `json:"filled" format:"date-time" doc:"When what was missed came from elsewhere; null while it is missing"`
	FilledBy  *string `json:"filled_by"`
}

// Facts are the inputs of one kind.
type Facts struct {
	Kind   string  `json:"kind"`
	Files  int     `json:"files"`
	From   *string `json:"from" format:"date-time" doc:"In use from then on; null where there are none"`
	NoData *string `json:"no_data" doc:"Why there are none"`
}

// sources registers what is asked of sources and prefixes.
func (a *API) sources() {
	get(a, endpoint{
		"list-sources", "/api/v1/sources", "Watch", "Sources and how they are", "Live sources with their health, the gaps in what was heard, and the facts in use.",
	}, a.listSources, sourceRows)
	get(a, endpoint{
		"get-prefix", "/api/v1/prefixes", "Networks", "Routes of a prefix", "Who announced it, what covers it or lies within it, and what each authority says.",
	}, a.prefix, routeRows)
}

func (a *API) listSources(ctx context.Context, _ *struct{ Form }) (s Sources, err error) {
	page, err := ask[*service.SourcesPage](ctx, a, service.SourcesQuestion{})
	if err != nil {
		return s, err
	}
	s = Sources{Run: runOf(page.Run), Now: moment(page.Now), List: []Source{}, Gaps: []Gap{}, Inputs: []Facts{}}
	for _, l := range page.Sources {
		one := Source{
			Name: l.Name, Kind: l.Kind, Live: l.Live, Up: l.Up, Stale: l.Stale, Last: maybeText(moment(l.Last)), Messages: l.Messages,
			Errors: l.Errors, LastError: maybeText(l.LastError),
		}
		if l.Live && !l.Last.IsZero() {
			lag := l.Lag.Seconds()
			one.Lag = &lag
		}
		if l.Live && l.Up {
			one.Rate = &l.Rate
		}
		s.List = append(s.List, one)
	}
	for _, g := range page.Gaps {
		one := Gap{Source: g.Source, Collector: g.Collector, From: moment(g.From), To: moment(g.To), Reason: g.Reason, FilledBy: maybeText(g.FilledBy)}
		if g.Filled != nil {
			one.Filled = maybeText(moment(*g.Filled))
		}
		s.Gaps = append(s.Gaps, one)
	}
	for _, in := range page.Inputs {
		s.Inputs = append(s.Inputs, Facts{in.Kind, in.Files, maybeText(moment(in.From)), maybeText(in.NoData)})
	}
	return s, nil
}

func sourceRows(s Sources) [][]string {
	rows := [][]string{{"name", "kind", "live", "up", "stale", "last", "lag_seconds", "messages", "rate", "errors", "last_error"}}
	for _, l := range s.List {
		rows = append(rows, []string{
			l.Name, l.Kind, strconv.FormatBool(l.Live), strconv.FormatBool(l.Up), strconv.FormatBool(l.Stale), text(l.Last), figure(l.Lag),
			number(l.Messages), figure(l.Rate), number(l.Errors), text(l.LastError),
		})
	}
	return rows
}

// PrefixRoutes is what is known of a prefix.
type PrefixRoutes struct {
	Run    Run           `json:"run"`
	Prefix string        `json:"prefix"`
	Routes []PrefixRoute `json:"routes" nullable:"false"`
	Hidden int           `json:"more" doc:"More specific routes that are left out; there are at most 200"`
}

// PrefixRoute is a route and what each authority says of it.
type PrefixRoute struct {
	Match    string    `json:"match" enum:"exact,covering,more-specific"`
	Prefix   string    `json:"prefix"`
	Origin   int64     `json:"origin"`
	Holder   string    `json:"holder"`
	Country  string    `json:"country"`
	Month    string    `json:"month"`
	Sessions int       `json:"sessions" doc:"The most that had it at once"`
	First    string    `json:"first" format:"date-time"`
	Last     string    `json:"last" format:"date-time"`
	Verdicts []Verdict `json:"verdicts" nullable:"false"`
}

// Verdict is what an authority says.
type Verdict struct {
	Authority string `json:"authority"`
	State     string `json:"state"`
}

func (a *API) prefix(ctx context.Context, in *struct {
	Prefix string `query:"prefix" required:"true" minLength:"1" maxLength:"60" doc:"A prefix or an address." example:"192.0.2.0/24"`
	Form
},
) (p PrefixRoutes, err error) {
	asked, err := prefixOf("prefix", in.Prefix)
	if err != nil {
		return p, err
	}
	if asked == (netip.Prefix{}) {
		return p, wrongParameter("prefix", in.Prefix, "neither a prefix nor an address")
	}
	page, err := ask[*service.PrefixPage](ctx, a, service.PrefixQuestion{Prefix: asked})
	if err != nil {
		return p, err
	}
	p = PrefixRoutes{Run: runOf(page.Run), Prefix: asked.String(), Routes: []PrefixRoute{}, Hidden: page.Hidden}
	for _, part := range []struct {
		match string
		list  []service.RouteCheck
	}{{"exact", page.Routes}, {"covering", page.Covering}, {"more-specific", page.MoreSpecific}} {
		for _, r := range part.list {
			one := PrefixRoute{
				part.match, r.Prefix.String(), int64(r.Origin), r.Holder, r.Country, r.Month.String(), r.Sessions, moment(r.First), moment(r.Last), []Verdict{},
			}
			for _, v := range r.Verdicts {
				one.Verdicts = append(one.Verdicts, Verdict{v.Authority, v.State})
			}
			p.Routes = append(p.Routes, one)
		}
	}
	return p, nil
}

func routeRows(p PrefixRoutes) [][]string {
	rows := [][]string{{"match", "prefix", "origin", "holder", "country", "month", "sessions", "first", "last", "verdicts"}}
	for _, r := range p.Routes {
		var said []string
		for _, v := range r.Verdicts {
			said = append(said, v.Authority+" "+v.State)
		}
		rows = append(rows, []string{
			r.Match, r.Prefix, number(r.Origin), r.Holder, r.Country, r.Month, count(r.Sessions), r.First, r.Last, strings.Join(said, "; "),
		})
	}
	return rows
}
