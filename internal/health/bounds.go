package health

import "math"

// program is a linear program in the form of a tableau: rows·x = b with x ≥ 0, brought to a feasible basis once and then
// asked for the least and the most of one variable after another. It is small and exact enough for sums of whole numbers: the
// coefficients are 1 and -1 and stay small. Pivots take the column that lowers the cost most (Dantzig), and after steps that
// gain nothing follow Bland's rule (Math. of OR 2, 1977), which cannot cycle; gonum's Simplex ends in singular bases on such
// degenerate tables.
type program struct {
	rows  [][]float64 // the right side stands last
	basis []int       // the variable of each row
	n     int
	costs []float64 // reduced ones, for minimise
	used  []int     // where the row of a pivot is not 0: most of it is
}

const (
	tiny   = 1e-7
	stalls = 20 // steps without gain after which Bland's rule is followed
)

// newProgram takes rows whose solution x ≥ 0 exists, the right side last in each.
func newProgram(rows [][]float64, n int) *program {
	p := &program{n: n}
	own := p.begin(rows) // the rows that need a variable of their own to begin with
	cost := make([]float64, n+own)
	for i := range own {
		cost[n+i] = 1
	}
	p.minimise(cost, never)
	p.shed()
	return p
}

// begin gives each row a variable that it alone has: one of its own where it can, else an added one. It gives how many
// were added.
func (p *program) begin(rows [][]float64) (added int) {
	n := p.n
	uses := make([]int, n)
	for _, row := range rows {
		for j, v := range row[:n] {
			if v != 0 {
				uses[j]++
			}
		}
	}
	p.basis = make([]int, len(rows))
	for i, row := range rows {
		if row[n] < 0 {
			for j := range row {
				row[j] = -row[j]
			}
		}
		p.basis[i] = -1
		for j, v := range row[:n] {
			if v == 1 && uses[j] == 1 {
				p.basis[i] = j
				break
			}
		}
		if p.basis[i] < 0 {
			p.basis[i] = n + added
			added++
		}
	}
	for i, row := range rows {
		wide := append(append(make([]float64, 0, n+added+1), row[:n]...), make([]float64, added+1)...)
		if wide[n+added] = row[n]; p.basis[i] >= n {
			wide[p.basis[i]] = 1
		}
		p.rows = append(p.rows, wide)
	}
	return added
}

// shed drives the begin's own variables out of the basis, and rows that follow from others.
func (p *program) shed() {
	for i := 0; i < len(p.rows); {
		if p.basis[i] < p.n {
			i++
			continue
		}
		col := -1
		for j := range p.n {
			if math.Abs(p.rows[i][j]) > tiny {
				col = j
				break
			}
		}
		if col >= 0 {
			p.pivot(i, col)
			i++
			continue
		}
		last := len(p.rows) - 1
		p.rows[i], p.basis[i] = p.rows[last], p.basis[last]
		p.rows, p.basis = p.rows[:last], p.basis[:last]
	}
	for i, row := range p.rows {
		p.rows[i] = append(row[:p.n:p.n], row[len(row)-1])
	}
}

func (p *program) pivot(row, col int) {
	top := p.rows[row]
	by := top[col]
	p.used = p.used[:0]
	for j, v := range top {
		if v != 0 {
			top[j] = v / by
			p.used = append(p.used, j)
		}
	}
	for i, r := range p.rows {
		if f := r[col]; i != row && f != 0 {
			p.take(r, top, f)
		}
	}
	p.basis[row] = col
}

// take subtracts f times top from r, where used says that top is not 0.
func (p *program) take(r, top []float64, f float64) {
	for _, j := range p.used {
		if r[j] -= f * top[j]; math.Abs(r[j]) < tiny*tiny {
			r[j] = 0
		}
	}
}

func never() bool { return false }

// minimise brings the tableau to the least cost, or until enough says so; col is the column along which the cost has no
// least, else -1.
func (p *program) minimise(cost []float64, enough func() bool) (col int) {
	width := len(cost)
	if len(p.rows) > 0 {
		width = len(p.rows[0]) - 1
	}
	p.costs = append(append(p.costs[:0], cost...), make([]float64, width-len(cost)+1)...)
	for i, r := range p.rows {
		if c := p.costs[p.basis[i]]; c != 0 {
			p.used = p.used[:0]
			for j, v := range r {
				if v != 0 {
					p.used = append(p.used, j)
				}
			}
			p.take(p.costs, r, c)
		}
	}
	for stalled := 0; ; {
		col := p.entering(width, stalled > stalls)
		if col < 0 || enough() {
			return -1
		}
		row := p.leaving(col)
		if row < 0 {
			return col
		}
		before := p.costs[width]
		p.pivot(row, col)
		p.take(p.costs, p.rows[row], p.costs[col])
		if math.Abs(p.costs[width]-before) > tiny {
			stalled = 0
		} else {
			stalled++
		}
	}
}

// entering gives a column that lowers the cost: the one that does so most, or the first.
func (p *program) entering(width int, first bool) int {
	col, best := -1, -tiny
	for j, c := range p.costs[:width] {
		if c < best {
			if col, best = j, c; first {
				break
			}
		}
	}
	return col
}

// leaving gives the row that bounds a column first.
func (p *program) leaving(col int) int {
	row, best := -1, math.Inf(1)
	for i, r := range p.rows {
		if r[col] <= tiny {
			continue
		}
		ratio := r[len(r)-1] / r[col]
		if ratio < best-tiny || ratio < best+tiny && row >= 0 && p.basis[i] < p.basis[row] {
			row, best = i, min(ratio, best)
		}
	}
	return row
}

func (p *program) value(at int) float64 {
	for i, v := range p.basis {
		if v == at {
			return p.rows[i][len(p.rows[i])-1]
		}
	}
	return 0
}
