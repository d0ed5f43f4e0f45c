package rislive

import (
	"errors"
	"fmt"

	"pahra/wire/bgp"
	"pahra/wire/mrt"
)

// The BGP FSM states that stand for down and up (RFC 6396 section 4.4.1): the stream tells no finer.
const (
	idle        = 1
	established = 6
)

// AppendRecord appends m as an MRT record: BGP4MP_ET with AS numbers of four octets, the collector's own side of the
// session left zero, for the stream does not tell it. It appends nothing for what carries neither routes nor state:
// a KEEPALIVE, a message of another type, an OPEN or NOTIFICATION without octets.
func (m *Message) AppendRecord(dst []byte) ([]byte, error) {
	s := mrt.Session{PeerAS: m.PeerAS, PeerIP: m.Peer}
	switch {
	case m.Type != BGP || m.Kind == Keepalive:
		return dst, nil
	case m.Kind == PeerState && m.Up:
		return mrt.AppendStateChange(dst, m.Sec, m.Micro, s, idle, established)
	case m.Kind == PeerState:
		return mrt.AppendStateChange(dst, m.Sec, m.Micro, s, established, idle)
	case m.Message == nil:
		return dst, nil
	}
	return mrt.AppendMessage(dst, m.Sec, m.Micro, s, m.Message)
}

// ErrAddPath says that a record's routes have path identifiers (RFC 7911), which the stream cannot tell.
var ErrAddPath = errors.New("routes with path identifiers")

// SetRecord makes m what a BGP4MP or BGP4MP_ET record of a collector tells. Message aliases the record, or else wide,
// which AS numbers of two octets are widened into and which SetRecord gives back for the next call.
func (m *Message) SetRecord(rec *mrt.Record, collector string, wide []byte) ([]byte, error) {
	*m = Message{Type: BGP, Sec: rec.Sec, Micro: rec.Micro, Collector: collector}
	var in mrt.BGP4MP
	if !mrt.ParseBGP4MP(&in, rec) {
		return wide, fmt.Errorf("a record of type %d and subtype %d holds no whole message", rec.Type, rec.Subtype)
	}
	m.Peer, m.PeerAS = in.PeerIP, in.PeerAS
	if in.Message == nil {
		m.Kind, m.Up = PeerState, in.NewState == established
		return wide, nil
	}
	m.Message = in.Message
	switch in.Message[bgp.HeaderLen-1] {
	case bgp.TypeOpen:
		m.Kind = Open
	case bgp.TypeUpdate:
		return m.setUpdate(in, wide)
	case bgp.TypeNotification:
		m.Kind = Notification
	case typeKeepalive:
		m.Kind = Keepalive
	default:
		return wide, fmt.Errorf("a BGP message of type %d", in.Message[bgp.HeaderLen-1])
	}
	return wide, nil
}

func (m *Message) setUpdate(in mrt.BGP4MP, wide []byte) ([]byte, error) {
	m.Kind = Update
	if in.Options.AddPath {
		return wide, ErrAddPath
	}
	if in.Options.AS4 {
		return wide, nil
	}
	wide, err := bgp.Widen(wide[:0], in.Message)
	m.Message = wide
	return wide, err
}
