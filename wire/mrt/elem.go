// Package mrt reads the files in which route collectors keep what routers said (MRT, RFC 6396 and RFC 8050, and the
// older forms back to 1999), as a stream and with bounded memory.
//
// [Scan] is the one obvious way in: it yields every route of a decompressed stream as an [Elem]. [Reader] and
// [Decoder] are its two halves, framing and content, for callers that want the records or decode batches of them in
// parallel (give each Decoder the [PeerTable] with SetPeers). Package compressed gives the decompressed stream, package
// bgp decodes an Elem's attributes.
//
// Nothing is copied and nothing is allocated per route: slices alias buffers and hold until the next call. What is
// malformed is reported with its offset and reading goes on; a damaged header costs the records up to the next
// plausible one. The package does not decompress, and does not keep routes.
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
	// Unmasked is the prefix's address as it stood where bits behind the prefix length are set; else zero.
	Unmasked netip.Addr
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
	// MP tells that the prefix stood in MP_REACH_NLRI or MP_UNREACH_NLRI; NextHop are the next hop octets of that
	// MP_REACH_NLRI (4, 16, or 32 with a link-local one behind), which matter where an UPDATE has several.
	MP      bool
	NextHop []byte
	// TreatAsWithdraw marks a route announced with malformed attributes (RFC 7606). Kind is Withdraw then, unless the
	// decoder is Lenient.
	TreatAsWithdraw bool
	// Type and Subtype are those of the record. PeerIndex is the peer's index in a TABLE_DUMP_V2 peer table, else -1.
	Type, Subtype uint16
	PeerIndex     int
	// Offset is where the element's record begins in the decompressed stream; Index counts elements within the record.
	Offset int64
	Index  int
}

// Time gives the element's time in UTC.
func (e *Elem) Time() time.Time {
	return time.Unix(int64(e.Sec), int64(e.Micro)*1000).UTC()
}
