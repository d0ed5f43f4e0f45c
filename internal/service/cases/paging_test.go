package cases

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/rota"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
)

const plan = `{version: "1", zone: UTC, people: {ann: {mail: ann@cert.example}, bob: {mail: bob@cert.example}}, rotas: [
  {name: first, start: "2026-01-01 09:00", days: 7, people: [ann]}, {name: second, start: "2026-01-01 09:00", days: 7, people: [bob]}],
  page: {priority: 80, escalate: 15m}, surge: {cases: 5, priority: 95}}`

// TestPages: who is on duty is called once for each occasion, the next after a quarter of an hour without an answer; who takes the case has
// answered. In a surge there is one digest, and only what is most pressing by itself.
func TestPages(t *testing.T) {
	r, ctx := newRig(t, 1), t.Context()
	var err error
	r.Duty, err = rota.Read([]byte(plan))
	r.ok(err)
	r.Log = slog.New(slog.DiscardHandler)
	var called []string
	r.Page = func(_ context.Context, who rota.Person, p store.DutyPage) error {
		called = append(called, who.Name+": "+strings.Fields(p.Text)[0]+" "+strings.Fields(p.Text)[1])
		return nil
	}
	pages := func(after time.Duration, want ...string) {
		t.Helper()
		r.now, called = r.now.Add(after), nil
		r.ok(r.Pages(ctx, store.National))
		if !slices.Equal(called, want) {
			t.Errorf("called: %v, want %v", called, want)
		}
	}
	priority := func(id int64, p int) {
		t.Helper()
		r.ok(r.Store.ChangeCases(ctx, machine, r.now, []int64{id}, func(c *store.Case) (store.CaseChange, error) {
			c.Priority = p
			return store.CaseChange{Quiet: true}, nil
		}))
	}
	priority(1, 79)
	pages(0)
	priority(1, 80)
	pages(0, "ann: Case 1")
	pages(14 * time.Minute)
	pages(time.Minute, "bob: Case 1")
	pages(time.Hour)
	open, err := r.Store.OpenPages(ctx, store.National, 10)
	r.ok(err)
	if len(open) != 1 || open[0].Level != 1 || open[0].Person != "bob" {
		t.Fatalf("%+v", open)
	}
	text, err := r.HandOver(ctx, ann, byAnn, "quiet but for that")
	r.ok(err)
	notes, err := r.Store.Handovers(ctx, store.National, 5)
	if err != nil || len(notes) != 1 || notes[0].Text != text || !strings.Contains(text, "pages not answered 1.\n- Case 1") || !strings.HasSuffix(text, "quiet but for that") {
		t.Errorf("%+v, %v", notes, err)
	}
	r.ok(r.AnswerPage(ctx, ann, byAnn, open[0].Key))
	if err := r.AnswerPage(ctx, ann, byAnn, open[0].Key); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("answered twice: %v", err)
	}
	if err := r.AnswerPage(ctx, network, byNet, open[0].Key); !errors.Is(err, ErrRefused) {
		t.Errorf("by the party: %v", err)
	}
	pages(time.Hour)
	many := storetest.Cases(2, 8, store.National)
	for i := range many {
		many[i].ID, many[i].State, many[i].Changed, many[i].Priority = int64(i+2), string(desk.New), r.now, 85+2*i
	}
	r.ok(r.Store.CommitDesk(ctx, store.DeskBatch{Report: "national/2026-03-04/sensors/x", State: store.ReportRead, Cases: many, Now: r.now}))
	pages(0, "ann: A surge:", "ann: Case 9", "ann: Case 8", "ann: Case 7")
	pages(time.Minute)
	r.ok(r.Assign(ctx, ann, byAnn, 9, "ann"))
	r.ok(r.Move(ctx, machine, byDesk, 8, desk.Notified, ""))
	pages(15*time.Minute, "bob: Case 7", "bob: A surge:")
	pages(2*time.Hour, "ann: Case 6", "ann: Case 5", "ann: Case 4", "ann: Case 3", "ann: Case 2")
}
