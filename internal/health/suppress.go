package health

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Figure is one number of what is to be published: a cell of a table, or a total. The same key in two tables is one figure.
type Figure struct {
	Key    string
	Value  int64
	Unsaid bool // it is not published in any case, but others could work it out: what is in a country and in no association, say
	Secret bool // it is not shown however large it is: a figure of one network alone
	Slack  bool // unsaid, and nobody minds if it is told: it only stands for "at least as many as"
	Stage  int  // when it is published: what is shown at one stage is still shown at the next, whatever comes
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
	d, err := newDisclosure(figures, sums, k)
	if err != nil {
		return nil, err
	}
	for _, stage := range d.stages() {
		d.begin(stage)
		if err := d.protect(); err != nil {
			return nil, err
		}
	}
	hidden = map[string]bool{}
	for i, f := range d.figures {
		if d.hidden[i] && !f.Unsaid && !f.Slack {
			hidden[f.Key] = true
		}
	}
	return hidden, nil
}

// disclosure is what somebody can tell who sees all figures that are not hidden.
type disclosure struct {
	k       float64
	figures []Figure
	hidden  []bool
	sums    [][]int // the total first
	of      [][]int // the sums that a figure is in
	stage   int     // figures of later ones are not there yet
	// Values that a hidden figure has in some table that shows the same. Hiding more keeps them possible.
	low, high []float64
}

func newDisclosure(figures []Figure, sums []Sum, k int64) (*disclosure, error) {
	d := &disclosure{k: float64(k), figures: figures, hidden: make([]bool, len(figures)), of: make([][]int, len(figures))}
	at := make(map[string]int, len(figures))
	for i, f := range figures {
		at[f.Key] = i
		d.hidden[i] = f.Unsaid || f.Secret || f.Slack || f.Value < k
	}
	for n, s := range sums {
		members, sum := []int{}, int64(0)
		for _, key := range append([]string{s.Total}, s.Parts...) {
			i, known := at[key]
			if !known {
				return nil, fmt.Errorf("suppressing small figures: %s is a part of %s and not given", key, s.Total)
			}
			members, sum = append(members, i), sum+figures[i].Value
			d.of[i] = append(d.of[i], n)
		}
		if total := figures[members[0]].Value; sum != 2*total {
			return nil, fmt.Errorf("suppressing small figures: %s is %d, and its parts come to %d", s.Total, total, sum-total)
		}
		d.sums = append(d.sums, members)
	}
	return d, nil
}

