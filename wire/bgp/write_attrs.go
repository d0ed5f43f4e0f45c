package bgp

import (
	"encoding/binary"
	"net/netip"
)

// appendAttrs appends a's attributes in ascending order; mp appends those that hold prefixes.
func appendAttrs(dst []byte, a *Attrs, mp func([]byte) []byte) []byte {
	if a.HasOrigin {
		dst = append(dst, FlagTransitive, byte(CodeOrigin), 1, byte(a.Origin))
	}
	dst = appendAttr(dst, FlagTransitive, CodeASPath, encodePath(nil, a.Path))
	if a.NextHop.Is4() {
		dst = appendAttr(dst, FlagTransitive, CodeNextHop, a.NextHop.AsSlice())
	}
	if a.HasMED {
		dst = appendAttr(dst, FlagOptional, CodeMED, binary.BigEndian.AppendUint32(nil, a.MED))
	}
	if a.HasLocalPref {
		dst = appendAttr(dst, FlagTransitive, CodeLocalPref, binary.BigEndian.AppendUint32(nil, a.LocalPref))
	}
	if a.AtomicAggregate {
		dst = append(dst, FlagTransitive, byte(CodeAtomicAggregate), 0)
	}
	if a.HasAggregator {
		dst = appendAttr(dst, FlagOptional|FlagTransitive, CodeAggregator, aggregator(a))
	}
	dst = appendCommunities(dst, a)
	dst = mp(dst)
	return appendLateAttrs(dst, a)
}

func appendCommunities(dst []byte, a *Attrs) []byte {
	if len(a.Communities) == 0 {
		return dst
	}
	var value []byte
	for _, c := range a.Communities {
		value = binary.BigEndian.AppendUint32(value, c)
	}
	return appendAttr(dst, FlagOptional|FlagTransitive, CodeCommunities, value)
}

// appendLateAttrs appends the attributes whose codes follow MP_UNREACH_NLRI.
func appendLateAttrs(dst []byte, a *Attrs) []byte {
	var value []byte
	for _, c := range a.ExtCommunities {
		value = binary.BigEndian.AppendUint64(value, c)
	}
	if len(value) > 0 {
		dst = appendAttr(dst, FlagOptional|FlagTransitive, CodeExtCommunities, value)
	}
	value = nil
	for _, c := range a.LargeCommunities {
		value = binary.BigEndian.AppendUint32(value, c.Global)
		value = binary.BigEndian.AppendUint32(value, c.Local1)
		value = binary.BigEndian.AppendUint32(value, c.Local2)
	}
	if len(value) > 0 {
		dst = appendAttr(dst, FlagOptional|FlagTransitive, CodeLargeCommunities, value)
	}
	if a.HasOTC {
		dst = appendAttr(dst, FlagOptional|FlagTransitive, CodeOTC, binary.BigEndian.AppendUint32(nil, uint32(a.OTC)))
	}
	return dst
}

// appendAttr appends one attribute, with an extended length where it needs one.
func appendAttr(dst []byte, flags byte, code Code, value []byte) []byte {
	if len(value) > 255 {
		dst = binary.BigEndian.AppendUint16(append(dst, flags|FlagExtended, byte(code)), uint16(len(value)))
	} else {
		dst = append(dst, flags, byte(code), byte(len(value)))
	}
	return append(dst, value...)
}

// encodePath appends segments with four-octet AS numbers, those over 255 numbers in several.
func encodePath(dst []byte, path []Segment) []byte {
	for _, s := range path {
		for rest := s.ASNs; len(rest) > 0; {
			n := min(len(rest), 255)
			dst = append(dst, byte(s.Kind), byte(n))
			for _, asn := range rest[:n] {
				dst = binary.BigEndian.AppendUint32(dst, uint32(asn))
			}
			rest = rest[n:]
		}
	}
	return dst
}

func aggregator(a *Attrs) []byte {
	ip := a.AggregatorIP
	if !ip.Is4() {
		ip = netip.IPv4Unspecified()
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(a.AggregatorASN)), ip.AsSlice()...)
}
