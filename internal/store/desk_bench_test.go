package store_test

import (
	"context"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

// BenchmarkInbox asks what an analyst's inbox asks, of 100,000 cases.
func BenchmarkInbox(b *testing.B) {
	ctx, s := context.Background(), storetest.Open(b, storetest.SQLite(b))
	made := storetest.Cases(1, 100_000, store.National)
	if err := storetest.CommitCases(ctx, s, made); err != nil {
		b.Fatal(err)
	}
	now := made[0].Opened
	v := store.Sight{Tenant: store.National, Account: "a", Role: account.Analyst}
	for name, f := range map[string]store.CaseFilter{
		"all": {}, "new": {Todo: store.TodoNew}, "waiting": {Todo: store.TodoWaiting}, "overdue": {Todo: store.TodoOverdue},
		"replies": {Todo: store.TodoReply}, "party": {Party: made[0].Party}, "class": {Class: "fraud"}, "nobody's": {Assignee: "nobody"},
		"text": {Text: "kind-17"}, "common text": {Text: "as:"}, "text that is nowhere": {Text: "nowhere"}, "new of a country": {Todo: store.TodoNew, Country: "IN"},
	} {
		f.Limit = 50
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Cases(ctx, v, now, f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("groups", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.CaseGroups(ctx, v, now, store.CaseFilter{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("1000 moved", func(b *testing.B) {
		ids := make([]int64, 1000)
		for i := range ids {
			ids[i] = int64(i + 1)
		}
		for b.Loop() {
			err := s.ChangeCases(ctx, v, time.Unix(0, 0), ids, func(c *store.Case) (store.CaseChange, error) {
				return store.CaseChange{Log: []store.CaseEntry{{Case: c.ID, Actor: "a", Act: "case.move"}}}, nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
