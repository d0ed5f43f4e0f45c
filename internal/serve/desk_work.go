package serve

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"pahra/internal/source"
)

// How often the desk looks at who is responsible, and for what is over.
const (
	whoEvery    = time.Minute
	whoAgain    = 5 * time.Second // until it could be read once
	expireEvery = time.Hour
)

// run has the desk work until ctx ends.
func (d *Desk) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if !d.wait(ctx) {
			return nil
		}
		return d.Reports.Work(ctx)
	})
	group.Go(func() error {
		d.Parties.Watch(ctx, whoEvery, func(err error) { d.log.Error("who is responsible cannot be read anew", "err", err) })
		return nil
	})
	group.Go(func() error { return d.Cases.Work(ctx) })
	group.Go(func() error { d.offer(ctx); return nil })
	if d.Duties != nil {
		group.Go(func() error { d.expire(ctx); return nil })
	}
	if d.Notices != nil {
		group.Go(func() error { return d.Notices.Run(ctx) })
	}
	return group.Wait()
}

// wait waits until it is known who is responsible: till then reports are accepted, and not read. It is false if ctx ended.
func (d *Desk) wait(ctx context.Context) bool {
	for !d.Parties.Ready() {
		if source.Sleep(ctx, whoAgain) != nil {
			return false
		}
		if err := d.Parties.Refresh(ctx); err != nil && ctx.Err() == nil {
			d.log.Error("reports wait: who is responsible is not known yet", "err", err)
		}
	}
	return true
}

// expire erases what is over by the legal profile, again and again. What fails is logged and done again the next time.
func (d *Desk) expire(ctx context.Context) {
	tick := time.NewTicker(expireEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		done, err := d.Duties.Expire(ctx, "desk", false)
		if err != nil && ctx.Err() == nil {
			d.log.Error("what is over could not be erased", "err", err)
		}
		if done.Events+done.Reports+done.Quarantine > 0 {
			d.log.Info("what is over was erased", "events", done.Events, "reports", done.Reports, "quarantine", done.Quarantine)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}
