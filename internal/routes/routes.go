// Package routes holds what the networks announced: every peer's routes, and the table over all peers at any moment.
//
// Feed elements in time order. [Interner] turns the raw attributes of a route into an [AttrID], so that each distinct
// set is decoded and judged once; [Peers] knows the sessions and their health; [Table] holds per prefix which peer has
// which attributes, and answers who says what ([Table.RoutesOf], [Table.IsLive]), and which prefixes cover one ([Table.Covering]).
//
// Invariants: identifiers are given in the order of first use, so the same input gives the same identifiers; a route of
// a session that went down is not withdrawn but no longer live, and is live again when the session returns and repeats
// it. The package judges nothing.
package routes

import "pahra/wire/values"

// AttrID names an interned attribute set; 0 is none.
type AttrID uint32

// PathID names an interned AS path; 0 is the empty path.
type PathID uint32

// PrefixID names a prefix of a [Table], from 0 in the order of first use.
type PrefixID uint32

// Flags are what a judgement needs to know of an attribute set besides its path.
type Flags uint8

// The flags of an attribute set.
const (
	// Blackhole is set where a community asks for traffic to be dropped: 65535:666 (RFC 7999) or any x:666.
	Blackhole Flags = 1 << iota
	// HasSet is set where the path holds an AS_SET or a confederation segment.
	HasSet
	// Malformed is set where an attribute could not be decoded and the route is to be treated as withdrawn (RFC 7606).
	Malformed
	// TwoOctet is set where the session carried two-octet AS numbers, so that AS_TRANS stands for unknown ones.
	TwoOctet
)

// Attr is what is kept of a distinct attribute set.
type Attr struct {
	Path   PathID
	Origin values.ASN // the last AS of the path; 0 where it is unknown (empty path, or ending in an AS_SET)
	OTC    values.ASN // RFC 9234; 0 where absent
	Flags  Flags
}
