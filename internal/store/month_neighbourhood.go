package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// NeighbourhoodMonth are the measures of a neighbourhood in a month.
type NeighbourhoodMonth struct {
	Neighbourhood string       `json:"neighbourhood"` // its id
	Month         values.Month `json:"month"`
	Profile       string       `json:"profile"`
	Networks      int          `json:"networks"`
	Incidents     int          `json:"incidents"` // in which one of them is the announcing network
	Measures      []Measure    `json:"measures"`  // of all together
	Bands         []Bands      `json:"bands"`     // how many networks lie where, by metric

	Snapshot string    `json:"-"`
	Stored   time.Time `json:"-"`
}

// Bands says how many networks lie in each band of a metric.
type Bands struct {
	Metric   norms.Metric `json:"metric"`
	Ready    int          `json:"ready"`
	Aspiring int          `json:"aspiring"`
	Lagging  int          `json:"lagging"`
	NoData   int          `json:"no_data"`
}

// SaveNeighbourhoods stores the measures of neighbourhoods; the rows' own Month counts, and Stored becomes now.
func (s *Store) SaveNeighbourhoods(ctx context.Context, now time.Time, rows []NeighbourhoodMonth) error {
	err := s.update(ctx, func(t *tx) error {
		for _, row := range rows {
			text, err := json.Marshal(row)
			if err != nil {
				return err
			}
			if _, err := t.exec(ctx, "month_neighbourhood_save", row.Neighbourhood, row.Month.String(), row.Snapshot, micros(now), text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing neighbourhoods: %w", err)
	}
	return nil
}

// NeighbourhoodHistory gives a neighbourhood's months, the oldest first.
func (s *Store) NeighbourhoodHistory(ctx context.Context, id string) ([]NeighbourhoodMonth, error) {
	return months[NeighbourhoodMonth](ctx, s, "month_neighbourhood_history", id)
}

// NeighbourhoodsOf gives all neighbourhoods of a month, by id.
func (s *Store) NeighbourhoodsOf(ctx context.Context, month values.Month) ([]NeighbourhoodMonth, error) {
	return months[NeighbourhoodMonth](ctx, s, "month_neighbourhoods", month.String())
}

// monthBody is a row of measures as it is stored.
type monthBody struct {
	snapshot string
	stored   time.Time
	body     []byte
}

// months gives the rows of a query as what they hold.
func months[T any](ctx context.Context, s *Store, query string, args ...any) ([]T, error) {
	var all []T
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = list(ctx, t, query, func(row scanner) (v T, err error) {
			b, err := scanBody(row)
			if err != nil {
				return v, err
			}
			return v, b.into(&v)
		}, args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading months: %w", err)
	}
	return all, nil
}

// into reads the body and what stands beside it.
func (b monthBody) into(v any) error {
	if err := json.Unmarshal(b.body, v); err != nil {
		return err
	}
	switch v := v.(type) {
	case *NetworkMonth:
		v.Snapshot, v.Stored = b.snapshot, b.stored
	case *NeighbourhoodMonth:
		v.Snapshot, v.Stored = b.snapshot, b.stored
	}
	return nil
}

func scanBody(row scanner) (b monthBody, err error) {
	var stored int64
	err = row.Scan(&b.snapshot, &stored, &b.body)
	b.stored = fromMicros(stored)
	return b, err
}

// scanAlso reads more columns after those that are asked for.
type scanAlso struct {
	row  scanner
	more []any
}

func (s scanAlso) Scan(into ...any) error { return s.row.Scan(append(into, s.more...)...) }
