// Package bogons knows the prefixes and AS numbers that have no place in the global routing table, each with the time
// from which and until which that holds, and reads lists of them.
//
// [Special] gives the address blocks that IANA's special-purpose registries and the RFCs set apart, [SpecialASNs] the AS
// numbers, and [Unallocated] the blocks that IANA had not yet given to a registry, for judging old routes. [Read] reads
// Team Cymru's full bogon lists and plain lists of prefixes.
//
// A bogon is [Full] when nobody may announce it: the space is special-purpose and not globally reachable, or IANA has
// given it to no registry. It is [Administrative] when IANA did give it to a regional registry, which lists it as
// reserved or available: it may be in quarantine, or its holder in arrears, and the list a few hours old. A full bogon
// list mixes both and does not say which is which; Read tells them apart by the tables of this package.
//
// The tables carry dates as the registries and RFCs do, to the month or day; see each function for what they leave out.
// The package does not judge routes.
package bogons

import (
	"fmt"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// Kind tells what a bogon weighs.
type Kind uint8

// The kinds, in order of weight.
const (
	Exempt         Kind = iota // no bogon, though it lies in a shorter entry that is one
	Administrative             // a registry's business: inform, do not score
	Full                       // nobody may announce it
)

// String gives "exempt", "administrative" or "full".
func (k Kind) String() string {
	names := [...]string{"exempt", "administrative", "full"}
	if int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Entry is one block. Of the entries that cover a prefix at a time, the longest decides.
type Entry struct {
	Prefix netip.Prefix
	Kind   Kind
	Name   string    // what the block is for: "Private-Use"; empty in a list
	Rule   string    // the document that says so: "RFC 1918"; in a list, the list
	Since  time.Time // from when it holds; zero is always
	Until  time.Time // from when it holds no longer; zero is still
}

// ASNRange is a range of AS numbers, both ends included.
type ASNRange struct {
	From, To     values.ASN
	Kind         Kind
	Name, Rule   string
	Since, Until time.Time
}

// Holds tells whether the entry holds at a time.
func (e Entry) Holds(at time.Time) bool { return holds(e.Since, e.Until, at) }

// Holds tells whether the range holds at a time.
func (r ASNRange) Holds(at time.Time) bool { return holds(r.Since, r.Until, at) }

// holds tells whether since ≤ at < until. The zero at stands for now, of which a table only knows that it is late.
func holds(since, until, at time.Time) bool {
	if at.IsZero() {
		return until.IsZero()
	}
	return !at.Before(since) && (until.IsZero() || at.Before(until))
}

// date reads a day or month of the tables, or nothing. They are constants, so a bad one is a programmer's error.
func date(text string) time.Time {
	switch len(text) {
	case 0:
		return time.Time{}
	case len("2006-01"):
		text += "-01"
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic(err)
	}
	return t
}
