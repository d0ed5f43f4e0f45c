package cases

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/store"
)

// Measuring says how recovery is measured; the zero value gives the defaults.
type Measuring struct {
	Days    int            `yaml:"days"`     // without it, for which each list must have come; 0: 3
	ByClass map[string]int `yaml:"by_class"` // otherwise for some, as "fraud/phishing": 1; negative: not measured
	Silent  time.Duration  `yaml:"silent"`   // how long a list is waited for that does not come any more; 0: 60 days
}

// MeasuringDefaults are how recovery is measured unless something else is set.
func MeasuringDefaults() Measuring { return Measuring{Days: 3, Silent: 60 * 24 * time.Hour} }

// Check says what is wrong with how recovery is to be measured.
func (m Measuring) Check(tables *class.Tables) error {
	var errs []error
	if m.Days < 0 || m.Days > mostDays {
		errs = append(errs, fmt.Errorf("days: %d is not 1 to %d", m.Days, mostDays))
	}
	if m.Silent < 0 {
		errs = append(errs, fmt.Errorf("silent: %s is below 0", m.Silent))
	}
	codes := tables.Codes()
	for name, days := range m.ByClass {
		if !slices.ContainsFunc(codes, func(c class.Code) bool { return c.String() == name }) {
			errs = append(errs, fmt.Errorf("by_class: %q is no class of the RSIT, such as fraud/phishing", name))
		}
		if days == 0 || days > mostDays {
			errs = append(errs, fmt.Errorf("by_class: %s: %d is neither 1 to %d nor below 0", name, days, mostDays))
		}
	}
	return errors.Join(errs...)
}

// mostDays bounds the days that recovery takes: no more are looked at.
const mostDays = 365

func (m Measuring) of(class string) desk.Evidence {
	days, own := m.ByClass[class]
	if !own {
		days = cmp.Or(m.Days, MeasuringDefaults().Days)
	}
	return desk.Evidence{Days: days, Silent: cmp.Or(m.Silent, MeasuringDefaults().Silent)}
}

// looksBack is from when on days of reports are looked at: a case whose lists came later only is measured by those.
const looksBack = 400 * 24 * time.Hour

// Recover brings the cases of a tenant to recovered that later reports show to have, and says how many. It may be done at any
// time; once a day is enough, since a day counts when it is over.
func (s *Service) Recover(ctx context.Context, tenant string) (recovered int, err error) {
	now := s.Now().UTC().Truncate(time.Microsecond)
	v := store.MachineSight(tenant)
	days, err := s.Store.FeedDays(ctx, tenant, now.Add(-looksBack))
	if err != nil {
		return 0, fmt.Errorf("measuring recovery: %w", err)
	}
	lists := map[[2]string][]time.Time{}
	for _, d := range days {
		key := [2]string{d.Source, d.Feed}
		lists[key] = append(lists[key], d.Day)
	}
	err = s.walk(ctx, tenant, store.CaseFilter{Open: true}, func(some []store.Case) error {
		n, err := s.recoverSome(ctx, v, some, lists, now)
		recovered += n
		return err
	})
	if err != nil {
		return recovered, fmt.Errorf("measuring recovery: %w", err)
	}
	return recovered, nil
}

func (s *Service) recoverSome(ctx context.Context, v store.Sight, page []store.Case, lists map[[2]string][]time.Time, now time.Time) (recovered int, err error) {
	shown, err := s.Store.CaseFeeds(ctx, v, page[0].ID, page[len(page)-1].ID)
	if err != nil {
		return 0, err
	}
	of := map[int64][]desk.Feed{}
	last := map[int64]time.Time{}
	for _, c := range page {
		last[c.ID] = c.LastSeen
	}
	for _, f := range shown {
		of[f.Case] = append(of[f.Case], feedSince(lists[[2]string{f.Source, f.Feed}], last[f.Case]))
	}
	var ids []int64
	clean := map[int64]time.Time{}
	for _, c := range page {
		gone, ok := desk.Gone(of[c.ID], now.Truncate(24*time.Hour), s.Measuring.of(c.Class))
		if ok && desk.Move(desk.Desk, desk.State(c.State), desk.Recovered) == nil {
			ids, clean[c.ID] = append(ids, c.ID), gone
		}
	}
	err = s.Store.ChangeCases(ctx, v, now, ids, func(c *store.Case) (store.CaseChange, error) {
		if !c.LastSeen.Equal(last[c.ID]) || desk.Move(desk.Desk, desk.State(c.State), desk.Recovered) != nil {
			return store.CaseChange{}, nil // something came meanwhile
		}
		at := clean[c.ID]
		d := Detail{From: c.State, To: string(desk.Recovered), What: "gone", At: &at}
		c.State, c.Changed, c.Gone = string(desk.Recovered), now, &at
		s.wind(c, now)
		recovered++
		return store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: By{Actor: desk.Desk}.String(), Act: "case.move", Detail: d}}}, nil
	})
	return recovered, err
}

// feedSince gives what a list says of a case that was last seen at a time; days ascend.
func feedSince(days []time.Time, last time.Time) (f desk.Feed) {
	seen := last.UTC().Truncate(24 * time.Hour)
	for i, d := range days {
		if d.After(seen) {
			f.Days = days[i:]
			break
		}
	}
	if len(days) > 0 {
		f.Newest = days[len(days)-1]
	}
	return f
}
