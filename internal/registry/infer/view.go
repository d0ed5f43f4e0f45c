package infer

import (
	"cmp"
	"slices"
)

// view is what some of the vantage points show, and the ranking that follows.
type view struct {
	*table
	has     []bool   // by vantage point: it is one of them
	live    []bool   // by edge: one of them shows it
	tris    []tally  // ascending by y, x, z; hides the table's
	middle  []uint32 // by node y: where its triplets begin in tris; one more than there are nodes
	near    [][]node // by node: its neighbours, ascending
	transit []int    // by node: neighbours on either side of it within paths
	order   []node   // highest first
	rank    []int    // by node: its place in order
}

// tally is a triplet as a view has it.
type tally struct {
	*triplet
	vps, paths, ends int
}

// newView takes the vantage points in has; nil takes all.
func newView(t *table, has []bool) *view {
	if has == nil {
		has = slices.Repeat([]bool{true}, len(t.vps))
	}
	v := &view{table: t, has: has}
	v.tallyTriplets()
	v.meet()
	v.rankNodes()
	return v
}

func (v *view) tallyTriplets() {
	v.middle = make([]uint32, len(v.asns)+1)
	for i := range v.table.tris {
		tr := &v.table.tris[i]
		c := tally{triplet: tr}
		for _, s := range v.seen[tr.from:tr.to] {
			if v.has[s.vp] {
				c.vps++
				c.paths += int(s.paths)
				c.ends += int(s.ends)
			}
		}
		if c.vps > 0 {
			v.tris = append(v.tris, c)
			v.middle[tr.y+1]++
		}
	}
	for i := 1; i < len(v.middle); i++ {
		v.middle[i] += v.middle[i-1]
	}
}

// around gives the triplets that have y in the middle.
func (v *view) around(y node) []tally { return v.tris[v.middle[y]:v.middle[y+1]] }

// meet fills in live and near.
func (v *view) meet() {
	v.live = make([]bool, len(v.edges))
	v.near = make([][]node, len(v.asns))
	for i, by := range v.edgeVP {
		if v.live[i] = slices.ContainsFunc(by, func(vp vpID) bool { return v.has[vp] }); v.live[i] {
			lo, hi := v.edges[i].lo(), v.edges[i].hi()
			v.near[lo] = append(v.near[lo], hi)
			v.near[hi] = append(v.near[hi], lo)
		}
	}
	for _, list := range v.near {
		slices.Sort(list)
	}
}

// rankNodes orders the networks by transit degree, then by degree, then by number.
func (v *view) rankNodes() {
	v.transit = make([]int, len(v.asns))
	v.order = make([]node, len(v.asns))
	v.rank = make([]int, len(v.asns))
	var sides []node
	for y := range v.asns {
		v.order[y] = node(y)
		sides = sides[:0]
		for _, tr := range v.around(node(y)) {
			sides = append(sides, tr.x, tr.z)
		}
		slices.Sort(sides)
		v.transit[y] = len(slices.Compact(sides))
	}
	slices.SortFunc(v.order, func(a, b node) int {
		return cmp.Or(cmp.Compare(v.transit[b], v.transit[a]), cmp.Compare(len(v.near[b]), len(v.near[a])), cmp.Compare(a, b))
	})
	for i, n := range v.order {
		v.rank[n] = i
	}
}

// triplet finds the triplet x y z.
func (v *view) triplet(x, y, z node) (tally, bool) {
	list := v.around(y)
	i, ok := slices.BinarySearchFunc(list, [2]node{x, z}, func(t tally, want [2]node) int {
		return cmp.Or(cmp.Compare(t.x, want[0]), cmp.Compare(t.z, want[1]))
	})
	if !ok {
		return tally{}, false
	}
	return list[i], true
}
