package serve

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// The service's clock follows the machine's when that is set forward, and when it is set back goes on at half the pace.
func TestClockThatIsSet(t *testing.T) {
	var said bytes.Buffer
	began := time.Now() // it tells of the monotonic clock, as do those made of it
	var passed, off, read time.Duration
	clock := steady(func() time.Time { read = passed; return began.Add(passed + off) },
		func(time.Time) time.Duration { return passed - read }, slog.New(slog.NewTextHandler(&said, nil)))
	for n, c := range []struct {
		set  time.Duration // the clock, from here on
		wait time.Duration
		want time.Duration // since the beginning
	}{
		{0, time.Second, time.Second},
		{0, time.Minute, 61 * time.Second},
		{24 * time.Hour, 0, 24*time.Hour + 61*time.Second}, // forward: it follows
		{24 * time.Hour, time.Second, 24*time.Hour + 62*time.Second},
		{23 * time.Hour, 0, 24*time.Hour + 62*time.Second},                          // an hour back: it stays
		{23 * time.Hour, time.Hour, 24*time.Hour + 30*time.Minute + 62*time.Second}, // at half the pace
		{23 * time.Hour, time.Hour, 25*time.Hour + 62*time.Second},                  // and has caught up
		{23 * time.Hour, time.Hour, 26*time.Hour + 62*time.Second},
		{0, 0, 26*time.Hour + 62*time.Second},
	} {
		off = c.set
		passed += c.wait
		if got := clock().Sub(began.Round(0)); got != c.want {
			t.Errorf("step %d: %s since the beginning, want %s", n, got, c.want)
		}
	}
	if n := strings.Count(said.String(), "was set back"); n != 2 || !strings.Contains(said.String(), "caught up") {
		t.Errorf("it said %s", said.String())
	}
}

// A clock that tells nothing of the monotonic one, as a test's, is followed, and does not go back either.
func TestClockOfATest(t *testing.T) {
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	clock := steady(func() time.Time { return at }, time.Since, slog.New(slog.DiscardHandler))
	for _, step := range []struct{ set, want int }{{0, 0}, {60, 60}, {30, 60}, {61, 61}} {
		at = time.Date(2026, 2, 1, 0, 0, step.set, 0, time.UTC)
		if got := clock(); got != time.Date(2026, 2, 1, 0, 0, step.want, 0, time.UTC) {
			t.Errorf("at %s the clock says %s", at, got)
		}
	}
}
