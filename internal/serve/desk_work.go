package serve

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// whoEvery is how often the desk looks at who is responsible.
const whoEvery = 10 * time.Minute

// run has the desk work until ctx ends.
func (d *Desk) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.Reports.Work(ctx) })
	group.Go(func() error {
		d.Parties.Watch(ctx, whoEvery, func(err error) { d.log.Error("who is responsible cannot be read anew", "err", err) })
		return nil
	})
	group.Go(func() error { return d.Cases.Work(ctx) })
	if d.Notices != nil {
		group.Go(func() error { return d.Notices.Run(ctx) })
	}
	return group.Wait()
}
