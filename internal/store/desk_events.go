package store

import (
	"context"
	"fmt"
)

// SegmentsOf gives a case, and the segments in which events of it may lie, the latest day of intake first.
func (s *Store) SegmentsOf(ctx context.Context, id int64) (c DeskCase, out []DeskSegment, err error) {
	err = s.view(ctx, func(t *tx) error {
		if c, err = one(ctx, t, "desk_case_one", scanCase, id); err != nil {
			return err
		}
		out, err = list(ctx, t, "desk_case_segments", scanSegment, id, days(c.Opened))
		return err
	})
	if err != nil {
		return DeskCase{}, nil, fmt.Errorf("events of case %d: %w", id, err)
	}
	return c, out, nil
}
