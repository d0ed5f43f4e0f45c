package rislive

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// readAttrs reads the path attributes. A missing origin is taken for incomplete, since without one the routes would
// count as withdrawn (RFC 7606 section 3 d), which nobody said.
func (b *builder) readAttrs(f *[fieldCount][]byte) error {
	a := &b.attrs
	if f[fieldPath] == nil {
		return errors.New("announcements without a path")
	}
	if err := each(f[fieldPath], b.hopOrSet); err != nil {
		return fmt.Errorf("path: %w", err)
	}
	if err := b.origin(f[fieldOrigin]); err != nil {
		return err
	}
	if v := f[fieldMED]; v != nil {
		n, err := number(v, math.MaxUint32)
		if err != nil {
			return fmt.Errorf("med: %w", err)
		}
		a.HasMED, a.MED = true, uint32(n)
	}
	if v := f[fieldOTC]; v != nil {
		n, err := asn(v)
		if err != nil {
			return fmt.Errorf("otc: %w", err)
		}
		a.HasOTC, a.OTC = true, n
	}
	if v := f[fieldAggregator]; v != nil {
		if err := b.aggregator(v); err != nil {
			return err
		}
	}
	return b.communities(f)
}

func (b *builder) origin(v []byte) error {
	a := &b.attrs
	a.HasOrigin, a.Origin = true, bgp.OriginIncomplete
	s, _ := text(v)
	switch string(bytes.ToLower(s)) {
	case "igp":
		a.Origin = bgp.OriginIGP
	case "egp":
		a.Origin = bgp.OriginEGP
	case "incomplete", "":
	default:
		return fmt.Errorf("origin %.40q is unknown", v)
	}
	return nil
}

// hopOrSet reads one element of a path: a number, or an array of the members of an AS_SET.
func (b *builder) hopOrSet(v []byte) error {
	a := &b.attrs
	if v[0] == '[' {
		set := bgp.Segment{Kind: bgp.ASSet}
		err := each(v, func(v []byte) error {
			n, err := asn(v)
			set.ASNs = append(set.ASNs, n)
			return err
		})
		if len(set.ASNs) > 0 {
			a.Path = append(a.Path, set)
		}
		return err
	}
	n, err := asn(v)
	if err != nil {
		return err
	}
	if last := len(a.Path) - 1; last >= 0 && a.Path[last].Kind == bgp.ASSequence {
		a.Path[last].ASNs = append(a.Path[last].ASNs, n)
		return nil
	}
	a.Path = append(a.Path, bgp.Segment{Kind: bgp.ASSequence, ASNs: []values.ASN{n}})
	return nil
}

func (b *builder) aggregator(v []byte) error {
	s, _ := text(v)
	number, address, _ := bytes.Cut(s, []byte{':'})
	n, err := asn(number)
	ip, bad := netip.ParseAddr(string(address))
	if err != nil || bad != nil || !ip.Is4() {
		return fmt.Errorf("aggregator %.60q is not an AS number, a colon and an IPv4 address", v)
	}
	b.attrs.HasAggregator, b.attrs.AggregatorASN, b.attrs.AggregatorIP = true, n, ip
	return nil
}

func (b *builder) communities(f *[fieldCount][]byte) error {
	a := &b.attrs
	err := each(f[fieldCommunity], func(v []byte) error {
		var c [2]uint64
		err := tuple(c[:], v, math.MaxUint16)
		a.Communities = append(a.Communities, uint32(c[0])<<16|uint32(c[1]))
		return err
	})
	if err != nil {
		return fmt.Errorf("community: %w", err)
	}
	err = each(f[fieldLarge], func(v []byte) error {
		var c [3]uint64
		err := tuple(c[:], v, math.MaxUint32)
		a.LargeCommunities = append(a.LargeCommunities, bgp.LargeCommunity{Global: uint32(c[0]), Local1: uint32(c[1]), Local2: uint32(c[2])})
		return err
	})
	if err != nil {
		return fmt.Errorf("large_community: %w", err)
	}
	return nil
}

// tuple reads an array of exactly as many numbers as c has.
func tuple(c []uint64, v []byte, most uint64) error {
	i := 0
	err := each(v, func(v []byte) (err error) {
		if i < len(c) {
			c[i], err = number(v, most)
		}
		i++
		return err
	})
	if err == nil && i != len(c) {
		err = fmt.Errorf("%d numbers in place of %d", i, len(c))
	}
	return err
}
