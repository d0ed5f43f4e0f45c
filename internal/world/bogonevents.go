package world

import (
	"fmt"
	"net/netip"

	"pahra/wire/values"
)

// drawBogon draws a prefix that nobody may announce.
func (w *world) drawBogon() (p netip.Prefix, why string) {
	switch w.rand.IntN(4) {
	case 0:
		return sub(netip.MustParsePrefix("100.64.0.0/10"), 20, uint32(w.rand.IntN(1024))), "shared address space (RFC 6598)"
	case 1:
		return sub(netip.MustParsePrefix("240.0.0.0/5"), 16, uint32(w.rand.IntN(2048))), "reserved for future use (RFC 1112)"
	case 2:
		return sub(netip.MustParsePrefix("fd00::/8"), 32, uint32(w.rand.IntN(1<<24))), "unique local addresses (RFC 4193)"
	}
	return sub(netip.MustParsePrefix("10.0.0.0/8"), 18, uint32(w.rand.IntN(1024))), "private address space (RFC 1918)"
}

func (w *world) bogonPrefix(c *cast) error {
	n, err := c.stub(func(n *network) bool { return !n.backup })
	if err != nil {
		return err
	}
	p, why := w.drawBogon()
	if c.taken[p] {
		return errNobody
	}
	c.taken[p] = true
	from, until := w.span()
	w.happens(Event{Kind: BogonPrefix, Note: why}, from, until, w.event(n), p)
	return nil
}

// unallocated: a prefix that no registry has handed out: a merely administrative bogon.
func (w *world) unallocated(c *cast) error {
	for _, i := range w.rand.Perm(len(rirs())) {
		rir := rirs()[i]
		for _, p := range w.space[rir].free {
			if c.taken[p] {
				continue
			}
			n, err := c.stub(func(n *network) bool { return n.org.country.rir != rir && !n.backup })
			if err != nil {
				return err
			}
			c.taken[p] = true
			from, until := w.span()
			w.happens(Event{Kind: Unallocated, Note: "handed out to nobody, by " + rir}, from, until, w.event(n), p)
			return nil
		}
	}
	return errNobody
}

// bogonASN: a network announces a part of its prefixes as learned from a private number.
func (w *world) bogonASN(c *cast) error {
	n, err := c.stub(func(n *network) bool { return unsigned(n) && !n.backup })
	if err != nil {
		return err
	}
	p, err := c.part(n)
	if err != nil {
		return err
	}
	asn := values.ASN(64512 + w.rand.IntN(1000))
	if w.chance(0.5) {
		asn = values.ASN(4200000000 + w.rand.IntN(90000))
	}
	s := w.event(n)
	s.behind = []values.ASN{asn}
	from, until := w.span()
	w.happens(Event{Kind: BogonASN, Note: fmt.Sprintf("AS%d behind it is for private use (RFC 6996)", asn)}, from, until, s, p)
	return nil
}
