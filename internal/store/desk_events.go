package store

import (
	"context"
	"fmt"
)

// SegmentsOf gives a case that the sight sees, and the segments in which events of it may lie, the latest day of intake first.
func (s *Store) SegmentsOf(ctx context.Context, v Sight, id int64) (c Case, out []DeskSegment, err error) {
	err = s.view(ctx, func(t *tx) error {
		if c, err = s.caseIn(ctx, t, v, id); err != nil {
			return err
		}
		out, err = list(ctx, t, "desk_case_segments", scanSegment, id, days(c.Opened))
		return err
	})
	if err != nil {
		return Case{}, nil, fmt.Errorf("events of case %d: %w", id, err)
	}
	return c, out, nil
}
