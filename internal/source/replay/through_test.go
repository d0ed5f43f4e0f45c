package replay_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/replay"
	"pahra/internal/source/rislive"
	"pahra/wire/mrt"
)

// keeper is a sink that keeps the times of what it was given, by collector.
type keeper struct {
	mu    sync.Mutex
	times map[string][]int64 // microseconds
	gaps  []source.Gap
}

func (k *keeper) Record(collector string, record []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var rec mrt.Record
	mrt.ParseRecord(&rec, record)
	k.times[collector] = append(k.times[collector], int64(rec.Sec)*1_000_000+int64(rec.Micro))
	return nil
}

// has says whether the last that was given of each collector has come.
func (k *keeper) has(given map[string][]int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for collector, times := range given {
		if n := len(k.times[collector]); n == 0 || k.times[collector][n-1] != times[len(times)-1] {
			return false
		}
	}
	return true
}

func (k *keeper) Reached(string, time.Time) {}

func (k *keeper) Gap(g source.Gap) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gaps = append(k.gaps, g)
}

// cutting is a feed that fails in the middle, and remembers what it gave.
type cutting struct {
	replay.Feed
	server *replay.Server
	at     int
	given  map[string][]int64
}

func (c *cutting) Next(ctx context.Context) (replay.Event, error) {
	if c.at--; c.at == 0 {
		c.server.Cut()
	}
	e, err := c.Feed.Next(ctx)
	if err == nil {
		c.given[e.Collector] = append(c.given[e.Collector], e.At.UnixMicro())
	}
	return e, err
}

// TestThrough sends a stream through the true client and cuts the connection once: what was sent has arrived, in order,
// but for what lies in the gap that the client tells of.
func TestThrough(t *testing.T) {
	if testing.Short() {
		t.Skip("takes three seconds of real time")
	}
	s, address := server(t, replay.Options{})
	k := &keeper{times: make(map[string][]int64)}
	src, err := rislive.New("ris", rislive.Config{URL: address}, k, discard)
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- src.Run(ctx) }()
	var l list
	for i := range 6000 {
		l = append(l, replay.Event{Collector: []string{"rrc00", "rrc01", "rrc03"}[i%3], Record: announce(t, i, 0)})
	}
	feed := &cutting{Feed: replay.Paced(&l, replay.Pace{Rate: 2000}), server: s, at: 2000, given: make(map[string][]int64)}
	must(t, s.Run(t.Context(), feed))
	must(t, s.Close()) // behind which nothing comes
	for began := time.Now(); !k.has(feed.given) && time.Since(began) < 10*time.Second; time.Sleep(10 * time.Millisecond) {
	}
	cancel()
	must(t, <-done)
	if len(k.gaps) != 3 {
		t.Fatalf("gaps %+v", k.gaps)
	}
	for _, g := range k.gaps {
		from, to := g.From.UnixMicro(), g.To.UnixMicro()
		want := slices.DeleteFunc(slices.Clone(feed.given[g.Collector]), func(at int64) bool { return at > from && at < to })
		if got := slices.DeleteFunc(slices.Clone(k.times[g.Collector]), func(at int64) bool { return at > from && at < to }); !slices.Equal(got, want) {
			t.Errorf("%s: %d records outside of the gap, want %d", g.Collector, len(got), len(want))
		}
		if missed := len(feed.given[g.Collector]) - len(want); missed == 0 || missed > 1500 {
			t.Errorf("%s: %d records lie in the gap %+v", g.Collector, missed, g)
		}
	}
}
