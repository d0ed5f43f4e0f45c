package health

import (
	"fmt"
	"slices"
	"strconv"
)

// Unit is what is counted.
type Unit string

// The units.
const (
	ReportLine Unit = "report-line" // a line of a report, those that repeat another as well
	AddressDay Unit = "address-day" // an address on a day, once for each case
	OneCase    Unit = "case"        // what one party has to deal with, in the period in which it was opened
	Incident   Unit = "incident"    // as the source of a loaded figure counts, which it need not say
)

// Title names a unit for people.
func (u Unit) Title() string {
	switch u {
	case ReportLine:
		return "lines of reports"
	case AddressDay:
		return "distinct addresses a day, summed over days"
	case OneCase:
		return "cases opened"
	}
	return "incidents as the source counts them"
}

// Basis is how figures were counted. Figures of another basis are not comparable.
type Basis struct {
	Taxonomy string   `json:"taxonomy"`
	Version  string   `json:"taxonomy_version"`
	Unit     Unit     `json:"unit"`
	Window   string   `json:"dedup_window"` // within which a line that repeats another counts once
	Sources  []string `json:"sources,omitempty"`
	Smallest int64    `json:"smallest_shown,omitempty"` // smaller figures are suppressed; 0: none is
}

// CellState says what a cell is: only a counted one has a count.
type CellState string

// The states of a cell.
const (
	Counted    CellState = "counted"
	Suppressed CellState = "suppressed"  // too small to be shown, or another could be told from it
	NotCounted CellState = "not-counted" // the class did not exist in that year's count; it is not 0
	Elsewhere  CellState = "elsewhere"   // counted in another class
	NoData     CellState = "no-data"
)

// Cell is one figure of a table.
type Cell struct {
	State      CellState `json:"state"`
	Count      *int64    `json:"count,omitempty"`
	Others     []int64   `json:"also_given,omitempty"` // other values that sources give for the same
	In         string    `json:"counted_in,omitempty"`
	Unverified bool      `json:"unverified,omitempty"`
	Source     string    `json:"source,omitempty"`
	Says       string    `json:"says,omitempty"`
}

// Counts gives a cell that is a count.
func Counts(n int64) Cell { return Cell{State: Counted, Count: &n} }

// Text writes a cell as it stands in tables and CSV: its state in words where it has no count.
func (c Cell) Text() string {
	switch c.State {
	case Counted:
		text := strconv.FormatInt(*c.Count, 10)
		for _, other := range c.Others {
			text += " or " + strconv.FormatInt(other, 10)
		}
		return text
	case Elsewhere:
		return "in " + c.In
	case NotCounted:
		return "not counted"
	case NoData:
		return "no data"
	}
	return string(c.State)
}

// Column is a period of a table.
type Column struct {
	Key   string `json:"key"`   // such as 2014, 2014-Q2 or 2014-03
	Break string `json:"break"` // why what stands left of it cannot be compared with it; empty where it can
	Sum   bool   `json:"sum,omitempty"`
}

// Line is a row of a table.
type Line struct {
	Key   string `json:"key"` // a class, or total:RULE
	Title string `json:"title"`
	Rule  *Rule  `json:"rule,omitempty"` // of a total
	Cells []Cell `json:"cells"`          // one for each column
}

// Check says whether the parts of a period come to its total.
type Check struct {
	Period string `json:"period"`
	Rule   string `json:"rule"`
	Sum    int64  `json:"sum_of_parts"`
	Total  int64  `json:"total"`
	Agrees bool   `json:"agrees"`
	Says   string `json:"says"`
}

// Table is a table of figures, as it is published: the page, the CSV, the JSON and the picture are all made from it.
type Table struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Basis   Basis    `json:"basis"`
	Columns []Column `json:"columns"`
	Lines   []Line   `json:"lines"`
	Totals  []Line   `json:"totals"`
	Checks  []Check  `json:"checks,omitempty"`
	Notes   []string `json:"notes,omitempty"`
}

// All gives the lines and behind them the totals.
func (t *Table) All() []Line { return append(slices.Clone(t.Lines), t.Totals...) }

// Rows writes a table as rows of CSV: one figure a row, each with all that its basis is.
func (t *Table) Rows() [][]string {
	rows := [][]string{{"table", "period", "class", "rule", "rule_version", "state", "count", "also_given", "verified", "unit", "taxonomy", "taxonomy_version",
		"dedup_window", "smallest_shown", "break_before", "source", "note"}}
	b := t.Basis
	for _, l := range t.All() {
		class, rule, version := l.Key, "", ""
		if l.Rule != nil {
			class, rule, version = "total", l.Rule.Name, l.Rule.Version
		}
		for i, c := range l.Cells {
			count, others := "", ""
			if c.Count != nil {
				count = strconv.FormatInt(*c.Count, 10)
			}
			for n, other := range c.Others {
				if n > 0 {
					others += ";"
				}
				others += strconv.FormatInt(other, 10)
			}
			note := c.Says
			if c.In != "" {
				note = "in " + c.In
			}
			rows = append(rows, []string{t.Name, t.Columns[i].Key, class, rule, version, string(c.State), count, others, strconv.FormatBool(!c.Unverified),
				string(b.Unit), b.Taxonomy, b.Version, b.Window, fmt.Sprint(b.Smallest), t.Columns[i].Break, c.Source, note})
		}
	}
	return rows
}

// Only gives a table of one of its periods.
func (t *Table) Only(period string) *Table {
	one := *t
	one.Columns, one.Lines, one.Totals = nil, nil, nil
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == period })
	if at < 0 {
		return &one
	}
	one.Columns = t.Columns[at : at+1]
	keep := func(lines []Line) (list []Line) {
		for _, l := range lines {
			l.Cells = l.Cells[at : at+1]
			list = append(list, l)
		}
		return list
	}
	one.Lines, one.Totals = keep(t.Lines), keep(t.Totals)
	return &one
}
