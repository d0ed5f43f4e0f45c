package health

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// heavy makes a table as desks have them: a few large figures, many small ones and zeros.
func heavy(seed uint64, rows, cols int) [][]int64 {
	r := rand.New(rand.NewPCG(seed, 1))
	cells := make([][]int64, rows)
	for i := range cells {
		size := math.Exp(r.NormFloat64() * 2.5)
		for range cols {
			cells[i] = append(cells[i], int64(20*size*math.Exp(r.NormFloat64()*0.8)))
		}
	}
	return cells
}

// year gives classes by months, quarters and the year, each a stage later than the one before.
func year(cells [][]int64) (figures []Figure, sums []Sum) {
	wide := make([][]int64, len(cells))
	for i, row := range cells {
		wide[i] = append(wide[i], row...)
	}
	figures, sums = table("m", wide)
	for i := range figures {
		var r, c int
		if n, _ := fmt.Sscanf(figures[i].Key, "m/%d/%d", &r, &c); n == 2 {
			figures[i].Stage = c
		} else if n, _ := fmt.Sscanf(figures[i].Key, "m/*/%d", &c); n == 1 {
			figures[i].Stage = c
		} else {
			figures[i].Stage = 11
		}
	}
	add := func(row string, values []int64) {
		for q := range 4 {
			s, n := Sum{Total: fmt.Sprintf("q/%s/%d", row, q)}, int64(0)
			for m := range 3 {
				s.Parts, n = append(s.Parts, fmt.Sprintf("m/%s/%d", row, 3*q+m)), n+values[3*q+m]
			}
			figures, sums = append(figures, Figure{Key: s.Total, Value: n, Stage: 3*q + 2}), append(sums, s)
		}
	}
	all := make([]int64, 12)
	for i, row := range cells {
		add(fmt.Sprint(i), row)
		for m, v := range row {
			all[m] += v
		}
	}
	add("*", all)
	for q := range 4 {
		s := Sum{Total: fmt.Sprintf("q/*/%d", q)}
		for i := range cells {
			s.Parts = append(s.Parts, fmt.Sprintf("q/%d/%d", i, q))
		}
		sums = append(sums, s)
	}
	return figures, sums
}

// TestSuppressReal: tables of a real size are done in time, hold against the solver and show what can be shown.
func TestSuppressReal(t *testing.T) {
	for _, of := range []struct {
		name         string
		figures      func() ([]Figure, []Sum)
		shownAtLeast float64
	}{
		{"20 classes in a year", func() ([]Figure, []Sum) { return year(heavy(1, 20, 12)) }, 0.5},
		{"39 types in a year", func() ([]Figure, []Sum) { return year(heavy(2, 39, 12)) }, 0.5},
		{"60 networks by 20 classes", func() ([]Figure, []Sum) { return table("n", heavy(3, 60, 20)) }, 0.5},
	} {
		t.Run(of.name, func(t *testing.T) {
			figures, sums := of.figures()
			hidden, err := Suppress(figures, sums, k)
			if err != nil {
				t.Fatal(err)
			}
			solve(t, figures, sums, hidden)
			small := 0
			for _, f := range figures {
				if f.Value < k {
					small++
				}
			}
			t.Logf("%d figures, %d small, %d hidden", len(figures), small, len(hidden))
			if could := len(figures) - small; float64(len(figures)-len(hidden)) < of.shownAtLeast*float64(could) {
				t.Errorf("of %d figures that are not small %d are shown", could, len(figures)-len(hidden))
			}
		})
	}
}

func BenchmarkSuppressYear(b *testing.B) {
	figures, sums := year(heavy(1, 20, 12))
	for b.Loop() {
		if _, err := Suppress(figures, sums, k); err != nil {
			b.Fatal(err)
		}
	}
}
