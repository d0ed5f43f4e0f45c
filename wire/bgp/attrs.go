// Package bgp reads BGP-4 as it lies in dumps and streams: UPDATE messages and path attributes. It knows no transport
// and keeps no state.
//
// [DecodeAttrs] decodes path attributes into an [Attrs]. [WalkUpdate] yields each prefix of an UPDATE with what it
// says of it; [ParseUpdate] only takes the message apart. [NextAttr] and [NextNLRI] are the two steps beneath, for
// callers that want octets as they stood. Nothing is copied and nothing is allocated per route: slices in results alias
// the input, and a reused Attrs keeps its storage.
//
// Malformed input never panics. It becomes a [Fault] with the reaction that RFC 7606 asks for, and whatever could
// be read is given all the same. [AppendUpdate], [AppendAttrs] and [Widen] write. The package does not judge routes.
package bgp

import (
	"net/netip"

	"pahra/wire/values"
)

// Origin is the ORIGIN attribute (RFC 4271 section 5.1.1).
type Origin uint8

// The values of ORIGIN.
const (
	OriginIGP Origin = iota
	OriginEGP
	OriginIncomplete
)

// SegmentKind is the kind of one AS_PATH segment.
type SegmentKind uint8

// AS_PATH segment kinds (RFC 4271 section 4.3, RFC 5065 section 3).
const (
	ASSet            SegmentKind = 1
	ASSequence       SegmentKind = 2
	ASConfedSequence SegmentKind = 3
	ASConfedSet      SegmentKind = 4
)

// Segment is one AS_PATH segment.
type Segment struct {
	Kind SegmentKind
	ASNs []values.ASN
}

// LargeCommunity is a large community (RFC 8092).
type LargeCommunity struct{ Global, Local1, Local2 uint32 }

// Attrs are the path attributes of one route, decoded. A reused value keeps its slices' storage, so a caller that keeps
// a part of it must copy that part. Has* tell an absent attribute from a zero.
type Attrs struct {
	HasOrigin bool
	Origin    Origin
	// Path is the AS_PATH after the merge with AS4_PATH (RFC 6793 section 4.2.3), segments as received.
	Path []Segment
	// HasPath tells that AS_PATH is there, be it empty; PathMalformed that it could not be read, so Path is nil.
	HasPath, PathMalformed bool
	// NextHop is the NEXT_HOP attribute, or the first next hop of MP_REACH_NLRI where NEXT_HOP is absent.
	NextHop    netip.Addr
	HasNextHop bool // NEXT_HOP itself is there
	// MPNextHop is the first (global) next hop of MP_REACH_NLRI; zero where there is none.
	MPNextHop netip.Addr
	// MPNextHopLen is the length in octets that MP_REACH_NLRI states for its next hops; 0 where there is none.
	MPNextHopLen     uint8
	HasMED           bool
	MED              uint32
	HasLocalPref     bool
	LocalPref        uint32
	AtomicAggregate  bool
	HasAggregator    bool
	AggregatorASN    values.ASN // merged with AS4_AGGREGATOR
	AggregatorIP     netip.Addr
	OriginatorID     netip.Addr // RFC 4456; zero where absent
	ClusterList      []netip.Addr
	Communities      []uint32 // RFC 1997, high half ASN
	ExtCommunities   []uint64 // RFC 4360, the eight octets in network order
	LargeCommunities []LargeCommunity
	HasOTC           bool
	OTC              values.ASN // RFC 9234
}
