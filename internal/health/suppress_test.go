package health

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"
)

const k = 10

// table gives a table's figures and sums: rows by columns, with all totals.
func table(name string, cells [][]int64) (figures []Figure, sums []Sum) {
	cols := len(cells[0])
	columnParts := make([][]string, cols)
	columnTotal := make([]int64, cols)
	var rowTotals, columnTotals []string
	all := int64(0)
	for r, row := range cells {
		var parts []string
		n := int64(0)
		for c, v := range row {
			key := fmt.Sprintf("%s/%d/%d", name, r, c)
			figures, parts = append(figures, Figure{Key: key, Value: v}), append(parts, key)
			columnParts[c], columnTotal[c], n = append(columnParts[c], key), columnTotal[c]+v, n+v
		}
		key := fmt.Sprintf("%s/%d/*", name, r)
		figures, sums, rowTotals = append(figures, Figure{Key: key, Value: n}), append(sums, Sum{key, parts}), append(rowTotals, key)
		all += n
	}
	for c := range cols {
		key := fmt.Sprintf("%s/*/%d", name, c)
		figures, sums, columnTotals = append(figures, Figure{Key: key, Value: columnTotal[c]}), append(sums, Sum{key, columnParts[c]}), append(columnTotals, key)
	}
	key := name + "/*/*"
	return append(figures, Figure{Key: key, Value: all}), append(sums, Sum{key, rowTotals}, Sum{key, columnTotals})
}

// TestSuppress: of random tables, no hidden figure can be told better than from 0 to 9, by a search through whole numbers.
func TestSuppress(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cells := make([][]int64, 2)
		for r := range cells {
			cells[r] = rapid.SliceOfN(rapid.SampledFrom([]int64{0, 1, 3, 9, 10, 11, 14, 20}), 2, 2).Draw(rt, "row")
		}
		figures, sums := table("t", cells)
		hidden, err := Suppress(figures, sums, k)
		if err != nil {
			rt.Fatal(err)
		}
		for _, f := range figures {
			if f.Value < k && !hidden[f.Key] {
				rt.Fatalf("%s is %d and shown", f.Key, f.Value)
			}
		}
		for _, f := range figures {
			if !hidden[f.Key] {
				continue
			}
			low, high := int64(0), int64(k-1)
			if f.Value >= k { // hidden for the others' sake
				for !possible(figures, hidden, f.Key, low) {
					low++
				}
				for high = low + k - 1; high < 45 && !possible(figures, hidden, f.Key, high); high++ {
				}
			}
			if !possible(figures, hidden, f.Key, low) || !possible(figures, hidden, f.Key, high) {
				rt.Fatalf("of %v with %v hidden, %s cannot be from %d to %d", cells, hidden, f.Key, low, high)
			}
		}
	})
}

// possible says whether a table of whole numbers exists that shows the same and in which the figure has a value: it tries all.
func possible(figures []Figure, hidden map[string]bool, key string, value int64) bool {
	shown := map[string]int64{}
	for _, f := range figures {
		if !hidden[f.Key] {
			shown[f.Key] = f.Value
		}
	}
	shown[key] = value
	fits := func(n int64, key string) bool { total, is := shown[key]; return !is || n == total }
	const most = 32
	between := func(key string) (int64, int64) {
		if v, is := shown[key]; is {
			return v, v
		}
		return 0, most
	}
	var from, to [4]int64
	for i, cell := range []string{"t/0/0", "t/0/1", "t/1/0", "t/1/1"} {
		from[i], to[i] = between(cell)
	}
	for a := from[0]; a <= to[0]; a++ {
		for b := from[1]; b <= to[1]; b++ {
			if !fits(a+b, "t/0/*") {
				continue
			}
			for c := from[2]; c <= to[2]; c++ {
				if !fits(a+c, "t/*/0") {
					continue
				}
				for d := from[3]; d <= to[3]; d++ {
					if fits(b+d, "t/*/1") && fits(c+d, "t/1/*") && fits(a+b+c+d, "t/*/*") {
						return true
					}
				}
			}
		}
	}
	return false
}

