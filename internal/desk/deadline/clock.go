package deadline

import (
	"slices"
	"time"
)

// State is how a clock stands.
type State string

// The states of a clock.
const (
	Waiting State = "waiting" // what sets it going has not come
	Running State = "running"
	Passed  State = "passed" // not met in time, and not since
	Met     State = "met"
	Late    State = "late" // met, after it had run out
)

// Clock is a deadline of a case at a moment.
type Clock struct {
	*Deadline
	State State
	Start time.Time // the zero time while it waits
	By    Start     // what set it going
	Due   time.Time
	MetAt time.Time
	Left  time.Duration // while it runs
	Over  time.Duration // since it has passed, or by how much it was met late
}

// Clocks gives how the clocks of a case stand, of those deadlines that it is under, in the order of the rules.
func (r Rules) Clocks(c Case, now time.Time) (out []Clock) {
	for i := range r.Deadlines {
		d := &r.Deadlines[i]
		if !d.applies(c) {
			continue
		}
		k := d.clock(c, now)
		if k.State == Waiting || !k.Start.Before(d.inForce) {
			out = append(out, k)
		}
	}
	return out
}

func (d *Deadline) clock(c Case, now time.Time) Clock {
	k := Clock{Deadline: d, State: Waiting}
	at := map[Start]time.Time{Detected: c.Detected, Noticed: c.Noticed, Received: c.Received, Notified: c.Notified}
	for _, s := range d.Starts {
		if t := at[s]; !t.IsZero() && (k.Start.IsZero() || t.Before(k.Start)) {
			k.Start, k.By = t, s
		}
	}
	if k.Start.IsZero() {
		return k
	}
	k.Due = d.calendar.Add(k.Start, d.Within)
	switch d.Met {
	case "notified":
		k.MetAt = c.Notified
	case "acknowledged":
		k.MetAt = c.Acknowledged
	default:
		k.MetAt = c.Met[d.ID]
	}
	switch {
	case !k.MetAt.IsZero() && k.MetAt.After(k.Due):
		k.State, k.Over = Late, k.MetAt.Sub(k.Due)
	case !k.MetAt.IsZero():
		k.State = Met
	case !now.Before(k.Due):
		k.State, k.Over = Passed, now.Sub(k.Due)
	default:
		k.State, k.Left = Running, k.Due.Sub(now)
	}
	return k
}

// Next gives the clock that runs out first, or ran out, of those that are not met.
func Next(clocks []Clock) (next Clock, any bool) {
	for _, k := range clocks {
		if (k.State == Running || k.State == Passed) && (!any || k.Due.Before(next.Due)) {
			next, any = k, true
		}
	}
	return next, any
}

// Reminder is a reminder of a clock that is due.
type Reminder struct {
	Clock
	Before time.Duration // so long before the end; 0: it has run out
}

// Reminders gives the reminder that each clock owes by now, of several that were missed the last, and one when it has run out.
// Since is until when reminders were given.
func Reminders(clocks []Clock, since, now time.Time) (out []Reminder) {
	for _, k := range clocks {
		if k.State != Running && k.State != Passed {
			continue
		}
		for _, before := range append([]Before{0}, slices.Sorted(slices.Values(k.Remind))...) { // the last first
			if at := k.Due.Add(-before); !at.After(now) {
				if at.After(since) {
					out = append(out, Reminder{k, before})
				}
				break
			}
		}
	}
	return out
}
