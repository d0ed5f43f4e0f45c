package party

import (
	"cmp"
	"slices"
	"strings"

	"pahra/wire/intelmq"
)

// Replay tells what a new table of constituents would have done to events of the past.
type Replay struct {
	before, after *Desk
	Events        int
	moved         map[move]int
}

type move struct{ from, to string }

// Moved is how many events would have gone to another party.
type Moved struct {
	From   string `json:"from"`
	To     string `json:"to"`
	Events int    `json:"events"`
}

// NewReplay holds a directory against that of a desk, all else being as it is there.
func NewReplay(desk *Desk, after *Directory) *Replay {
	next := *desk
	next.Directory = after
	return &Replay{before: desk, after: &next, moved: map[move]int{}}
}

// See takes an event as it was stored.
func (r *Replay) See(e *intelmq.Event) {
	f := FactsOf(e)
	r.Events++
	if from, to := r.before.partyOfFacts(&f), r.after.partyOfFacts(&f); from != to {
		r.moved[move{from, to}]++
	}
}

func (d *Desk) partyOfFacts(f *Facts) string {
	var a Answer
	d.own(f, &a)
	return a.Party
}

// Moved gives what would have moved, the most first.
func (r *Replay) Moved() []Moved {
	list := make([]Moved, 0, len(r.moved))
	for m, n := range r.moved {
		list = append(list, Moved{m.from, m.to, n})
	}
	slices.SortFunc(list, func(a, b Moved) int {
		return cmp.Or(cmp.Compare(b.Events, a.Events), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return list
}
