package authority

import (
	"fmt"
	"slices"

	"pahra/wire/values"
)

// ExpandLimits bound one expansion. Zero fields take the value of [DefaultExpandLimits].
type ExpandLimits struct {
	Sets  int // distinct sets visited
	ASNs  int // distinct networks found
	Depth int // levels of sets below the one asked for
	Notes int // entries in each of Loops and Missing
}

// DefaultExpandLimits give room for the largest honest cones: there are some 120,000 networks and 30,000 as-sets.
func DefaultExpandLimits() ExpandLimits {
	return ExpandLimits{Sets: 100_000, ASNs: 500_000, Depth: 1_000, Notes: 100}
}

// Expansion is what an as-set stands for.
type Expansion struct {
	Set  string       // the set as found: "as-set AS-EXAMPLE RIPE"
	ASNs []values.ASN // in ascending order, each once
	Sets int          // distinct sets visited, the one asked for among them
	// Loops names sets that contain themselves, each as the member edge that closes a circle: "AS-B > AS-A".
	Loops []string
	// Missing names members that no registry at hand defines.
	Missing []string
	// Any tells that AS-ANY is among the members: the set stands for every network.
	Any bool
	// Truncated names the limit that cut the expansion short, or is empty: "sets", "asns" or "depth".
	Truncated string

	via    map[values.ASN]int32
	parent []int32
	names  []string
}

// Path tells how a network comes to be in the set: the names of the sets from the one asked for to the one that lists
// it, by the shortest way. It is nil for a network that is not in the expansion.
func (e *Expansion) Path(asn values.ASN) []string {
	n, ok := e.via[asn]
	if !ok {
		return nil
	}
	var path []string
	for ; n != none; n = e.parent[n] {
		path = append(path, e.names[n])
	}
	slices.Reverse(path)
	return path
}

// Expand gives every network that the set stands for, through all levels. The name may be pinned to a registry
// ("RIPE::AS-EXAMPLE"), and so may members; an unpinned member is taken from the registry of the set that lists it
// where that has one, else from the preferred one. Circles are walked once; no input can make it recurse or run longer
// than the limits allow. The error says only that the set itself is not at hand.
func (t *SetTable) Expand(set string, limits ExpandLimits) (Expansion, error) {
	start := t.find(splitPin(set))
	if start == none {
		return Expansion{}, fmt.Errorf("expanding %q: no registry at hand has this as-set", set)
	}
	w := walk{table: t, limits: limits.orDefaults(), numbers: map[int32]int32{}, missing: map[string]bool{}}
	w.out.Set, w.out.via = t.sets[start].ID(), map[values.ASN]int32{}
	w.visit(start, none, 0)
	for n := 0; n < len(w.order) && w.out.Truncated != "asns"; n++ {
		w.expand(int32(n))
	}
	w.findLoops()
	w.finish()
	return w.out, nil
}

// walk is one expansion under way: breadth first, so that the first way found is the shortest.
type walk struct {
	table   *SetTable
	limits  ExpandLimits
	out     Expansion
	order   []int32         // set numbers in order of visit; a position here is a "visit number"
	numbers map[int32]int32 // set number to visit number
	depth   []int32
	edges   [][]int32 // by visit number: the visit numbers of its member sets
	missing map[string]bool
}

// visit enters a set once and gives its visit number, or none where the limits forbid.
func (w *walk) visit(set, parent, depth int32) int32 {
	if n, ok := w.numbers[set]; ok {
		return n
	}
	switch {
	case int(depth) > w.limits.Depth:
		w.truncate("depth")
		return none
	case len(w.order) == w.limits.Sets:
		w.truncate("sets")
		return none
	}
	n := int32(len(w.order))
	w.numbers[set] = n
	w.order, w.depth, w.edges = append(w.order, set), append(w.depth, depth), append(w.edges, nil)
	w.out.parent = append(w.out.parent, parent)
	w.out.names = append(w.out.names, w.table.sets[set].Name)
	return n
}

// expand takes in one visited set's members.
func (w *walk) expand(n int32) {
	set := &w.table.sets[w.order[n]]
	for _, asn := range set.ASNs {
		if _, ok := w.out.via[asn]; ok {
			continue
		}
		if len(w.out.via) == w.limits.ASNs {
			w.truncate("asns")
			return
		}
		w.out.via[asn] = n
	}
	for _, member := range set.Sets {
		name, source := splitPin(member)
		if name == "AS-ANY" || name == "ANY" {
			w.out.Any = true
			continue
		}
		to := w.resolve(name, source, set.Source)
		if to == none {
			w.miss(member)
			continue
		}
		if m := w.visit(to, n, w.depth[n]+1); m != none {
			w.edges[n] = append(w.edges[n], m)
		}
	}
}

// resolve finds a member set: where pinned there only, else in the listing set's registry, else anywhere.
func (w *walk) resolve(name, pin, home string) int32 {
	if pin != "" {
		return w.table.find(name, pin)
	}
	if i := w.table.find(name, home); i != none {
		return i
	}
	return w.table.find(name, "")
}

func (w *walk) truncate(why string) {
	if w.out.Truncated == "" {
		w.out.Truncated = why
	}
}

func (w *walk) miss(member string) {
	if len(w.missing) < w.limits.Notes {
		w.missing[member] = true
	}
}

// findLoops finds the edges that close circles: depth first with a stack of its own, an edge to a set whose members are
// still being walked closes one.
func (w *walk) findLoops() {
	const (
		fresh = iota
		open
		done
	)
	type frame struct{ node, next int32 }
	state := make([]uint8, len(w.order))
	stack := []frame{{0, 0}}
	state[0] = open
	for len(stack) > 0 && len(w.out.Loops) < w.limits.Notes {
		f := &stack[len(stack)-1]
		if int(f.next) == len(w.edges[f.node]) {
			state[f.node] = done
			stack = stack[:len(stack)-1]
			continue
		}
		to := w.edges[f.node][f.next]
		f.next++
		switch state[to] {
		case open:
			w.out.Loops = append(w.out.Loops, w.out.names[f.node]+" > "+w.out.names[to])
		case fresh:
			state[to] = open
			stack = append(stack, frame{to, 0})
		}
	}
}

// finish puts the results in order.
func (w *walk) finish() {
	w.out.Sets = len(w.order)
	w.out.ASNs = make([]values.ASN, 0, len(w.out.via))
	for asn := range w.out.via {
		w.out.ASNs = append(w.out.ASNs, asn)
	}
	slices.Sort(w.out.ASNs)
	for name := range w.missing {
		w.out.Missing = append(w.out.Missing, name)
	}
	slices.Sort(w.out.Missing)
	slices.Sort(w.out.Loops)
	w.out.Loops = slices.Compact(w.out.Loops)
}

// orDefaults fills in the zero fields.
func (l ExpandLimits) orDefaults() ExpandLimits {
	d := DefaultExpandLimits()
	fill := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	fill(&l.Sets, d.Sets)
	fill(&l.ASNs, d.ASNs)
	fill(&l.Depth, d.Depth)
	fill(&l.Notes, d.Notes)
	return l
}
