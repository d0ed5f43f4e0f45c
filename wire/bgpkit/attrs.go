package bgpkit

import (
	"encoding/binary"
	"encoding/hex"
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// appendAttrs writes the keys that come from path attributes.
func appendAttrs(dst []byte, e *mrt.Elem, a *bgp.Attrs) []byte {
	dst = appendAddr(append(dst, `,"next_hop":`...), NextHop(e, a))
	dst = appendPath(append(dst, `,"as_path":`...), a)
	dst = appendOrigins(append(dst, `,"origin_asns":`...), a)
	dst = appendOrigin(append(dst, `,"origin":`...), a)
	dst = appendOptional(append(dst, `,"local_pref":`...), a.HasLocalPref, a.LocalPref)
	dst = appendOptional(append(dst, `,"med":`...), a.HasMED, a.MED)
	dst = appendCommunities(append(dst, `,"communities":`...), a)
	if a.AtomicAggregate {
		dst = append(dst, `,"atomic":true`...)
	} else {
		dst = append(dst, `,"atomic":false`...)
	}
	dst = appendOptional(append(dst, `,"aggr_asn":`...), a.HasAggregator, uint32(a.AggregatorASN))
	dst = appendAddr(append(dst, `,"aggr_ip":`...), a.AggregatorIP)
	return appendOptional(append(dst, `,"only_to_customer":`...), a.HasOTC, uint32(a.OTC))
}

// NextHop is that of the MP_REACH_NLRI which the prefix stood in, else the route's.
func NextHop(e *mrt.Elem, a *bgp.Attrs) netip.Addr {
	switch len(e.NextHop) {
	case 4:
		return netip.AddrFrom4([4]byte(e.NextHop))
	case 16, 32:
		return netip.AddrFrom16([16]byte(e.NextHop[:16]))
	}
	if e.Prefix.Addr().Is6() && a.MPNextHop.IsValid() {
		return a.MPNextHop
	}
	return a.NextHop
}

func appendPath(dst []byte, a *bgp.Attrs) []byte {
	if !a.HasPath || a.PathMalformed {
		return append(dst, "null"...)
	}
	return append(a.AppendPath(append(dst, '"')), '"')
}

// Origins gives the networks that may have originated a route: the last AS of its path, all members where the path ends
// in an AS_SET, none where it is empty or ends in a confederation. The slice aliases a.
func Origins(a *bgp.Attrs) []values.ASN {
	if len(a.Path) == 0 {
		return nil
	}
	last := a.Path[len(a.Path)-1]
	switch {
	case last.Kind == bgp.ASSet:
		return last.ASNs
	case last.Kind == bgp.ASSequence && len(last.ASNs) > 0:
		return last.ASNs[len(last.ASNs)-1:]
	}
	return nil
}

func appendOrigins(dst []byte, a *bgp.Attrs) []byte {
	origins := Origins(a)
	if len(origins) == 0 {
		return append(dst, "null"...)
	}
	for i, asn := range origins {
		dst = appendNumber(append(dst, "[,"[min(i, 1)]), uint64(asn))
	}
	return append(dst, ']')
}

// OriginName is the ORIGIN attribute by name, or "" where there is none.
func OriginName(a *bgp.Attrs) string {
	switch {
	case !a.HasOrigin:
		return ""
	case a.Origin == bgp.OriginIGP:
		return "IGP"
	case a.Origin == bgp.OriginEGP:
		return "EGP"
	}
	return "INCOMPLETE"
}

func appendOrigin(dst []byte, a *bgp.Attrs) []byte {
	if !a.HasOrigin {
		return append(dst, "null"...)
	}
	dst = append(append(dst, '"'), OriginName(a)...)
	return append(dst, '"')
}

// Communities gives all communities in text form: plain, extended, large.
func Communities(a *bgp.Attrs) (out []string) {
	for _, c := range a.Communities {
		out = append(out, string(appendCommunity(nil, c)))
	}
	for _, c := range a.ExtCommunities {
		out = append(out, string(appendExtended(nil, c)))
	}
	for _, c := range a.LargeCommunities {
		out = append(out, string(appendLarge(nil, c)))
	}
	return out
}

// appendCommunities writes plain, extended and large communities, or null where there are none.
func appendCommunities(dst []byte, a *bgp.Attrs) []byte {
	if len(a.Communities)+len(a.ExtCommunities)+len(a.LargeCommunities) == 0 {
		return append(dst, "null"...)
	}
	list := jsonList{dst: dst}
	for _, c := range a.Communities {
		list.next()
		list.dst = appendCommunity(list.dst, c)
	}
	for _, c := range a.ExtCommunities {
		list.next()
		list.dst = appendExtended(list.dst, c)
	}
	for _, c := range a.LargeCommunities {
		list.next()
		list.dst = appendLarge(list.dst, c)
	}
	return append(list.dst, '"', ']')
}

// jsonList separates the strings of a list that is not empty.
type jsonList struct {
	dst  []byte
	some bool
}

func (l *jsonList) next() {
	if l.some {
		l.dst = append(l.dst, `","`...)
	} else {
		l.dst = append(l.dst, `["`...)
	}
	l.some = true
}

func appendCommunity(dst []byte, c uint32) []byte {
	switch c {
	case 0xFFFFFF01:
		return append(dst, "no-export"...)
	case 0xFFFFFF02:
		return append(dst, "no-advertise"...)
	case 0xFFFFFF03:
		return append(dst, "no-export-sub-confed"...)
	}
	dst = appendNumber(dst, uint64(c>>16))
	return appendNumber(append(dst, ':'), uint64(c&0xFFFF))
}

func appendLarge(dst []byte, c bgp.LargeCommunity) []byte {
	dst = appendNumber(append(dst, "lg:"...), uint64(c.Global))
	dst = appendNumber(append(dst, ':'), uint64(c.Local1))
	return appendNumber(append(dst, ':'), uint64(c.Local2))
}

// appendExtended writes an extended community by its type (RFC 4360 section 3, RFC 5668); the transitive bit aside, 0 is
// specific to a two-octet AS, 1 to an IPv4 address, 2 to a four-octet AS, 3 opaque.
func appendExtended(dst []byte, c uint64) []byte {
	var octets [8]byte
	binary.BigEndian.PutUint64(octets[:], c)
	kind, subtype := octets[0], octets[1]
	switch kind &^ 0x40 {
	case 0:
		dst = appendTypes(append(dst, "ecas2:"...), kind, subtype)
		dst = appendNumber(dst, uint64(binary.BigEndian.Uint16(octets[2:])))
		return appendHex(append(dst, ':'), octets[4:])
	case 1:
		dst = appendTypes(append(dst, "ecv4:"...), kind, subtype)
		dst = netip.AddrFrom4([4]byte(octets[2:6])).AppendTo(dst)
		return appendHex(append(dst, ':'), octets[6:])
	case 2:
		dst = appendTypes(append(dst, "ecas4:"...), kind, subtype)
		dst = appendNumber(dst, uint64(binary.BigEndian.Uint32(octets[2:])))
		return appendHex(append(dst, ':'), octets[6:])
	case 3:
		dst = appendTypes(append(dst, "ecop:"...), kind, subtype)
		return appendHex(dst, octets[2:])
	}
	return appendHex(append(dst, "ecraw:"...), octets[:])
}

func appendTypes(dst []byte, kind, subtype byte) []byte {
	dst = append(appendNumber(dst, uint64(kind)), ':')
	return append(appendNumber(dst, uint64(subtype)), ':')
}

// appendHex writes octets in upper-case hexadecimal.
func appendHex(dst, octets []byte) []byte {
	start := len(dst)
	dst = hex.AppendEncode(dst, octets)
	for i := start; i < len(dst); i++ {
		if dst[i] >= 'a' {
			dst[i] -= 'a' - 'A'
		}
	}
	return dst
}
