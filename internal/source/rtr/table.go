package rtr

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"pahra/wire/rtr"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// maxProviders bounds the providers of all customers together.
const maxProviders = 16_000_000

// entry is a VRP in few octets: there are some 700,000.
type entry struct {
	addr            [16]byte
	asn             values.ASN
	bits, maxLength uint8
	is4             bool
}

func entryOf(p rtr.Prefix) entry {
	return entry{p.Prefix.Addr().As16(), p.ASN, uint8(p.Prefix.Bits()), p.MaxLength, p.Prefix.Addr().Is4()}
}

func (e entry) prefix() netip.Prefix {
	addr := netip.AddrFrom16(e.addr)
	if e.is4 {
		addr = addr.Unmap()
	}
	return netip.PrefixFrom(addr, int(e.bits))
}

func (e entry) compare(o entry) int {
	return cmp.Or(values.ComparePrefix(e.prefix(), o.prefix()), cmp.Compare(e.maxLength, o.maxLength), cmp.Compare(e.asn, o.asn))
}

// table is what a cache holds valid.
type table struct {
	vrps  map[entry]struct{}
	aspas map[values.ASN][]values.ASN
}

// change is an answer under way: a new table, or steps from the one that is held.
type change struct {
	whole     *table
	steps     []rtr.PDU
	providers int
	twice     int
}

func newChange(whole bool) *change {
	if !whole {
		return &change{}
	}
	return &change{whole: &table{map[entry]struct{}{}, map[values.ASN][]values.ASN{}}}
}

// add takes in one record.
func (c *change) add(p rtr.PDU) error {
	if a, ok := p.(rtr.ASPA); ok {
		if c.providers += len(a.Providers); len(a.Providers) > vrp.MaxProviders || c.providers > maxProviders {
			return fmt.Errorf("too many providers: %d of AS%d, %d in all", len(a.Providers), a.Customer, c.providers)
		}
	}
	if c.whole == nil {
		if _, ok := p.(rtr.RouterKey); !ok {
			c.steps = append(c.steps, p)
		}
		if len(c.steps) > vrp.MaxVRPs+vrp.MaxASPAs {
			return fmt.Errorf("more than %d steps in one answer", vrp.MaxVRPs+vrp.MaxASPAs)
		}
		return nil
	}
	// In a whole answer a record that comes twice, or goes though it never came, does no harm.
	if bad := c.whole.take(p); bad != nil {
		c.twice++
	}
	if len(c.whole.vrps) > vrp.MaxVRPs || len(c.whole.aspas) > vrp.MaxASPAs {
		return fmt.Errorf("more than %d VRPs or %d ASPAs", vrp.MaxVRPs, vrp.MaxASPAs)
	}
	return nil
}

// apply gives the table behind the answer, and whether it differs. Where a step does not fit, the table is spoilt.
func (c *change) apply(held *table) (now *table, changed bool, bad *rtr.Error) {
	if c.whole != nil {
		return c.whole, held == nil || !held.equal(c.whole), nil
	}
	for _, p := range c.steps {
		if bad := held.take(p); bad != nil {
			return nil, true, bad
		}
	}
	return held, len(c.steps) > 0, nil
}

// take does what one record says (RFC 8210 sections 5.6 and 12; 8210bis-27 section 5.12).
func (t *table) take(p rtr.PDU) *rtr.Error {
	switch p := p.(type) {
	case rtr.Prefix:
		e := entryOf(p)
		_, there := t.vrps[e]
		switch {
		case p.Announce && there:
			return &rtr.Error{Code: rtr.Duplicate, Reason: fmt.Sprintf("%s-%d of AS%d is there already", p.Prefix, p.MaxLength, p.ASN)}
		case !p.Announce && !there:
			return &rtr.Error{Code: rtr.UnknownWithdrawal, Reason: fmt.Sprintf("%s-%d of AS%d is not there", p.Prefix, p.MaxLength, p.ASN)}
		case p.Announce:
			t.vrps[e] = struct{}{}
		default:
			delete(t.vrps, e)
		}
	case rtr.ASPA:
		if _, there := t.aspas[p.Customer]; !there && !p.Announce {
			return &rtr.Error{Code: rtr.UnknownWithdrawal, Reason: fmt.Sprintf("no ASPA of AS%d is there", p.Customer)}
		}
		if p.Announce {
			t.aspas[p.Customer] = p.Providers
		} else {
			delete(t.aspas, p.Customer)
		}
	}
	return nil
}

func (t *table) equal(o *table) bool {
	if len(t.vrps) != len(o.vrps) || len(t.aspas) != len(o.aspas) {
		return false
	}
	for e := range t.vrps {
		if _, ok := o.vrps[e]; !ok {
			return false
		}
	}
	for customer, providers := range t.aspas {
		if other, ok := o.aspas[customer]; !ok || !slices.Equal(providers, other) {
			return false
		}
	}
	return true
}
