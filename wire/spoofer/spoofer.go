// Package spoofer reads the sessions of CAIDA's Spoofer project: tests, run by volunteers, of whether a network lets
// packets with forged source addresses out (BCP 38, BCP 84).
//
// [Read] takes what the public API gives (https://api.spoofer.caida.org/sessions): a JSON-LD collection, an array, one
// session, or JSON lines as CAIDA's example scripts write them; and CSV with the same names as its heading. It streams,
// holds one session at a time, and refuses what is malformed with line or offset and reason.
//
// The package does not judge networks: whether a test behind a NAT counts, and how long a result stands, is the
// caller's to say.
package spoofer

import (
	"fmt"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// Outcome is what became of the packets with one kind of forged source.
type Outcome uint8

// The outcomes, as the API names them.
const (
	NotTested Outcome = iota // null: the session had no such test
	Unknown                  // the test decided nothing
	Blocked                  // none arrived: the network filters
	Rewritten                // they arrived with their source replaced, as by a NAT
	Received                 // they arrived as they were sent: the network does not filter
)

var outcomeNames = [...]string{"", "unknown", "blocked", "rewritten", "received"}

// String gives "", "unknown", "blocked", "rewritten" or "received".
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("Outcome(%d)", uint8(o))
}

// NAT tells whether the client sat behind address translation.
type NAT uint8

// What is known of translation.
const (
	NATUnknown NAT = iota
	NATNo
	NATYes
)

// Session is one run of the test. A side whose Client is not valid was not tested.
type Session struct {
	ID      int64     // CAIDA's number of the session
	Time    time.Time // when it ran, UTC
	Country string    // of the client, ISO 3166-1 alpha-3 in lower case, as the API gives it; may be empty
	IPv4    Side
	IPv6    Side
}

// Side is the session over one version of IP.
type Side struct {
	Client  netip.Prefix // the client's network: CAIDA masks IPv4 to /24 and IPv6 to /40
	ASN     values.ASN   // the network that announces it; 0 where CAIDA names none
	NAT     NAT
	Private Outcome // forged sources of private address space
	Routed  Outcome // forged sources that are routed elsewhere
}
