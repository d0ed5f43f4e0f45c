package infer

import (
	"cmp"
	"slices"

	"pahra/wire/asrel"
)

// relation is what an edge's lesser node is to the greater.
type relation int8

const (
	unknown relation = iota
	provider
	customer
	peers
)

// inference gives the edges of a view their relations, one step after another. What is settled stays so.
type inference struct {
	*view
	rel      []relation // by edge
	step     []Step     // by edge
	inClique []bool     // by node
	above    [][]node   // by node: its providers
}

// infer runs all steps.
func (v *view) infer(clique []node) *inference {
	in := &inference{view: v, rel: make([]relation, len(v.edges)), step: make([]Step, len(v.edges)),
		inClique: make([]bool, len(v.asns)), above: make([][]node, len(v.asns))}
	for _, n := range clique {
		in.inClique[n] = true
	}
	in.peerClique(clique)
	in.topDown(clique)
	in.partialFeeds()
	in.largerCustomers()
	in.providerLess()
	in.stubsOfClique(clique)
	in.fold()
	in.rest()
	in.shown()
	return in
}

// of tells what a is to b.
func (in *inference) of(e edgeID, a node) relation {
	r := in.rel[e]
	if in.edges[e].lo() != a {
		switch r {
		case provider:
			return customer
		case customer:
			return provider
		}
	}
	return r
}

func (in *inference) setPeers(e edgeID, s Step) {
	in.rel[e], in.step[e] = peers, s
}

// sell makes p the provider of c, unless that cannot be: c is of the clique, or p buys of c already, by however many
// steps.
func (in *inference) sell(e edgeID, p, c node, s Step) bool {
	if in.rel[e] != unknown || in.inClique[c] || in.isAbove(c, p) {
		return false
	}
	in.rel[e], in.step[e] = provider, s
	if in.edges[e].lo() != p {
		in.rel[e] = customer
	}
	in.above[c] = append(in.above[c], p)
	return true
}

// isAbove tells whether a sells to b, directly or through others.
func (in *inference) isAbove(a, b node) bool {
	if in.inClique[b] || in.isStub(a) {
		return false
	}
	seen := map[node]struct{}{b: {}}
	for list := []node{b}; len(list) > 0; {
		n := list[len(list)-1]
		list = list[:len(list)-1]
		for _, p := range in.above[n] {
			if p == a {
				return true
			}
			if _, ok := seen[p]; !ok {
				seen[p] = struct{}{}
				list = append(list, p)
			}
		}
	}
	return false
}

// isStub tells that nobody shows a network between two others.
func (in *inference) isStub(n node) bool { return in.transit[n] == 0 }

// higher tells whether a ranks above b; the clique ranks above all.
func (in *inference) higher(a, b node) bool {
	if in.inClique[a] != in.inClique[b] {
		return in.inClique[a]
	}
	return in.rank[a] < in.rank[b]
}

func (in *inference) peerClique(clique []node) {
	for i, a := range clique {
		for _, b := range clique[:i] {
			if e, ok := in.edge(a, b); ok && in.live[e] {
				in.setPeers(e, StepClique)
			}
		}
	}
}

// fromAbove tells that x has from y what y gives only of its customers: x sells to y, or they are peers at the top.
func (in *inference) fromAbove(t tally) bool {
	switch in.of(t.xy, t.x) {
	case provider:
		return true
	case peers:
		return in.step[t.xy] == StepClique
	}
	return false
}

// topDown visits the networks from the highest down: who passes on to those above has it from a customer.
func (in *inference) topDown(clique []node) {
	visit := func(y node) {
		for _, t := range in.around(y) {
			if in.higher(y, t.z) && in.fromAbove(t) {
				in.sell(t.yz, y, t.z, StepTopDown)
			}
		}
	}
	for _, y := range clique {
		visit(y)
	}
	for _, y := range in.order {
		if !in.inClique[y] {
			visit(y)
		}
	}
}

