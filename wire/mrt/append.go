package mrt

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// AppendMessage appends a BGP4MP_ET record of subtype MESSAGE_AS4 (RFC 6396 sections 3 and 4.4.3): what a session said
// at a moment, in seconds since 1970 and microseconds. message is a whole BGP message with four-octet AS numbers. A
// zero LocalIP stands for an address that is not known.
func AppendMessage(dst []byte, sec, micro uint32, s Session, message []byte) ([]byte, error) {
	return AppendMessageAs(dst, sec, micro, s, message, bgp.UpdateOptions{AS4: true})
}

// AppendMessageAs is AppendMessage for a message that is encoded in another way: with path identifiers it becomes one of
// the subtypes of RFC 8050, without AS4 one whose session has two-octet AS numbers too. PeerAS must fit those then;
// AS_TRANS stands for a LocalAS that does not.
func AppendMessageAs(dst []byte, sec, micro uint32, s Session, message []byte, opt bgp.UpdateOptions) ([]byte, error) {
	start := len(dst)
	subtype := uint16(BGP4MPMessage)
	switch opt {
	case bgp.UpdateOptions{AS4: true}:
		subtype = BGP4MPMessageAS4
	case bgp.UpdateOptions{AddPath: true}:
		subtype = BGP4MPMessageAddPath
	case bgp.UpdateOptions{AS4: true, AddPath: true}:
		subtype = BGP4MPMessageAS4AddPath
	}
	dst, err := appendHead(dst, sec, micro, subtype, s, opt.AS4)
	if err != nil {
		return dst[:start], err
	}
	return sized(append(dst, message...), start), nil
}

// AppendStateChange appends a BGP4MP_ET record of subtype STATE_CHANGE_AS4 (RFC 6396 section 4.4.4); the states are
// those of [Writer.StateChange].
func AppendStateChange(dst []byte, sec, micro uint32, s Session, from, to uint16) ([]byte, error) {
	start := len(dst)
	dst, err := appendHead(dst, sec, micro, writeStateAS4, s, true)
	if err != nil {
		return dst[:start], err
	}
	dst = binary.BigEndian.AppendUint16(dst, from)
	return sized(binary.BigEndian.AppendUint16(dst, to), start), nil
}

// appendHead appends the header of a BGP4MP_ET record, its length still 0, and its session.
func appendHead(dst []byte, sec, micro uint32, subtype uint16, s Session, as4 bool) ([]byte, error) {
	dst = binary.BigEndian.AppendUint32(dst, sec)
	dst = binary.BigEndian.AppendUint16(dst, TypeBGP4MPET)
	dst = binary.BigEndian.AppendUint16(dst, subtype)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, micro)
	return appendSession(dst, s, as4)
}

func appendSession(dst []byte, s Session, as4 bool) ([]byte, error) {
	const ipv4, ipv6 = 1, 2
	family, none := uint16(ipv4), netip.IPv4Unspecified()
	if s.PeerIP.Is6() {
		family, none = ipv6, netip.IPv6Unspecified()
	}
	if !s.LocalIP.IsValid() {
		s.LocalIP = none
	}
	if !s.PeerIP.IsValid() || s.PeerIP.Is4() != s.LocalIP.Is4() {
		return dst, fmt.Errorf("writing a record of AS%s: addresses %v and %v are not of one family", s.PeerAS, s.PeerIP, s.LocalIP)
	}
	switch {
	case as4:
		dst = binary.BigEndian.AppendUint32(dst, uint32(s.PeerAS))
		dst = binary.BigEndian.AppendUint32(dst, uint32(s.LocalAS))
	case s.PeerAS > 0xffff:
		return dst, fmt.Errorf("writing a record of AS%s: it does not fit two octets", s.PeerAS)
	default:
		dst = binary.BigEndian.AppendUint16(dst, uint16(s.PeerAS))
		dst = binary.BigEndian.AppendUint16(dst, short(s.LocalAS))
	}
	dst = binary.BigEndian.AppendUint16(dst, 0) // interface index
	dst = binary.BigEndian.AppendUint16(dst, family)
	return appendAddr(appendAddr(dst, s.PeerIP), s.LocalIP), nil
}

// short gives an AS number in two octets.
func short(asn values.ASN) uint16 {
	if asn > 0xffff {
		return uint16(values.ASTrans)
	}
	return uint16(asn)
}

func appendAddr(dst []byte, ip netip.Addr) []byte {
	if ip.Is4() {
		b := ip.As4()
		return append(dst, b[:]...)
	}
	b := ip.As16()
	return append(dst, b[:]...)
}

// sized fills in the length of the record that begins at start.
func sized(dst []byte, start int) []byte {
	binary.BigEndian.PutUint32(dst[start+8:], uint32(len(dst)-start-writeHeaderBytes))
	return dst
}
