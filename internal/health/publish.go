package health

import (
	"fmt"
	"slices"
	"strings"
)

// Smallest is the smallest figure that is shown unless a setting says otherwise.
const Smallest = 10

// Observed is what was counted of a class in a month.
type Observed struct {
	Month string // such as 2026-03
	Class string
	Unit  Unit
	Count int64
}

// Publication is what tables of one year are made of.
type Publication struct {
	Name, Title string
	Basis       Basis    // its unit is each table's own
	Classes     []string // all that can be: a class that is left out because it has nothing would tell that it has nothing
	Months      []string // those that are over and have data, ascending; all of one year
	Units       []Unit
	Rules       []Rule // of totals; the first takes everything
	Rows        []Observed
}

// Tables counts, and suppresses what is small in all tables together: of each unit a table of classes by months, quarters
// whose months all have data, and the year when all of its months do.
func (p Publication) Tables() ([]*Table, error) {
	g := &grid{Publication: p, value: map[string]int64{}}
	for _, row := range p.Rows {
		if !slices.Contains(p.Classes, row.Class) {
			return nil, fmt.Errorf("a table of %s: there is no class %q", p.Name, row.Class)
		}
		if slices.Contains(p.Months, row.Month) {
			g.value[key(row.Unit, row.Class, row.Month)] += row.Count
		}
	}
	g.periods = periodsOf(p.Months)
	g.sums = nil
	for _, unit := range p.Units {
		g.unit(unit, p.Rules[:min(1, len(p.Rules))])
	}
	g.link()
	hidden := map[string]bool{}
	if p.Basis.Smallest > 0 {
		var err error
		if hidden, err = Suppress(g.figures, g.sums, p.Basis.Smallest); err != nil {
			return nil, err
		}
	}
	tables := make([]*Table, 0, len(p.Units))
	for _, unit := range p.Units {
		tables = append(tables, g.table(unit, hidden))
	}
	return tables, nil
}

// grid is all figures of a publication.
type grid struct {
	Publication
	periods []span
	value   map[string]int64
	figures []Figure
	sums    []Sum
}

// span is a column: a month, or a sum of months.
type span struct {
	key   string
	parts []string // of a sum
	stage int      // the place of its last month
}

func key(unit Unit, line, period string) string { return string(unit) + "|" + line + "|" + period }

// periodsOf gives the months, each quarter behind its last month, and the year.
func periodsOf(months []string) (list []span) {
	for i, m := range months {
		list = append(list, span{key: m, stage: i})
		if i < 2 {
			continue
		}
		if last := m[5:]; last == "03" || last == "06" || last == "09" || last == "12" {
			three := months[i-2 : i+1]
			if quarter(three[0]) == quarter(m) {
				list = append(list, span{key: quarter(m), parts: three, stage: i})
			}
		}
	}
	if len(months) == 12 {
		list = append(list, span{key: months[0][:4], parts: months, stage: 11})
	}
	return list
}

// quarter names the quarter of a month: 2026-Q1.
func quarter(month string) string {
	n := (int(month[5]-'0')*10+int(month[6]-'0')-1)/3 + 1
	return fmt.Sprintf("%s-Q%d", month[:4], n)
}

// unit adds the figures and sums of one unit, with the totals of some rules.
func (g *grid) unit(unit Unit, rules []Rule) {
	lines := slices.Clone(g.Classes)
	for _, rule := range rules {
		total := "total:" + rule.Name
		lines = append(lines, total)
		for _, s := range g.periods {
			if s.parts != nil {
				continue // it follows
			}
			sum := Sum{Total: key(unit, total, s.key)}
			for _, class := range g.Classes {
				if rule.Takes(g.Basis.Taxonomy, class) {
					part := key(unit, class, s.key)
					sum.Parts = append(sum.Parts, part)
					g.value[sum.Total] += g.value[part]
				}
			}
			g.sums = append(g.sums, sum)
		}
	}
	for _, line := range lines {
		for _, s := range g.periods {
			at := key(unit, line, s.key)
			if s.parts != nil {
				sum := Sum{Total: at}
				for _, m := range s.parts {
					part := key(unit, line, m)
					sum.Parts = append(sum.Parts, part)
					g.value[at] += g.value[part]
				}
				g.sums = append(g.sums, sum)
			}
			g.figures = append(g.figures, Figure{Key: at, Value: g.value[at], Stage: s.stage})
		}
	}
}

// link adds what one unit tells of another: there are at least as many lines as distinct addresses.
func (g *grid) link() {
	if !slices.Contains(g.Units, ReportLine) || !slices.Contains(g.Units, AddressDay) {
		return
	}
	for _, class := range g.Classes {
		for _, s := range g.periods {
			lines, addresses := key(ReportLine, class, s.key), key(AddressDay, class, s.key)
			rest := g.value[lines] - g.value[addresses]
			if s.parts != nil || rest < 0 {
				continue
			}
			over := Figure{Key: "over|" + class + "|" + s.key, Value: rest, Slack: true, Stage: s.stage}
			g.figures = append(g.figures, over)
			g.sums = append(g.sums, Sum{Total: lines, Parts: []string{addresses, over.Key}})
		}
	}
}

// table gives what is published of a unit. What is hidden is not in it.
func (g *grid) table(unit Unit, hidden map[string]bool) *Table {
	t := &Table{Name: g.Name + "-" + string(unit), Title: g.Title + ": " + unit.Title(), Basis: g.Basis}
	t.Basis.Unit = unit
	for _, s := range g.periods {
		t.Columns = append(t.Columns, Column{Key: s.key, Sum: s.parts != nil})
	}
	line := func(name, title string, rule *Rule) Line {
		l := Line{Key: name, Title: title, Rule: rule}
		for _, s := range g.periods {
			at := key(unit, name, s.key)
			if hidden[at] {
				l.Cells = append(l.Cells, Cell{State: Suppressed})
			} else {
				l.Cells = append(l.Cells, Counts(g.value[at]))
			}
		}
		return l
	}
	for _, class := range g.Classes {
		t.Lines = append(t.Lines, line(class, class, nil))
	}
	for n, rule := range g.Rules {
		title := "Total: " + strings.ToLower(rule.Title[:1]) + rule.Title[1:]
		if n == 0 {
			t.Totals = append(t.Totals, line("total:"+rule.Name, title, &rule))
		} else {
			t.Totals = append(t.Totals, less(t, rule, title))
		}
	}
	return t
}

// less gives the total of a rule that leaves classes out: what anybody can work out from what is shown, and nothing else. So
// it tells nothing, and is suppressed where one of those classes is.
func less(t *Table, rule Rule, title string) Line {
	l := Line{Key: "total:" + rule.Name, Title: title, Rule: &rule}
	for i, all := range t.Totals[0].Cells {
		sum, known := int64(0), all.State == Counted
		if known {
			sum = *all.Count
		}
		for _, class := range t.Lines {
			if rule.Takes(t.Basis.Taxonomy, class.Key) {
				continue
			}
			if c := class.Cells[i]; c.State == Counted {
				sum -= *c.Count
			} else {
				known = false
			}
		}
		if known {
			l.Cells = append(l.Cells, Counts(sum))
		} else {
			l.Cells = append(l.Cells, Cell{State: Suppressed})
		}
	}
	return l
}
