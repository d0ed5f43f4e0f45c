package health

import (
	"cmp"
	"fmt"
	"slices"
)

// Figure is one number of what is to be published: a cell of a table, or a total. The same key in two tables is one figure.
type Figure struct {
	Key    string
	Value  int64
	Unsaid bool // it is not published in any case, but others could work it out: what is in a country and in no association, say
}

// Sum says that a figure is the sum of others: a row, a column, a year of its months, a country of its parts.
type Sum struct {
	Total string
	Parts []string
}

// Suppress chooses which figures are not to be shown, so that nobody who adds and subtracts what is shown can tell of a small
// one more than that it is from 0 to k-1: those that are smaller than k, 0 included, and as many others, the smallest
// first, as it takes; of such another one can tell no less than k values apart. Figures that overlap must all be given at once, with every sum among them.
//
// It follows the practice of statistical offices (Hundepool and others, Statistical Disclosure Control, 2012, chapter 4), with
// the bounds that a linear program finds as the judge.
func Suppress(figures []Figure, sums []Sum, k int64) (hidden map[string]bool, err error) {
	d := disclosure{k: k, value: map[string]int64{}, hidden: map[string]bool{}, unsaid: map[string]bool{}, sums: sums, of: map[string][]int{}}
	for _, f := range figures {
		d.value[f.Key], d.unsaid[f.Key] = f.Value, f.Unsaid
		d.hidden[f.Key] = f.Unsaid || f.Value < k
	}
	for i, s := range sums {
		if err := d.check(s); err != nil {
			return nil, err
		}
		for _, key := range append([]string{s.Total}, s.Parts...) {
			d.of[key] = append(d.of[key], i)
		}
	}
	for {
		key, tight := d.tight()
		if !tight {
			break
		}
		if !d.hideNear(key) {
			return nil, fmt.Errorf("suppressing small figures: %s can be told although all around it is hidden", key)
		}
	}
	for key := range d.hidden {
		if d.unsaid[key] || !d.hidden[key] {
			delete(d.hidden, key)
		}
	}
	return d.hidden, nil
}

type disclosure struct {
	k              int64
	value          map[string]int64
	hidden, unsaid map[string]bool
	sums           []Sum
	of             map[string][]int // the sums that a figure is in
}

func (d *disclosure) check(s Sum) error {
	n := int64(0)
	for _, key := range s.Parts {
		v, known := d.value[key]
		if !known {
			return fmt.Errorf("suppressing small figures: %s is a part of %s and not given", key, s.Total)
		}
		n += v
	}
	if v, known := d.value[s.Total]; !known || v != n {
		return fmt.Errorf("suppressing small figures: %s is %d, and its parts come to %d", s.Total, v, n)
	}
	return nil
}

// tight finds a figure that can be told too well, if there is one.
func (d *disclosure) tight() (key string, found bool) {
	keys := d.hiddenKeys()
	p := d.program(keys)
	for at, key := range keys {
		if d.unsaid[key] && d.value[key] >= d.k {
			continue // it is not small, it is only not said
		}
		low, high := p.bounds(at)
		if small := d.value[key] < d.k; small && low > 0.5 || high-max(low, 0) < float64(d.k)-1.5 {
			return key, true
		}
	}
	return "", false
}

func (d *disclosure) hiddenKeys() []string {
	var keys []string
	for key, hidden := range d.hidden {
		if hidden {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// hideNear hides the smallest figure that is shown in a sum of key, or of those hidden that stand in a sum with it, and so on:
// parts before totals.
func (d *disclosure) hideNear(key string) bool {
	seen, ring := map[string]bool{key: true}, []string{key}
	for len(ring) > 0 {
		var next, shown []string
		total := map[string]bool{}
		for _, key := range ring {
			for _, i := range d.of[key] {
				total[d.sums[i].Total] = true
				for _, other := range append([]string{d.sums[i].Total}, d.sums[i].Parts...) {
					if seen[other] {
						continue
					}
					seen[other] = true
					if d.hidden[other] {
						next = append(next, other)
					} else {
						shown = append(shown, other)
					}
				}
			}
		}
		if len(shown) > 0 {
			d.hidden[slices.MinFunc(shown, func(a, b string) int {
				if total[a] != total[b] {
					if total[b] {
						return -1
					}
					return 1
				}
				return cmp.Or(cmp.Compare(d.value[a], d.value[b]), cmp.Compare(a, b))
			})] = true
			return true
		}
		ring = next
	}
	return false
}

// program gives the sums as a linear program over the hidden figures.
func (d *disclosure) program(keys []string) *program {
	var rows [][]float64
	for _, s := range d.sums {
		row, any := make([]float64, len(keys)+1), false
		add := func(key string, sign float64) {
			if at, found := slices.BinarySearch(keys, key); found {
				row[at] += sign
				any = true
			} else {
				row[len(keys)] -= sign * float64(d.value[key])
			}
		}
		for _, key := range s.Parts {
			add(key, 1)
		}
		if add(s.Total, -1); any {
			rows = append(rows, row)
		}
	}
	return newProgram(rows, len(keys))
}
