package bmp

import (
	"encoding/binary"
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// maxItems bounds the items and figures that are kept of one message.
const maxItems = 1024

// parse takes raw, one whole message, apart. It gives false where there is nothing to give.
func (r *Reader) parse(raw []byte) bool {
	m := &r.msg
	*m = Message{Offset: m.Offset, Type: Type(raw[5]), Raw: raw, Stats: m.Stats[:0], TLVs: m.TLVs[:0]}
	if m.Type > RouteMirroring {
		r.stats.Unknown++
		r.report(values.Problem{Offset: m.Offset, Reason: "message of an unknown type is passed over"})
		return false
	}
	body := raw[headerLen:]
	if m.Type.hasPeer() {
		if len(body) < peerLen {
			r.malformed("%s ends inside its per-peer header", m.Type)
			return false
		}
		m.Peer = parsePeer(body)
		body = body[peerLen:]
		if m.Peer.Type > LocRIB {
			r.stats.Unknown++
			r.report(values.Problem{Offset: m.Offset, Reason: "message of an unknown type of peer is passed over"})
			return false
		}
	}
	switch m.Type {
	case RouteMonitoring:
		return r.monitoring(body)
	case StatisticsReport:
		return r.statistics(body)
	case PeerDownNotification:
		return r.down(body)
	case PeerUpNotification:
		return r.up(body)
	}
	r.items(body)
	return true
}

func parsePeer(b []byte) Peer {
	p := Peer{
		Type: PeerType(b[0]), Flags: b[1], Distinguisher: binary.BigEndian.Uint64(b[2:]),
		ASN: values.ASN(binary.BigEndian.Uint32(b[26:])), ID: netip.AddrFrom4([4]byte(b[30:])),
		Sec: binary.BigEndian.Uint32(b[34:]), Micro: binary.BigEndian.Uint32(b[38:]),
	}
	p.IP = address(b[10:26], p.Type != LocRIB && p.Flags&FlagIPv6 != 0)
	return p
}

// address reads an address of sixteen octets; IPv4 stands in the last four.
func address(b []byte, six bool) netip.Addr {
	if six {
		return netip.AddrFrom16([16]byte(b))
	}
	return netip.AddrFrom4([4]byte(b[12:]))
}

func (r *Reader) monitoring(body []byte) bool {
	kind, inner, rest, ok := bgp.Message(body)
	if !ok {
		r.malformed("route monitoring holds no whole BGP message in its %d octets", len(body))
		return false
	}
	if kind != bgp.TypeUpdate {
		r.malformed("route monitoring holds a BGP message of type %d, not an UPDATE", kind)
		return false
	}
	if len(rest) > 0 {
		r.malformed("route monitoring has %d octets behind its UPDATE, which are passed over", len(rest))
	}
	r.msg.Update = body[: bgp.HeaderLen+len(inner) : bgp.HeaderLen+len(inner)]
	return true
}

// statistics reads the figures: a count of them, then each as an item of four, eight or eleven octets.
func (r *Reader) statistics(body []byte) bool {
	if len(body) < 4 {
		r.malformed("statistics report ends before its count")
		return false
	}
	count := binary.BigEndian.Uint32(body)
	r.items(body[4:])
	if int64(count) != int64(len(r.msg.TLVs)) {
		r.malformed("statistics report says that it has %d figures and has %d", count, len(r.msg.TLVs))
	}
	for _, t := range r.msg.TLVs {
		s := Stat{Type: t.Type}
		switch v := t.Value; len(v) {
		case 4:
			s.Value = uint64(binary.BigEndian.Uint32(v))
		case 8:
			s.Value = binary.BigEndian.Uint64(v)
		case 11:
			s.Family = bgp.Family{AFI: binary.BigEndian.Uint16(v), SAFI: v[2]}
			s.Value = binary.BigEndian.Uint64(v[3:])
		default:
			r.malformed("figure of type %d has %d octets and is passed over", t.Type, len(v))
			continue
		}
		r.msg.Stats = append(r.msg.Stats, s)
	}
	r.msg.TLVs = r.msg.TLVs[:0]
	return true
}

func (r *Reader) down(body []byte) bool {
	if len(body) == 0 {
		r.malformed("peer down ends before its reason")
		return false
	}
	d := &r.msg.Down
	d.Reason, body = Reason(body[0]), body[1:]
	switch d.Reason {
	case LocalNotification, RemoteNotification:
		if _, inner, _, ok := bgp.Message(body); ok {
			d.Notification = body[: bgp.HeaderLen+len(inner) : bgp.HeaderLen+len(inner)]
		} else {
			r.malformed("peer down holds no whole BGP message in its %d octets", len(body))
		}
	case LocalNoMessage:
		if len(body) >= 2 {
			d.Event = binary.BigEndian.Uint16(body)
		} else {
			r.malformed("peer down ends before its event")
		}
	case LocalTLV:
		r.items(body)
	case RemoteNoMessage, Deconfigured:
	default:
		r.malformed("peer down for an unknown reason, %d", d.Reason)
	}
	return true
}

func (r *Reader) up(body []byte) bool {
	if len(body) < 20 {
		r.malformed("peer up ends inside its head")
		return false
	}
	u := &r.msg.Up
	u.LocalIP = address(body[:16], r.msg.Peer.IP.Is6())
	u.LocalPort, u.RemotePort = binary.BigEndian.Uint16(body[16:]), binary.BigEndian.Uint16(body[18:])
	rest, ok := r.open(&u.SentOpen, &u.Sent, body[20:])
	if ok {
		rest, ok = r.open(&u.ReceivedOpen, &u.Received, rest)
	}
	if ok {
		r.items(rest)
	}
	return true // the session is up, whatever the OPENs say
}

// open takes an OPEN off b.
func (r *Reader) open(raw *[]byte, o *bgp.Open, b []byte) (rest []byte, ok bool) {
	kind, body, rest, ok := bgp.Message(b)
	if !ok || kind != bgp.TypeOpen {
		r.malformed("peer up holds no whole OPEN where one should stand")
		return nil, false
	}
	*raw = b[: bgp.HeaderLen+len(body) : bgp.HeaderLen+len(body)]
	var err error
	if *o, err = bgp.ParseOpen(body); err != nil {
		r.malformed("peer up: %v", err)
	}
	return rest, true
}

// items reads a list of items to its end.
func (r *Reader) items(b []byte) {
	for len(b) > 0 {
		if len(b) < 4 || len(b)-4 < int(binary.BigEndian.Uint16(b[2:])) {
			r.malformed("%s ends inside an item: its last %d octets are passed over", r.msg.Type, len(b))
			return
		}
		if len(r.msg.TLVs) == maxItems {
			r.malformed("%s has more than %d items: the rest is passed over", r.msg.Type, maxItems)
			return
		}
		n := 4 + int(binary.BigEndian.Uint16(b[2:]))
		r.msg.TLVs = append(r.msg.TLVs, TLV{binary.BigEndian.Uint16(b), b[4:n:n]})
		b = b[n:]
	}
}
