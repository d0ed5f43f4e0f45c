package programme

import (
	"slices"

	"pahra/internal/norms"
)

// Step is what mends the findings of one kind, and what it would raise.
type Step struct {
	Kind     FindingKind `json:"kind"`
	Step     string      `json:"step"`
	Findings int         `json:"findings"`
	Raise    *Raise      `json:"raise"` // null where no score would rise, or it has no data
}

// Raise is what mending would do to a score. The Action's figures are null where it has no data before or after.
type Raise struct {
	Metric     norms.Metric  `json:"metric"`
	From       float64       `json:"from"`
	To         float64       `json:"to"`
	Action     *norms.Metric `json:"action"`
	ActionFrom *float64      `json:"action_from"`
	ActionTo   *float64      `json:"action_to"`
	// When is the day it would show: "within about a day" or with the next month.
	When string `json:"when"`
}

// Points is how much the step raises its Action, in percentage points. A metric that counts in no Action, or in one
// without data, raises none.
func (x *Raise) Points() float64 {
	if x.ActionFrom == nil || x.ActionTo == nil {
		return 0
	}
	return *x.ActionTo - *x.ActionFrom
}

// Steps groups a network's findings by what mends them, and says what that would raise.
func (by *Adviser) Steps(s Subject, findings []Finding) []Step {
	list := []Step{}
	for _, k := range Kinds() {
		var of []Finding
		for _, f := range findings {
			if f.Kind == k.Kind {
				of = append(of, f)
			}
		}
		if len(of) > 0 {
			list = append(list, Step{k.Kind, stepFor(k, of, s.Incidents), len(of), by.raise(k.Kind, of, s)})
		}
	}
	return list
}

// What is asked of an announcing network where nothing is left to end, and where it is not known to have done it.
const (
	findWhy  = "find why it happened, and announce only what is one's own or a customer's"
	lookAtIt = "look whether one did this"
)

// stepFor says what mends findings of a kind.
func stepFor(k KindStep, of []Finding, incidents []IncidentSeen) string {
	if k.Kind != Announced {
		return k.Step
	}
	step := lookAtIt
	for _, i := range incidents {
		switch {
		case !i.Named || !slices.ContainsFunc(of, func(f Finding) bool { return f.Incident == i.ID }):
		case i.End == nil:
			return k.Step
		default:
			step = findWhy
		}
	}
	return step
}

// JointStep gives of two networks' steps for findings of one kind that which asks for more.
func JointStep(a, b string) string {
	if a == lookAtIt || a == findWhy && b != lookAtIt {
		return b
	}
	return a
}

// raise works out what mending all findings of a kind would do to the metric they count in.
func (by *Adviser) raise(kind FindingKind, of []Finding, s Subject) *Raise {
	scores, t := s.Scores, by.count(s.Routes)
	in := norms.Inputs{ASN: s.Network.ASN, Month: s.Month}
	when := "within about a day"
	switch kind {
	case Announced, PassedOn, Spoofs:
		return by.cleanMonth(of, scores)
	case NoROA:
		in.ROV = norms.Known(norms.Validated{Valid: t.valid + len(of), Invalid: t.invalid, Unknown: t.unknown - len(of)})
	case InvalidOrigin, InvalidLength:
		in.ROV = norms.Known(norms.Validated{Valid: t.valid + len(of), Invalid: t.invalid - len(of), Unknown: t.unknown})
	case NoObject, ObjectElsewhere:
		in.IRR = norms.Known(norms.Registered{Announced: t.announced, Registered: t.registered + len(of)})
	case NoPolicy:
		in.Policy = norms.Known(norms.Policy{Imports: by.Profile.Policy.MinImports, Exports: by.Profile.Policy.MinExports})
	case NoContact:
		return by.replaced(scores, full(scores, norms.M8), when)
	default:
		return nil
	}
	for _, to := range by.Profile.Assess(in) {
		if of[0].Metric != nil && to.Metric == *of[0].Metric {
			return by.replaced(scores, to, when)
		}
	}
	return nil
}

// full gives the score of a metric as if it were met.
func full(scores []norms.Score, m norms.Metric) norms.Score {
	for _, s := range scores {
		if s.Metric == m && s.HasData() {
			hundred := 100.0
			s.Percent, s.Band = &hundred, norms.Ready
			if s.Raw != nil {
				s.Raw = new(float64)
			}
			return s
		}
	}
	return norms.Score{}
}

// cleanMonth is what a month without another incident in these metrics would score.
func (by *Adviser) cleanMonth(of []Finding, scores []norms.Score) *Raise {
	var first *Raise
	of = slices.DeleteFunc(slices.Clone(of), func(f Finding) bool { return f.Metric == nil })
	slices.SortStableFunc(of, func(a, b Finding) int { return weightless(a) - weightless(b) })
	for _, f := range of {
		to := full(scores, *f.Metric)
		if !to.HasData() {
			continue
		}
		if first == nil {
			first = by.replaced(scores, to, "with the next month")
		}
		scores = slices.Clone(scores)
		for i := range scores {
			if scores[i].Metric == to.Metric {
				scores[i] = to
			}
		}
	}
	if first == nil || first.ActionFrom == nil {
		return first
	}
	for _, a := range by.Profile.Combine(scores) { // all the step's metrics together
		if first.Action != nil && a.Metric == *first.Action {
			first.ActionTo = a.Percent
			if !a.HasData() { // nothing known against it is left, and not all was watched
				hundred := 100.0
				first.ActionTo = &hundred
			}
		}
	}
	return first
}

// weightless is 1 for findings that count in no Action, which come after the others.
func weightless(f Finding) int {
	if f.Action == nil {
		return 1
	}
	return 0
}

// replaced compares the scores with those in which one is another.
func (by *Adviser) replaced(scores []norms.Score, to norms.Score, when string) *Raise {
	i := slices.IndexFunc(scores, func(s norms.Score) bool { return s.Metric == to.Metric })
	if i < 0 || !scores[i].HasData() || !to.HasData() {
		return nil
	}
	raise := &Raise{Metric: to.Metric, From: *scores[i].Percent, To: *to.Percent, Action: by.actionOf(to.Metric), When: when}
	if raise.Action == nil {
		return raise
	}
	after := slices.Clone(scores)
	after[i] = to
	raise.ActionFrom, raise.ActionTo = by.percentOf(scores, *raise.Action), by.percentOf(after, *raise.Action)
	return raise
}

// percentOf gives the percentage of an Action made of the scores; nil where it has no data.
func (by *Adviser) percentOf(scores []norms.Score, action norms.Metric) *float64 {
	for _, a := range by.Profile.Combine(scores) {
		if a.Metric == action {
			return a.Percent
		}
	}
	return nil
}
