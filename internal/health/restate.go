package health

import (
	"fmt"
	"slices"
	"time"

	"pahra/internal/desk/class"
)

// Restate gives the table of a series by the classes of the RSIT, so that years that were counted by other classes stand on
// one footing as far as they can. The mapping is the scheme of the same name as the series' taxonomy; a class of the source
// that stands for several of the RSIT counts as the first, and the cell says so.
func Restate(records []Record, series string, rules []Rule, tables *class.Tables) (*Table, error) {
	y := years{rules: rules, at: map[string]map[string][]Record{}}
	for _, r := range records {
		if r.Series == series {
			y.add(r)
		}
	}
	from, known := tables.Scheme(y.taxonomy)
	to, _ := tables.Scheme(class.Namespace)
	if len(y.at) == 0 || !known {
		return nil, fmt.Errorf("restating %q: there is no such series, or no mapping of its taxonomy %q", series, y.taxonomy)
	}
	t := &Table{Name: series + "-" + to.Name, Title: "By " + y.span() + ", restated by " + to.Title, Columns: y.columns()}
	t.Basis = Basis{Taxonomy: to.Name, Version: fmt.Sprintf("%s, by the mapping %s %s of %s", to.Version, from.Name, from.Version,
		from.Date.Format(time.DateOnly)), Unit: y.unit, Window: "as the source counts"}
	for _, name := range classNames(tables) {
		l := Line{Key: name, Title: name}
		for _, p := range y.periods() {
			l.Cells = append(l.Cells, y.restated(p, name, tables))
		}
		if slices.ContainsFunc(l.Cells, func(c Cell) bool { return c.State == Counted }) {
			t.Lines = append(t.Lines, l)
		}
	}
	for _, name := range y.totals {
		rule, _ := RuleOf(rules, name)
		t.Totals = append(t.Totals, y.line("total:"+name, &rule))
	}
	t.Notes = []string{"A class of the source that stands for several counts as the first of them; those cells say so"}
	return t, nil
}

// classNames gives the classes of the RSIT, without their types, in its order.
func classNames(tables *class.Tables) (list []string) {
	for _, c := range tables.Codes() {
		if !slices.Contains(list, c.Class) {
			list = append(list, c.Class)
		}
	}
	return list
}

// restated sums what a period counted under classes that stand for one of the RSIT.
func (y *years) restated(period, name string, tables *class.Tables) Cell {
	counted := y.counted(period)
	if len(counted) == 0 {
		return Cell{State: NoData}
	}
	at := middle(period)
	sum, any := Cell{State: NotCounted}, int64(0)
	for _, source := range counted {
		means := tables.Lookup(y.taxonomy, source, at)
		if len(means) == 0 || means[0].Code.Class != name {
			continue
		}
		c := cellOf(y.at[period][source])
		any += *c.Count
		sum.State, sum.Unverified = Counted, sum.Unverified || c.Unverified
		if others := slices.IndexFunc(means, func(a class.Alias) bool { return a.Code.Class != name }); others >= 0 {
			sum.Says = fmt.Sprintf("%s stands for %s as well", source, means[others].Code.Class)
		}
	}
	if sum.State == Counted {
		sum.Count = &any
	}
	return sum
}

// middle gives a moment within a period.
func middle(period string) time.Time {
	if t, err := time.Parse("2006-01", period); err == nil {
		return t.AddDate(0, 0, 14)
	}
	t, _ := time.Parse("2006", period) // its form was checked
	return t.AddDate(0, 6, 0)
}
