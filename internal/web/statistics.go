package web

import (
	"fmt"
	"strconv"
	"time"

	"pahra/internal/health"
	"pahra/internal/service"
	"pahra/internal/service/tally"
)

// aboutDesk says of views of the desk which template shows them.
func aboutDesk(view any) (about, bool) {
	switch v := view.(type) {
	case *service.StatisticsPage:
		return about{"statistics.html", v.Run, fmt.Sprintf("Statistics %d", v.Year.Year), "statistics"}, true
	case *service.HealthPage:
		place := "neighbourhoods"
		if v.ASN != 0 {
			place = "networks"
		}
		return about{"health.html", v.Run, "Health: " + neighbourhoodTitle(v.Name, v.Title), place}, true
	}
	return about{}, false
}

// StatisticsRows are the figures of a page of statistics, one a row.
func StatisticsRows(p *service.StatisticsPage) (rows [][]string) {
	for _, t := range append(p.Tables[:len(p.Tables):len(p.Tables)], p.History...) {
		some := t.Rows()
		if rows != nil {
			some = some[1:]
		}
		rows = append(rows, some...)
	}
	return rows
}

// HealthRows are the figures of a page of health, one type or month a row.
func HealthRows(p *service.HealthPage) [][]string {
	rows := [][]string{{"of", "period", "type", "state", "address_days", "covered_days", "prevalence", "per_100000", "cases_began", "cases", "recovered", "recovery_earliest_hours", "recovery_latest_hours"}}
	for _, s := range p.Sums {
		rows = append(rows, []string{p.Name, s.Month, "all", string(s.Addresses.State), countOr(s.Addresses), strconv.Itoa(s.Days), plain(s.Prevalence), plain(s.Per100k), countOr(s.Cases), "", "", "", ""})
	}
	if p.Health == nil {
		return rows
	}
	for _, m := range p.Health.Types {
		rows = append(rows, []string{p.Name, p.Health.From + "/" + p.Health.To, m.Type, "counted", strconv.FormatInt(m.AddressDays, 10), strconv.Itoa(m.CoveredDays), plain(m.Prevalence),
			plain(m.Per100k), strconv.FormatInt(m.Incidence, 10), strconv.Itoa(m.Recovery.Cases), strconv.Itoa(m.Recovery.Recovered), hours(m.Recovery.Earliest.At), hours(m.Recovery.Latest.At)})
	}
	return rows
}

func countOr(c health.Cell) string {
	if c.Count == nil {
		return ""
	}
	return strconv.FormatInt(*c.Count, 10)
}

func plain(x *float64) string {
	if x == nil {
		return ""
	}
	return strconv.FormatFloat(*x, 'f', 4, 64)
}

func hours(d *time.Duration) string {
	if d == nil {
		return ""
	}
	return strconv.FormatFloat(d.Hours(), 'f', 1, 64)
}

// fixedOr writes a figure, or that there is none.
func fixedOr(x *float64) string {
	if x == nil {
		return "–"
	}
	return strconv.FormatFloat(*x, 'f', 2, 64)
}

// notReached stands for a median of what less than half reached.
const notReached = "not reached"

// recoveryText writes between which times the median lies.
func recoveryText(r health.Recovery) string {
	if r.Latest.At == nil {
		return notReached
	}
	if r.Earliest.At == nil || *r.Earliest.At == *r.Latest.At {
		return service.InWords(*r.Latest.At)
	}
	return service.InWords(*r.Earliest.At) + " to " + service.InWords(*r.Latest.At)
}

func curveText(d health.CurveDay) string {
	if d.Addresses == nil {
		return "no data"
	}
	return grouped(*d.Addresses)
}

// epidemic draws a type's addresses day by day.
func epidemic(m health.Measure) columns {
	c := columns{Width: columnsW}
	most := int64(1)
	for _, d := range m.Curve {
		if d.Addresses != nil {
			most = max(most, *d.Addresses)
		}
	}
	c.Most = int(most)
	w := float64(columnsW) / float64(max(1, len(m.Curve)))
	for i, d := range m.Curve {
		one := column{X: float64(i) * w, Y: columnsH, W: max(1, w-0.6), Says: d.Day + ": " + curveText(d)}
		if d.Addresses != nil && *d.Addresses > 0 {
			one.Count = int(*d.Addresses)
			one.H = max(2, float64(columnsH-2)*float64(*d.Addresses)/float64(most))
			one.Y = columnsH - one.H
		}
		c.Bars = append(c.Bars, one)
	}
	return c
}

// breaksOf gives why years cannot be compared.
func breaksOf(t *health.Table) (list []string) {
	for _, c := range t.Columns {
		if c.Break != "" {
			list = append(list, c.Key+": "+c.Break)
		}
	}
	return list
}

// healthDays is over how many days health is measured.
func healthDays() int { return tally.Days }
