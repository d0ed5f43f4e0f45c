package cases

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/desk/deadline"
	"pahra/internal/store"
)

// Clocks gives how the deadlines of a case stand. Of a closed one none runs.
func (s *Service) Clocks(c store.Case, now time.Time) []deadline.Clock {
	if c.State == string(desk.Closed) {
		return nil
	}
	return s.Deadlines.Clocks(timed(c), now)
}

// timed gives what deadlines need to know of a case.
func timed(c store.Case) deadline.Case {
	at := func(t *time.Time) time.Time {
		if t == nil {
			return time.Time{}
		}
		return *t
	}
	is := deadline.Case{Party: c.Party, Class: c.Class, Country: c.Country, Met: c.Met, Times: deadline.Times{Detected: at(c.Detected), Noticed: at(c.Noticed),
		Notified: at(c.Notified), Acknowledged: at(c.Acknowledged)}}
	if is.Detected.IsZero() {
		is.Detected = c.FirstSeen
	}
	if c.Received.Unix() > 0 {
		is.Received = c.Received
	}
	return is
}

// wind sets a case's next deadline after something was changed.
func (s *Service) wind(c *store.Case, now time.Time) {
	c.Due = nil
	if next, any := deadline.Next(s.Clocks(*c, now)); any {
		due := next.Due.UTC().Truncate(time.Microsecond)
		c.Due = &due
	}
}

// Meet says that a deadline was met: the party reported elsewhere at a time, under a reference.
func (s *Service) Meet(ctx context.Context, v store.Sight, by By, id int64, deadlineID string, at time.Time, reference string) error {
	return s.do(ctx, v, by, id, "case.met", func(c *store.Case, now time.Time) (Detail, []store.Note, error) {
		under := false
		for _, k := range s.Clocks(*c, now) {
			under = under || k.ID == deadlineID && k.Deadline.Met == "reported" && k.State != deadline.Waiting
		}
		if !under || at.After(now) {
			return Detail{}, nil, fmt.Errorf("%w: no report is due by %q, or it was not yet", ErrBad, deadlineID)
		}
		at = at.UTC().Truncate(time.Microsecond)
		c.Met = maps.Clone(c.Met)
		if c.Met == nil {
			c.Met = map[string]time.Time{}
		}
		c.Met[deadlineID] = at
		d := Detail{What: deadlineID, At: &at}
		if reference == "" {
			return d, nil, nil
		}
		n, err := s.note(c.ID, "reason", "", "", []byte(reference), now)
		d.Note = n.Hash
		return d, []store.Note{n}, err
	})
}

// longestReminder bounds how long before its end a deadline is looked at for reminders.
const longestReminder = 31 * 24 * time.Hour

// Reminders reminds of the deadlines of a tenant's cases that are about to run out, or have: each reminder stands in the case's log, and
// Remind is told of it. One that fails is given again the next time.
func (s *Service) Reminders(ctx context.Context, tenant string) (given int, err error) {
	v, now := store.MachineSight(tenant), s.Now().UTC().Truncate(time.Microsecond)
	soon := now.Add(longestReminder)
	var failed error
	err = s.walk(ctx, tenant, store.CaseFilter{Due: &soon}, func(some []store.Case) error {
		for _, c := range some {
			n, err := s.remindOf(ctx, v, c, now)
			given, failed = given+n, errors.Join(failed, err)
		}
		return nil
	})
	if err != nil {
		return given, fmt.Errorf("looking for deadlines: %w", err)
	}
	return given, failed
}

func (s *Service) remindOf(ctx context.Context, v store.Sight, c store.Case, now time.Time) (given int, err error) {
	since := time.Time{}
	if c.Reminded != nil {
		since = *c.Reminded
	}
	due := deadline.Reminders(s.Clocks(c, now), since, now)
	if len(due) == 0 {
		return 0, nil
	}
	for _, r := range due {
		if s.Remind != nil {
			if err := s.Remind(ctx, c, r); err != nil {
				return 0, fmt.Errorf("reminding of case %d: %w", c.ID, err)
			}
		}
		s.Log.Info("a deadline is near, or has passed", "case", c.ID, "deadline", r.ID, "due", r.Due, "state", r.State)
	}
	err = s.Store.ChangeCases(ctx, v, now, []int64{c.ID}, func(c *store.Case) (all store.CaseChange, err error) {
		c.Reminded = &now
		for _, r := range due {
			at := r.Due
			all.Log = append(all.Log, store.CaseEntry{Case: c.ID, Actor: By{Actor: desk.Desk}.String(), Act: "case.remind", Detail: Detail{What: r.ID, At: &at}})
		}
		return all, nil
	})
	return len(due), err
}

// Wind sets the next deadline of a tenant's open cases anew: of those that reports opened, and of all after rules have changed.
func (s *Service) Wind(ctx context.Context, tenant string) error {
	v, now := store.MachineSight(tenant), s.Now().UTC().Truncate(time.Microsecond)
	err := s.walk(ctx, tenant, store.CaseFilter{Open: true}, func(some []store.Case) error {
		var ids []int64
		for _, c := range some {
			if s.rewound(&c, now) {
				ids = append(ids, c.ID)
			}
		}
		return s.Store.ChangeCases(ctx, v, now, ids, func(c *store.Case) (store.CaseChange, error) {
			return store.CaseChange{Quiet: s.rewound(c, now)}, nil
		})
	})
	if err != nil {
		return fmt.Errorf("setting deadlines: %w", err)
	}
	return nil
}

// rewound sets a case's next deadline, and says whether that is another than before.
func (s *Service) rewound(c *store.Case, now time.Time) bool {
	was := c.Due
	s.wind(c, now)
	return (was == nil) != (c.Due == nil) || was != nil && !was.Equal(*c.Due)
}

// ToCERTIn completes the report that the party of a case owes CERT-In: what of it is known of the case. It is the entity's own.
func (s *Service) ToCERTIn(ctx context.Context, v store.Sight, tables *class.Tables, id int64, r deadline.CERTIn) (deadline.CERTIn, error) {
	c, err := s.Store.Case(ctx, v, id)
	if err != nil {
		return r, err
	}
	now := s.Now()
	for _, k := range s.Clocks(c, now) {
		if k.Export != "cert-in" {
			continue
		}
		r.Events, r.Reference, r.Written = c.Events, fmt.Sprintf("case %d", id), now.UTC().Truncate(time.Second)
		return deadline.ToCERTIn(k, tables, timed(c), r), nil
	}
	return r, fmt.Errorf("%w: nothing is owed to CERT-In about case %d: not in its country or of its class, or closed", ErrBad, id)
}
