package infer

import (
	"slices"

	"pahra/wire/values"
)

// Infer gives every pair of networks that stand side by side in a path a relation. It sorts p's paths and changes
// nothing else in it.
func Infer(p *Paths, opt Options) *Result {
	p.compact()
	asns, nodes := numbered(p.hops)
	t := newTable(p, asns, nodes, nil)
	v := newView(t, nil)
	clique := opt.nodes(asns)
	if len(clique) == 0 {
		clique = v.findClique()
	}
	keep, poisoned := unpoisoned(p, nodes, clique, len(asns))
	if poisoned > 0 {
		t = newTable(p, asns, nodes, keep)
		v = newView(t, nil)
	}
	in := v.infer(clique)
	r := &Result{Stats: Stats{Paths: len(p.ends) - poisoned, Poisoned: poisoned, VPs: len(t.vps), Intake: p.intake}}
	for _, n := range clique {
		r.Clique = append(r.Clique, asns[n])
	}
	for _, full := range t.full {
		if full {
			r.Stats.FullVPs++
		}
	}
	for _, near := range v.near {
		if len(near) > 0 {
			r.Stats.Networks++
		}
	}
	in.weigh(r, in.repeat(clique, opt.Repeats))
	return r
}

// numbered gives the networks in ascending order, and each hop's place among them.
func numbered(hops []values.ASN) ([]values.ASN, []node) {
	asns := slices.Clone(hops)
	slices.Sort(asns)
	asns = slices.Clone(slices.Compact(asns))
	ids := make(map[values.ASN]node, len(asns))
	for i, a := range asns {
		ids[a] = node(i)
	}
	nodes := make([]node, len(hops))
	for i, a := range hops {
		nodes[i] = ids[a]
	}
	return asns, nodes
}

// nodes gives the clique that was set, as far as it is seen.
func (opt *Options) nodes(asns []values.ASN) (out []node) {
	for _, a := range opt.Clique {
		if i, ok := slices.BinarySearch(asns, a); ok {
			out = append(out, node(i))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unpoisoned tells which paths to keep: not those where another stands between two of the clique, for one on top has
// the other's routes directly. Such are made by who puts others' numbers into a path, or by leaks.
func unpoisoned(p *Paths, nodes []node, clique []node, networks int) (keep []bool, poisoned int) {
	top := make([]bool, networks)
	for _, n := range clique {
		top[n] = true
	}
	keep = make([]bool, len(p.ends))
	i := 0
	eachPath(p, nodes, nil, func(path []node) {
		first, last, count := -1, -1, 0
		for at, n := range path {
			if top[n] {
				if first < 0 {
					first = at
				}
				last = at
				count++
			}
		}
		keep[i] = count == 0 || last-first+1 == count
		if !keep[i] {
			poisoned++
		}
		i++
	})
	return keep, poisoned
}
