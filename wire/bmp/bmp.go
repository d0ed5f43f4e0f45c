// Package bmp reads and writes the BGP Monitoring Protocol, in which a router tells what its neighbours say: RFC 7854
// (version 3), RFC 8671 (Adj-RIB-Out) and RFC 9069 (Loc-RIB).
//
// [Scan] is the one obvious way in: it yields every [Message] of a stream. [Reader] is the same for callers that set the
// pace. [Append] writes a message. The BGP messages inside stay octets: bgp.ParseUpdate and mrt read them; how they are
// encoded follows from the peer's flags ([Peer.LegacyASPath]) and from the OPENs of its Peer Up, which are decoded
// ([PeerUp.AddPath]).
//
// A Reader keeps one buffer, which grows only with what has arrived and no further than MaxMessage; slices of a Message
// alias it and hold until the next call. What is malformed or unknown inside a message is reported with its offset and
// passed over. A header that cannot be right ends the stream, for BMP has nothing to find the next one by. The package
// keeps no state of peers and knows no transport.
package bmp

import (
	"net/netip"
	"time"

	"pahra/wire/bgp"
	"pahra/wire/values"
)

// Version is the version of BMP that is read and written.
const Version = 3

// Type is the type of a message (RFC 7854 section 4.1).
type Type uint8

// The types of message.
const (
	RouteMonitoring Type = iota
	StatisticsReport
	PeerDownNotification
	PeerUpNotification
	Initiation
	Termination
	RouteMirroring
)

// String gives the type's name in words.
func (t Type) String() string {
	names := [...]string{"route monitoring", "statistics report", "peer down", "peer up", "initiation", "termination", "route mirroring"}
	if int(t) < len(names) {
		return names[t]
	}
	return "unknown type"
}

// hasPeer tells whether messages of the type have a per-peer header.
func (t Type) hasPeer() bool { return t != Initiation && t != Termination }

// PeerType says what a peer stands for (RFC 7854 section 4.2, RFC 9069 section 4.1).
type PeerType uint8

// The types of peer.
const (
	GlobalInstance PeerType = iota // a neighbour in the default routing table
	RDInstance                     // a neighbour in a VRF, told by its route distinguisher
	LocalInstance                  // a neighbour in an instance told by a number of the router's own
	LocRIB                         // no neighbour: the routes that the router itself chose
)

// The flag bits of the per-peer header. Bit 0 means V for neighbours and F for the Loc-RIB.
const (
	FlagIPv6       = 0x80 // V: the address is IPv6 (RFC 7854)
	FlagFiltered   = 0x80 // F: the Loc-RIB is told in part only (RFC 9069 section 4.2)
	FlagPostPolicy = 0x40 // L: the routes are those after policy (RFC 7854, RFC 8671)
	FlagLegacyAS   = 0x20 // A: AS_PATH has two-octet AS numbers (RFC 7854)
	FlagAdjRIBOut  = 0x10 // O: the routes are those told to the neighbour (RFC 8671 section 4)
)

// View is the table of a router that a route stands in.
type View uint8

// The views.
const (
	AdjRIBInPre   View = iota // as the neighbour said
	AdjRIBInPost              // what the router's policy left of it
	AdjRIBOutPre              // for the neighbour, before policy (RFC 8671)
	AdjRIBOutPost             // as told to the neighbour (RFC 8671)
	LocRIBView                // what the router chose (RFC 9069)
)

// String gives the view's name as configurations have it.
func (v View) String() string {
	names := [...]string{"pre-policy", "post-policy", "out-pre-policy", "out-post-policy", "loc-rib"}
	if int(v) < len(names) {
		return names[v]
	}
	return "unknown view"
}

// Peer is the per-peer header.
type Peer struct {
	Type          PeerType
	Flags         uint8
	Distinguisher uint64     // of the VRF or instance; 0 for the default one
	IP            netip.Addr // of the neighbour; 0.0.0.0 for the Loc-RIB
	ASN           values.ASN
	ID            netip.Addr // BGP identifier
	Sec, Micro    uint32     // when the routes came, since 1970, UTC; 0 where the router does not tell
}

// View tells which table a route monitoring message of the peer is about. The O flag has no meaning in other messages.
func (p *Peer) View() View {
	post := p.Flags&FlagPostPolicy != 0
	switch {
	case p.Type == LocRIB:
		return LocRIBView
	case p.Flags&FlagAdjRIBOut != 0 && post:
		return AdjRIBOutPost
	case p.Flags&FlagAdjRIBOut != 0:
		return AdjRIBOutPre
	case post:
		return AdjRIBInPost
	}
	return AdjRIBInPre
}

// LegacyASPath tells whether AS_PATH and AGGREGATOR have two-octet AS numbers. The Loc-RIB never has.
func (p *Peer) LegacyASPath() bool { return p.Type != LocRIB && p.Flags&FlagLegacyAS != 0 }

// Filtered tells that only a part of the Loc-RIB is told (RFC 9069 section 4.2).
func (p *Peer) Filtered() bool { return p.Type == LocRIB && p.Flags&FlagFiltered != 0 }

