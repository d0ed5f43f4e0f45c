package party

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/gaissmai/bart"
)

// chain finds the longest prefix of an address, and from there all wider ones without looking again.
type chain struct {
	index bart.Table[int32] // a place in nodes
	nodes []node            // the wider before the narrower
}

// node is a prefix.
type node struct {
	wider  int32 // the place of the next wider prefix; -1 where there is none
	owners []owner
}

func newChain(byPrefix map[netip.Prefix][]owner) *chain {
	c := new(chain)
	all := make([]netip.Prefix, 0, len(byPrefix))
	for p := range byPrefix {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b netip.Prefix) int {
		return cmp.Or(cmp.Compare(a.Bits(), b.Bits()), a.Addr().Compare(b.Addr()))
	})
	for _, p := range all { // wider ones are there already
		wider := int32(-1)
		if i, found := c.index.LookupPrefix(p); found {
			wider = i
		}
		c.index.Insert(p, int32(len(c.nodes)))
		c.nodes = append(c.nodes, node{wider, byPrefix[p]})
	}
	return c
}

// of gives the longest prefix with an address; nil where there is none.
func (c *chain) of(a netip.Addr) *node {
	if i, found := c.index.Lookup(a); found {
		return &c.nodes[i]
	}
	return nil
}

// above gives the next wider prefix; nil where there is none.
func (c *chain) above(n *node) *node {
	if n.wider < 0 {
		return nil
	}
	return &c.nodes[n.wider]
}
