package app

import (
	"strconv"
	"strings"
	"time"

	"pahra/internal/norms"
	"pahra/internal/service"
	"pahra/internal/web"
)

// csvOf writes the table of a view as CSV (RFC 4180). A view without one is an error.
func csvOf(view any) ([]byte, error) {
	var rows [][]string
	switch v := view.(type) {
	case *service.HomePage:
		rows = incidentRows(v.Latest)
	case *service.IncidentsPage:
		rows = incidentRows(v.List)
	case *service.NetworksPage:
		rows = networkRows(v.List)
	case *service.MembersPage:
		rows = networkRows(v.List)
	case *service.NetworkPage:
		rows = scoreRows(v)
	case *service.NeighbourhoodPage:
		rows = spreadRows(v.History)
	case *service.NeighbourhoodsPage:
		rows = neighbourhoodRows(v.List)
	case *service.ComparePage:
		rows = compareRows(v)
	case *service.PrefixPage:
		rows = routeRows(v)
	case *service.IncidentPage:
		rows = sightRows(v)
	case *service.SourcesPage:
		rows = sourceRows(v.Sources)
	case *service.StatisticsPage:
		rows = web.StatisticsRows(v)
	case *service.HealthPage:
		rows = web.HealthRows(v)
	default:
		return nil, &service.WrongUse{Reason: "this page is no table; .json has it"}
	}
	return web.CSV(rows)
}

// svgOf draws a view that has a picture: the table of a year's statistics by the first unit.
func svgOf(view any) ([]byte, error) {
	v, is := view.(*service.StatisticsPage)
	if !is || len(v.Tables) == 0 {
		return nil, &service.WrongUse{Reason: "this page has no picture of its own"}
	}
	return web.TableSVG(v.Tables[0], true), nil
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// figure writes a number; nothing for no data.
func figure(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', -1, 64)
}

func incidentRows(list []service.IncidentLine) [][]string {
	rows := [][]string{{"id", "kind", "asn", "holder", "named", "start", "end", "prefixes", "peers", "confidence", "headline"}}
	for _, i := range list {
		end := ""
		if i.End != nil {
			end = moment(*i.End)
		}
		rows = append(rows, []string{
			i.ID, string(i.Kind), i.ASN.String(), i.Holder, strconv.FormatBool(i.Named), moment(i.Start), end,
			strconv.Itoa(i.Prefixes), strconv.Itoa(i.Peers), strconv.FormatFloat(i.Confidence, 'f', 2, 64), i.Headline,
		})
	}
	return rows
}

func networkRows(list []service.NetworkLine) [][]string {
	head := []string{"asn", "holder", "country", "ipv4_addresses", "ipv6_48s"}
	for _, a := range norms.Actions() {
		head = append(head, a.String(), a.String()+"_band")
	}
	rows := [][]string{append(head, "incidents", "findings", "to_mend", "points")}
	for _, l := range list {
		row := []string{l.ASN.String(), l.Holder, l.Country, strconv.FormatUint(l.IPv4, 10), strconv.FormatUint(l.IPv6, 10)}
		for _, a := range norms.Actions() {
			percent, band := "", string(norms.NoBand)
			for _, s := range l.Scores {
				if s.Action == a {
					percent, band = figure(s.Percent), string(s.Band)
				}
			}
			row = append(row, percent, band)
		}
		if l.Withheld {
			row = append(row, "", "", strconv.Itoa(l.ToMend), strconv.FormatFloat(l.Points, 'f', -1, 64))
		} else {
			row = append(row, strconv.Itoa(l.Incidents), strconv.Itoa(l.Findings), strconv.Itoa(l.ToMend), strconv.FormatFloat(l.Points, 'f', -1, 64))
		}
		rows = append(rows, row)
	}
	return rows
}

func scoreRows(page *service.NetworkPage) [][]string {
	rows := [][]string{{"asn", "month", "measure", "percent", "band", "at_most", "raw", "fraction", "arithmetic"}}
	months := page.Earlier
	if page.Month != nil {
		months = append([]service.PageMonth{*page.Month}, months...)
	}
	for _, m := range months {
		for _, a := range m.Actions {
			for _, s := range append([]service.PageScore{a.PageScore}, a.Metrics...) {
				rows = append(rows, []string{
					page.Network.ASN.String(), m.Month.String(), s.Metric.String(), figure(s.Percent), string(s.Band), strconv.FormatBool(s.AtMost),
					figure(s.Raw), figure(s.Fraction), s.Arithmetic,
				})
			}
		}
	}
	return rows
}

func spreadRows(history []service.HistoryMonth) [][]string {
	rows := [][]string{{"month", "action", "title", "band", "networks", "share", "mean_percent"}}
	for _, m := range history {
		for n, s := range m.Distribution {
			mean := ""
			if n < len(m.Means) {
				mean = figure(m.Means[n].Percent)
			}
			for _, b := range s.Bands {
				rows = append(rows, []string{
					m.Month.String(), s.Action.String(), s.Title, string(b.Band), strconv.Itoa(b.Networks), strconv.FormatFloat(b.Share, 'f', 4, 64), mean,
				})
			}
		}
	}
	return rows
}

func neighbourhoodRows(list []service.NeighbourhoodLine) [][]string {
	rows := [][]string{{"name", "title", "country", "members", "seen", "incidents"}}
	for _, l := range list {
		rows = append(rows, []string{l.Name, l.Title, strconv.FormatBool(l.Country), strconv.Itoa(l.Members), strconv.Itoa(l.Seen), strconv.Itoa(l.Incidents)})
	}
	return rows
}

func compareRows(page *service.ComparePage) [][]string {
	rows := [][]string{{"neighbourhood", "action", "band", "networks", "share"}}
	for _, side := range page.Sides {
		for _, s := range side.Distribution {
			for _, b := range s.Bands {
				rows = append(rows, []string{side.Name, s.Action.String(), string(b.Band), strconv.Itoa(b.Networks), strconv.FormatFloat(b.Share, 'f', 4, 64)})
			}
		}
	}
	return rows
}

func routeRows(page *service.PrefixPage) [][]string {
	rows := [][]string{{"prefix", "origin", "holder", "country", "month", "sessions", "first", "last", "verdicts"}}
	for _, list := range [][]service.RouteCheck{page.Routes, page.Covering, page.MoreSpecific} {
		for _, c := range list {
			var verdicts []string
			for _, v := range c.Verdicts {
				verdicts = append(verdicts, v.Authority+" "+v.State)
			}
			rows = append(rows, []string{
				c.Prefix.String(), c.Origin.String(), c.Holder, c.Country, c.Month.String(), strconv.Itoa(c.Sessions), moment(c.First), moment(c.Last),
				strings.Join(verdicts, "; "),
			})
		}
	}
	return rows
}

func sightRows(page *service.IncidentPage) [][]string {
	rows := [][]string{{"time", "collector", "asn", "ip"}}
	for _, s := range page.Sights {
		rows = append(rows, []string{moment(s.Time), s.Collector, s.ASN.String(), s.IP})
	}
	return rows
}

func sourceRows(list []service.SourceLine) [][]string {
	rows := [][]string{{"name", "kind", "up", "stale", "last", "messages", "rate", "errors", "last_error"}}
	for _, s := range list {
		rows = append(rows, []string{
			s.Name, s.Kind, strconv.FormatBool(s.Up), strconv.FormatBool(s.Stale), moment(s.Last), strconv.FormatInt(s.Messages, 10),
			strconv.FormatFloat(s.Rate, 'f', 2, 64), strconv.FormatInt(s.Errors, 10), s.LastError,
		})
	}
	return rows
}
