// Package infer tells from AS paths how networks relate: who buys transit of whom, and who are peers, with a confidence
// for each pair.
//
// Fill [Paths] ([Paths.Add], or [Reader] for MRT streams), then call [Infer]. [WriteASRel] writes the [Result] as CAIDA
// does (serial-1 and serial-2), [Compare] holds it against another's relations.
//
// The method follows AS-Rank (M. Luckie et al., "AS Relationships, Customer Cones, and Validation", IMC 2013): networks
// are ranked by transit degree, a clique on top is assumed to buy of nobody, and the rest follows from who passes whose
// routes on to whom. The confidence takes up two ideas of later work: to weigh how many vantage points show or
// contradict an inference (ProbLink, Jin et al., NSDI 2019) and to infer again from parts of the vantage points and see
// what holds (TopoScope, Jin et al., IMC 2020). docs/relations.md describes every step and what it errs in.
//
// Invariants: the result depends on the set of paths alone, not on their order; provider-customer edges form no cycle;
// every pair of networks that stand side by side in a path that was kept has exactly one edge. The package knows no
// siblings, no relation that differs by place or prefix, and no pair that no vantage point shows.
package infer

import (
	"fmt"
	"slices"

	"pahra/wire/asrel"
	"pahra/wire/values"
)

// Method names the method and its version, for the header of what it makes. It changes whenever the same paths may
// give other relations.
const Method = "pahra-asrank-1"

// Step is what an edge was inferred from, in the order of the steps.
type Step uint8

// The steps.
const (
	stepNone       Step = iota
	StepClique          // both are of the clique
	StepTopDown         // the provider passes the customer's routes on to its own provider, or within the clique
	StepPartial         // a vantage point that gives few origins shows its customers' and peers' customers
	StepLarger          // like StepTopDown, where the customer has the larger transit degree
	StepProvidless      // a network without providers passes its customers' routes on to its peers
	StepStubClique      // a stub beside a network of the clique
	StepFold            // two unknown edges in a row: one would have passed a peer's routes to a peer
	StepRest            // nobody shows transit: peers
	StepShown           // of these, pairs of which several vantage points do show transit after all, one way
)

var stepNames = [...]string{"", "clique", "top-down", "partial-feed", "larger-customer", "provider-less", "stub-clique", "fold", "rest", "shown"}

// String gives the step's name.
func (s Step) String() string {
	if int(s) < len(stepNames) {
		return stepNames[s]
	}
	return "invalid"
}

// MarshalText gives the step's name.
func (s Step) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a step's name.
func (s *Step) UnmarshalText(text []byte) error {
	i := slices.Index(stepNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("%q is no step", text)
	}
	*s = Step(i)
	return nil
}

// Edge is a pair of networks and how they relate. Where Code is ProviderCustomer A is the provider, else A < B.
type Edge struct {
	A    values.ASN `json:"a"`
	B    values.ASN `json:"b"`
	Code asrel.Code `json:"code"`
	Step Step       `json:"step"`
	// VPs are the vantage points that show the two side by side; For those that show what the relation says (transit for
	// a customer; for peers, routes of the one that came from above and did not take the edge), Against those that show
	// the opposite.
	VPs     int `json:"vps"`
	For     int `json:"for"`
	Against int `json:"against"`
	// Stable is the share of the repetitions that saw the pair and inferred the same; 1 where there was none.
	Stable float64 `json:"stable"`
	// Confidence is from 0 to 1, exclusive: an estimate, not a frequency. docs/relations.md has its formula and how
	// often each range was right.
	Confidence float64 `json:"confidence"`
}

// Result is what was inferred.
type Result struct {
	Edges  []Edge       // ascending by the lesser AS, then the greater
	Clique []values.ASN // the networks on top, ascending
	Stats  Stats
}

// Stats counts what went in.
type Stats struct {
	Paths    int `json:"paths"`    // distinct paths used
	Poisoned int `json:"poisoned"` // distinct paths set aside: the clique stands on both sides of another network
	VPs      int `json:"vps"`      // vantage points
	FullVPs  int `json:"full_vps"` // of them, those that give routes to more than one origin in fifty
	Networks int `json:"networks"`
	Intake       // what Paths took and refused
}

// Options say how to infer. The zero value is the usual way.
type Options struct {
	Clique []values.ASN // the networks on top, where they are known; else they are inferred
	// Repeats is from how many parts of the vantage points to infer again; below 2 stands for none.
	Repeats int
}
