package cases

import (
	"context"
	"slices"
	"time"

	"pahra/internal/store"
)

// How often Work does what.
const (
	workEvery = time.Minute
	windEvery = 15 // times that
)

// Work does what is to be done by itself until the context ends: every minute it reminds of deadlines, calls who is on duty and
// opens cases for new routing incidents, every quarter of an hour it sets deadlines of new cases, every day it measures recovery
// and sets priorities. What fails is logged and done again the next time.
func (s *Service) Work(ctx context.Context) error {
	tick := time.NewTicker(workEvery)
	defer tick.Stop()
	var measured time.Time // the day
	for n := 0; ; n++ {
		if s.once(ctx, n, !s.Now().UTC().Truncate(24*time.Hour).Equal(measured)) {
			measured = s.Now().UTC().Truncate(24 * time.Hour)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// once does what is due, and says whether recovery was measured.
func (s *Service) once(ctx context.Context, n int, daily bool) (measured bool) {
	failed := func(what string, err error) bool {
		if err != nil && ctx.Err() == nil {
			s.Log.Error("a job on cases failed, and is done again", "job", what, "err", err)
		}
		return err != nil
	}
	tenants, err := s.Store.Tenants(ctx)
	if failed("tenants", err) {
		return false
	}
	if !slices.ContainsFunc(tenants, func(t store.Tenant) bool { return t.Name == store.National }) {
		tenants = append(tenants, store.Tenant{Name: store.National})
	}
	measured = daily
	for _, t := range tenants {
		if n%windEvery == 0 {
			failed("deadlines", s.Wind(ctx, t.Name))
		}
		_, err := s.Reminders(ctx, t.Name)
		failed("reminders", err)
		failed("pages", s.Pages(ctx, t.Name))
		if daily {
			recovered, err := s.Recover(ctx, t.Name)
			measured = !failed("recovery", err) && measured
			s.Log.Info("recovery of cases was measured", "tenant", t.Name, "recovered", recovered)
			measured = !failed("priority", s.Prioritise(ctx, t.Name)) && measured
		}
	}
	failed("incidents", s.Watched(ctx, store.National))
	return measured
}

// walk gives the cases of a tenant that the filter wants to do, some at a time, by number.
func (s *Service) walk(ctx context.Context, tenant string, f store.CaseFilter, do func(some []store.Case) error) error {
	for after := int64(0); ; {
		some, err := s.Store.CasesBeyond(ctx, store.MachineSight(tenant), after, f)
		if err != nil || len(some) == 0 {
			return err
		}
		if err := do(some); err != nil {
			return err
		}
		after = some[len(some)-1].ID
	}
}