func (d *disclosure) stages() (list []int) {
	for _, f := range d.figures {
		list = append(list, f.Stage)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// begin takes up a stage: what it adds bounds figures of the stages before more closely.
func (d *disclosure) begin(stage int) {
	d.stage, d.low, d.high = stage, d.low[:0], d.high[:0]
	for _, f := range d.figures {
		d.low, d.high = append(d.low, float64(f.Value)), append(d.high, float64(f.Value))
	}
}

// protect hides figures of the stage until none can be told too well.
func (d *disclosure) protect() error {
	for {
		list := d.plain()
		if len(list) == 0 {
			list = d.tight()
		}
		if len(list) == 0 {
			return nil
		}
		touched := map[int]bool{} // sums in which something was just hidden: what stands there may be well by now
		for _, i := range list {
			if slices.ContainsFunc(d.of[i], func(n int) bool { return touched[n] }) {
				continue
			}
			near := d.near(i)
			if near < 0 && len(touched) == 0 {
				return fmt.Errorf("suppressing small figures: %s can be told although all around it is hidden", d.figures[i].Key)
			}
			if near < 0 {
				continue // what was just hidden may be enough
			}
			d.hidden[near] = true
			for _, n := range append(slices.Clone(d.of[i]), d.of[near]...) {
				touched[n] = true
			}
		}
	}
}

// there says whether all of a sum is published by now.
func (d *disclosure) there(sum []int) bool {
	return !slices.ContainsFunc(sum, func(i int) bool { return d.figures[i].Stage > d.stage })
}

func (d *disclosure) small(i int) bool { return float64(d.figures[i].Value) < d.k }

// guarded says whether a figure is hidden for its own or another's sake, and not only never said.
func (d *disclosure) guarded(i int) bool {
	f := d.figures[i]
	return d.hidden[i] && !f.Slack && f.Stage <= d.stage && (d.small(i) || f.Secret || !f.Unsaid)
}

// plain finds figures that can be told from one sum alone: the only one hidden there, or a small one whose others leave it no
// room.
func (d *disclosure) plain() (list []int) {
	for _, sum := range d.sums {
		if !d.there(sum) {
			continue
		}
		hidden, room, guarded := 0, 0.0, -1
		for _, i := range sum {
			if !d.hidden[i] {
				continue
			}
			hidden, room = hidden+1, room+float64(d.figures[i].Value)
			if d.guarded(i) && (guarded < 0 || d.small(i)) {
				guarded = i
			}
		}
		if guarded >= 0 && (hidden == 1 || !d.hidden[sum[0]] && d.small(guarded) && room < d.k-1) {
			list = append(list, guarded)
		}
	}
	return list
}

// tight finds figures that can be told too well, by a linear program for each part of the tables that hangs together.
func (d *disclosure) tight() (found []int) {
	for _, list := range d.islands() {
		if slices.ContainsFunc(list, func(i int) bool { return d.guarded(i) && !d.wide(i) }) {
			found = append(found, d.tightOf(list)...)
		}
	}
	return found
}

func (d *disclosure) tightOf(list []int) (found []int) {
	p := d.program(list)
	d.learn(p, list, -1)
	for at, i := range list {
		if !d.guarded(i) {
			continue
		}
		for _, sign := range []float64{1, -1} {
			if d.wide(i) {
				break
			}
			cost := make([]float64, len(list))
			cost[at] = sign
			endless := p.minimise(cost, func() bool { d.note(i, p.value(at)); return d.wide(i) })
			d.learn(p, list, endless)
		}
		if !d.wide(i) {
			found = append(found, i)
		}
	}
	return found
}

// islands parts what is hidden: figures of two islands stand in no sum together.
func (d *disclosure) islands() (list [][]int) {
	seen := make([]bool, len(d.figures))
	for _, from := range d.hiddenOnes() {
		if seen[from] {
			continue
		}
		seen[from] = true
		island := []int{from}
		for at := 0; at < len(island); at++ {
			for _, n := range d.of[island[at]] {
				if !d.there(d.sums[n]) {
					continue
				}
				for _, i := range d.sums[n] {
					if d.hidden[i] && !seen[i] {
						seen[i] = true
						island = append(island, i)
					}
				}
			}
		}
		slices.Sort(island)
		list = append(list, island)
	}
	return list
}

// wide says whether a figure is known to have enough possible values.
func (d *disclosure) wide(i int) bool {
	if d.small(i) && d.low[i] > 0.5 {
		return false
	}
	return d.high[i]-max(d.low[i], 0) >= d.k-1.5
}

func (d *disclosure) note(i int, value float64) {
	d.low[i], d.high[i] = min(d.low[i], value), max(d.high[i], value)
}

// learn notes the values of a program's present solution, and what grows without end along a column.
func (d *disclosure) learn(p *program, list []int, endless int) {
	value := make([]float64, len(list))
	for r, v := range p.basis {
		value[v] = p.rows[r][p.n]
	}
	for at, i := range list {
		d.note(i, value[at])
	}
	if endless < 0 {
		return
	}
	d.note(list[endless], math.Inf(1))
	for r, v := range p.basis {
		if p.rows[r][endless] < -tiny {
			d.note(list[v], math.Inf(1))
		}
	}
}

func (d *disclosure) hiddenOnes() (list []int) {
	for i, hidden := range d.hidden {
		if hidden && d.figures[i].Stage <= d.stage {
			list = append(list, i)
		}
	}
	return list
}

// near gives a figure of the stage that is shown in a sum of another, or of those hidden that stand in a sum with it, and so
// on: one that drags the fewest others with it, parts before totals, the smallest. -1: there is none.
func (d *disclosure) near(from int) int {
	seen, ring, rank := map[int]bool{from: true}, []int{from}, map[bool]int{true: 1}
	for len(ring) > 0 {
		var next, shown []int
		total := map[int]bool{}
		for _, member := range ring {
			for _, n := range d.of[member] {
				if !d.there(d.sums[n]) {
					continue
				}
				total[d.sums[n][0]] = true
				for _, i := range d.sums[n] {
					if seen[i] {
						continue
					}
					seen[i] = true
					if d.hidden[i] {
						next = append(next, i)
					} else if d.figures[i].Stage == d.stage {
						shown = append(shown, i)
					}
				}
			}
		}
		if len(shown) > 0 {
			return slices.MinFunc(shown, func(a, b int) int {
				return cmp.Or(cmp.Compare(d.alone(a), d.alone(b)), cmp.Compare(rank[total[a]], rank[total[b]]),
					cmp.Compare(d.figures[a].Value, d.figures[b].Value), cmp.Compare(d.figures[a].Key, d.figures[b].Key))
			})
		}
		ring = next
	}
	return -1
}

// alone counts the sums in which a figure would be the only one hidden: each needs another.
func (d *disclosure) alone(i int) (n int) {
	for _, s := range d.of[i] {
		if d.there(d.sums[s]) && !slices.ContainsFunc(d.sums[s], func(other int) bool { return d.hidden[other] }) {
			n++
		}
	}
	return n
}

// program gives the sums of an island as a linear program over its figures.
func (d *disclosure) program(list []int) *program {
	column, stands := make(map[int]int, len(list)), map[int]bool{}
	var sums []int
	for at, i := range list {
		column[i] = at
		for _, n := range d.of[i] {
			if !stands[n] && d.there(d.sums[n]) {
				stands[n], sums = true, append(sums, n)
			}
		}
	}
	rows := make([][]float64, 0, len(sums))
	for _, n := range sums {
		row := make([]float64, len(list)+1)
		for at, i := range d.sums[n] {
			sign := 1.0
			if at == 0 {
				sign = -1
			}
			if at, is := column[i]; is {
				row[at] += sign
			} else {
				row[len(list)] -= sign * float64(d.figures[i].Value)
			}
		}
		rows = append(rows, row)
	}
	return newProgram(rows, len(list))
}
