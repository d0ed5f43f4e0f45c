package mrt

import (
	"net/netip"
	"time"

	"pahra/wire/values"
)

// ElemKind is what one element says.
type ElemKind byte

// The kinds of element, with the letters that BGPStream and `bgpdump -m` users know.
const (
	Announce ElemKind = 'A' // a route announced by an UPDATE
	Withdraw ElemKind = 'W' // a route withdrawn by an UPDATE
	RIBEntry ElemKind = 'R' // a route in a table dump
	State    ElemKind = 'S' // a session's state changed
)

// Elem is one statement of one peer: a route announced, withdrawn or present in a table, or a change of session state.
// Slices alias the decoder's buffers and are valid until its next call; copy what you keep.
type Elem struct {
	Kind   ElemKind
	Sec    uint32 // seconds since 1970, UTC: of the record, or for a RIB entry see Originated
	Micro  uint32 // microseconds (the _ET types), else 0
	PeerAS values.ASN
	PeerIP netip.Addr
	Prefix netip.Prefix // masked; zero for State
	// PathID is the ADD-PATH identifier (RFC 7911); HasPathID tells 0 from none.
	PathID    uint32
	HasPathID bool
	// Safi is 1 (unicast) or 2 (multicast); RIB_GENERIC may give others.
	Safi uint8
	// Originated is when the peer's route in a table dump was last learned, in seconds since 1970; 0 otherwise.
	Originated uint32
	// RawAttrs are the path attributes as they stood in the record, for interning by bytes; bgp.DecodeAttrs with
	// AS4 and RIB decodes them. For an Announce they still hold MP_REACH_NLRI and MP_UNREACH_NLRI.
	RawAttrs []byte
	AS4      bool // AS numbers in RawAttrs take four octets
	RIB      bool // MP_REACH_NLRI in RawAttrs has the short form of table dumps (RFC 6396 section 4.3.4)
	// OldState and NewState are the BGP FSM states of a State element (RFC 6396 section 4.4.1).
	OldState, NewState uint16
	// Offset is where the element's record begins in the decompressed stream; Index counts elements within the record.
	Offset int64
	Index  int
}

// Time gives the element's time in UTC.
func (e *Elem) Time() time.Time {
	return time.Unix(int64(e.Sec), int64(e.Micro)*1000).UTC()
}
