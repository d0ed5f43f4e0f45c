package world

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"pahra/wire/values"
)

// writeDelegated writes one registry's extended statistics, version 2: what it handed out, and what it has left.
func (w *world) writeDelegated(out *bufio.Writer, rir string) {
	asns, fours, sixes := w.delegations(rir)
	for _, p := range w.space[rir].free {
		fours = append(fours, fmt.Sprintf("%s||ipv4|%s|%d||available|", rir, p.Addr(), 1<<(32-p.Bits())))
	}
	total := len(asns) + len(fours) + len(sixes)
	line(out, "2|%s|%s|%d|19830101|%s|+0000", rir, w.day(), total, w.day())
	line(out, "%s|*|asn|*|%d|summary", rir, len(asns))
	line(out, "%s|*|ipv4|*|%d|summary", rir, len(fours))
	line(out, "%s|*|ipv6|*|%d|summary", rir, len(sixes))
	for _, list := range [][]string{asns, fours, sixes} {
		for _, l := range list {
			line(out, "%s", l)
		}
	}
}

// delegations gives the lines of the holders' resources, each kind in ascending order.
func (w *world) delegations(rir string) (asns, fours, sixes []string) {
	mine := slices.DeleteFunc(slices.Clone(w.networks), func(n *network) bool { return n.org.country.rir != rir })
	for _, x := range w.exchanges {
		if x.country.rir == rir {
			asns = append(asns, fmt.Sprintf("%s|%s|asn|%d|1|%s|allocated|%s", rir, x.country.code, x.asn, x.org.changed(), x.org.opaque()))
		}
	}
	slices.SortFunc(mine, func(a, b *network) int { return cmp.Compare(a.asn, b.asn) })
	for _, n := range mine {
		asns = append(asns, fmt.Sprintf("%s|%s|asn|%d|1|%s|allocated|%s", rir, n.org.country.code, n.asn, n.org.changed(), n.org.opaque()))
	}
	slices.SortFunc(mine, func(a, b *network) int { return values.ComparePrefix(a.blocks[0], b.blocks[0]) })
	for _, n := range mine {
		for _, p := range n.blocks {
			kind, size := "ipv4", 1<<(32-min(p.Bits(), 32))
			if p.Addr().Is6() {
				kind, size = "ipv6", p.Bits()
			}
			l := fmt.Sprintf("%s|%s|%s|%s|%d|%s|allocated|%s", rir, n.org.country.code, kind, p.Addr(), size, n.org.changed(), n.org.opaque())
			if p.Addr().Is4() {
				fours = append(fours, l)
			} else {
				sixes = append(sixes, l)
			}
		}
	}
	return asns, fours, sixes
}

// opaque is the identifier that the resources of one holder share in the statistics.
func (o *org) opaque() string {
	sum := sha256.Sum256([]byte(o.handle()))
	return hex.EncodeToString(sum[:8])
}
