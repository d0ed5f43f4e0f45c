package infer

import (
	"cmp"
	"slices"

	"pahra/wire/values"
)

// table is what the paths show, in dense numbers: a node is a network, ascending by ASN; a vantage point a number from 0.
type table struct {
	asns []values.ASN // by node
	vps  []node       // by vantage point, ascending
	full []bool       // by vantage point: it gives routes to more than one origin in fifty

	edges  []edgeKey // ascending
	edgeVP [][]vpID  // by edge: who shows it, ascending
	tris   []triplet // ascending by y, x, z
	seen   []sight   // of the triplets, one behind another
}

type (
	node   = uint32
	vpID   = uint32
	edgeID = uint32
)

// edgeKey is a pair of nodes, the lesser in the upper half.
type edgeKey uint64

func keyOf(a, b node) edgeKey { return edgeKey(min(a, b))<<32 | edgeKey(max(a, b)) }

func (k edgeKey) lo() node { return node(k >> 32) }
func (k edgeKey) hi() node { return node(k) }

// triplet is three networks in a row, x nearest to the vantage point: x has from y what y has from z.
type triplet struct {
	x, y, z  node
	xy, yz   edgeID
	from, to uint32 // its sights
}

// sight is how often a vantage point shows a triplet: in how many paths, and how many of them end with it.
type sight struct {
	vp          vpID
	paths, ends uint32
}

// hop is one occurrence of a triplet, less its middle.
type hop struct {
	x, z node
	vp   vpID
	end  bool
}

// newTable reads the paths that keep wants. asns holds every network of any path.
func newTable(p *Paths, asns []values.ASN, nodes []node, keep []bool) *table {
	t := &table{asns: asns}
	t.number(p, nodes, keep)
	t.readEdges(p, nodes, keep)
	t.readTriplets(p, nodes, keep)
	return t
}

// eachPath calls f with the nodes of every path that keep wants; nil wants all.
func eachPath(p *Paths, nodes []node, keep []bool, f func(path []node)) {
	from := uint32(0)
	for i, end := range p.ends {
		if keep == nil || keep[i] {
			f(nodes[from:end])
		}
		from = end
	}
}

// number finds the vantage points and which of them give much.
func (t *table) number(p *Paths, nodes []node, keep []bool) {
	origins := 0
	last := make([]node, len(t.asns)) // by origin: 1 + the vantage point that was last seen to give it
	finish := func() {
		if len(t.vps) > 0 {
			t.full = append(t.full, origins*50 > len(t.asns))
		}
		origins = 0
	}
	eachPath(p, nodes, keep, func(path []node) { // the paths are sorted, so each vantage point's stand together
		if n := len(t.vps); n == 0 || t.vps[n-1] != path[0] {
			finish()
			t.vps = append(t.vps, path[0])
		}
		if o := path[len(path)-1]; last[o] != path[0]+1 {
			last[o] = path[0] + 1
			origins++
		}
	})
	finish()
}

// readEdges fills in edges and edgeVP.
func (t *table) readEdges(p *Paths, nodes []node, keep []bool) {
	ids := make(map[edgeKey]int)
	vp := vpID(0)
	eachPath(p, nodes, keep, func(path []node) {
		if t.vps[vp] != path[0] {
			vp++
		}
		for i, y := range path[1:] {
			k := keyOf(path[i], y)
			id, ok := ids[k]
			if !ok {
				id = len(t.edges)
				ids[k] = id
				t.edges = append(t.edges, k)
				t.edgeVP = append(t.edgeVP, nil)
			}
			if by := t.edgeVP[id]; len(by) == 0 || by[len(by)-1] != vp {
				t.edgeVP[id] = append(by, vp)
			}
		}
	})
	slices.Sort(t.edges)
	byKey := make([][]vpID, len(t.edges))
	for i, k := range t.edges {
		byKey[i] = t.edgeVP[ids[k]]
	}
	t.edgeVP = byKey
}

// edge finds the number of a pair that stands side by side.
func (t *table) edge(a, b node) (edgeID, bool) {
	i, ok := slices.BinarySearch(t.edges, keyOf(a, b))
	return edgeID(i), ok
}

// readTriplets fills in tris and seen: the occurrences are laid out by their middle, then sorted and counted.
func (t *table) readTriplets(p *Paths, nodes []node, keep []bool) {
	start := make([]uint32, len(t.asns)+1)
	eachPath(p, nodes, keep, func(path []node) {
		for i := 1; i+1 < len(path); i++ {
			start[path[i]+1]++
		}
	})
	for i := 1; i < len(start); i++ {
		start[i] += start[i-1]
	}
	hops := make([]hop, start[len(t.asns)])
	next := slices.Clone(start)
	vp := vpID(0)
	eachPath(p, nodes, keep, func(path []node) {
		if t.vps[vp] != path[0] {
			vp++
		}
		for i := 1; i+1 < len(path); i++ {
			y := path[i]
			hops[next[y]] = hop{path[i-1], path[i+1], vp, i+2 == len(path)}
			next[y]++
		}
	})
	for y := range t.asns {
		t.count(node(y), hops[start[y]:start[y+1]])
	}
}

// count turns the occurrences with one middle into triplets.
func (t *table) count(y node, hops []hop) {
	slices.SortFunc(hops, func(a, b hop) int {
		return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.z, b.z), cmp.Compare(a.vp, b.vp))
	})
	for i, h := range hops {
		same := i > 0 && hops[i-1].x == h.x && hops[i-1].z == h.z
		if !same {
			xy, _ := t.edge(h.x, y)
			yz, _ := t.edge(y, h.z)
			t.tris = append(t.tris, triplet{x: h.x, y: y, z: h.z, xy: xy, yz: yz, from: uint32(len(t.seen))})
		}
		if !same || hops[i-1].vp != h.vp {
			t.seen = append(t.seen, sight{vp: h.vp})
		}
		s := &t.seen[len(t.seen)-1]
		s.paths++
		if h.end {
			s.ends++
		}
		t.tris[len(t.tris)-1].to = uint32(len(t.seen))
	}
}
