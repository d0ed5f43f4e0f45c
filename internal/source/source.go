// Package source holds what live sources have in common: what they give, how they say how they are, how they wait
// before they try again.
//
// A [Source] runs until its context ends and hands what routers said to a [Sink], or what registries and validators
// published to a [Depot]. It keeps its own connection, comes back by itself after a failure ([Backoff]) and tells its
// state through a [Meter]. The packages beside this one are the sources; service decides which of them run.
//
// A source decides nothing about what it hears: it neither judges nor orders nor drops. It logs to the logger it is given,
// which bears its name.
package source

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"
)

// Source is a live source.
type Source interface {
	// Run hears the source until ctx ends. It reconnects by itself; it returns before then only for a mistake in its
	// configuration that waiting cannot mend.
	Run(ctx context.Context) error
	// Status says how the source is. Safe for concurrent use.
	Status() Status
}

// Sink takes what routers said. Safe for concurrent use.
type Sink interface {
	// Record takes one whole MRT record (RFC 6396) of a collector: a BGP4MP_ET message or state change with four-octet
	// AS numbers, or a record of a table dump. Records of a collector come in the order in which it said them. When
	// Record returns nil the record is in the journal: it survives the death of the process. record may be used again.
	// Where it fails the source waits and tries again, but for ErrRefused.
	Record(collector string, record []byte) error
	// Reached says that nothing which happened before at will come from the collector any more, though it said
	// nothing: its connection is up and idle.
	Reached(collector string, at time.Time)
	// Gap says that what the collector said in a time is not known.
	Gap(Gap)
}

// ErrRefused says that a collector's records are not taken, now or later: waiting is of no use.
var ErrRefused = errors.New("refused")

// Gap is a time in which a collector was not heard. Its times are the collector's own where it gives any.
type Gap struct {
	Source    string    `json:"source"` // by its name in the configuration
	Collector string    `json:"collector"`
	From      time.Time `json:"from"`
	To        time.Time `json:"to"`
	Reason    string    `json:"reason"`
}

// Depot takes facts: what registries and validators say, each as of one moment.
type Depot interface {
	// Put stores a fact under its moment. When it returns nil the fact is on disk and is judged with from its moment
	// on. A fact that shrank too far is kept aside and gives a [HeldError].
	Put(ctx context.Context, f Fact) error
	// Alarm says which fact of a source is held and why; empty where none is.
	Alarm(source string) string
}

// Fact is a whole snapshot of one kind of fact.
type Fact struct {
	Source string // by its name in the configuration
	// Kind and Series say what it is: "vrp" with no series; "irr" and the registry's name in upper case; "registry" and
	// the RIR; "bogons" and "ipv4" or "ipv6"; "peeringdb" and its type of object ("net"); "relations"; "organisations"; "spoofer".
	Kind   string
	Series string
	// Format is the form of the bytes, by the file name extension that package folder knows it by, such as "json";
	// "as-rel.txt" or "as-rel2.txt" of relations. It names no compression: that is the depot's.
	Format string
	// Time is when it was known, UTC, to the second.
	Time time.Time
	// Counts are how many entries it has, by part: trust anchors of VRPs, "routes" of a registry, "prefixes" of bogons.
	// A part that shrank by more than the allowed share has the whole fact held.
	Counts map[string]int
	Write  func(io.Writer) error
}

// HeldError says that a fact is kept aside, because it shrank too far to be believed without a person's word.
type HeldError struct {
	Part        string
	Before, Now int
}

// Error says what shrank.
func (e *HeldError) Error() string {
	return "held, not judged with: " + e.Part + " fell from " + strconv.Itoa(e.Before) + " to " + strconv.Itoa(e.Now)
}
