package notice

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Due is a case that its party is to be told of.
type Due struct {
	Case    int64
	To      string // what keeps those apart who are told apart: a party, a tenant, an address
	Since   time.Time
	Urgency int // a case's priority
}

// Pace is how often a party is told.
type Pace struct {
	// Gather is how long the first case waits for others; Window is how long after a notice the next one to the same party
	// comes at the earliest: what comes up meanwhile is one notice.
	Gather time.Duration `yaml:"gather"`
	Window time.Duration `yaml:"window"`
	// Urgent is the priority from which a case waits for neither; 0 for none.
	Urgent int `yaml:"urgent"`
}

// DefaultPace is a notice a day for each party, ten minutes after its first case.
func DefaultPace() Pace { return Pace{Gather: 10 * time.Minute, Window: 24 * time.Hour, Urgent: 90} }

// Group is a notice that is due: its cases, the most urgent first.
type Group struct {
	To    string
	Cases []int64
}

// Plan says which notices are due: the cases of each party, at most [MostCases] a notice. last is when each party was told
// last. next is when something else is due; zero for never.
func (p Pace) Plan(cases []Due, last map[string]time.Time, now time.Time) (groups []Group, next time.Time) {
	by := map[string][]Due{}
	for _, c := range cases {
		by[c.To] = append(by[c.To], c)
	}
	for _, to := range slices.Sorted(maps.Keys(by)) {
		list := by[to]
		slices.SortFunc(list, func(a, b Due) int { return cmp.Or(cmp.Compare(b.Urgency, a.Urgency), cmp.Compare(a.Case, b.Case)) })
		if at := p.when(list, last[to]); now.Before(at) {
			if next.IsZero() || at.Before(next) {
				next = at
			}
			continue
		}
		for part := range slices.Chunk(list, MostCases) {
			g := Group{To: to}
			for _, c := range part {
				g.Cases = append(g.Cases, c.Case)
			}
			groups = append(groups, g)
		}
	}
	return groups, next
}

// when says from when on a party may be told of its cases.
func (p Pace) when(list []Due, last time.Time) time.Time {
	first := list[0].Since
	for _, c := range list {
		if p.Urgent > 0 && c.Urgency >= p.Urgent {
			return c.Since
		}
		if c.Since.Before(first) {
			first = c.Since
		}
	}
	at := first.Add(p.Gather)
	if again := last.Add(p.Window); !last.IsZero() && again.After(at) {
		return again
	}
	return at
}
