package cases

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/deadline"
	"pahra/internal/store"
)

// TestClocks: a case is overdue when its time has passed, reminders come before and then, once each, and a report that was made
// stops the clock.
func TestClocks(t *testing.T) {
	r, ctx := newRig(t, 3), t.Context()
	var err error
	r.Deadlines, err = deadline.Default()
	r.ok(err)
	r.Log = slog.New(slog.DiscardHandler)
	var told []time.Duration
	refused := errors.New("no mail today")
	fail := true
	r.Remind = func(_ context.Context, c store.Case, one deadline.Reminder) error {
		if fail {
			return refused
		}
		told = append(told, one.Before)
		return nil
	}
	r.ok(r.Move(ctx, machine, byDesk, 1, desk.Notified, "")) // the member has 72 hours to answer
	begin := r.now
	if c := r.get(1).Case; c.Due == nil || !c.Due.Equal(begin.Add(72*time.Hour)) {
		t.Fatalf("due %v", c.Due)
	}
	at := func(after time.Duration, want int, wantErr error) {
		t.Helper()
		r.now = begin.Add(after)
		if n, err := r.Reminders(ctx, store.National); n != want || !errors.Is(err, wantErr) {
			t.Errorf("after %v: %d reminders, %v", after, n, err)
		}
	}
	at(24*time.Hour, 0, nil)
	at(48*time.Hour, 0, refused)
	fail = false
	at(49*time.Hour, 1, nil)
	at(50*time.Hour, 0, nil)
	at(69*time.Hour, 1, nil)
	groups := func(want int64) {
		t.Helper()
		got, err := r.Store.CaseGroups(ctx, ann, r.now, store.CaseFilter{})
		r.ok(err)
		if got[store.TodoOverdue] != want {
			t.Errorf("%d are overdue, want %d", got[store.TodoOverdue], want)
		}
	}
	groups(0)
	at(72*time.Hour, 1, nil)
	groups(1)
	at(99*time.Hour, 0, nil)
	if len(told) != 3 || told[0] != 24*time.Hour || told[1] != 4*time.Hour || told[2] != 0 {
		t.Errorf("told %v", told)
	}
	r.ok(r.Move(ctx, network, byNet, 1, desk.Acknowledged, ""))
	groups(0)
	if k := r.Clocks(r.get(1).Case, r.now); len(k) != 1 || k[0].State != deadline.Late {
		t.Errorf("%+v", k)
	}
	if got := r.acts(1); len(got) != 5 || got[1] != "desk case.remind" {
		t.Errorf("%v", got)
	}
}

// TestMeet: the clock of six hours begins when the entity noticed, and stops with its report.
func TestMeet(t *testing.T) {
	r, ctx := newRig(t, 40), t.Context()
	var err error
	r.Deadlines, err = deadline.Default()
	r.ok(err)
	id := int64(0)
	for n := int64(1); id == 0; n++ {
		if c := r.get(n); c.Country == "IN" && c.Class == "fraud/phishing" {
			id = n
		}
	}
	if err := r.Meet(ctx, network, byNet, id, "cert-in-6h", r.now, ""); !errors.Is(err, ErrBad) {
		t.Errorf("before it noticed: %v", err)
	}
	noticed := r.now.Add(-time.Hour)
	r.ok(r.SetTimes(ctx, network, byNet, id, Times{Noticed: &noticed}))
	if c := r.get(id).Case; c.Due == nil || !c.Due.Equal(noticed.Add(6*time.Hour)) {
		t.Errorf("due %v", c.Due)
	}
	r.ok(r.Meet(ctx, network, byNet, id, "cert-in-6h", r.now, "CERTIn-2026-1"))
	w := r.get(id)
	if k := r.Clocks(w.Case, r.now.Add(9*time.Hour)); w.Due != nil || k[0].State != deadline.Met || string(w.Notes[w.Log[1].Detail.Note].Body) != "CERTIn-2026-1" {
		t.Errorf("%+v, %+v", w, k)
	}
	other := deadline.Rules{}
	r.Deadlines = other // the rules are gone: Wind takes the next deadlines away, and gives them back
	r.ok(r.Move(ctx, machine, byDesk, 1, desk.Notified, ""))
	r.Deadlines, err = deadline.Default()
	r.ok(err)
	if c := r.get(1).Case; c.Due != nil {
		t.Errorf("due %v", c.Due)
	}
	r.ok(r.Wind(ctx, store.National))
	if c := r.get(1).Case; c.Due == nil || len(r.get(1).Log) != 1 {
		t.Errorf("%+v", c)
	}
}
