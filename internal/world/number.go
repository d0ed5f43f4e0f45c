package world

import (
	"fmt"
	"math"
	"math/bits"
	"net/netip"
	"slices"
)

// number gives each network address space, prefixes to announce and authorisations.
func (w *world) number() error {
	counts := w.counts()
	for i, n := range w.networks {
		if err := w.numberOne(n, counts[i]); err != nil {
			return err
		}
		for _, p := range n.prefixes {
			w.order = append(w.order, entry{p, node(i)})
		}
		for _, p := range n.blocks {
			w.blocks = append(w.blocks, entry{p, node(i)})
		}
	}
	slices.SortFunc(w.blocks, func(a, b entry) int { return a.prefix.Addr().Compare(b.prefix.Addr()) })
	return nil
}

// counts says how many prefixes each network announces: one at least, few for most, many for some.
func (w *world) counts() []int {
	weights := make([]float64, len(w.networks))
	total := 0.0
	for i, n := range w.networks {
		scale := []float64{tier1: 25, large: 20, small: 8, regional: 4, stub: 1}[n.tier]
		weights[i] = scale * min(300, math.Pow(1-w.rand.Float64(), -0.8)-0.9) // Pareto
		total += weights[i]
	}
	counts := make([]int, len(w.networks))
	spare := float64(w.p.Prefixes - len(w.networks))
	for i := range counts {
		counts[i] = 1 + int(math.Round(spare*weights[i]/total))
	}
	return counts
}

// numberOne gives a network count prefixes: an IPv4 block and parts of its lower half, and for six in ten an IPv6 block
// with a sixth of them. The upper halves are left to events.
func (w *world) numberOne(n *network, count int) error {
	s := w.space[n.org.country.rir]
	six := 0
	if w.chance(0.6) && count > 1 {
		six = max(1, count/6)
	}
	four := count - six
	length := min(21-w.rand.IntN(2), 23-bits.Len(uint(four-1)))
	if length < 8 {
		return fmt.Errorf("%d prefixes of AS%d are too many", four, n.asn)
	}
	block, err := w.block4(n.org.country.rir, length)
	if err != nil {
		return err
	}
	n.blocks = append(n.blocks, block)
	n.prefixes = append(n.prefixes, block)
	for i := range four - 1 {
		n.prefixes = append(n.prefixes, sub(block, 24, uint32(i)))
	}
	if six > 0 {
		block := s.block6()
		n.blocks = append(n.blocks, block)
		n.prefixes = append(n.prefixes, block)
		for i := range six - 1 {
			n.prefixes = append(n.prefixes, sub(block, 48, uint32(i)))
		}
	}
	n.authorise(w)
	return nil
}

// block4 hands out an IPv4 block of a registry, or of another where that has none left.
func (w *world) block4(rir string, length int) (netip.Prefix, error) {
	block, err := w.space[rir].block4(w.rand, length)
	for _, other := range rirs() {
		if err == nil {
			break
		}
		block, err = w.space[other].block4(w.rand, length)
	}
	return block, err
}

// authorise says what a network registers: not all sign, not all have route objects, some only where nobody checks.
func (n *network) authorise(w *world) {
	n.roa = w.chance(0.65)
	n.loose = w.chance(0.25)
	n.policy = w.chance(0.7)
	if w.chance(0.9) {
		n.irr = irrSource(n.org.country.rir)
		if w.chance(0.3) {
			n.irr = "RADB"
		}
	}
}

// spare gives the next /24 of the upper half of a network's IPv4 block, which it does not announce itself; false where
// all have been taken.
func (n *network) spare() (netip.Prefix, bool) {
	block := n.blocks[0]
	half := uint32(1) << (24 - block.Bits() - 1)
	if n.spares >= half {
		return netip.Prefix{}, false
	}
	n.spares++
	return sub(block, 24, half+n.spares-1), true
}

// maxLength is how long a part of one of its prefixes a network's ROA allows.
func (n *network) maxLength(p netip.Prefix) int {
	switch {
	case !n.loose:
		return p.Bits()
	case p.Addr().Is4():
		return max(24, p.Bits())
	}
	return max(48, p.Bits())
}
