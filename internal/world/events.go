package world

import (
	"fmt"
	"net/netip"

	"pahra/wire/values"
)

// schedule plans the deviations and the benign look-alikes. Minutes count from the start.
func (w *world) schedule() error {
	c := &cast{w: w, used: map[node]bool{}}
	for _, plan := range []func(*cast) error{
		w.exactHijack, w.signedHijack, w.moreSpecific, w.moreSpecific6, w.massHijack,
		w.tooLong, w.staleROA, w.bogonPrefixes, w.unallocated, w.bogonASN,
		w.siblings, w.providerSpace, w.anycast, w.blackholes, w.prependTypo, w.ddosSwing, w.transfer, w.sessionReset,
	} {
		if err := plan(c); err != nil {
			return err
		}
	}
	return nil
}

func unsigned(n *network) bool { return !n.roa && n.irr != "" }
func signed(n *network) bool   { return n.roa && n.irr != "" }
func anyone(*network) bool     { return true }

// exactHijack: the victim's own prefix, which nobody has signed, with a route object of the victim's.
func (w *world) exactHijack(c *cast) error {
	return w.hijack(c, unsigned, func(v *network) netip.Prefix { return v.blocks[0] },
		Event{Kind: Hijack, Note: "another network announces the victim's prefix; its route object names the victim"}, 65, 110)
}

func (w *world) signedHijack(c *cast) error {
	return w.hijack(c, signed, func(v *network) netip.Prefix { return v.blocks[0] },
		Event{Kind: Hijack, Note: "another network announces the victim's signed prefix: RPKI-invalid as well"}, 75, 95)
}

func (w *world) moreSpecific(c *cast) error {
	return w.hijack(c, unsigned, func(v *network) netip.Prefix { return v.spare(0) },
		Event{Kind: MoreSpecific, Note: "another network announces a part of the victim's prefix"}, 80, 200)
}

func (w *world) moreSpecific6(c *cast) error {
	return w.hijack(c, func(n *network) bool { return signed(n) && len(n.blocks) > 1 },
		func(v *network) netip.Prefix { return sub(v.blocks[1], 48, 0xbeef) },
		Event{Kind: MoreSpecific, Note: "another network announces a part of the victim's signed IPv6 prefix"}, 70, 91)
}

// hijack plans that someone announces a prefix of a victim that fits.
func (w *world) hijack(c *cast, fits func(*network) bool, of func(*network) netip.Prefix, e Event, from, until int) error {
	victim, err := c.stub(fits)
	if err != nil {
		return err
	}
	p := of(w.net(victim))
	culprit, err := c.against(victim, plainly, p)
	if err != nil {
		return err
	}
	e.Victim = w.net(victim).asn
	w.happens(e, from, until, plainly(culprit), p)
	return nil
}

// massHijack: one network announces the prefixes of many others for some minutes.
func (w *world) massHijack(c *cast) error {
	culprit, err := c.stub(func(n *network) bool { return len(n.providers) > 1 })
	if err != nil {
		return err
	}
	var prefixes []netip.Prefix
	for len(prefixes) < 25 {
		victim, err := c.stub(func(n *network) bool {
			return n.org.country != w.net(culprit).org.country && w.seeing(plainly(culprit), n.blocks[0]) >= w.enough()
		})
		if err != nil && len(prefixes) == 0 {
			return err
		}
		if err != nil {
			break
		}
		prefixes = append(prefixes, w.net(victim).blocks[0])
	}
	w.happens(Event{Kind: Hijack, Note: fmt.Sprintf("one network announces %d prefixes of as many others", len(prefixes))},
		150, 158, plainly(culprit), prefixes...)
	return nil
}

// tooLong: a network announces a part of its own prefix that is longer than its ROA allows.
func (w *world) tooLong(c *cast) error {
	n, err := c.stub(signed)
	if err != nil {
		return err
	}
	w.happens(Event{Kind: RPKIInvalid, Note: "longer than the maximum length of the network's own ROA"},
		90, never, plainly(n), w.net(n).spare(0))
	return nil
}

// staleROA: since before the start, a prefix whose only ROA names a number that its holder no longer uses.
func (w *world) staleROA(c *cast) error {
	n, err := c.stub(unsigned)
	if err != nil {
		return err
	}
	former, err := c.stub(anyone)
	if err != nil {
		return err
	}
	p := w.net(n).spare(1)
	w.extraVRPs = append(w.extraVRPs, vrp{p, p.Bits(), w.net(former).asn})
	w.happens(Event{Kind: RPKIInvalid, Note: "the only ROA names another network; so since before the start"},
		-1, never, plainly(n), p)
	return nil
}

func (w *world) bogonPrefixes(c *cast) error {
	for _, b := range []struct {
		prefix      string
		from, until int
		note        string
	}{
		{"100.64.32.0/20", 70, 130, "shared address space (RFC 6598)"},
		{"240.18.0.0/16", 100, 112, "reserved for future use (RFC 1112)"},
		{"fd42:aa::/32", 118, never, "unique local addresses (RFC 4193)"},
	} {
		n, err := c.stub(anyone)
		if err != nil {
			return err
		}
		w.happens(Event{Kind: BogonPrefix, Note: b.note}, b.from, b.until, plainly(n), netip.MustParsePrefix(b.prefix))
	}
	return nil
}

// unallocated: a prefix that no registry has handed out: a merely administrative bogon.
func (w *world) unallocated(c *cast) error {
	for _, rir := range rirs() {
		if len(w.space[rir].free) == 0 {
			continue
		}
		n, err := c.stub(func(n *network) bool { return n.org.country.rir != rir })
		if err != nil {
			return err
		}
		w.happens(Event{Kind: Unallocated, Note: "handed out to nobody, by " + rir}, 125, 190, plainly(n), w.space[rir].free[0])
		return nil
	}
	return nil
}

// bogonASN: a network announces its prefixes as learned from a private number.
func (w *world) bogonASN(c *cast) error {
	for _, b := range []struct {
		asn         values.ASN
		from, until int
	}{{64777, 85, 150}, {4200001234, 160, 205}} {
		n, err := c.stub(unsigned)
		if err != nil {
			return err
		}
		w.happens(Event{Kind: BogonASN, Note: fmt.Sprintf("AS%s behind it is for private use (RFC 6996)", b.asn)},
			b.from, b.until, source{origin: n, behind: []values.ASN{b.asn}}, w.net(n).spare(0))
	}
	return nil
}
