package cases

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"pahra/internal/desk"
	"pahra/internal/health"
	"pahra/internal/store"
)

// Waited is how long something took over many cases.
type Waited struct {
	Cases  int           `json:"cases"`
	Came   int           `json:"came"`
	Median health.Median `json:"median"` // durations in nanoseconds
}

// Durations are how long cases took.
type Durations struct {
	Notify      Waited          `json:"notify"`      // from the first report until the party was told
	Acknowledge Waited          `json:"acknowledge"` // from then until it said that it knows
	Recovery    health.Recovery `json:"recovery"`
	Over        int             `json:"over"`     // how many had recovered or were closed at some time
	Reopened    int             `json:"reopened"` // how many of these were seen again afterwards
}

// ClassDurations are how long the cases of a class took.
type ClassDurations struct {
	Class string `json:"class"` // RSIT, "" for all of them
	Durations
}

// spans are the spans of some cases.
type spans struct {
	notify, acknowledge, recovery []health.Span
	over, reopened                int
}

func (s *spans) add(c store.CaseTimes, now time.Time) {
	end := now
	if c.State == string(desk.Closed) {
		end = c.Changed
	}
	begin := c.Received
	if begin.Unix() <= 0 {
		begin = c.Opened
	}
	s.notify = append(s.notify, spanOf(begin, c.Notified, end))
	if c.Notified != nil {
		s.acknowledge = append(s.acknowledge, spanOf(*c.Notified, c.Acknowledged, end))
	}
	s.recovery = append(s.recovery, recoveryOf(c))
	if c.Reopened > 0 || !desk.State(c.State).Open() {
		s.over++
	}
	if c.Reopened > 0 {
		s.reopened++
	}
}

func (s *spans) durations() Durations {
	return Durations{Notify: waited(s.notify), Acknowledge: waited(s.acknowledge), Recovery: health.RecoveryOf(s.recovery), Over: s.over, Reopened: s.reopened}
}

// Durations measures how long the cases took that the sight sees and the filter wants: by party, by class, by country, since when they
// were opened. What has not come yet counts as waited for until now, or until the case was closed. Recovery counts from the day when a
// case was first seen and is known only to lie between two days; a case that was seen again has not recovered until it does so anew.
// The first are those of all classes together, then each class by its name.
func (s *Service) Durations(ctx context.Context, v store.Sight, f store.CaseFilter) ([]ClassDurations, error) {
	by := map[string]*spans{"": {}}
	now := s.Now()
	err := s.Store.CaseTimes(ctx, v, f, func(c store.CaseTimes) {
		if by[c.Class] == nil {
			by[c.Class] = &spans{}
		}
		by[""].add(c, now)
		by[c.Class].add(c, now)
	})
	if err != nil {
		return nil, fmt.Errorf("measuring how long cases took: %w", err)
	}
	var list []ClassDurations
	for _, class := range slices.Sorted(maps.Keys(by)) {
		list = append(list, ClassDurations{class, by[class].durations()})
	}
	return list, nil
}

func spanOf(begin time.Time, came *time.Time, end time.Time) health.Span {
	if came != nil {
		took := max(came.Sub(begin), 0)
		return health.Span{Low: took, High: took, Came: true}
	}
	return health.Span{Low: max(end.Sub(begin), 0)}
}

// recoveryOf is between when a case was last seen and the end of the first day without it.
func recoveryOf(c store.CaseTimes) health.Span {
	low := max(c.LastSeen.Sub(c.FirstSeen), 0)
	if c.Gone == nil {
		return health.Span{Low: low} // it was there until then; nothing is known of later
	}
	return health.Span{Low: low, High: max(c.Gone.Add(24*time.Hour).Sub(c.FirstSeen), low), Came: true}
}

func waited(spans []health.Span) Waited {
	w := Waited{Cases: len(spans), Median: health.KaplanMeier(spans, func(s health.Span) time.Duration { return s.High }).Median()}
	for _, s := range spans {
		if s.Came {
			w.Came++
		}
	}
	return w
}
