package web

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/service"
)

// scoreRow is one row of a table of scores: a metric, or several neighbouring ones of the same outcome.
type scoreRow struct {
	service.PageScore
	Names, About string
}

// rowsOf puts neighbouring metrics without data for the same reason, or without any incident, into one row.
func rowsOf(list []service.PageScore) (rows []scoreRow) {
	for _, s := range list {
		last := len(rows) - 1
		if last >= 0 && alike(rows[last].PageScore, s) {
			rows[last].Names += " " + s.Metric.String()
			rows[last].About = ""
			continue
		}
		rows = append(rows, scoreRow{s, s.Metric.String(), metricWord(s.Metric)})
	}
	return rows
}

func alike(a, b service.PageScore) bool {
	same := func(x, y *float64) bool { return x == nil && y == nil || x != nil && y != nil && *x == *y }
	return same(a.Percent, b.Percent) && same(a.Raw, b.Raw) && a.Arithmetic == b.Arithmetic && len(a.Addends)+len(b.Addends) == 0 &&
		(a.Weight == 0) == (b.Weight == 0) && slices.Equal(a.Marks, b.Marks)
}

// supply is what would give measures their data.
type supply struct{ Names, Supply string }

// suppliesOf says once what several measures lack.
func suppliesOf(list []service.MissingData) (out []supply) {
	for _, m := range list {
		at := slices.IndexFunc(out, func(s supply) bool { return s.Supply == m.Supply })
		if at < 0 {
			out = append(out, supply{m.Metric.String(), m.Supply})
		} else if !slices.Contains(strings.Fields(out[at].Names), m.Metric.String()) {
			out[at].Names += " " + m.Metric.String()
		}
	}
	return out
}

// outcomeClass says how the outcome of a rule is drawn.
func outcomeClass(o programme.Outcome) string {
	switch o {
	case programme.Met:
		return "ready"
	case programme.NotMet:
		return "lagging"
	}
	return "nodata"
}

// bySize writes a figure for each unit of size.
func bySize(x *float64) string {
	if x == nil {
		return "–"
	}
	return number(math.Round(*x*100) / 100)
}

func intOf(n *int) string {
	if n == nil {
		return "no data"
	}
	return strconv.Itoa(*n)
}

// conforms says what the second opinion comes to.
func conforms(c norms.Conformance) string {
	switch {
	case c.Conformant == nil:
		return "no data"
	case *c.Conformant:
		return "conformant"
	}
	return "not conformant"
}

// networkListing is a table of networks on a page.
type networkListing struct {
	F       frame
	List    []service.NetworkLine
	Actions []norms.Metric
}

// neighbourhoodListing is a table of neighbourhoods on a page.
type neighbourhoodListing struct {
	F     frame
	List  []service.NeighbourhoodLine
	Label string
}

// groupsOf gives the neighbourhoods that are countries, or the others.
func groupsOf(f frame, list []service.NeighbourhoodLine, countries bool) neighbourhoodListing {
	out := neighbourhoodListing{F: f, Label: "Neighbourhoods"}
	if countries {
		out.Label = "Countries"
	}
	for _, l := range list {
		if l.Country == countries {
			out.List = append(out.List, l)
		}
	}
	return out
}
