// Package desk decides how cases go: what one responsible party must deal with, from the first event to the day when later
// reports show that it has stopped.
//
// [State] and [Next] are the states of a case and who may move it; [Seen] says what a new event does to one. The package
// reads and writes nothing: events come from internal/desk/intake, cases lie in internal/store, internal/service/reports
// puts them together.
package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// State is where a case stands.
type State string

// The states of a case.
const (
	New          State = "new"
	Notified     State = "notified"     // the party was told
	Acknowledged State = "acknowledged" // it said that it knows
	InProgress   State = "in-progress"  // it says that it works on it, or that it is done: a claim, not recovery
	Disputed     State = "disputed"     // it says that it is not its own, or not true
	Recovered    State = "recovered"    // later reports show that it has stopped
	Closed       State = "closed"       // by an analyst, with a reason
	Reopened     State = "reopened"     // seen again after it had recovered or was closed
)

// Open says whether something is still to be done about a case.
func (s State) Open() bool { return s != Recovered && s != Closed }

// Actor is who moves a case.
type Actor string

// The actors.
const (
	Desk    Actor = "desk"    // by itself: notices sent, events seen, recovery measured
	Party   Actor = "party"   // who is responsible, over its portal or by mail
	Analyst Actor = "analyst" // of the team
)

// moves are the states that each actor can bring a case to, and from where.
var moves = map[Actor]map[State][]State{
	Desk: {
		Notified:  {New, Reopened},
		Recovered: {New, Notified, Acknowledged, InProgress, Reopened},
		Reopened:  {Recovered, Closed},
	},
	Party: {
		Acknowledged: {New, Notified, Reopened},
		InProgress:   {New, Notified, Acknowledged, Reopened},
		Disputed:     {New, Notified, Acknowledged, InProgress, Reopened},
	},
	Analyst: {
		Notified:     {New, Reopened, Disputed},
		Acknowledged: {New, Notified, Reopened, Disputed},
		InProgress:   {New, Notified, Acknowledged, Reopened, Disputed},
		Closed:       {New, Notified, Acknowledged, InProgress, Disputed, Recovered, Reopened},
		Reopened:     {Recovered, Closed},
	},
}

// Move says whether an actor can bring a case from one state to another. Only the desk brings one to recovered: that is
// measured, never claimed.
func Move(by Actor, from, to State) error {
	if !slices.Contains(moves[by][to], from) {
		return fmt.Errorf("a case that is %s does not become %s by the %s, but %s", from, to, by, next(by, from))
	}
	return nil
}

// next names the states to which an actor can bring a case from a state.
func next(by Actor, from State) string {
	var list []string
	for to, origins := range moves[by] {
		if slices.Contains(origins, from) {
			list = append(list, string(to))
		}
	}
	if list == nil {
		return "no other"
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// Relapse is how long after it recovered or was closed a case is taken up again by a new event; later it is a new case.
const Relapse = 90 * 24 * time.Hour

// Seen gives what a case becomes when an event comes that was seen at a time: the state, or false where the event is
// the first of a new case. Changed is since when the case has its state. An event from before a case recovered changes
// nothing: it was reported late.
func Seen(state State, changed, seen time.Time) (State, bool) {
	switch {
	case state.Open() || !seen.After(changed):
		return state, true
	case seen.Sub(changed) <= Relapse:
		return Reopened, true
	}
	return "", false
}
