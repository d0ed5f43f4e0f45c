package rislive

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"strconv"

	"pahra/wire/bgp"
)

// Encoder writes messages. The zero value is ready. Not safe for concurrent use.
type Encoder struct {
	update bgp.Update
	attrs  bgp.Attrs
	nlri   bgp.NLRI
}

// Append appends m as a server sends it; for an acknowledgement see [Subscription.AppendAcknowledgement]. raw adds the BGP message in hexadecimal. The fields of an UPDATE tell as much
// as the format has words for: no multicast routes, no confederations, none of the attributes that package rislive does
// not name. Routes with malformed attributes are told as withdrawn, which RFC 7606 makes of them.
func (e *Encoder) Append(dst []byte, m *Message, raw bool) []byte {
	switch m.Type {
	case BGP:
		return e.bgp(dst, m, raw)
	case Error:
		return append(appendString(append(dst, `{"type":"ris_error","data":{"message":`...), m.Text), "}}"...)
	case Collectors:
		dst = append(dst, `{"type":"ris_rrc_list","data":[`...)
		for i, c := range m.Collectors {
			dst = appendString(comma(dst, i), c)
		}
		return append(dst, "]}"...)
	}
	return append(dst, `{"type":"pong","data":null}`...)
}

func (e *Encoder) bgp(dst []byte, m *Message, raw bool) []byte {
	dst = append(dst, `{"type":"ris_message","data":{"timestamp":`...)
	dst = appendTime(dst, m.Sec, m.Micro)
	dst = append(dst, `,"peer":"`...)
	dst = m.Peer.AppendTo(dst)
	dst = append(dst, `","peer_asn":"`...)
	dst = strconv.AppendUint(dst, uint64(m.PeerAS), 10)
	dst = append(dst, `","id":`...)
	dst = appendString(dst, string(m.ID))
	if raw && m.Message != nil {
		dst = append(dst, `,"raw":"`...)
		dst = append(hex.AppendEncode(dst, m.Message), '"')
	}
	dst = appendString(append(dst, `,"host":`...), m.Collector)
	if m.Kind != OtherKind {
		dst = append(append(append(dst, `,"type":"`...), m.Kind.String()...), '"')
	}
	switch m.Kind {
	case Update:
		dst = e.routes(dst, m.Message)
	case Open:
		dst = open(dst, m.Message)
	case Notification:
		dst = notification(dst, m.Message)
	case PeerState:
		state := "down"
		if m.Up {
			state = "connected"
		}
		dst = appendString(append(dst, `,"state":`...), state)
	}
	return append(dst, "}}"...)
}

// appendTime appends seconds with three decimals, as the servers do, or six where three do not tell.
func appendTime(dst []byte, sec, micro uint32) []byte {
	dst = append(strconv.AppendUint(dst, uint64(sec), 10), '.')
	digits := 6
	if micro%1000 == 0 {
		digits, micro = 3, micro/1000
	}
	for unit := [...]uint32{3: 100, 6: 100_000}[digits]; unit > 0; unit /= 10 {
		dst = append(dst, '0'+byte(micro/unit%10))
	}
	return dst
}

// appendString appends a JSON string.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			b, _ := json.Marshal(s) // fails for no string
			return append(dst, b...)
		}
	}
	return append(append(append(dst, '"'), s...), '"')
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		return append(dst, ',')
	}
	return dst
}

// open appends what an OPEN says (RFC 4271 section 4.2). Its capabilities are in the raw message alone.
func open(dst, msg []byte) []byte {
	if len(msg) < bgp.HeaderLen+10 {
		return dst
	}
	b := msg[bgp.HeaderLen:]
	dst = strconv.AppendUint(append(dst, `,"direction":"received","version":`...), uint64(b[0]), 10)
	dst = strconv.AppendUint(append(dst, `,"asn":`...), uint64(binary.BigEndian.Uint16(b[1:])), 10)
	dst = strconv.AppendUint(append(dst, `,"hold_time":`...), uint64(binary.BigEndian.Uint16(b[3:])), 10)
	dst = netip.AddrFrom4([4]byte(b[5:9])).AppendTo(append(dst, `,"router_id":"`...))
	return append(dst, `","capabilities":{}`...)
}

// notification appends what a NOTIFICATION says (RFC 4271 section 4.5).
func notification(dst, msg []byte) []byte {
	if len(msg) < bgp.HeaderLen+2 {
		return dst
	}
	b := msg[bgp.HeaderLen:]
	dst = strconv.AppendUint(append(dst, `,"notification":{"code":`...), uint64(b[0]), 10)
	dst = strconv.AppendUint(append(dst, `,"subcode":`...), uint64(b[1]), 10)
	return append(hex.AppendEncode(append(dst, `,"data":"`...), b[2:]), `"}`...)
}
