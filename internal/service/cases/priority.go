package cases

import (
	"context"
	"fmt"
	"time"

	"pahra/internal/desk"
	"pahra/internal/store"
)

// PriorityOf gives what sets priorities: by the severity of classes and by how critical parties are, as criticality says of a
// tenant's.
func PriorityOf(s desk.Severities, criticality func(tenant, party string) string) func(store.DeskCase, time.Time) int {
	return func(c store.DeskCase, now time.Time) int {
		return s.Priority(desk.Weight{Class: c.Class, Criticality: criticality(c.Tenant, c.Party), Addresses: c.Addresses, Age: now.Sub(c.Opened), Reopened: c.Reopened})
	}
}

// Prioritise sets the priorities of a tenant's open cases anew, since they age. It is in no log: whoever wants to know why it is what it
// is can compute it.
func (s *Service) Prioritise(ctx context.Context, tenant string) error {
	if s.Priority == nil {
		return nil
	}
	v, now := store.MachineSight(tenant), s.Now()
	err := s.walk(ctx, tenant, store.CaseFilter{Open: true}, func(some []store.Case) error {
		var ids []int64
		for _, c := range some {
			if c.Priority != s.Priority(c.DeskCase, now) {
				ids = append(ids, c.ID)
			}
		}
		return s.Store.ChangeCases(ctx, v, now, ids, func(c *store.Case) (store.CaseChange, error) {
			c.Priority = s.Priority(c.DeskCase, now)
			return store.CaseChange{Quiet: true}, nil
		})
	})
	if err != nil {
		return fmt.Errorf("setting priorities: %w", err)
	}
	return nil
}
