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
