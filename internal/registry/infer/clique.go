package infer

import (
	"math/bits"
	"slices"
)

const (
	// seed is among how many networks of the highest transit degree the clique is first looked for.
	seed = 10
	// boughtPaths is past how many paths per vantage point x y z is transit that somebody buys, in a net of a thousand
	// networks and more: a customer brings its whole cone along, a path that was poisoned or leaked comes alone.
	boughtPaths = 5
	// cliqueShare is the least transit degree of a network of the clique, as a share of the seed's median.
	cliqueShare = 0.1
	// fewest is how many of the seed are a clique at least in the Internet: half of them.
	fewest = seed / 2
	// wide is among how many networks the clique is looked for where fewer are found.
	wide = 64
	// maxTries bounds that search, for nets made to take long.
	maxTries = 1 << 20
	// maxClique bounds the clique; it had some 10 to 20 members in all the years since 1998.
	maxClique = 32
)

// findClique gives the networks that seem to buy transit of nobody, ascending. It takes the clique of the largest
// transit degree among the networks ranked highest, drops who seems to buy, and adds what links with all that are left.
// Where fewer than fewest are left the net is an odd one, of a laboratory or of few vantage points, in which those on
// top do not have the most neighbours; then the largest clique among more networks is taken.
func (v *view) findClique() []node {
	transits := func(list []node) (sum int) {
		for _, n := range list {
			sum += v.transit[n]
		}
		return sum
	}
	clique := v.withoutBuyers(v.heaviest(v.order[:min(seed, len(v.order))], transits))
	if len(clique) < fewest {
		size := func(list []node) int { return len(list)<<32 + transits(list) }
		clique = v.withoutBuyers(v.heaviest(v.order[:min(wide, len(v.order))], size))
	}
	if len(clique) == 0 {
		return nil
	}
	least := cliqueShare * float64(v.transit[clique[len(clique)/2]])
	for _, n := range v.order {
		if len(clique) == maxClique || float64(v.transit[n]) < least {
			break
		}
		if !slices.Contains(clique, n) && v.fits(clique, n) {
			clique = append(clique, n)
		}
	}
	slices.Sort(clique)
	return clique
}

// withoutBuyers drops who seems to buy, one after another.
func (v *view) withoutBuyers(clique []node) []node {
	for {
		worst := v.mostBought(clique)
		if worst < 0 {
			return clique
		}
		clique = slices.Delete(clique, worst, worst+1)
	}
}

// fits tells whether n links with every member and nobody seems to buy if it is one.
func (v *view) fits(clique []node, n node) bool {
	for _, m := range clique {
		if !v.linked(m, n) {
			return false
		}
	}
	return v.mostBought(append(slices.Clone(clique), n)) < 0
}

func (v *view) linked(a, b node) bool {
	id, ok := v.edge(a, b)
	return ok && v.live[id]
}

// mostBought gives the position of the member that seems to buy transit of another, or -1. Where x has many routes of z
// from y, either x or z buys of y; of all the members the one that stands in most such rows is it, of several the one
// ranked lowest.
func (v *view) mostBought(list []node) int {
	rows := make([]int, len(list))
	for i, x := range list {
		for _, y := range list {
			for k, z := range list {
				if x != y && y != z && x != z && v.bought(x, y, z) {
					rows[i]++
					rows[k]++
				}
			}
		}
	}
	worst := -1
	for i, n := range rows {
		if n > 0 && (worst < 0 || n > rows[worst] || n == rows[worst] && v.rank[list[i]] > v.rank[list[worst]]) {
			worst = i
		}
	}
	return worst
}

func (v *view) bought(x, y, z node) bool {
	t, ok := v.triplet(x, y, z)
	return ok && t.vps > 1 && t.paths > min(boughtPaths, len(v.asns)/200)*t.vps
}

// heaviest finds the clique of the greatest weight among up to 64 networks (Bron and Kerbosch, CACM 1973), in the order
// of list. It looks at maxTries sets at most.
func (v *view) heaviest(list []node, weight func([]node) int) []node {
	links := make([]uint64, len(list))
	for i, a := range list {
		for j, b := range list[:i] {
			if v.linked(a, b) {
				links[i] |= 1 << j
				links[j] |= 1 << i
			}
		}
	}
	var best []node
	most, tries := -1, 0
	var grow func(in, may, not uint64)
	grow = func(in, may, not uint64) {
		if tries++; may == 0 && not == 0 {
			if set := pick(list, in); weight(set) > most {
				best, most = set, weight(set)
			}
		}
		if may == 0 || tries > maxTries {
			return
		}
		pivot := bits.TrailingZeros64(may | not)
		for rest := may &^ links[pivot]; rest != 0; rest &= rest - 1 {
			i := bits.TrailingZeros64(rest)
			grow(in|1<<i, may&links[i], not&links[i])
			may &^= 1 << i
			not |= 1 << i
		}
	}
	grow(0, uint64(1)<<len(list)-1, 0)
	return best
}

func pick(list []node, in uint64) (out []node) {
	for ; in != 0; in &= in - 1 {
		out = append(out, list[bits.TrailingZeros64(in)])
	}
	return out
}
