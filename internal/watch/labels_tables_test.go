package watch_test

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"testing"
	"text/tabwriter"

	"pahra/wire/values"
)

// tally counts events, and among them pairs of networks.
type tally struct {
	events int
	pairs  map[[2]values.ASN]bool
}

func (c *tally) add(l *labelled) {
	if c.pairs == nil {
		c.pairs = make(map[[2]values.ASN]bool)
	}
	c.events++
	c.pairs[[2]values.ASN{l.first, l.then}] = true
}

func (c *tally) String() string { return fmt.Sprintf("%d (%d)", c.events, len(c.pairs)) }

// share gives a part of c in percent of c and d.
func (c *tally) share(d *tally) string {
	return fmt.Sprintf("%.1f %% (%.1f %%)", 100*float64(c.events)/float64(c.events+d.events),
		100*float64(len(c.pairs))/float64(len(c.pairs)+len(d.pairs)))
}

// tellAgreement writes label by outcome, for each set of facts; in brackets the distinct pairs of networks.
func tellAgreement(w io.Writer, sets []factSet, moas []labelled) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "facts\tlabel\texplained\tunexplained\tno data\tbogon ASN\tagreement")
	for i, set := range sets {
		var count [2][4]tally
		for k := range moas {
			l, o := &moas[k], moas[k].outcomes[i]
			row, column := 0, 0
			if !l.benign {
				row = 1
			}
			switch {
			case o.by != "":
			case o.bogon:
				column = 3
			case o.noData:
				column = 2
			default:
				column = 1
			}
			count[row][column].add(l)
		}
		benign, hijack := &count[0], &count[1]
		fmt.Fprintf(tab, "%s\tbenign\t%s\t%s\t%s\t%s\texplained %s\n", set.name, &benign[0], &benign[1], &benign[2], &benign[3], benign[0].share(&benign[1]))
		fmt.Fprintf(tab, "\thijack\t%s\t%s\t%s\t%s\tunexplained %s\n", &hijack[0], &hijack[1], &hijack[2], &hijack[3], hijack[1].share(&hijack[0]))
		fmt.Fprintf(tab, "\tof the unexplained, labelled hijack\t\t\t\t\t%s\n", hijack[1].share(&benign[1]))
		fmt.Fprintf(tab, "\tof the explained, labelled benign\t\t\t\t\t%s\n", benign[0].share(&hijack[0]))
	}
	tab.Flush()
}

// tellReasons writes how many events of each reason are explained, for each set of facts.
func tellReasons(w io.Writer, sets []factSet, moas []labelled) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tab, "\nreason of the label\tevents (pairs)")
	for _, set := range sets {
		fmt.Fprintf(tab, "\t%s", set.name)
	}
	fmt.Fprintln(tab, "\tno data with all")
	for _, reason := range reasonsOf(moas) {
		all, none := tally{}, tally{}
		explained := make([]tally, len(sets))
		for k := range moas {
			l := &moas[k]
			if l.reason != reason {
				continue
			}
			all.add(l)
			for i := range sets {
				if l.outcomes[i].by != "" {
					explained[i].add(l)
				}
			}
			if l.outcomes[len(sets)-1].noData {
				none.add(l)
			}
		}
		fmt.Fprintf(tab, "%s\t%s", reason, &all)
		for i := range sets {
			fmt.Fprintf(tab, "\t%s", &explained[i])
		}
		fmt.Fprintf(tab, "\t%s\n", &none)
	}
	tab.Flush()
}

func reasonsOf(moas []labelled) []string {
	var list []string
	for _, l := range moas {
		list = append(list, l.reason)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// tellExclusions writes which exclusion explains the events of each reason with all facts, and what the RPKI says of the
// rest.
func tellExclusions(w io.Writer, set factSet, moas []labelled) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "\nreason of the label\twith all facts\tevents (pairs)")
	for _, reason := range reasonsOf(moas) {
		by := make(map[string]*tally)
		for k := range moas {
			l := &moas[k]
			if l.reason != reason {
				continue
			}
			o := l.outcomes[len(l.outcomes)-1]
			name := o.by
			switch {
			case o.bogon:
				name = "a bogon ASN"
			case name == "":
				name = "unexplained, RPKI " + o.rov.String()
			}
			if by[name] == nil {
				by[name] = &tally{}
			}
			by[name].add(l)
		}
		names := make([]string, 0, len(by))
		for name := range by {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int {
			return cmp.Or(cmp.Compare(by[b].events, by[a].events), cmp.Compare(a, b))
		})
		for _, name := range names {
			fmt.Fprintf(tab, "%s\t%s\t%s\n", reason, name, by[name])
		}
	}
	tab.Flush()
}

// tellLeaks writes what the relations say of the triples labelled as leaks, and what the engine makes of each.
func tellLeaks(t *testing.T, w io.Writer, sets []factSet, leaks []leakTriple) {
	t.Helper()
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "\nfacts\ta triple labelled leak is\tthe engine says\tevents (triples)")
	for _, set := range sets[1:3] {
		events := make(map[string]int)
		triples := make(map[string]map[leakTriple]bool)
		for _, l := range leaks {
			name := tripleShape(set.facts.Registry, l) + "\t" + playLeak(t, set, l)
			events[name]++
			if triples[name] == nil {
				triples[name] = make(map[leakTriple]bool)
			}
			triples[name][l] = true
		}
		for _, name := range slices.Sorted(maps.Keys(events)) {
			fmt.Fprintf(tab, "%s\t%s\t%d (%d)\n", set.name, name, events[name], len(triples[name]))
		}
	}
	tab.Flush()
}
