package bmp

import (
	"encoding/binary"
	"net/netip"

	"pahra/wire/bgp"
)

// Append appends m as a message: what its Type has of Peer, Update, Stats, Up, Down and TLVs. Raw and Offset are not
// looked at. The OPENs of a Peer Up are SentOpen and ReceivedOpen where those are set, else made of Sent and Received.
func Append(dst []byte, m *Message) []byte {
	start := len(dst)
	dst = append(dst, Version, 0, 0, 0, 0, byte(m.Type))
	if m.Type.hasPeer() {
		dst = appendPeer(dst, &m.Peer)
	}
	switch m.Type {
	case RouteMonitoring:
		dst = append(dst, m.Update...)
	case StatisticsReport:
		dst = appendStats(dst, m.Stats)
	case PeerDownNotification:
		dst = appendDown(dst, m)
	case PeerUpNotification:
		dst = appendUp(dst, m)
	default:
		dst = appendTLVs(dst, m.TLVs)
	}
	binary.BigEndian.PutUint32(dst[start+1:], uint32(len(dst)-start))
	return dst
}

func appendPeer(dst []byte, p *Peer) []byte {
	dst = append(dst, byte(p.Type), p.Flags)
	dst = binary.BigEndian.AppendUint64(dst, p.Distinguisher)
	dst = appendAddress(dst, p.IP)
	dst = binary.BigEndian.AppendUint32(dst, uint32(p.ASN))
	id := p.ID
	if !id.Is4() {
		id = netip.IPv4Unspecified()
	}
	dst = append(dst, id.AsSlice()...)
	dst = binary.BigEndian.AppendUint32(dst, p.Sec)
	return binary.BigEndian.AppendUint32(dst, p.Micro)
}

// appendAddress appends an address in sixteen octets, IPv4 in the last four.
func appendAddress(dst []byte, ip netip.Addr) []byte {
	var b [16]byte
	switch {
	case ip.Is4():
		copy(b[12:], ip.AsSlice())
	case ip.IsValid():
		b = ip.As16()
	}
	return append(dst, b[:]...)
}

func appendStats(dst []byte, stats []Stat) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(stats)))
	for _, s := range stats {
		dst = binary.BigEndian.AppendUint16(dst, s.Type)
		switch {
		case s.Family != bgp.Family{}:
			dst = binary.BigEndian.AppendUint16(append(dst, 0, 11), s.Family.AFI)
			dst = binary.BigEndian.AppendUint64(append(dst, s.Family.SAFI), s.Value)
		case isGauge(s.Type):
			dst = binary.BigEndian.AppendUint64(append(dst, 0, 8), s.Value)
		default:
			dst = binary.BigEndian.AppendUint32(append(dst, 0, 4), uint32(s.Value))
		}
	}
	return dst
}

// isGauge tells the figures of eight octets.
func isGauge(kind uint16) bool {
	switch kind {
	case StatAdjRIBIn, StatLocRIB, StatAdjRIBOutPre, StatAdjRIBOutPost:
		return true
	}
	return false
}

func appendDown(dst []byte, m *Message) []byte {
	dst = append(dst, byte(m.Down.Reason))
	switch m.Down.Reason {
	case LocalNotification, RemoteNotification:
		return append(dst, m.Down.Notification...)
	case LocalNoMessage:
		return binary.BigEndian.AppendUint16(dst, m.Down.Event)
	case LocalTLV:
		return appendTLVs(dst, m.TLVs)
	}
	return dst
}

func appendUp(dst []byte, m *Message) []byte {
	u := &m.Up
	dst = appendAddress(dst, u.LocalIP)
	dst = binary.BigEndian.AppendUint16(dst, u.LocalPort)
	dst = binary.BigEndian.AppendUint16(dst, u.RemotePort)
	dst = appendOpen(dst, u.SentOpen, &u.Sent)
	dst = appendOpen(dst, u.ReceivedOpen, &u.Received)
	return appendTLVs(dst, m.TLVs)
}

func appendOpen(dst, raw []byte, o *bgp.Open) []byte {
	if raw != nil {
		return append(dst, raw...)
	}
	return bgp.AppendOpen(dst, o)
}

func appendTLVs(dst []byte, list []TLV) []byte {
	for _, t := range list {
		dst = binary.BigEndian.AppendUint16(dst, t.Type)
		dst = binary.BigEndian.AppendUint16(dst, uint16(len(t.Value)))
		dst = append(dst, t.Value...)
	}
	return dst
}
