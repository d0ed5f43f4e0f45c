package reports

import (
	"context"
	"errors"
	"fmt"

	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Events gives at most most events of a case that the sight sees, those taken in last first, piece by piece.
func Events(ctx context.Context, files *spool.Spool, db *store.Store, v store.Sight, id int64, most int) (out []*intelmq.Event, err error) {
	_, segments, err := db.SegmentsOf(ctx, v, id)
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
		mark := spool.Mark{Bytes: g.Bytes, Events: g.Events, Frames: g.Frames}
		err := files.Latest(g.Source, g.Day, mark, func(e spool.Entry) bool { return e.Case == uint64(id) }, take)
		if errors.Is(err, enough) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
