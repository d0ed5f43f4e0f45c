package cases

import (
	"testing"
	"time"

	"pahra/internal/desk"
	"pahra/internal/desk/class"
	"pahra/internal/store"
)

// TestPrioritise: every class has a severity, and cases rise as they age.
func TestPrioritise(t *testing.T) {
	severities, err := desk.LoadSeverities()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := class.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range tables.Codes() {
		if _, known := severities[code.String()]; !known {
			t.Errorf("%s has no severity", code)
		}
	}
	if len(severities) != len(tables.Codes()) {
		t.Errorf("%d severities, %d classes", len(severities), len(tables.Codes()))
	}
	r, ctx := newRig(t, 2), t.Context()
	r.Priority = PriorityOf(severities, func(tenant, party string) string { return map[string]string{"as:64500": "critical"}[party] })
	r.ok(r.Move(ctx, ann, byAnn, 2, desk.Closed, "x"))
	closed := r.get(2).Priority
	r.now = r.get(1).Opened
	r.ok(r.Prioritise(ctx, store.National))
	young := r.get(1).Priority
	r.now = r.now.Add(14 * 24 * time.Hour)
	r.ok(r.Prioritise(ctx, store.National))
	w := r.get(1)
	if want := int(float64(severities[w.Class])*1.8 + 0.5); young != want || w.Priority != min(100, int(float64(severities[w.Class])*1.8*1.5+0.5)) || len(w.Log) != 0 {
		t.Errorf("%s: %d when new, want %d; %d later", w.Class, young, want, w.Priority)
	}
	if r.get(2).Priority != closed {
		t.Error("a closed case got another priority")
	}
}
