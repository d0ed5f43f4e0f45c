package source

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	b := Backoff{Min: time.Second, Max: 10 * time.Second, Rand: func() float64 { return 0.5 }}
	for i, want := range []time.Duration{750, 1500, 3000, 6000, 7500, 7500} {
		if got := b.Next(); got != want*time.Millisecond {
			t.Errorf("wait %d is %s, want %s", i+1, got, want*time.Millisecond)
		}
	}
	b.Reset()
	if got := b.Next(); got != 750*time.Millisecond {
		t.Errorf("after a success the wait is %s", got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if b.Wait(ended) {
		t.Error("waited though the context had ended")
	}
}

func TestMeter(t *testing.T) {
	now := time.Unix(100, 0)
	m := NewMeter("ris", "rislive", func() time.Time { return now })
	m.Up()
	now = now.Add(time.Second)
	m.Message(10, time.Unix(90, 0))
	m.Message(5, time.Unix(80, 0))
	m.Down(errors.New("closed"))
	s := m.Status()
	if s.Up || s.Messages != 2 || s.Bytes != 15 || !s.LastEvent.Equal(time.Unix(90, 0)) || s.Errors != 1 || s.LastError != "closed" || !s.Since.Equal(now) {
		t.Errorf("status is %+v", s)
	}
}

func TestStale(t *testing.T) {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		status Status
		why    string
	}{
		"well":            {Status{Up: true, LastMessage: at.Add(-time.Second), StaleAfter: time.Minute}, ""},
		"silent":          {Status{Up: true, LastMessage: at.Add(-2 * time.Minute), StaleAfter: time.Minute}, "silent for 2m0s"},
		"may be silent":   {Status{Up: true, LastMessage: at.Add(-time.Hour)}, ""},
		"never heard":     {Status{Up: true, Since: at.Add(-2 * time.Minute), StaleAfter: time.Minute}, "silent for 2m0s"},
		"down":            {Status{Since: at.Add(-time.Hour), LastError: "refused"}, "down since 2026-03-01T11:00:00Z: refused"},
		"never connected": {Status{Since: at.Add(-time.Hour)}, "not connected since 2026-03-01T11:00:00Z"},
		"just started":    {Status{Since: at.Add(-time.Second)}, ""},
		"failed at once":  {Status{Since: at.Add(-time.Second), LastError: "refused"}, "down since 2026-03-01T11:59:59Z: refused"},
	} {
		if why, stale := c.status.Stale(at); why != c.why || stale != (c.why != "") {
			t.Errorf("%s: stale %v, %q; want %q", name, stale, why, c.why)
		}
	}
}
