package service

import (
	"testing"
	"time"

	"pahra/internal/source"
)

// Whoever sets the machine's clock makes no source old or new: how long it was silent counts by the monotonic clock.
func TestStaleByTheMonotonicClock(t *testing.T) {
	m := source.NewMeter("ris", "rislive", func() time.Time { return time.Now().Add(-time.Hour) })
	m.Up()
	m.Message(1, time.Now())
	for _, off := range []time.Duration{0, 24 * time.Hour, -24 * time.Hour} {
		now := time.Now().Add(off).Round(0)
		st := onClock(m.Status(), now)
		st.StaleAfter = 2 * time.Hour
		if why, stale := st.Stale(now); stale {
			t.Errorf("with the clock off by %s the source is stale: %s", off, why)
		}
		st.StaleAfter = 30 * time.Minute
		if _, stale := st.Stale(now); !stale {
			t.Errorf("with the clock off by %s the source is not stale", off)
		}
	}
}
