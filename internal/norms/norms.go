// Package norms measures a network by the MANRS norms: from the incidents of a month, the routes registered, the
// contacts and the tests at hand to a raw penalty or a fraction, a percentage and a band.
//
// Which function do I want:
//
//   - [Embedded] and [ReadProfile] give a [Profile]: the rules and every number in them, as versioned data.
//   - [Profile.Penalties] turns one judged incident into the penalties of the networks that answer for it.
//   - [Profile.Assess] gives all scores of one network and month from its [Inputs].
//   - [Profile.Incidents] and [Profile.Combine] are its two halves, for who has penalties alone.
//   - [Profile.Compare] puts a network's absolute figures beside those by its size, [Together] those of several.
//   - [EmbeddedConformance] gives [ConformanceRules], which say of a network that it is conformant, or not: no score.
//   - [ReadPenalties] reads penalties as JSON lines and [Profile.Recompute] scores them, so that anyone can check a score.
//
// Invariants: the package is pure and keeps no state. The same profile and inputs give the same scores, to the last
// digit and on every machine: sums run in a defined order, are not fused, and percentages are rounded as the profile
// says. What is not known is "no data" with a reason, never zero and never 100 %.
//
// It does not detect incidents (package watch) and does not decide what is published.
package norms
