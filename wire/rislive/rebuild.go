package rislive

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"

	"pahra/wire/bgp"
)

// builder makes UPDATEs from the JSON fields.
type builder struct {
	attrs     bgp.Attrs
	announced []group
	withdrawn []netip.Prefix
	out       []byte
}

// group is the prefixes that are announced with the same next hops.
type group struct {
	hop, local netip.Addr // local is the link-local one beside hop, or zero
	prefixes   []netip.Prefix
}

// update gives the UPDATE that the fields tell of; it holds until the next call.
func (b *builder) update(f *[fieldCount][]byte) ([]byte, error) {
	b.withdrawn, b.announced = b.withdrawn[:0], b.announced[:0]
	b.attrs.Reset()
	if err := b.readPrefixes(f); err != nil {
		return nil, err
	}
	if len(b.announced) > 0 {
		if err := b.readAttrs(f); err != nil {
			return nil, err
		}
	}
	return b.write()
}

func (b *builder) readPrefixes(f *[fieldCount][]byte) (err error) {
	if b.withdrawn, err = prefixes(b.withdrawn, f[fieldWithdrawals]); err != nil {
		return fmt.Errorf("withdrawals: %w", err)
	}
	if err := each(f[fieldAnnouncements], b.announcement); err != nil {
		return fmt.Errorf("announcements: %w", err)
	}
	b.pair()
	return nil
}

// announcement reads one element of announcements.
func (b *builder) announcement(v []byte) error {
	var hop, list []byte
	s := scanner{b: v}
	err := s.members(func(key []byte) (err error) {
		switch string(key) {
		case "next_hop":
			hop, err = s.value()
		case "prefixes":
			list, err = s.value()
		default:
			_, err = s.value()
		}
		return err
	})
	if err != nil {
		return err
	}
	var g group
	if g.prefixes, err = prefixes(nil, list); err != nil || len(g.prefixes) == 0 {
		return err
	}
	words, _ := text(hop)
	if g.hop, g.local, err = nextHops(words); err != nil {
		return err
	}
	b.announced = append(b.announced, g)
	return nil
}

// nextHops reads one address, or a global and a link-local one with a comma between.
func nextHops(v []byte) (hop, local netip.Addr, err error) {
	one, other, two := bytes.Cut(v, []byte{','})
	for i, w := range [][]byte{one, other} {
		if i == 1 && !two {
			break
		}
		ip, err := netip.ParseAddr(string(bytes.TrimSpace(w)))
		switch {
		case err != nil || ip.Zone() != "":
			return hop, local, fmt.Errorf("next_hop %.80q is no address", v)
		case ip.IsLinkLocalUnicast() && ip.Is6() && two && !local.IsValid():
			local = ip
		case hop.IsValid():
			return hop, local, fmt.Errorf("next_hop %.80q is two addresses", v)
		default:
			hop = ip
		}
	}
	if !hop.IsValid() {
		hop, local = local, hop
	}
	return hop, local, nil
}

// pair puts a link-local next hop beside the global one of the same prefixes: until 2021 the stream had an announcement
// for each.
func (b *builder) pair() {
	kept := b.announced[:0]
	for _, g := range b.announced {
		i := slices.IndexFunc(kept, func(k group) bool {
			return k.hop.Is6() && g.hop.Is6() && !k.local.IsValid() && !g.local.IsValid() &&
				k.hop.IsLinkLocalUnicast() != g.hop.IsLinkLocalUnicast() && slices.Equal(k.prefixes, g.prefixes)
		})
		switch {
		case i < 0:
			kept = append(kept, g)
		case g.hop.IsLinkLocalUnicast():
			kept[i].local = g.hop
		default:
			kept[i].hop, kept[i].local = g.hop, kept[i].hop
		}
	}
	b.announced = kept
}

// prefixes reads an array of prefixes and appends them. The word "eor", which some streams have for the end of a table,
// is passed over.
func prefixes(dst []netip.Prefix, v []byte) ([]netip.Prefix, error) {
	err := each(v, func(v []byte) error {
		s, ok := text(v)
		if string(s) == "eor" {
			return nil
		}
		p, err := netip.ParsePrefix(string(s))
		if !ok || err != nil {
			return fmt.Errorf("%.60q is no prefix", v)
		}
		dst = append(dst, p)
		return nil
	})
	return dst, err
}

