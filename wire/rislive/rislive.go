// Package rislive reads and writes the messages of RIPE RIS Live (https://ris-live.ripe.net/manual/): what the peers of
// RIPE's route collectors say, as JSON, one message each.
//
// [Decoder.Decode] reads what a server sends, [Message.AppendRecord] makes an MRT record of it, [Message.SetRecord] goes
// the other way and [Encoder.Append] writes it; [Request] is what a client sends. A message of a BGP session always
// carries the BGP message itself: as the server gave it in data.raw, with AS numbers widened to four octets where the
// session had two, or else rebuilt from the JSON fields. Those tell path, origin, MED, aggregator, communities and
// prefixes, and no other attributes.
//
// Decoding keeps no more than the message and a bounded list of the names and addresses seen, and refuses what is longer
// than [MaxMessage] or nested deeper than any message is. Malformed input is an error and never a panic. The package
// opens no connection and judges nothing.
package rislive

import (
	"net/netip"

	"pahra/wire/values"
)

// MaxMessage is how long a message may be in octets. The longest BGP message of RFC 8654, 65,535 octets that hold
// nothing but prefixes, stays below it in both of its forms together.
const MaxMessage = 1 << 20

// Type is what a message of the server is.
type Type uint8

// The types of message, by the "type" that stands beside "data". Other is one that later versions may bring.
const (
	Other      Type = iota
	BGP             // ris_message: a message of a BGP session, or a change of its state
	Error           // ris_error
	Collectors      // ris_rrc_list: answers request_rrc_list
	Subscribed      // ris_subscribe_ok: answers ris_subscribe, if it asked to be acknowledged
	Pong            // pong: answers ping
)

// Kind is what a message of type BGP tells.
type Kind uint8

// The kinds, by the "type" within "data". OtherKind is one that later versions may bring.
const (
	OtherKind    Kind = iota
	Update            // UPDATE
	Open              // OPEN
	Notification      // NOTIFICATION
	Keepalive         // KEEPALIVE
	PeerState         // RIS_PEER_STATE, since 2022 STATE: the session came up or went down
)

// String gives the kind as it stands in a message; empty for OtherKind.
func (k Kind) String() string {
	return [PeerState + 1]string{Update: "UPDATE", Open: "OPEN", Notification: "NOTIFICATION", Keepalive: "KEEPALIVE", PeerState: "RIS_PEER_STATE"}[k]
}

// Message is one message of the server. Slices alias storage of the decoder or the input and hold until the next call.
type Message struct {
	Type Type
	Kind Kind // of a BGP message, as all that follows up to Up

	Sec, Micro uint32 // when the collector heard it: seconds since 1970, UTC, and microseconds
	Peer       netip.Addr
	PeerAS     values.ASN
	Collector  string // in lower case, without the domain: "rrc00"
	ID         []byte // the server's own name for it; may be empty
	// Message is the whole BGP message with AS numbers of four octets. Every UPDATE has one; it is nil for a PeerState
	// and where the server gave none, or a malformed one, of another kind.
	Message []byte
	// Rebuilt tells that Message was made from the JSON fields.
	Rebuilt bool
	Up      bool // of a PeerState: routes can be exchanged

	Text       string   // of an Error
	Collectors []string // of a list of Collectors
}
