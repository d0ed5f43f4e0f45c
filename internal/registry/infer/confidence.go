package infer

import (
	"cmp"
	"math"
	"math/bits"
	"slices"

	"pahra/wire/asrel"
)

// vpSet is a set of vantage points.
type vpSet []uint64

func (s vpSet) add(vp vpID) { s[vp>>6] |= 1 << (vp & 63) }

func (s vpSet) len() (n int) {
	for _, w := range s {
		n += bits.OnesCount64(w)
	}
	return n
}

// lenWithout counts those of s that are not in t.
func (s vpSet) lenWithout(t vpSet) (n int) {
	for i, w := range s {
		n += bits.OnesCount64(w &^ t[i])
	}
	return n
}

// evidence is, for each edge and direction, who shows what. The direction from the lesser to the greater node is 2e,
// the other 2e+1.
type evidence struct {
	words int
	pass  []uint64 // by direction a to b: who shows a between one that sells to it or peers with it, and b
	above []uint64 // by node: who shows the node behind one that sells to it or peers with it
}

func (ev *evidence) passed(dir uint32) vpSet {
	return ev.pass[int(dir)*ev.words : (int(dir)+1)*ev.words]
}

func (ev *evidence) fromAbove(n node) vpSet {
	return ev.above[int(n)*ev.words : (int(n)+1)*ev.words]
}

// direction numbers the edge e as seen from node a.
func (t *table) direction(e edgeID, a node) uint32 {
	if t.edges[e].lo() == a {
		return 2 * e
	}
	return 2*e + 1
}

// gather reads all triplets once with the relations as inferred.
func (in *inference) gather() *evidence {
	words := (len(in.vps) + 63) / 64
	ev := &evidence{words: words, pass: make([]uint64, 2*len(in.edges)*words), above: make([]uint64, len(in.asns)*words)}
	down := func(e edgeID, a node) bool { r := in.of(e, a); return r == provider || r == peers }
	for _, t := range in.tris {
		xy, yz := down(t.xy, t.x), down(t.yz, t.y)
		for _, s := range in.seen[t.from:t.to] {
			if xy {
				ev.fromAbove(t.y).add(s.vp)
				ev.passed(in.direction(t.yz, t.y)).add(s.vp)
			}
			if yz {
				ev.fromAbove(t.z).add(s.vp)
			}
		}
	}
	return ev
}

// repeat infers again from each of the parts of the vantage points and gives, by edge, the share of the parts that
// show it and agree; 1 where none does.
func (in *inference) repeat(clique []node, parts int) []float64 {
	same, shown := make([]int, len(in.edges)), make([]int, len(in.edges))
	parts = min(parts, len(in.vps))
	for part := range parts {
		if parts < 2 {
			break
		}
		has := make([]bool, len(in.vps))
		for vp := range has {
			has[vp] = vp%parts == part
		}
		again := newView(in.table, has).infer(clique)
		for e := range again.rel {
			if again.live[e] {
				shown[e]++
				if again.rel[e] == in.rel[e] {
					same[e]++
				}
			}
		}
	}
	stable := make([]float64, len(in.edges))
	for e := range stable {
		stable[e] = 1
		if shown[e] > 0 {
			stable[e] = float64(same[e]) / float64(shown[e])
		}
	}
	return stable
}

// weigh adds the edges with their evidence and confidence to r.
func (in *inference) weigh(r *Result, stable []float64) {
	ev := in.gather()
	for i := range in.rel {
		if e := edgeID(i); in.live[e] {
			edge := in.result(e)
			edge.VPs, edge.Stable = len(in.edgeVP[e]), stable[e]
			in.count(&edge, e, ev)
			edge.Confidence = edge.confidence()
			r.Edges = append(r.Edges, edge)
		}
	}
	slices.SortFunc(r.Edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(min(a.A, a.B), min(b.A, b.B)), cmp.Compare(max(a.A, a.B), max(b.A, b.B)))
	})
}

// count fills in For and Against.
func (in *inference) count(edge *Edge, e edgeID, ev *evidence) {
	a, b := in.edges[e].lo(), in.edges[e].hi()
	if in.rel[e] == customer {
		a, b = b, a
	}
	ab, ba := ev.passed(in.direction(e, a)), ev.passed(in.direction(e, b))
	if edge.Code == asrel.ProviderCustomer {
		edge.For, edge.Against = ab.len(), ba.len()
		return
	}
	edge.For = min(ev.fromAbove(a).lenWithout(ab), ev.fromAbove(b).lenWithout(ba))
	edge.Against = ab.len() + ba.lenWithout(ab)
}

// belief is what a step's inferences are worth before the evidence is counted, as if weight vantage points had been
// asked. The shares are rounded down from comparisons with published relations; see docs/relations.md.
type belief struct{ share, weight float64 }

func (s Step) belief() belief {
	switch s {
	case StepTopDown, StepStubClique:
		return belief{0.97, 4}
	case StepClique:
		return belief{0.95, 10}
	case StepLarger, StepProvidless, StepPartial, StepShown:
		return belief{0.8, 4}
	case StepFold:
		return belief{0.6, 4}
	}
	return belief{0.4, 10}
}

// confidence weighs the belief against who shows it and who shows the opposite, and takes off for repetitions that
// came to something else. That nobody shows transit is weak evidence, so one who does counts eight times for peers.
func (e *Edge) confidence() float64 {
	b := e.Step.belief()
	against, shaky := 1.0, 0.25
	if e.Code == asrel.Peer {
		against, shaky = 8, 0.5
		if e.Step != StepClique {
			b = StepRest.belief()
		}
	}
	sure := (b.share*b.weight + float64(e.For)) / (b.weight + float64(e.For) + against*float64(e.Against))
	sure *= 1 - shaky*(1-e.Stable)
	return math.Round(1000*min(max(sure, 0.001), 0.999)) / 1000
}
