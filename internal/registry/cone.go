package registry

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"pahra/wire/values"
)

// cones remembers customer cones once they were asked for, in bounded memory: 17 MB hold every cone of May 2022. Once the
// memory is spent, further cones are answered by searching upward from the customer, which gives the same.
type cones struct {
	byNode []atomic.Pointer[cone]
	left   atomic.Int64 // bytes that may still be spent
	pool   sync.Pool    // of *walker
}

// coneBudget bounds the memory for remembered cones, in bytes.
const coneBudget = 128 << 20

// cone is a set of nodes: a sorted list, or for a large one a bit set.
type cone struct {
	list []uint32
	bits []uint64
}

func (c *cones) init(nodes int, budget int64) {
	c.byNode = make([]atomic.Pointer[cone], nodes)
	c.left.Store(budget)
}

// has tells whether node is in the cone.
func (c *cone) has(node uint32) bool {
	if c.bits != nil {
		return c.bits[node/64]>>(node%64)&1 != 0
	}
	_, ok := slices.BinarySearch(c.list, node)
	return ok
}

// size is the memory that the cone takes, in bytes.
func (c *cone) size() int64 { return int64(4*len(c.list)+8*len(c.bits)) + 64 }

// nodes lists the cone ascending.
func (c *cone) nodes() []uint32 {
	if c.bits == nil {
		return c.list
	}
	var out []uint32
	for i, word := range c.bits {
		for ; word != 0; word &= word - 1 {
			out = append(out, uint32(64*i+bits.TrailingZeros64(word)))
		}
	}
	return out
}

// Cone gives asn's customer cone, ascending: asn itself and every network that can be reached from it over
// provider-customer links downward, as CAIDA defines the recursive cone. Loops do no harm. A network that no source
// mentions has a cone of its own; nil means that there are no relations at all.
func (r *Registry) Cone(asn values.ASN) []values.ASN {
	if !r.HasRelations() {
		return nil
	}
	node, ok := r.nodes.find(asn)
	if !ok {
		return []values.ASN{asn}
	}
	if c := r.remembered(node); c != nil {
		return r.asnsOf(c.nodes())
	}
	return r.asnsOf(r.descend(node).nodes())
}

// InCone tells whether customer is in provider's customer cone; a network is in its own.
func (r *Registry) InCone(provider, customer values.ASN) bool {
	if provider == customer {
		return true
	}
	p, ok := r.nodes.find(provider)
	if !ok || len(r.graph.row(p, toCustomers)) == 0 {
		return false
	}
	c, ok := r.nodes.find(customer)
	if !ok || len(r.graph.row(c, toProviders)) == 0 {
		return false
	}
	if cone := r.remembered(p); cone != nil {
		return cone.has(c)
	}
	return r.climb(c, p)
}

// InConeWithin tells whether customer is in provider's customer cone no more than so many links down. The deeper a cone,
// the more it holds for one wrong relation in it.
func (r *Registry) InConeWithin(provider, customer values.ASN, levels int) bool {
	if provider == customer {
		return true
	}
	p, ok := r.nodes.find(provider)
	if !ok {
		return false
	}
	c, ok := r.nodes.find(customer)
	if !ok {
		return false
	}
	w := r.cones.walker(len(r.nodes.asns))
	defer r.cones.pool.Put(w)
	defer w.reset()
	w.visit(c)
	for done := 0; levels > 0 && done < len(w.queue); levels-- {
		for end := len(w.queue); done < end; done++ {
			for _, n := range r.graph.row(w.queue[done], toProviders) {
				if n == p {
					return true
				}
				if !w.has(n) {
					w.visit(n)
				}
			}
		}
	}
	return false
}

// remembered gives node's cone, making it on first use; nil where the memory is spent. Two goroutines may make it
// at once; one of the two is kept.
func (r *Registry) remembered(node uint32) *cone {
	p := &r.cones.byNode[node]
	if c := p.Load(); c != nil {
		return c
	}
	if r.cones.left.Load() <= 0 {
		return nil
	}
	c := r.descend(node)
	if r.cones.left.Add(-c.size()) < 0 {
		r.cones.left.Store(0) // or each call would make this cone again in vain
		return nil
	}
	if !p.CompareAndSwap(nil, c) {
		r.cones.left.Add(c.size())
	}
	return p.Load()
}

// descend finds every node below, and node itself.
func (r *Registry) descend(node uint32) *cone {
	if len(r.graph.row(node, toCustomers)) == 0 {
		return &cone{list: []uint32{node}}
	}
	w := r.cones.walker(len(r.nodes.asns))
	defer r.cones.pool.Put(w)
	w.walk(&r.graph, node, toCustomers, noNode)
	c := &cone{}
	if 4*len(w.queue) >= 8*len(w.seen) {
		c.bits = slices.Clone(w.seen)
	} else {
		c.list = slices.Clone(w.queue)
		slices.Sort(c.list)
	}
	w.reset()
	return c
}

// climb tells whether goal is above node.
func (r *Registry) climb(node, goal uint32) bool {
	w := r.cones.walker(len(r.nodes.asns))
	defer r.cones.pool.Put(w)
	w.walk(&r.graph, node, toProviders, goal)
	above := w.has(goal)
	w.reset()
	return above
}

const noNode = ^uint32(0)

// walker visits nodes; between walks its set is empty.
type walker struct {
	seen  []uint64
	queue []uint32 // the nodes seen, in order
}

// walker gives one that no other goroutine uses; put it back into the pool.
func (c *cones) walker(nodes int) *walker {
	if w, ok := c.pool.Get().(*walker); ok {
		return w
	}
	return &walker{seen: make([]uint64, (nodes+63)/64)}
}

func (w *walker) has(node uint32) bool { return w.seen[node/64]>>(node%64)&1 != 0 }

func (w *walker) visit(node uint32) {
	w.seen[node/64] |= 1 << (node % 64)
	w.queue = append(w.queue, node)
}

// walk visits each node that start reaches over links of group, start included, until it has seen goal.
func (w *walker) walk(g *graph, start uint32, group int, goal uint32) {
	w.visit(start)
	for i := 0; i < len(w.queue); i++ {
		for _, n := range g.row(w.queue[i], group) {
			if w.has(n) {
				continue
			}
			w.visit(n)
			if n == goal {
				return
			}
		}
	}
}

func (w *walker) reset() {
	for _, n := range w.queue {
		w.seen[n/64] = 0
	}
	w.queue = w.queue[:0]
}