// each calls do for the elements of an array; none where v is absent.
func each(v []byte, do func(v []byte) error) error {
	if v == nil {
		return nil
	}
	s := scanner{b: v}
	return s.elements(func() error {
		v, err := s.value()
		if err != nil {
			return err
		}
		return do(v)
	})
}

// write gives the UPDATE.
func (b *builder) write() ([]byte, error) {
	out := append(b.out[:0], "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x02\x00\x00"...)
	mark := len(out)
	unreach := []byte{0, bgp.AFI6, 1}
	for _, p := range b.withdrawn {
		if p.Addr().Is4() {
			out = bgp.AppendPrefix(out, p)
		} else {
			unreach = bgp.AppendPrefix(unreach, p)
		}
	}
	binary.BigEndian.PutUint16(out[mark-2:], uint16(len(out)-mark))
	out = append(out, 0, 0)
	mark = len(out)
	nlri, reach, err := b.reach()
	if err != nil {
		return nil, err
	}
	if len(b.announced) > 0 {
		out = bgp.AppendAttrs(out, &b.attrs)
	}
	if reach != nil {
		out = appendMP(out, bgp.CodeMPReach, reach)
	}
	if len(unreach) > 3 {
		out = appendMP(out, bgp.CodeMPUnreach, unreach)
	}
	attrs := len(out) - mark
	out = append(out, nlri...)
	b.out = out
	if len(out) > math.MaxUint16 {
		return nil, errors.New("the fields make an UPDATE that is longer than one can be")
	}
	binary.BigEndian.PutUint16(out[mark-2:], uint16(attrs))
	binary.BigEndian.PutUint16(out[16:], uint16(len(out)))
	return out, nil
}

// appendMP appends an optional attribute with a length of two octets.
func appendMP(dst []byte, code bgp.Code, value []byte) []byte {
	dst = append(dst, bgp.FlagOptional|bgp.FlagExtended, byte(code))
	dst = binary.BigEndian.AppendUint16(dst, uint16(len(value)))
	return append(dst, value...)
}

// reach sorts the announced prefixes into what stands at the end of the UPDATE, with its NEXT_HOP set, and the value of an
// MP_REACH_NLRI, nil for none. One of each is all that an UPDATE can have.
func (b *builder) reach() (nlri, mp []byte, err error) {
	var head []byte
	for _, g := range b.announced {
		v4, v6 := split(g.prefixes)
		if len(v4) > 0 && g.hop.Is4() && (!b.attrs.HasNextHop || b.attrs.NextHop == g.hop) {
			b.attrs.HasNextHop, b.attrs.NextHop = true, g.hop
			nlri = append(nlri, v4...)
			v4 = nil
		}
		for i, list := range [][]byte{v4, v6} {
			if len(list) == 0 {
				continue
			}
			h := g.head(uint8(bgp.AFI4 + i))
			if mp == nil {
				head, mp = h, append(mp, h...)
			} else if !bytes.Equal(h, head) {
				return nil, nil, errors.New("announcements: more next hops than an UPDATE can have")
			}
			mp = append(mp, list...)
		}
	}
	return nlri, mp, nil
}

// head gives what stands before the prefixes in an MP_REACH_NLRI (RFC 4760 section 3, RFC 2545 section 3, RFC 8950).
func (g *group) head(afi uint8) []byte {
	hop := g.hop.AsSlice()
	if afi == bgp.AFI6 && g.hop.Is4() {
		mapped := g.hop.As16()
		hop = mapped[:]
	}
	if g.local.IsValid() {
		hop = append(hop, g.local.AsSlice()...)
	}
	const unicast = 1
	return append(append([]byte{0, afi, unicast, byte(len(hop))}, hop...), 0)
}

// split encodes prefixes by family.
func split(list []netip.Prefix) (v4, v6 []byte) {
	for _, p := range list {
		if p.Addr().Is4() {
			v4 = bgp.AppendPrefix(v4, p)
		} else {
			v6 = bgp.AppendPrefix(v6, p)
		}
	}
	return v4, v6
}
