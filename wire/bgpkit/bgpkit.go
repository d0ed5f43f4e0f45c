// Package bgpkit writes elements as JSON objects, one a line, with the keys of bgpkit-parser's BgpElem.
//
// [Append] writes one. [TypeName], [NextHop], [Origins], [OriginName] and [Communities] give single values for writers of
// other formats with these names. Every key is always there, in this order; what an element does not have is null:
//
//	timestamp         seconds since 1970, with a fraction where the record has microseconds
//	type              "ANNOUNCE" (announced or in a table), "WITHDRAW", "STATE"
//	elem_type         "A" announced, "W" withdrawn, "R" in a table, "S" state change
//	peer_ip, peer_asn the collector's peer
//	prefix            in CIDR form; null for a state change
//	path_id           ADD-PATH identifier (RFC 7911)
//	next_hop          of MP_REACH_NLRI (the global one of two) where the prefix came with it, else of NEXT_HOP
//	as_path           as text: "701 64500 {64501,64502}", confederations as (1 2) and [1,2]
//	origin_asns       the last AS of the path, or the members of the AS_SET that it ends in; null where unknown
//	origin            "IGP", "EGP", "INCOMPLETE"
//	local_pref, med
//	communities       strings: "64500:1", "no-export", "no-advertise", "no-export-sub-confed"; extended ones as
//	                  "ecas2:TYPE:SUBTYPE:ASN:HEX", "ecas4:", "ecv4:", "ecop:", "ecraw:HEX"; large ones as "lg:1:2:3"
//	atomic            true or false
//	aggr_asn, aggr_ip of AGGREGATOR
//	only_to_customer  RFC 9234
//	originated        when a route in a table was learned, in seconds since 1970
//	old_state, new_state  of a state change: the numbers of RFC 6396 section 4.4.1
//
// elem_type, path_id, originated and the states go beyond bgpkit-parser; its keys unknown and deprecated are left out.
// The result is valid JSON whatever the input. The package reads no JSON.
package bgpkit

import (
	"net/netip"
	"strconv"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
)

// Append writes e as one object with a line feed behind dst. a are its decoded attributes; they are looked at for
// announced routes and those in a table only, and may be nil for the rest.
func Append(dst []byte, e *mrt.Elem, a *bgp.Attrs) []byte {
	dst = appendTime(append(dst, `{"timestamp":`...), e)
	dst = append(append(dst, `,"type":"`...), TypeName(e.Kind)...)
	dst = append(dst, `","elem_type":"`...)
	dst = append(dst, byte(e.Kind), '"')
	dst = appendAddr(append(dst, `,"peer_ip":`...), e.PeerIP)
	dst = appendNumber(append(dst, `,"peer_asn":`...), uint64(e.PeerAS))
	dst = appendPrefix(append(dst, `,"prefix":`...), e.Prefix)
	dst = appendOptional(append(dst, `,"path_id":`...), e.HasPathID, e.PathID)
	if a != nil && (e.Kind == mrt.Announce || e.Kind == mrt.RIBEntry) {
		dst = appendAttrs(dst, e, a)
	} else {
		dst = append(dst, `,"next_hop":null,"as_path":null,"origin_asns":null,"origin":null,"local_pref":null,`+
			`"med":null,"communities":null,"atomic":false,"aggr_asn":null,"aggr_ip":null,"only_to_customer":null`...)
	}
	dst = appendOptional(append(dst, `,"originated":`...), e.Kind == mrt.RIBEntry, e.Originated)
	dst = appendOptional(append(dst, `,"old_state":`...), e.Kind == mrt.State, uint32(e.OldState))
	dst = appendOptional(append(dst, `,"new_state":`...), e.Kind == mrt.State, uint32(e.NewState))
	return append(dst, "}\n"...)
}

// TypeName is the value of type.
func TypeName(kind mrt.ElemKind) string {
	switch kind {
	case mrt.Withdraw:
		return "WITHDRAW"
	case mrt.State:
		return "STATE"
	default:
		return "ANNOUNCE"
	}
}

// appendTime writes seconds, and microseconds where there are any.
func appendTime(dst []byte, e *mrt.Elem) []byte {
	dst = appendNumber(dst, uint64(e.Sec))
	if e.Micro == 0 || e.Micro >= 1e6 {
		return dst
	}
	dst = append(dst, '.')
	for limit := uint32(1e5); limit > 0; limit /= 10 {
		dst = append(dst, byte('0'+e.Micro/limit%10))
	}
	return dst
}

func appendNumber(dst []byte, n uint64) []byte { return strconv.AppendUint(dst, n, 10) }

func appendOptional(dst []byte, has bool, n uint32) []byte {
	if !has {
		return append(dst, "null"...)
	}
	return appendNumber(dst, uint64(n))
}

// appendAddr writes an address as a string; it has no characters that JSON escapes, for zones do not occur.
func appendAddr(dst []byte, addr netip.Addr) []byte {
	if !addr.IsValid() {
		return append(dst, "null"...)
	}
	dst = addr.WithZone("").AppendTo(append(dst, '"'))
	return append(dst, '"')
}

func appendPrefix(dst []byte, prefix netip.Prefix) []byte {
	if !prefix.IsValid() {
		return append(dst, "null"...)
	}
	dst = prefix.AppendTo(append(dst, '"'))
	return append(dst, '"')
}
