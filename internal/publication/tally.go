package publication

import (
	"cmp"
	"slices"

	"pahra/internal/watch"
)

// Tally counts what became of the disputes about one kind of incident: how far a detector can be trusted. A network
// that disputes twice counts twice.
type Tally struct {
	Kind      watch.Kind `json:"kind"`
	Disputed  int        `json:"disputed"`  // all that were ever made
	Undecided int        `json:"undecided"` // of these, still to decide
	Upheld    int        `json:"upheld"`
	Rejected  int        `json:"rejected"`
	Retracted int        `json:"retracted"`
	Withdrawn int        `json:"withdrawn"` // taken back by us without a dispute
}

// Count is how often an action was done about one kind.
type Count struct {
	Kind   watch.Kind
	Action Action
	Times  int
}

// Tallies sums up counts by kind, in the order of their names.
func Tallies(counts []Count) []Tally {
	list := []Tally{}
	for _, c := range counts {
		i := slices.IndexFunc(list, func(t Tally) bool { return t.Kind == c.Kind })
		if i < 0 {
			i, list = len(list), append(list, Tally{Kind: c.Kind})
		}
		list[i].add(c)
	}
	list = slices.DeleteFunc(list, func(t Tally) bool { return t.Disputed+t.Withdrawn == 0 })
	for i := range list {
		t := &list[i]
		t.Undecided = t.Disputed - t.Upheld - t.Rejected - t.Retracted
	}
	slices.SortFunc(list, func(a, b Tally) int { return cmp.Compare(a.Kind, b.Kind) })
	return list
}

func (t *Tally) add(c Count) {
	switch c.Action {
	case Dispute:
		t.Disputed += c.Times
	case Uphold:
		t.Upheld += c.Times
	case Reject:
		t.Rejected += c.Times
	case Retract:
		t.Retracted += c.Times
	case Withdraw:
		t.Withdrawn += c.Times
	}
}
