package bgp

import "fmt"

// Action is how a BGP speaker reacts to a malformed attribute (RFC 7606 section 2), from mild to severe.
type Action uint8

// The reactions.
const (
	// Discard: the attribute is ignored, the routes stand.
	Discard Action = iota + 1
	// TreatAsWithdraw: the routes of the UPDATE are taken as withdrawn.
	TreatAsWithdraw
	// ResetSession: the prefixes themselves could not be told, so a speaker would close the session or disable the
	// address family. A reader of dumps takes the prefixes it can tell as withdrawn.
	ResetSession
)

// Fault is one thing wrong with an UPDATE or its attributes.
type Fault struct {
	Code   Code // the attribute, or 0 where the fault is outside of one
	Action Action
	Reason string
}

// String gives "attribute 5: length is not 4".
func (f Fault) String() string {
	if f.Code == 0 {
		return f.Reason
	}
	return fmt.Sprintf("attribute %d: %s", f.Code, f.Reason)
}

// Faults are what was wrong, in order of place; nil where nothing was.
type Faults []Fault

// Withdraw tells whether the routes that carry these attributes are to be taken as withdrawn.
func (fs Faults) Withdraw() bool {
	for _, f := range fs {
		if f.Action >= TreatAsWithdraw {
			return true
		}
	}
	return false
}
