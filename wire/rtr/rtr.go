// Package rtr reads and writes the PDUs by which an RPKI validator (a cache) tells routers what it found valid: version
// 0 (RFC 6810), version 1 (RFC 8210) and version 2 (draft-ietf-sidrops-8210bis-27).
//
// [Decode] reads one PDU, a [Reader] one after the other of a stream, [Append] writes one. What a PDU may not be is an
// [*Error] with the code that the other side is to be told, for which [Error.Report] makes the Error Report.
//
// A PDU that was read has no host bits in its prefix, a maxLength within prefix length and address length, and providers
// that ascend and occur once. Bounds: a PDU has at most 65,535 octets, as version 2 says of its own.
//
// The package knows PDUs and not sessions: which may come when, and what an announcement changes, is the caller's.
package rtr

import (
	"fmt"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// The versions of the protocol.
const (
	Version0 uint8 = 0 // RFC 6810
	Version1 uint8 = 1 // RFC 8210: router keys, timers
	Version2 uint8 = 2 // draft-ietf-sidrops-8210bis: ASPAs

	MaxVersion = Version2
)

// MaxLength is the most octets that a PDU may have, header and all.
const MaxLength = 65535

// Type is the type of a PDU.
type Type uint8

// The types, as registered in rpki-rtr-pdu.
const (
	TypeSerialNotify  Type = 0
	TypeSerialQuery   Type = 1
	TypeResetQuery    Type = 2
	TypeCacheResponse Type = 3
	TypeIPv4Prefix    Type = 4
	TypeIPv6Prefix    Type = 6
	TypeEndOfData     Type = 7
	TypeCacheReset    Type = 8
	TypeRouterKey     Type = 9 // from version 1 on
	TypeErrorReport   Type = 10
	TypeASPA          Type = 11 // from version 2 on
)

// String names the type as the RFC does.
func (t Type) String() string {
	switch t {
	case TypeSerialNotify:
		return "Serial Notify"
	case TypeSerialQuery:
		return "Serial Query"
	case TypeResetQuery:
		return "Reset Query"
	case TypeCacheResponse:
		return "Cache Response"
	case TypeIPv4Prefix:
		return "IPv4 Prefix"
	case TypeIPv6Prefix:
		return "IPv6 Prefix"
	case TypeEndOfData:
		return "End of Data"
	case TypeCacheReset:
		return "Cache Reset"
	case TypeRouterKey:
		return "Router Key"
	case TypeErrorReport:
		return "Error Report"
	case TypeASPA:
		return "ASPA"
	}
	return fmt.Sprintf("type %d", uint8(t))
}

// PDU is one of the types below.
type PDU interface{ Type() Type }

// SerialNotify tells a router that there is something new.
type SerialNotify struct {
	Session uint16
	Serial  uint32
}

// SerialQuery asks for what changed since a serial number.
type SerialQuery struct {
	Session uint16
	Serial  uint32
}

// ResetQuery asks for everything.
type ResetQuery struct{}

// CacheResponse begins the answer to a query.
type CacheResponse struct{ Session uint16 }

// Prefix is one VRP that comes or goes: ASN may originate Prefix and its more-specifics up to MaxLength.
type Prefix struct {
	Announce  bool
	Prefix    netip.Prefix
	MaxLength uint8
	ASN       values.ASN
}

// EndOfData ends the answer to a query. Version 0 has no timers: they are 0.
type EndOfData struct {
	Session uint16
	Serial  uint32
	Timers
}

// Timers say how a router is to go on, in seconds (RFC 8210 section 6).
type Timers struct {
	Refresh uint32 // from the last answer to the next query
	Retry   uint32 // from a query that failed to the next
	Expire  uint32 // from the last answer until the data may no longer be used
}

// Durations gives the timers within the bounds that RFC 8210 section 6 sets, its defaults where there are none.
func (t Timers) Durations() (refresh, retry, expire time.Duration) {
	within := func(value, low, high, otherwise uint32) time.Duration {
		if value == 0 {
			value = otherwise
		}
		return time.Duration(min(max(value, low), high)) * time.Second
	}
	refresh, retry = within(t.Refresh, 1, 86400, 3600), within(t.Retry, 1, 7200, 600)
	return refresh, retry, max(within(t.Expire, 600, 172800, 7200), refresh, retry)
}

// CacheReset answers a Serial Query that the cache cannot answer: only a Reset Query helps.
type CacheReset struct{}

// RouterKey is a BGPsec router key (RFC 8635) that comes or goes.
type RouterKey struct {
	Announce bool
	SKI      [20]byte // subject key identifier
	ASN      values.ASN
	SPKI     []byte // subjectPublicKeyInfo, DER
}

// ErrorReport tells the other side what it did wrong, or why there is no answer.
type ErrorReport struct {
	Code Code
	PDU  []byte // what was wrong, whole or cut; may be empty
	Text string // for people; may be empty
}

// ASPA is the provider set of a customer that comes in place of an earlier one (Announce, with providers that ascend and
// occur once; AS0 alone says that there are none) or goes (no providers).
type ASPA struct {
	Announce  bool
	Customer  values.ASN
	Providers []values.ASN
}

// Type tells which PDU it is.
func (SerialNotify) Type() Type  { return TypeSerialNotify }
func (SerialQuery) Type() Type   { return TypeSerialQuery }
func (ResetQuery) Type() Type    { return TypeResetQuery }
func (CacheResponse) Type() Type { return TypeCacheResponse }
func (EndOfData) Type() Type     { return TypeEndOfData }
func (CacheReset) Type() Type    { return TypeCacheReset }
func (RouterKey) Type() Type     { return TypeRouterKey }
func (ErrorReport) Type() Type   { return TypeErrorReport }
func (ASPA) Type() Type          { return TypeASPA }

// Type tells the family.
func (p Prefix) Type() Type {
	if p.Prefix.Addr().Is4() {
		return TypeIPv4Prefix
	}
	return TypeIPv6Prefix
}
