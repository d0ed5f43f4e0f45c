package storetest

import (
	"context"
	"fmt"

	"pahra/internal/store"
)

// outbreakCases counts the cases that the outbreak has; each was seen on one day.
func outbreakCases(ctx context.Context, s *store.Store, v store.Sight) (n int, err error) {
	kinds, err := s.Outbreak(ctx, v, "", noon().AddDate(-1, 0, 0), noon())
	for kind, days := range kinds {
		of, err := s.Outbreak(ctx, v, kind, noon().AddDate(-1, 0, 0), noon())
		if err != nil {
			return n, err
		}
		inside := int64(0)
		for _, identifier := range of {
			for _, d := range identifier {
				inside += d.Cases
			}
		}
		for _, d := range days {
			n += int(d.Cases)
			inside -= d.Cases
		}
		if inside != 0 {
			return n, fmt.Errorf("the identifiers of %s have %d cases more", kind, inside)
		}
	}
	return n, err
}
