package reports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Events gives at most most events of a case that the sight sees, those taken in last first, piece by piece.
func Events(ctx context.Context, files *spool.Spool, db *store.Store, v store.Sight, id int64, most int) (out []*intelmq.Event, err error) {
	segments, err := db.SegmentsOf(ctx, v, id)
	if err != nil {
		return nil, err
	}
	enough := errors.New("enough")
	take := func(_ spool.Entry, line []byte) error {
		e, err := intelmq.Parse(line)
		if err != nil {
			return fmt.Errorf("an event of case %d: %w", id, err)
		}
		if out = append(out, e); len(out) == most {
			return enough
		}
		return ctx.Err()
	}
	for _, g := range segments {
		err := files.Latest(g.Source, g.Day, g.Mark(), func(e spool.Entry) bool { return e.Case == uint64(id) }, take)
		if errors.Is(err, enough) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CasesOf gives the cases that the events of a report belong to, each once, in order of their numbers.
func CasesOf(ctx context.Context, files *spool.Spool, db *store.Store, r store.DeskReport) ([]int64, error) {
	g, err := db.Segment(ctx, r.Day, r.Source)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	cases, id := map[int64]bool{}, []byte(r.ID) // it holds half of a SHA-256: no other text of an event does by chance
	err = files.Events(g.Source, g.Day, g.Mark(), func(spool.Entry) bool { return true },
		func(e spool.Entry, line []byte) error {
			if bytes.Contains(line, id) {
				cases[int64(e.Case)] = true
			}
			return ctx.Err()
		})
	return slices.Sorted(maps.Keys(cases)), err
}
