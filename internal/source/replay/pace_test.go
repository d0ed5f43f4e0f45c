package replay_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"pahra/internal/source/replay"
)

func TestPaced(t *testing.T) {
	for name, c := range map[string]struct {
		pace replay.Pace
		want []string // when each is sent and what it tells, in seconds since the first was asked for or since start
	}{
		"real time":      {replay.Pace{}, []string{"0s", "2s", "2s", "10s"}},
		"five times":     {replay.Pace{Speed: 5}, []string{"0s", "400ms", "400ms", "2s"}},
		"at a rate":      {replay.Pace{Rate: 4}, []string{"0s", "250ms", "500ms", "750ms"}},
		"original times": {replay.Pace{Rate: 4, Original: true}, []string{"0s told 0s", "250ms told 2s", "500ms told 2s", "750ms told 10s"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			var feed list
			for _, at := range []time.Duration{0, 2 * time.Second, 2 * time.Second, 10 * time.Second} {
				feed = append(feed, replay.Event{Collector: "rrc00", At: start.Add(at)})
			}
			time.Sleep(time.Hour)
			began := time.Now()
			p := replay.Paced(&feed, c.pace)
			var got []string
			for {
				e, err := p.Next(t.Context())
				if errors.Is(err, io.EOF) {
					break
				}
				must(t, err)
				s := fmt.Sprint(e.At.Sub(began))
				if !e.Told.IsZero() {
					s += fmt.Sprint(" told ", e.Told.Sub(start))
				}
				got = append(got, s)
				time.Sleep(time.Millisecond) // what it takes to send moves nothing
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		})
	}
}

func TestPaceCheck(t *testing.T) {
	for _, p := range []replay.Pace{{Rate: -1}, {Speed: -1}, {Rate: math.NaN()}, {Speed: math.Inf(1)}, {Rate: 1, Speed: 1}} {
		if p.Check() == nil {
			t.Errorf("%+v is let through", p)
		}
	}
	if err := (replay.Pace{Rate: 20_000, Original: true}).Check(); err != nil {
		t.Error(err)
	}
}

// TestRunEnds: without a subscriber nothing is sent, and Run ends with its context while it waits for the next event.
func TestRunEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := replay.New(replay.Options{}, discard)
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		feed := list{{Collector: "rrc00"}}
		if err := s.Run(ctx, &feed); !errors.Is(err, context.DeadlineExceeded) || len(feed) != 1 {
			t.Errorf("Run gives %v", err)
		}
	})
}

// TestInTime: a subscriber hears each message when it is due, and reads that as its time.
func TestInTime(t *testing.T) {
	s, address := server(t, replay.Options{})
	c := dial(t, address, raw)
	var feed list
	for i := range 200 {
		feed = append(feed, replay.Event{Collector: "rrc00", Record: announce(t, i, 0), At: start.Add(time.Duration(i) * time.Second)})
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(t.Context(), replay.Paced(&feed, replay.Pace{Speed: 1000})) }()
	var first, last int64
	for i := range 200 {
		m := read(t, c)
		now, told := time.Now().UnixMicro(), int64(m.Sec)*1_000_000+int64(m.Micro)
		if told > now {
			t.Fatalf("message %d comes %d µs before its time", i, told-now)
		}
		if i == 0 {
			first = told
		}
		last = told
	}
	must(t, <-done)
	if last-first != 199_000 {
		t.Errorf("the times told span %d µs, want 199 ms", last-first)
	}
}