// TestOverlap: months, the year, a country and its association; the difference of the last two is not published and must not
// be told either.
func TestOverlap(t *testing.T) {
	country, sums := table("country", [][]int64{{120, 44, 30}, {55, 312, 200}, {117, 80, 41}, {390, 77, 60}})
	members, more := table("members", [][]int64{{15, 17, 8}, {35, 112, 150}, {40, 60, 29}, {200, 30, 22}})
	figures := append(country, members...)
	sums = append(sums, more...)
	for i, f := range country {
		rest := Figure{Key: "rest" + f.Key, Value: f.Value - members[i].Value, Unsaid: true}
		figures = append(figures, rest)
		sums = append(sums, Sum{f.Key, []string{members[i].Key, rest.Key}})
	}
	hidden, err := Suppress(figures, sums, k)
	if err != nil {
		t.Fatal(err)
	}
	solve(t, figures, sums, hidden)
	if shown := len(country) + len(members) - len(hidden); shown < len(country) {
		t.Errorf("%d of %d figures are shown", shown, len(country)+len(members))
	}
}

// TestSuppressRefuses what does not add up, rather than show what it cannot judge.
func TestSuppressRefuses(t *testing.T) {
	if _, err := Suppress([]Figure{{Key: "a", Value: 3}, {Key: "b", Value: 20}}, []Sum{{"b", []string{"a"}}}, k); err == nil {
		t.Error("a sum that is none was taken")
	}
	if _, err := Suppress([]Figure{{Key: "b", Value: 20}}, []Sum{{"b", []string{"a"}}}, k); err == nil {
		t.Error("a part that is not given was taken")
	}
}

// solve holds what is published against a solver: of no hidden figure can it tell more than that it is from 0 to 9, or, of one
// that is hidden for others' sake, tell fewer than ten values apart.
func solve(t *testing.T, figures []Figure, sums []Sum, hidden map[string]bool) {
	t.Helper()
	value, column, slack := map[string]float64{}, map[string]int{}, map[string]bool{}
	var keys []string
	for _, f := range figures {
		value[f.Key] = float64(f.Value)
		slack[f.Key] = f.Slack
		if hidden[f.Key] || f.Unsaid || f.Slack {
			column[f.Key], keys = len(keys), append(keys, f.Key)
		} else if f.Value < k {
			t.Fatalf("%s is %d and shown", f.Key, f.Value)
		}
	}
	var rows [][]float64
	for _, s := range sums {
		row, any := make([]float64, len(keys)+1), false
		for i, key := range append([]string{s.Total}, s.Parts...) {
			sign := 1.0
			if i == 0 {
				sign = -1
			}
			if at, is := column[key]; is {
				row[at], any = row[at]+sign, true
			} else {
				row[len(keys)] -= sign * value[key]
			}
		}
		if any {
			rows = append(rows, row)
		}
	}
	p := newProgram(rows, len(keys))
	for at, key := range keys {
		if slack[key] || !hidden[key] && value[key] >= k {
			continue // it is only not said
		}
		low, high := p.reach(at, -1, max(0, value[key]-k)), p.reach(at, 1, value[key]+k)
		if value[key] < k && (low > 0.01 || high < k-1.01) || high-low < k-1.01 {
			t.Errorf("%s, which is %v, is told to be from %v to %v", key, value[key], low, high)
		}
	}
}

// reach lets a variable grow, or with a sign of -1 shrink, until it is at least, or at most, to.
func (p *program) reach(at int, sign, to float64) float64 {
	cost := make([]float64, p.n)
	cost[at] = -sign
	if p.minimise(cost, func() bool { return sign*(p.value(at)-to) >= 0 }) >= 0 {
		return math.Inf(1)
	}
	return p.value(at)
}
