package store

import (
	"context"
	"fmt"
	"time"
)

// CaseTimes is when a case went from one step to the next, and nothing else of it. The fields are those of [Case].
type CaseTimes struct {
	ID                                             int64
	Class, State                                   string
	Opened, Changed, FirstSeen, LastSeen, Received time.Time
	Reopened                                       int
	Notified, Acknowledged, Gone                   *time.Time
}

// CaseTimes tells of the times of each case that the sight sees and the filter wants, in no order. The filter's Limit and Cursor count
// for nothing.
func (s *Store) CaseTimes(ctx context.Context, v Sight, f CaseFilter, tell func(CaseTimes)) error {
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("case_times")
		v.where(b)
		if _, err := f.where(ctx, t, b, v, time.Time{}); err != nil {
			return err
		}
		_, err := run(ctx, t, b, func(row scanner) (none struct{}, err error) {
			c, err := scanTimes(row)
			if err == nil {
				tell(c)
			}
			return none, err
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("reading the times of cases: %w", err)
	}
	return nil
}

func scanTimes(row scanner) (c CaseTimes, err error) {
	var at [5]int64
	var maybe [3]*int64
	err = row.Scan(&c.ID, &c.Class, &c.State, &at[0], &at[1], &at[2], &at[3], &at[4], &c.Reopened, &maybe[0], &maybe[1], &maybe[2])
	c.Opened, c.Changed, c.FirstSeen, c.LastSeen, c.Received = fromMicros(at[0]), fromMicros(at[1]), fromMicros(at[2]), fromMicros(at[3]), fromMicros(at[4])
	c.Notified, c.Acknowledged, c.Gone = fromOptional(maybe[0]), fromOptional(maybe[1]), fromOptional(maybe[2])
	return c, err
}
