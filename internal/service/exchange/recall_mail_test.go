package exchange

import (
	"context"
	"strings"
	"testing"
	"time"

	"pahra/internal/store"
)

// TestDue: a partner is told at once, then daily while it is late, and once more before it must have deleted.
func TestDue(t *testing.T) {
	at := start()
	hours := func(n int) *time.Time { h := at.Add(time.Duration(n) * time.Hour); return &h }
	for _, c := range []struct {
		reminded, acknowledged *time.Time
		now                    int
		want                   bool
	}{
		{nil, nil, 0, true}, {nil, hours(0), 1, false}, {hours(0), nil, 1, false}, {hours(0), nil, 23, false}, {hours(0), nil, 24, true}, {hours(24), nil, 30, false}, {hours(24), nil, 48, true},
		{hours(0), hours(1), 47, false}, {hours(0), hours(1), 48, true}, {hours(48), hours(1), 90, false}, {hours(48), nil, 72, true}, {hours(200), nil, 239, true}, {hours(200), nil, 240, false},
	} {
		r := store.ExchangeRecall{At: at, AnswerBy: *hours(24), DeleteBy: *hours(72), Reminded: c.reminded, Acknowledged: c.acknowledged}
		if got := due(&r, *hours(c.now)); got != c.want {
			t.Errorf("after %d hours, %+v: %v", c.now, c, got)
		}
	}
}

// TestTell: the mail goes to the partner's address, encrypted to its key, once; one that is not taken is tried again.
func TestTell(t *testing.T) {
	o, b := booked(t)
	ctx := context.Background()
	item := with(t, stories(t, 200, 10), "indicator")
	o.offer(t, item)
	o.all(t)
	rows, err := o.x.Recall(ctx, item.ID, "a mistake", "ann")
	if err != nil || len(rows) != 1 {
		t.Fatalf("%+v, %v", rows, err)
	}
	box := &postbox{fail: 1}
	post := Post{Letters: box}
	if n, err := o.x.Tell(ctx, post); n != 0 || err == nil || !strings.Contains(err.Error(), "telling cert-atlantica of recall 1: the server is full") {
		t.Errorf("%d, %v", n, err)
	}
	for range 2 {
		if _, err := o.x.Tell(ctx, post); err != nil {
			t.Error(err)
		}
	}
	if len(box.got) != 1 || box.got[0].To != "soc@cert-atlantica.example" || !strings.Contains(box.got[0].Key, "PUBLIC KEY") || !strings.Contains(box.got[0].Text, rows[0].Objects[0].Object) || !strings.Contains(box.got[0].Text, "a mistake") || strings.Contains(box.got[0].Text, item.ID) {
		t.Fatalf("%+v", box.got)
	}
	if _, err := b.Acknowledge(ctx, o.service, atlantica(), o.collection, 1); err != nil {
		t.Fatal(err)
	}
	o.wait(49 * time.Hour)
	if n, err := o.x.Tell(ctx, post); err != nil || n != 1 || !strings.Contains(box.got[1].Text, "You acknowledged it on") {
		t.Errorf("before it must be deleted: %d, %v, %+v", n, err, box.got)
	}
}
