package mrt

import (
	"net/netip"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// BGP4MP is a record of type BGP4MP or BGP4MP_ET taken apart: one message of a session, or a change of its state.
type BGP4MP struct {
	PeerAS values.ASN
	PeerIP netip.Addr
	// Message is a whole BGP message, encoded as Options say; it aliases the record. Nil for a change of state.
	Message []byte
	Options bgp.UpdateOptions
	// OldState and NewState are the BGP FSM states of a change of state (RFC 6396 section 4.4.1).
	OldState, NewState uint16
}

// ParseBGP4MP takes rec apart into m. It gives false for a record of another kind and for one that ends early, or whose
// message is not of the length that it states.
func ParseBGP4MP(m *BGP4MP, rec *Record) bool {
	if rec.Type != TypeBGP4MP && rec.Type != TypeBGP4MPET {
		return false
	}
	*m = BGP4MP{}
	state := false
	switch rec.Subtype {
	case BGP4MPMessage, BGP4MPMessageLocal:
	case BGP4MPMessageAS4, BGP4MPMessageAS4Local:
		m.Options.AS4 = true
	case BGP4MPMessageAddPath, BGP4MPMessageLocalAddPath:
		m.Options.AddPath = true
	case BGP4MPMessageAS4AddPath, BGP4MPMessageAS4LocalAddPath:
		m.Options = bgp.UpdateOptions{AS4: true, AddPath: true}
	case BGP4MPStateChange:
		state = true
	case BGP4MPStateChangeAS4:
		state, m.Options.AS4 = true, true
	default:
		return false
	}
	var d Decoder
	d.rec = rec
	b := d.session(m.Options.AS4)
	m.PeerAS, m.PeerIP = d.elem.PeerAS, d.elem.PeerIP
	if state {
		if len(b) < 4 {
			return false
		}
		m.OldState, m.NewState = be16(b), be16(b[2:])
		return true
	}
	if len(b) < bgpHeaderLen || !allOnes(b[:16]) || int(be16(b[16:])) != len(b) {
		return false
	}
	m.Message = b
	return true
}
