// Package grade holds what a run found against the truth of a world: recall of each kind of event, precision and false
// incidents of each kind of incident, and whether an attack that frames somebody got anybody named.
//
// [ReadTruth] and [ReadIncidents] read the two files, [Grader.Add] takes a pair of them, as many as there are, and
// [Grader.Report] gives the figures over all. What matches what is in match.go, and in docs/formulas.md in words.
//
// The package is pure and knows nothing of how the detectors work: it reads only what they publish.
package grade

import (
	"cmp"
	"fmt"
	"slices"

	"pahra/internal/world"
)

// Interval is a share with its 95 % interval by Wilson's score.
type Interval struct {
	Share *float64 `json:"share"` // null of nothing
	Low   float64  `json:"low"`
	High  float64  `json:"high"`
}

// EventScore says how many events of a kind were found.
type EventScore struct {
	Kind   string   `json:"kind"`
	Events int      `json:"events"`
	Found  int      `json:"found"`
	Named  int      `json:"named"` // of these, with an incident whose attribution is supported
	Recall Interval `json:"recall"`
}

// IncidentScore says what the incidents of a kind turned out to be.
type IncidentScore struct {
	Kind      string   `json:"kind"`
	Incidents int      `json:"incidents"`
	True      int      `json:"true"`
	Framed    int      `json:"framed"` // of attacks that frame somebody: neither true nor false
	False     int      `json:"false"`
	Named     int      `json:"false_named"` // of the false ones, with an attribution that is supported
	Informs   bool     `json:"informs"`     // costs nobody anything, so it does not count in the totals
	Precision Interval `json:"precision"`
}

// Report is what grading came to.
type Report struct {
	Runs        int             `json:"runs"`
	NetworkDays float64         `json:"network_days"`
	Events      []EventScore    `json:"events"`
	Incidents   []IncidentScore `json:"incidents"`
	// Total is of the kinds of incident that do not merely inform.
	Total IncidentScore `json:"total"`
	// ByDeviation is the precision where a deviation that was found as several incidents counts once.
	ByDeviation Interval `json:"precision_by_deviation"`
	// FalsePer1000 is how many of its false incidents there are for each 1,000 network-days.
	FalsePer1000 float64 `json:"false_per_1000_network_days"`
	// FramingEvents is how many attacks framed somebody, FramingNamed how many got the framed network named.
	FramingEvents int `json:"framing_events"`
	FramingNamed  int `json:"framing_named"`
	// Missed and False are what went wrong, run by run.
	Missed []Mistake `json:"missed"`
	False  []Mistake `json:"false"`
}

// Mistake is a missed event or a false incident.
type Mistake struct {
	Run      int          `json:"run"` // counted from 1
	Event    *world.Event `json:"event,omitempty"`
	Incident *Incident    `json:"incident,omitempty"`
	Because  string       `json:"because"` // of a false incident, what it took for a deviation
}

// Grader adds up pairs of a truth and a run. The zero value is ready.
type Grader struct {
	runs        int
	networkDays float64
	events      map[string]*EventScore
	incidents   map[string]*IncidentScore
	deviations  map[string]bool // by run and event, those that an incident in the totals is true of
	framing     int
	framed      int
	missed      []Mistake
	false       []Mistake
}

// Add takes a world's truth and what a run found in it.
func (g *Grader) Add(truth world.Truth, incidents []Incident) {
	if g.events == nil {
		g.events, g.incidents, g.deviations = map[string]*EventScore{}, map[string]*IncidentScore{}, map[string]bool{}
	}
	g.runs++
	g.networkDays += float64(truth.Networks) * truth.End.Sub(truth.Start).Hours() / 24
	for i := range incidents {
		g.judge(truth, &incidents[i])
	}
	for i := range truth.Events {
		g.look(truth, &truth.Events[i], incidents)
	}
}

// look counts whether an event was found.
func (g *Grader) look(truth world.Truth, e *world.Event, incidents []Incident) {
	if e.Benign {
		return
	}
	found, named := false, false
	for i := range incidents {
		if inc := &incidents[i]; isFace(inc, e) && overlap(truth, inc, e) {
			found = true
			named = named || inc.Attribution == supported
		}
	}
	if e.Framing {
		g.framing++
		if named {
			g.framed++
		}
		return
	}
	s := g.events[e.Kind]
	if s == nil {
		s = &EventScore{Kind: e.Kind}
		g.events[e.Kind] = s
	}
	s.Events++
	if named {
		s.Named++
	}
	if found {
		s.Found++
		return
	}
	g.missed = append(g.missed, Mistake{Run: g.runs, Event: e})
}

// judge counts what an incident turned out to be.
func (g *Grader) judge(truth world.Truth, inc *Incident) {
	s := g.incidents[inc.kind()]
	if s == nil {
		s = &IncidentScore{Kind: inc.kind(), Informs: inc.informs()}
		g.incidents[inc.kind()] = s
	}
	s.Incidents++
	switch v, e := verdictOf(truth, inc); v {
	case isTrue:
		s.True++
		if !s.Informs {
			g.deviations[fmt.Sprint(g.runs, e.ID)] = true
		}
	case isFramed:
		s.Framed++
	default:
		s.False++
		if inc.Attribution == supported {
			s.Named++
		}
		because := "nothing of the kind happened"
		if e != nil {
			because = e.Kind + " " + e.ID
		}
		g.false = append(g.false, Mistake{Run: g.runs, Incident: inc, Event: e, Because: because})
	}
}

// Report gives the figures.
func (g *Grader) Report() Report {
	r := Report{Runs: g.runs, NetworkDays: g.networkDays, Events: []EventScore{}, Incidents: []IncidentScore{},
		FramingEvents: g.framing, FramingNamed: g.framed, Missed: g.missed, False: g.false, Total: IncidentScore{Kind: "total"}}
	for _, s := range g.events {
		s.Recall = Wilson(s.Found, s.Events)
		r.Events = append(r.Events, *s)
	}
	for _, s := range g.incidents {
		s.Precision = Wilson(s.True, s.True+s.False)
		r.Incidents = append(r.Incidents, *s)
		if !s.Informs {
			t := &r.Total
			t.Incidents, t.True, t.Framed = t.Incidents+s.Incidents, t.True+s.True, t.Framed+s.Framed
			t.False, t.Named = t.False+s.False, t.Named+s.Named
		}
	}
	r.Total.Precision = Wilson(r.Total.True, r.Total.True+r.Total.False)
	r.ByDeviation = Wilson(len(g.deviations), len(g.deviations)+r.Total.False)
	if g.networkDays > 0 {
		r.FalsePer1000 = float64(r.Total.False) / g.networkDays * 1000
	}
	slices.SortFunc(r.Events, func(a, b EventScore) int { return cmp.Compare(a.Kind, b.Kind) })
	slices.SortFunc(r.Incidents, func(a, b IncidentScore) int { return cmp.Compare(a.Kind, b.Kind) })
	return r
}
