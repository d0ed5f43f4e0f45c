package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"pahra/internal/source"
)

// StoredGap is a gap and what became of it.
type StoredGap struct {
	source.Gap
	Stored   time.Time
	Filled   *time.Time // when what was missed came from elsewhere; nil while it is missing
	FilledBy string     // from where; empty while it is missing
}

// GapFilter chooses gaps. The zero value chooses all.
type GapFilter struct {
	From, To   time.Time // touching this time; zero is without end
	Collectors []string  // one of them; nil for any
	Unfilled   bool      // only those still missing
}

// AddGap records a gap. The same gap again, by source, collector and beginning, lasts to the later of both ends, and one
// that grew is missing again.
func (s *Store) AddGap(ctx context.Context, now time.Time, g source.Gap) error {
	err := s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "gap_add", g.Source, g.Collector, micros(g.From), micros(g.To), g.Reason, micros(now))
		return err
	})
	if err != nil {
		return fmt.Errorf("recording a gap of %s: %w", g.Collector, err)
	}
	return nil
}

// FillGap records that what a gap missed was had from elsewhere; the error is [ErrNotFound] where there is no such gap.
func (s *Store) FillGap(ctx context.Context, now time.Time, g source.Gap, by string) error {
	err := s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "gap_fill", g.Source, g.Collector, micros(g.From), micros(now), by)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("filling a gap of %s: %w", g.Collector, err)
	}
	return nil
}

// Gaps gives the gaps, the oldest first.
func (s *Store) Gaps(ctx context.Context, f GapFilter) ([]StoredGap, error) {
	name, from, to := "gap_list", int64(math.MinInt64), int64(math.MaxInt64)
	if f.Unfilled {
		name = "gap_list_open"
	}
	if !f.From.IsZero() {
		from = micros(f.From)
	}
	if !f.To.IsZero() {
		to = micros(f.To)
	}
	var all []StoredGap
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = list(ctx, t, name, scanGap, from, to)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing gaps: %w", err)
	}
	return ofCollectors(all, f.Collectors), nil
}

// ofCollectors keeps the gaps of these collectors; all for nil.
func ofCollectors(gaps []StoredGap, collectors []string) []StoredGap {
	if collectors == nil {
		return gaps
	}
	wanted := make(map[string]bool, len(collectors))
	for _, c := range collectors {
		wanted[c] = true
	}
	kept := gaps[:0]
	for _, g := range gaps {
		if wanted[g.Collector] {
			kept = append(kept, g)
		}
	}
	return kept
}

func scanGap(row scanner) (g StoredGap, err error) {
	var began, ended, stored int64
	var filled *int64
	err = row.Scan(&g.Source, &g.Collector, &began, &ended, &g.Reason, &stored, &filled, &g.FilledBy)
	g.From, g.To, g.Stored, g.Filled = fromMicros(began), fromMicros(ended), fromMicros(stored), fromOptional(filled)
	return g, err
}
