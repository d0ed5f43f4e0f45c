package parties

import (
	"context"
	"fmt"
	"time"

	"pahra/internal/desk/party"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Replay tells what other constituents would have done to a tenant's events that were taken in since a day. Events are
// judged by what is stored of them: nothing is looked up again.
func (d *Desks) Replay(ctx context.Context, files *spool.Spool, tenant string, after *party.Directory, since time.Time) (*party.Replay, error) {
	r := party.NewReplay(d.Desk(tenant), after)
	is, err := d.opt.Store.DeskState(ctx, time.Time{})
	if err != nil {
		return nil, err
	}
	ours := map[uint64]bool{}
	for _, c := range is.Cases {
		ours[uint64(c.ID)] = c.Tenant == tenant
	}
	for _, g := range is.Segments {
		if g.Day.Add(24 * time.Hour).Before(since) {
			continue
		}
		if err := replaySegment(ctx, files, g, func(e spool.Entry) bool { return ours[e.Case] }, r); err != nil {
			return nil, fmt.Errorf("replaying the events of %s: %w", g.Day.Format(time.DateOnly), err)
		}
	}
	return r, nil
}

func replaySegment(ctx context.Context, files *spool.Spool, g store.DeskSegment, wanted func(spool.Entry) bool, r *party.Replay) error {
	return files.Events(g.Source, g.Day, g.Mark(), wanted, func(_ spool.Entry, line []byte) error {
		e, err := intelmq.Parse(line)
		if err != nil {
			return err
		}
		r.See(e)
		return ctx.Err()
	})
}
