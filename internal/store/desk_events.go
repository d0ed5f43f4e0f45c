package store

import (
	"context"
	"fmt"
)

// SegmentsOf gives the segments in which events of a case may lie that the sight sees, the latest day of intake first.
func (s *Store) SegmentsOf(ctx context.Context, v Sight, id int64) (out []DeskSegment, err error) {
	err = s.view(ctx, func(t *tx) error {
		c, err := s.caseIn(ctx, t, v, id)
		if err != nil {
			return err
		}
		out, err = list(ctx, t, "desk_case_segments", scanSegment, id, days(c.Opened))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("events of case %d: %w", id, err)
	}
	return out, nil
}
