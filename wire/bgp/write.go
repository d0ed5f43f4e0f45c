package bgp

import (
	"encoding/binary"
	"errors"
	"net/netip"
)

// MaxMessage is how long a BGP message may be without the extension of RFC 8654.
const MaxMessage = 4096

// ErrTooLong says that an UPDATE would be longer than it may be.
var ErrTooLong = errors.New("the update is too long")

// AppendAttrs appends the path attributes of a as a table dump holds them: four-octet AS numbers, and for a valid
// MPNextHop an MP_REACH_NLRI in the short form of RFC 6396 section 4.3.4. Attributes stand in ascending order.
func AppendAttrs(dst []byte, a *Attrs) []byte {
	return appendAttrs(dst, a, func(dst []byte) []byte {
		if !a.MPNextHop.IsValid() {
			return dst
		}
		hop := a.MPNextHop.AsSlice()
		return append(append(dst, FlagOptional, byte(CodeMPReach), byte(1+len(hop)), byte(len(hop))), hop...)
	})
}

// AppendUpdate appends a whole UPDATE message (RFC 4271 section 4.3, four-octet AS numbers) that withdraws and
// announces unicast prefixes. IPv6 goes to MP_UNREACH_NLRI and MP_REACH_NLRI (RFC 4760); IPv6 prefixes need a's
// MPNextHop, IPv4 ones its NextHop. With nothing to announce a may be nil.
func AppendUpdate(dst []byte, a *Attrs, withdrawn, announced []netip.Prefix) ([]byte, error) {
	start := len(dst)
	dst = appendHeader(dst)
	dst = append(dst, 0, 0)
	mark := len(dst)
	dst = appendNLRI(dst, withdrawn, true)
	binary.BigEndian.PutUint16(dst[mark-2:], uint16(len(dst)-mark))
	dst = append(dst, 0, 0)
	mark = len(dst)
	dst = appendUpdateAttrs(dst, a, withdrawn, announced)
	if len(dst)-start > MaxMessage {
		return dst[:start], ErrTooLong
	}
	binary.BigEndian.PutUint16(dst[mark-2:], uint16(len(dst)-mark))
	dst = appendNLRI(dst, announced, true)
	if len(dst)-start > MaxMessage {
		return dst[:start], ErrTooLong
	}
	binary.BigEndian.PutUint16(dst[start+16:], uint16(len(dst)-start))
	return dst, nil
}

func appendHeader(dst []byte) []byte {
	for range 16 {
		dst = append(dst, 0xff)
	}
	return append(dst, 0, 0, TypeUpdate)
}

func appendUpdateAttrs(dst []byte, a *Attrs, withdrawn, announced []netip.Prefix) []byte {
	reach := appendNLRI(nil, announced, false)
	unreach := appendNLRI(nil, withdrawn, false)
	if len(announced) == 0 {
		return appendMP(dst, nil, unreach, netip.Addr{})
	}
	return appendAttrs(dst, a, func(dst []byte) []byte { return appendMP(dst, reach, unreach, a.MPNextHop) })
}

// appendMP appends MP_REACH_NLRI and MP_UNREACH_NLRI for IPv6 unicast where there is something in them.
func appendMP(dst, reach, unreach []byte, hop netip.Addr) []byte {
	const ipv6, unicast = 2, 1
	if len(reach) > 0 {
		h := hop.AsSlice()
		value := append([]byte{0, ipv6, unicast, byte(len(h))}, h...)
		value = append(append(value, 0), reach...)
		dst = appendAttr(dst, FlagOptional, CodeMPReach, value)
	}
	if len(unreach) > 0 {
		dst = appendAttr(dst, FlagOptional, CodeMPUnreach, append([]byte{0, ipv6, unicast}, unreach...))
	}
	return dst
}

// appendNLRI appends the prefixes of one family: IPv4 if v4, else IPv6.
func appendNLRI(dst []byte, prefixes []netip.Prefix, v4 bool) []byte {
	for _, p := range prefixes {
		if p.Addr().Is4() == v4 {
			dst = AppendPrefix(dst, p)
		}
	}
	return dst
}

// AppendPrefix appends a prefix as NLRI: its length in bits and as many octets as these need (RFC 4271 section 4.3).
func AppendPrefix(dst []byte, p netip.Prefix) []byte {
	n := (p.Bits() + 7) / 8
	dst = append(dst, byte(p.Bits()))
	if p.Addr().Is4() {
		b := p.Addr().As4()
		return append(dst, b[:n]...)
	}
	b := p.Addr().As16()
	return append(dst, b[:n]...)
}
