package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"pahra/internal/store"
)

// reviewed: what waits is decided on once, with its reason in the log, and does not wait any more.
func reviewed(t *testing.T, s *store.Store) {
	ctx := context.Background()
	counter := shareable(t, s)
	waits := store.ExchangeRuling{ExchangeStanding: store.ExchangeStanding{Collection: shared, Item: "a", Version: 1, Agreement: 2, Epoch: 5, Verdict: "review", Clause: "4.3"}}
	other := waits
	other.Item = "b"
	must(t, s.Sequence(ctx, noon(), store.ExchangeBatch{Counter: counter, Items: []store.ExchangeItem{itemVersion("a", 1), itemVersion("b", 1)}, Objects: [][]string{nil, nil}, Rulings: []store.ExchangeRuling{waits, other}}))
	if all, err := s.WaitingReviews(ctx, "", "", 10); err != nil || len(all) != 2 || all[0].Item != "a" || all[1].Clause != "4.3" {
		t.Fatalf("%+v, %v", all, err)
	}
	r := store.ExchangeReview{Collection: shared, Item: "a", Version: 1, Agreement: 2, Released: true, Reason: "they need it", Actor: "ann", At: noon()}
	for what, change := range map[string]func(r *store.ExchangeReview){
		"another version": func(r *store.ExchangeReview) { r.Version = 2 }, "another agreement": func(r *store.ExchangeReview) { r.Agreement = 3 },
		"another item": func(r *store.ExchangeReview) { r.Item = "c" },
	} {
		bad := r
		change(&bad)
		if err := s.Review(ctx, bad); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, s.Review(ctx, r))
	if err := s.Review(ctx, r); !errors.Is(err, store.ErrConflict) {
		t.Errorf("decided twice: %v", err)
	}
	if all, err := s.WaitingReviews(ctx, "", "", 10); err != nil || len(all) != 1 || all[0].Item != "b" {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := s.WaitingReviews(ctx, shared, "b", 10); err != nil || len(all) != 0 {
		t.Errorf("behind the last: %+v, %v", all, err)
	}
	if st, err := s.ExchangeStandings(ctx, "a"); err != nil || st[0].Passed != 1 || st[0].PassedBy != 2 {
		t.Errorf("%+v, %v", st, err)
	}
	if all, err := s.Reviews(ctx, "a"); err != nil || len(all) != 1 || all[0] != r {
		t.Errorf("%+v, %v", all, err)
	}
	if log, err := s.AuditEntries(ctx, 0, 1); err != nil || log[0].Act != "exchange.review.release" || log[0].Actor != "ann" {
		t.Errorf("%+v, %v", log, err)
	}
}

// recalled: what left is known once by version; taken back it is hidden, what had left has a tombstone, and is followed until acknowledged.
func recalled(t *testing.T, s *store.Store) {
	ctx := context.Background()
	counter := shareable(t, s)
	must(t, s.Sequence(ctx, noon(), store.ExchangeBatch{Counter: counter, Items: []store.ExchangeItem{itemVersion("a", 1), itemVersion("b", 1)}, Objects: [][]string{{"note--1"}, {"note--3"}},
		Rulings: []store.ExchangeRuling{released("a", 1, 5, copyOf("note--1", "2026-01-01T00:00:00.000Z", "x"), copyOf("note--2", "2026-01-01T00:00:00.000Z", "y")), released("b", 1, 5, copyOf("note--3", "2026-01-01T00:00:00.000Z", "z"))}}))
	first := store.ExchangeRelease{Collection: shared, Added: []time.Time{noon(), noon().Add(2 * time.Microsecond)}, Leaf: 7, At: noon()}
	later := first
	later.Leaf = 8
	must(t, s.KeepReleases(ctx, []store.ExchangeRelease{first, later}))
	leave, err := s.Leaving(ctx, shared, 2, 5, noon(), []time.Time{noon(), noon().Add(time.Microsecond)})
	if err != nil || !leave[noon().UnixMicro()].Before || leave[noon().UnixMicro()+1].Before {
		t.Errorf("%+v, %v", leave, err)
	}
	terms := func(collection string) (string, string, time.Time, time.Time, error) {
		return "them", "us-them", noon().Add(time.Hour), noon().Add(2 * time.Hour), nil
	}
	take := store.ExchangeTaking{Item: "a", Reason: "wrong", Actor: "ann", At: noon().Add(time.Minute), Terms: terms,
		Tombstone: func(_ string, m *store.Member) (*store.ExchangeCopy, error) {
			c := copyOf(m.Object, "2026-02-01T00:00:00.000Z", "gone")
			c.Fixed = true
			return &c, nil
		}}
	all, err := s.Recall(ctx, take)
	if err != nil || len(all) != 1 || len(all[0].Objects) != 1 || all[0].Objects[0] != (store.ExchangeReceived{Object: "note--1", Version: "2026-01-01T00:00:00.000Z", Leaf: 7}) {
		t.Fatalf("%+v, %v", all, err)
	}
	sees(t, s, "after it was taken back", "note--3@2026-01-01T00:00:00.000Z+2", "note--1@2026-02-01T00:00:00.000Z+60000000")
	if _, err := s.Recall(ctx, take); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taken back again: %v", err)
	}
	if list, err := s.Recalls(ctx, 0, "", 10); err != nil || len(list) != 1 || list[0].Told != nil || list[0].Partner != "them" || !list[0].AnswerBy.Equal(noon().Add(time.Hour)) {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := s.RecallsOf(ctx, shared, noon().Add(time.Hour)); err != nil || len(list) != 1 || !list[0].Told.Equal(noon().Add(time.Hour)) {
		t.Errorf("%+v, %v", list, err)
	}
	if r, err := s.AcknowledgeRecall(ctx, 1, shared, "them-1", noon().Add(2*time.Hour)); err != nil || r.ByWhom != "them-1" || !r.Acknowledged.Equal(noon().Add(2*time.Hour)) {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := s.AcknowledgeRecall(ctx, 2, shared, "them-1", noon()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of nothing: %v", err)
	}
	must(t, s.NoteRecallMail(ctx, 1, shared, noon().Add(3*time.Hour)))
	if list, err := s.Recalls(ctx, 0, "", 10); err != nil || list[0].Reminded == nil || !list[0].Told.Equal(noon().Add(time.Hour)) {
		t.Errorf("%+v, %v", list, err)
	}
	if log, err := s.AuditEntries(ctx, 0, 1); err != nil || log[0].Act != "exchange.recall" || log[0].Subject != "a" {
		t.Errorf("%+v, %v", log, err)
	}
}
