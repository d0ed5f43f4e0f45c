// Package programme says what is done about a judgement: what a network has to mend and what that would gain, and how
// it stands in the programmes of MANRS.
//
// [Adviser] turns incidents, routes, contacts and scores into findings, each with its evidence and what mends it, and
// into steps with what they would raise. [Tell] turns an incident into an alarm: who announces what, whom to call
// first. [Embedded] gives a programme's rules, each with the clause that it cites; [RuleSet.Evaluate] holds facts
// against them. A rule is decided by what was measured, or by what the network declares, or by what an active test
// proved: by exactly one of them, and never by another.
//
// Everything here is pure: facts in, answers out, the same for the same facts. It reads no run, no clock and no names of
// persons; who gathers the facts says what is not at hand, and that comes out as "no data".
package programme

import "pahra/internal/norms"

// Adviser says what is wrong with a network and what mends it, by one profile of the norms.
type Adviser struct {
	Profile *norms.Profile
	// TypoMaxASN is the largest origin that counts as a mistyped number of prepends.
	TypoMaxASN uint32
	// Spoofer names the inputs with anti-spoofing tests, as evidence of what they show.
	Spoofer []string
	// Marked are the kinds of input that were used against their time or age.
	Marked []string
}
