package health

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Years gives the table of one series of a history set: its periods side by side, a class that a period did not count as
// not counted, values that contradict each other side by side, each total held against its parts.
func Years(records []Record, series string, rules []Rule) (*Table, error) {
	y := years{rules: rules, at: map[string]map[string][]Record{}}
	for _, r := range records {
		if r.Series == series {
			y.add(r)
		}
	}
	if len(y.at) == 0 {
		return nil, fmt.Errorf("a table of %q: the history set has no such series", series)
	}
	t := &Table{Name: series, Title: "By " + y.span() + ", as published", Columns: y.columns()}
	t.Basis = Basis{Taxonomy: y.taxonomy, Version: "each year's own", Unit: y.unit, Window: "as the source counts"}
	for _, class := range y.classes {
		t.Lines = append(t.Lines, y.line(class, nil))
	}
	for _, name := range y.totals {
		rule, _ := RuleOf(rules, name)
		t.Totals = append(t.Totals, y.line("total:"+name, &rule))
	}
	t.Checks = y.checks()
	t.Notes = y.notes()
	return t, nil
}

// years is a series by period and class.
type years struct {
	rules           []Rule
	at              map[string]map[string][]Record // by period and key
	classes, totals []string                       // in the order in which they came
	taxonomy        string
	unit            Unit
}

func (y *years) add(r Record) {
	if y.at[r.Period] == nil {
		y.at[r.Period] = map[string][]Record{}
	}
	key, list, name := r.Class, &y.classes, r.Class
	if r.Class == Total {
		key, list, name = "total:"+r.Rule, &y.totals, r.Rule
	}
	if !slices.Contains(*list, name) {
		*list = append(*list, name)
	}
	y.at[r.Period][key] = append(y.at[r.Period][key], r)
	y.taxonomy, _, _ = strings.Cut(r.Taxonomy, "/")
	y.unit = r.Unit
}

func (y *years) periods() []string { return slices.Sorted(maps.Keys(y.at)) }

func (y *years) span() string {
	if strings.Contains(y.periods()[0], "-") {
		return "month"
	}
	return "year"
}

// counted gives the classes that a period has a count of its own for; none where only a total is known.
func (y *years) counted(period string) (list []string) {
	for _, class := range y.classes {
		if r := y.at[period][class]; len(r) > 0 && r[0].State == Counted {
			list = append(list, class)
		}
	}
	return list
}

func (y *years) columns() (list []Column) {
	var before []string
	last := ""
	for _, p := range y.periods() {
		now := y.counted(p)
		c := Column{Key: p}
		switch {
		case last == "":
		case len(now) > 0 && len(before) > 0:
			c.Break = difference(before, now)
		case len(now) != len(before):
			c.Break = "the classes of " + map[bool]string{true: p, false: last}[len(now) == 0] + " are not known"
		}
		if gap := missing(last, p); gap != "" {
			c.Break = strings.TrimPrefix(c.Break+"; "+gap, "; ")
		}
		list, before, last = append(list, c), now, p
	}
	return list
}

// difference says which classes came and went.
func difference(before, now []string) string {
	var says []string
	for _, side := range []struct {
		list, other []string
		word        string
	}{{now, before, "counted from here on: "}, {before, now, "no longer counted: "}} {
		var names []string
		for _, class := range side.list {
			if !slices.Contains(side.other, class) {
				names = append(names, class)
			}
		}
		if len(names) > 0 {
			says = append(says, side.word+strings.Join(names, ", "))
		}
	}
	return strings.Join(says, "; ")
}

// missing says which years lie between two that have figures.
func missing(before, now string) string {
	var from, to int
	if _, err := fmt.Sscanf(before, "%d", &from); err != nil || len(now) != 4 {
		return ""
	}
	if _, err := fmt.Sscanf(now, "%d", &to); err != nil || to-from < 2 {
		return ""
	}
	if to-from == 2 {
		return fmt.Sprintf("no figures of %d", from+1)
	}
	return fmt.Sprintf("no figures of %d to %d", from+1, to-1)
}

func (y *years) line(key string, rule *Rule) Line {
	l := Line{Key: key, Title: key, Rule: rule}
	if rule != nil {
		l.Title = "Total: " + strings.ToLower(rule.Title[:1]) + rule.Title[1:]
	}
	for _, p := range y.periods() {
		l.Cells = append(l.Cells, y.cell(p, key, rule != nil))
	}
	return l
}

func (y *years) cell(period, key string, total bool) Cell {
	list := y.at[period][key]
	switch {
	case len(list) > 0:
		return cellOf(list)
	case total || len(y.counted(period)) == 0:
		return Cell{State: NoData}
	}
	return Cell{State: NotCounted}
}

// cellOf makes one cell of all that is said of a figure; a sourced value stands first.
func cellOf(list []Record) Cell {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Record) int {
		if a.Sourced == b.Sourced {
			return 0
		}
		return map[bool]int{true: -1, false: 1}[a.Sourced]
	})
	first := list[0]
	c := Cell{State: first.State, In: first.In, Unverified: !first.Sourced, Source: first.Source, Says: first.Note}
	if first.State != Counted {
		return c
	}
	c.Count = &first.Count
	for _, r := range list[1:] {
		if r.State != Counted || r.Count == first.Count {
			continue
		}
		c.Others = append(c.Others, r.Count)
		mark := "not verified"
		if r.Sourced {
			mark = r.Source
		}
		c.Says = strings.TrimPrefix(fmt.Sprintf("%s; also %d (%s)", c.Says, r.Count, mark), "; ")
	}
	return c
}

// checks holds every total against the classes that its rule takes in.
func (y *years) checks() (list []Check) {
	for _, p := range y.periods() {
		classes := y.counted(p)
		if len(classes) == 0 {
			continue
		}
		for _, name := range y.totals {
			rule, _ := RuleOf(y.rules, name)
			sum := int64(0)
			for _, class := range classes {
				if rule.Takes(y.taxonomy, class) {
					sum += y.at[p][class][0].Count
				}
			}
			for _, r := range y.at[p]["total:"+name] {
				if r.State == Counted {
					list = append(list, checkOf(p, name, sum, r.Count))
				}
			}
		}
	}
	return list
}

func checkOf(period, rule string, sum, total int64) Check {
	c := Check{Period: period, Rule: rule, Sum: sum, Total: total, Agrees: sum == total}
	if c.Agrees {
		c.Says = fmt.Sprintf("%s, %s: the classes come to the total, %d", period, rule, total)
	} else {
		c.Says = fmt.Sprintf("%s, %s: the classes come to %d, the total is given as %d, %+d", period, rule, sum, total, total-sum)
	}
	return c
}

// notes says where two totals of a period differ, and by what.
func (y *years) notes() (list []string) {
	with, without := "total:with-spam", "total:without-spam"
	for _, p := range y.periods() {
		a, b, spam := y.at[p][with], y.at[p][without], y.at[p]["Spam"]
		if len(a) == 0 || len(b) == 0 || a[0].Count == b[0].Count {
			continue
		}
		says := fmt.Sprintf("%s is %d or %d", p, a[0].Count, b[0].Count)
		if len(spam) > 0 && spam[0].Count == a[0].Count-b[0].Count {
			says += fmt.Sprintf(", depending on whether its %d incidents of spam count", spam[0].Count)
		}
		list = append(list, says)
	}
	return list
}
