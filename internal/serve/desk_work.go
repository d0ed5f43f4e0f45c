package serve

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"pahra/internal/store"
)

// How often the desk looks at what time changes: deadlines, and whether later reports show cases to have recovered; and at
// who is responsible.
const (
	minuteHand = time.Minute
	hourHand   = time.Hour
	whoEvery   = 10 * time.Minute
)

// run has the desk work until ctx ends.
func (d *Desk) run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return d.Reports.Work(ctx) })
	group.Go(func() error {
		d.Parties.Watch(ctx, whoEvery, func(err error) { d.log.Error("who is responsible cannot be read anew", "err", err) })
		return nil
	})
	group.Go(func() error { d.again(ctx, minuteHand, d.remind); return nil })
	group.Go(func() error { d.again(ctx, hourHand, d.Look); return nil })
	if d.Notices != nil {
		group.Go(func() error { return d.Notices.Run(ctx) })
	}
	return group.Wait()
}

// again does something for each tenant, now and then. What fails is logged and done again the next time.
func (d *Desk) again(ctx context.Context, every time.Duration, do func(ctx context.Context, tenant string) error) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for ctx.Err() == nil {
		if err := d.each(ctx, do); err != nil && ctx.Err() == nil {
			d.log.Error("the desk is late", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (d *Desk) each(ctx context.Context, do func(ctx context.Context, tenant string) error) error {
	tenants, err := d.store.Tenants(ctx)
	if err != nil {
		return err
	}
	if len(tenants) == 0 {
		tenants = []store.Tenant{{Name: store.National}}
	}
	var errs []error
	for _, t := range tenants {
		errs = append(errs, do(ctx, t.Name))
	}
	return errors.Join(errs...)
}

func (d *Desk) remind(ctx context.Context, tenant string) error {
	_, err := d.Cases.Reminders(ctx, tenant)
	return err
}

// Look finds the cases of a tenant that later reports show to have recovered.
func (d *Desk) Look(ctx context.Context, tenant string) error {
	n, err := d.Cases.Recover(ctx, tenant)
	if n > 0 {
		d.log.Info("cases recovered", "tenant", tenant, "cases", n)
	}
	return err
}
