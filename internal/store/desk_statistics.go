package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/health"
)

// DeskTally is how much was counted of a class on a day.
type DeskTally struct {
	Day   time.Time // of time.source; of cases, the day on which they were opened
	Class string
	Count int64
}

// DeskTallies is what a tenant's desk counted, by day and class, in each unit.
type DeskTallies struct {
	Lines, Addresses, Cases []DeskTally
	Sources                 []string // that reported, by name
}

// DeskTallies counts from a day on until before another. Addresses are distinct within a case and a day.
func (s *Store) DeskTallies(ctx context.Context, tenant string, from, to time.Time) (d DeskTallies, err error) {
	err = s.view(ctx, func(t *tx) error {
		var errs [4]error
		d.Lines, errs[0] = list(ctx, t, "tally_lines", scanTally, tenant, days(from), days(to))
		d.Addresses, errs[1] = list(ctx, t, "tally_addresses", scanTally, tenant, days(from), days(to))
		d.Cases, errs[2] = list(ctx, t, "tally_cases", scanTally, tenant, days(from), days(to))
		d.Sources, errs[3] = list(ctx, t, "tally_sources", scanned[string], tenant, days(from), days(to))
		return errors.Join(errs[:]...)
	})
	if err != nil {
		return DeskTallies{}, fmt.Errorf("counting for statistics: %w", err)
	}
	return d, nil
}

func scanTally(row scanner) (d DeskTally, err error) {
	var day int64
	err = row.Scan(&day, &d.Class, &d.Count)
	d.Day = dayOf(day)
	return d, err
}

// PartyDay is what was seen of a party on a day, of one kind.
type PartyDay struct {
	Day                      time.Time // zero where days were summed
	Party, Class, Identifier string
	Addresses, Events        int64
}

func scanPartyDay(row scanner) (d PartyDay, err error) {
	var day int64
	if err = row.Scan(&day, &d.Party, &d.Class, &d.Identifier, &d.Addresses, &d.Events); day != 0 {
		d.Day = dayOf(day)
	}
	return d, err
}

// CaseSpan is how long a case was seen.
type CaseSpan struct {
	Party, Class string
	First, Last  time.Time  // of its events
	Gone         *time.Time // the first day on which its sources did not see it any more
}

func scanSpan(row scanner) (c CaseSpan, err error) {
	var first, last int64
	var gone *int64
	err = row.Scan(&c.Party, &c.Class, &first, &last, &gone)
	c.First, c.Last, c.Gone = fromMicros(first), fromMicros(last), fromOptional(gone)
	return c, err
}

// CoveredDay is a day on which at least one source reported on something.
type CoveredDay struct {
	Class, Identifier string
	Day               time.Time
}

// PartyHealth is what statistics of parties are made of.
type PartyHealth struct {
	Days    []PartyDay
	Spans   []CaseSpan
	Covered []CoveredDay
}

// PartyHealth gives what was seen of a party, day by day, from a day on until before another; of every party, its days
// summed, where party is empty.
func (s *Store) PartyHealth(ctx context.Context, tenant, party string, from, to time.Time) (h PartyHealth, err error) {
	err = s.view(ctx, func(t *tx) error {
		var errs [3]error
		if party == "" {
			h.Days, errs[0] = list(ctx, t, "tally_parties", scanPartyDay, tenant, days(from), days(to))
			h.Spans, errs[1] = list(ctx, t, "tally_spans_all", scanSpan, tenant, micros(from), micros(to))
		} else {
			h.Days, errs[0] = list(ctx, t, "tally_party_days", scanPartyDay, tenant, party, days(from), days(to))
			h.Spans, errs[1] = list(ctx, t, "tally_spans", scanSpan, tenant, party, micros(from), micros(to))
		}
		h.Covered, errs[2] = list(ctx, t, "tally_covered", func(row scanner) (c CoveredDay, err error) {
			var day int64
			err = row.Scan(&c.Class, &c.Identifier, &day)
			c.Day = dayOf(day)
			return c, err
		}, tenant, days(from), days(to))
		return errors.Join(errs[:]...)
	})
	if err != nil {
		return PartyHealth{}, fmt.Errorf("counting for the health of %q: %w", party, err)
	}
	return h, nil
}

// Exposures gives how many distinct addresses of each party showed one of some identifiers, day by day.
func (s *Store) Exposures(ctx context.Context, tenant string, identifiers []string, from, to time.Time) (all []PartyDay, err error) {
	err = s.view(ctx, func(t *tx) error {
		for _, id := range identifiers {
			some, err := list(ctx, t, "tally_amplifiers", scanPartyDay, tenant, id, days(from), days(to))
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("counting open services: %w", err)
	}
	return all, nil
}

// PutHistory keeps a history set; one of the same name is replaced.
func (s *Store) PutHistory(ctx context.Context, name string, records []health.Record) error {
	err := s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "history_drop", name); err != nil {
			return err
		}
		for n, r := range records {
			sourced := 0
			if r.Sourced {
				sourced = 1
			}
			if _, err := t.exec(ctx, "history_add", name, n, r.Series, r.Period, r.Taxonomy, r.Class, r.Rule, string(r.Unit), string(r.State),
				r.Count, r.In, sourced, r.Source, r.Note); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keeping history set %s: %w", name, err)
	}
	return nil
}

// History gives the figures of all history sets.
func (s *Store) History(ctx context.Context) (all []health.Record, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "history_all", func(row scanner) (r health.Record, err error) {
			var sourced int64
			err = row.Scan(&r.Series, &r.Period, &r.Taxonomy, &r.Class, &r.Rule, &r.Unit, &r.State, &r.Count, &r.In, &sourced, &r.Source, &r.Note)
			r.Sourced = sourced != 0
			return r, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading history sets: %w", err)
	}
	return all, nil
}