// partialFeeds takes vantage points that give few origins: they show what they have of customers and peers, so the
// network behind their neighbour is the neighbour's customer.
func (in *inference) partialFeeds() {
	for _, t := range in.tris {
		if !in.isStub(t.z) || in.rel[t.yz] != unknown {
			continue
		}
		for _, s := range in.seen[t.from:t.to] {
			if in.has[s.vp] && !in.full[s.vp] && in.vps[s.vp] == t.x {
				in.sell(t.yz, t.y, t.z, StepPartial)
			}
		}
	}
}

// minPaths is how many paths must show a customer of larger transit degree than its provider's.
const minPaths = 3

// largerCustomers is topDown for customers that rank above their provider, the best shown first. What they give to
// their provider is again of customers.
func (in *inference) largerCustomers() {
	var queue []tally
	for _, t := range in.tris {
		if in.isLarger(t) && t.ends > 0 {
			queue = append(queue, t)
		}
	}
	better := func(a, b tally) int {
		return cmp.Or(cmp.Compare(b.paths, a.paths), cmp.Compare(a.y, b.y), cmp.Compare(a.x, b.x), cmp.Compare(a.z, b.z))
	}
	for len(queue) > 0 {
		slices.SortFunc(queue, better)
		var more []tally
		for _, t := range queue {
			if t.paths >= minPaths && in.sell(t.yz, t.y, t.z, StepLarger) {
				more = in.below(t.y, t.z, more)
			}
		}
		queue = more
	}
}

// isLarger tells a triplet that calls for y to sell to z, which ranks higher.
func (in *inference) isLarger(t tally) bool {
	return in.rel[t.yz] == unknown && in.of(t.xy, t.x) == provider && !in.higher(t.y, t.z)
}

// below gives what follows from y now selling to z: networks that z has beneath it, and to larger those that rank
// higher than z.
func (in *inference) below(y, z node, larger []tally) []tally {
	for _, t := range in.around(z) {
		if t.x != y || in.rel[t.yz] != unknown {
			continue
		}
		if in.higher(z, t.z) {
			in.sell(t.yz, z, t.z, StepTopDown)
		} else {
			larger = append(larger, t)
		}
	}
	return larger
}

// minProviderless is the least transit degree of a network outside the clique that is taken to need no provider.
const minProviderless = 10

// providerLess takes networks of some size for which no provider was found, such as research networks: their
// neighbours are peers, the largest first, and what they pass between a peer and another is a customer's.
func (in *inference) providerLess() {
	for _, x := range in.order {
		if in.transit[x] < minProviderless {
			return
		}
		if in.inClique[x] || len(in.above[x]) > 0 {
			continue
		}
		near := slices.Clone(in.near[x])
		slices.SortFunc(near, func(a, b node) int { return in.rank[a] - in.rank[b] })
		for _, y := range near {
			if e, _ := in.edge(x, y); in.rel[e] == unknown && in.passes(x, y) {
				in.setPeers(e, StepProvidless)
				in.sellAcross(x, y)
			}
		}
	}
}

// passes tells that x stands between y and another.
func (in *inference) passes(x, y node) bool {
	return slices.ContainsFunc(in.around(x), func(t tally) bool { return t.x == y || t.z == y })
}

// sellAcross makes what x passes to or from its peer y a customer of x.
func (in *inference) sellAcross(x, y node) {
	for _, t := range in.around(x) {
		e, z := t.yz, t.z
		switch y {
		case t.x:
		case t.z:
			e, z = t.xy, t.x
		default:
			continue
		}
		if in.sell(e, x, z, StepProvidless) {
			in.below(x, z, nil)
		}
	}
}

// stubsOfClique: networks on top do not peer with stubs.
func (in *inference) stubsOfClique(clique []node) {
	for _, x := range clique {
		for _, y := range in.near[x] {
			if e, _ := in.edge(x, y); in.isStub(y) {
				in.sell(e, x, y, StepStubClique)
			}
		}
	}
}