// Time gives when the routes came; zero where the router does not tell.
func (p *Peer) Time() time.Time {
	if p.Sec == 0 && p.Micro == 0 {
		return time.Time{}
	}
	return time.Unix(int64(p.Sec), int64(p.Micro)*1000).UTC()
}

// TLV is one item of information. What Type means depends on the message.
type TLV struct {
	Type  uint16
	Value []byte
}

// The items of Initiation (RFC 7854 section 4.4) and Peer Up (RFC 8671 section 5, RFC 9069 section 4.4). String is in
// both, and in Termination.
const (
	InfoString     = 0
	InfoSysDescr   = 1
	InfoSysName    = 2
	InfoTableName  = 3 // Peer Up: name of the VRF or table
	InfoAdminLabel = 4 // Peer Up: RFC 8671
)

// The items of Termination (RFC 7854 section 4.5).
const (
	TermString = 0
	TermReason = 1 // two octets
)

// The items of Route Mirroring (RFC 7854 section 4.7).
const (
	MirrorMessage     = 0 // a BGP message as it came
	MirrorInformation = 1 // two octets: 0 for an erroneous message, 1 for messages lost
)

// Stat is one figure of a statistics report.
type Stat struct {
	Type uint16 // see the constants
	// Family is set for figures of one address family (types 9, 10, 16 and 17, and whatever else has their form).
	Family bgp.Family
	Value  uint64
}

// The figures of RFC 7854 section 4.8 and RFC 8671 section 6. Those of an Adj-RIB or Loc-RIB are gauges, all others
// count up.
const (
	StatRejectedByPolicy      = 0
	StatDuplicateAdvert       = 1
	StatDuplicateWithdraw     = 2
	StatClusterLoop           = 3
	StatASLoop                = 4
	StatOriginatorLoop        = 5
	StatConfedLoop            = 6
	StatAdjRIBIn              = 7
	StatLocRIB                = 8
	StatAdjRIBInByFamily      = 9
	StatLocRIBByFamily        = 10
	StatUpdatesAsWithdraw     = 11
	StatPrefixesAsWithdraw    = 12
	StatDuplicateUpdates      = 13
	StatAdjRIBOutPre          = 14
	StatAdjRIBOutPost         = 15
	StatAdjRIBOutPreByFamily  = 16
	StatAdjRIBOutPostByFamily = 17
)

// Reason says why a session went down (RFC 7854 section 4.9, RFC 9069 section 5.3).
type Reason uint8

// The reasons of Peer Down.
const (
	LocalNotification  Reason = 1 // the router closed it: Notification is what it sent
	LocalNoMessage     Reason = 2 // the router closed it: Event is the FSM's
	RemoteNotification Reason = 3 // the neighbour closed it: Notification is what it sent
	RemoteNoMessage    Reason = 4
	Deconfigured       Reason = 5 // it is no longer told of; the session may stand
	LocalTLV           Reason = 6 // the Loc-RIB ends: TLVs say more
)

// PeerDown is what a Peer Down says.
type PeerDown struct {
	Reason       Reason
	Notification []byte // a whole BGP message
	Event        uint16
}

// PeerUp is what a Peer Up says.
type PeerUp struct {
	LocalIP               netip.Addr // of the router; unspecified where it does not tell
	LocalPort, RemotePort uint16
	// SentOpen and ReceivedOpen are whole BGP messages: the router's and the neighbour's. Sent and Received are what
	// they say.
	SentOpen, ReceivedOpen []byte
	Sent, Received         bgp.Open
}

// AddPath tells whether a family's prefixes have path identifiers (RFC 7911 section 4): the neighbour sends them and
// the router takes them, or the other way round for the Adj-RIB-Out. The two OPENs of a Loc-RIB are one and the same
// made up by the router, so any mention in them counts.
func (u *PeerUp) AddPath(f bgp.Family, v View) bool {
	sent, received := u.Sent.Mode(f), u.Received.Mode(f)
	switch v {
	case LocRIBView:
		return sent|received != 0
	case AdjRIBOutPre, AdjRIBOutPost:
		return sent&bgp.AddPathSend != 0 && received&bgp.AddPathReceive != 0
	}
	return sent&bgp.AddPathReceive != 0 && received&bgp.AddPathSend != 0
}

// Message is one message. Its slices alias the reader's buffer and hold until its next call.
type Message struct {
	Offset int64 // where it begins in the stream
	Type   Type
	Raw    []byte // the whole message
	Peer   Peer   // not in Initiation and Termination
	// Update is the whole BGP UPDATE of Route Monitoring, header included.
	Update []byte
	Stats  []Stat
	Up     PeerUp
	Down   PeerDown
	// TLVs are the items of Initiation, Termination, Peer Up, Route Mirroring and Peer Down for LocalTLV.
	TLVs []TLV
}

// Info gives the first item of a type, as text; "" where there is none.
func (m *Message) Info(kind uint16) string {
	for _, t := range m.TLVs {
		if t.Type == kind {
			return string(t.Value)
		}
	}
	return ""
}