// fold takes two unknown edges in a row, y x z. If both were peers x would pass a peer's routes to a peer; so the one
// that stands behind x, never before it, is taken for a customer unless it ranks higher.
func (in *inference) fold() {
	for _, x := range in.order {
		if in.isStub(x) {
			return
		}
		for _, z := range in.folded(x) {
			e, _ := in.edge(x, z)
			if in.higher(x, z) && in.sell(e, x, z, StepFold) {
				in.below(x, z, nil)
			}
		}
	}
}

// folded gives the networks behind x on an unknown edge that follows an unknown or peering one, those with most in
// front first.
func (in *inference) folded(x node) []node {
	front, back := make(map[node]bool), make(map[node]int)
	list := in.around(x)
	for _, t := range list {
		if in.foldable(t) && !in.hearsAbove(x, t.x) {
			front[t.x] = true
			back[t.z]++
		}
	}
	var out []node
	for z := range back {
		if !front[z] {
			out = append(out, z)
		}
	}
	slices.SortFunc(out, func(a, b node) int { return cmp.Or(back[b]-back[a], in.rank[a]-in.rank[b]) })
	return out
}

func (in *inference) foldable(t tally) bool {
	first := in.rel[t.xy]
	return (first == unknown || first == peers) && in.rel[t.yz] == unknown
}

// hearsAbove tells that x passes y's routes to a provider of its own or the reverse: then y is rather its customer.
func (in *inference) hearsAbove(x, y node) bool {
	for _, p := range in.above[x] {
		if _, ok := in.triplet(y, x, p); ok {
			return true
		}
		if _, ok := in.triplet(p, x, y); ok {
			return true
		}
	}
	return false
}

func (in *inference) rest() {
	for e := range in.rel {
		if in.live[e] && in.rel[e] == unknown {
			in.setPeers(edgeID(e), StepRest)
		}
	}
}

// minShown is how many vantage points must show transit one way, and so many times as many as the other way.
const minShown = 4

// shown takes the pairs left over for peers of which enough vantage points show transit one way: a network between one
// that sells to it or peers with it, and the other. It looks once, at the relations as they are before, and begins with
// the pairs that most vantage points show.
func (in *inference) shown() {
	type sale struct {
		e    edgeID
		p, c node
		vps  int
	}
	var sales []sale
	ev := in.gather()
	for i, r := range in.rel {
		e := edgeID(i)
		if r != peers || in.step[e] != StepRest {
			continue
		}
		lo, hi := in.edges[e].lo(), in.edges[e].hi()
		down, up := ev.passed(2*e).len(), ev.passed(2*e+1).len()
		switch {
		case down >= minShown && down >= minShown*up:
			sales = append(sales, sale{e, lo, hi, down})
		case up >= minShown && up >= minShown*down:
			sales = append(sales, sale{e, hi, lo, up})
		}
	}
	slices.SortStableFunc(sales, func(a, b sale) int { return b.vps - a.vps })
	for _, s := range sales {
		in.rel[s.e] = unknown
		if !in.sell(s.e, s.p, s.c, StepShown) {
			in.setPeers(s.e, StepRest)
		}
	}
}

// result gives an edge's networks and relation as they are published.
func (in *inference) result(e edgeID) Edge {
	lo, hi := in.asns[in.edges[e].lo()], in.asns[in.edges[e].hi()]
	switch in.rel[e] {
	case provider:
		return Edge{A: lo, B: hi, Code: asrel.ProviderCustomer, Step: in.step[e]}
	case customer:
		return Edge{A: hi, B: lo, Code: asrel.ProviderCustomer, Step: in.step[e]}
	}
	return Edge{A: lo, B: hi, Code: asrel.Peer, Step: in.step[e]}
}
