// Package rislive hears RIPE RIS Live, or whatever else speaks its protocol, and hands what the collectors' peers say to
// a sink as MRT records.
//
// [New] gives a [Source]; [Source.Run] keeps a WebSocket open, comes back after each failure and subscribes anew. Three
// things work side by side: one reads the socket into a bounded queue, one takes the queue's messages in order, one
// watches over the connection. When the sink is slow the queue fills and the socket is read no further: nothing is
// dropped on this side, and a server that cuts a slow client off makes a gap like any other.
//
// Time. What a collector says is placed by its own timestamps. A message that claims to be more than ten minutes ahead
// of this machine is refused and counted, so that one bad timestamp moves nothing. "This machine" is its clock when the
// source was made plus what a monotonic clock has counted since, or its clock as it is now if that is later: setting it back
// changes nothing, and setting right one that was behind ends the refusals.
//
// While the socket flows, a collector that says nothing is claimed to have reached the moment that lies as far back as
// its messages have usually taken to arrive, and half a second more ([source.Sink].Reached). After a connection was
// lost, each collector has a gap from what was last known of it to what is first known again.
//
// The package judges no route, and neither orders nor repeats messages.
package rislive

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"pahra/internal/source"
)

// Source is a RIS Live stream. It implements [source.Source].
type Source struct {
	name       string
	address    string
	collectors []string
	sink       source.Sink
	log        *slog.Logger
	meter      *source.Meter
	clock      clock
	queue      *queue
	watch      watch
	backoff    source.Backoff
	client     *http.Client
	idle       time.Duration
}

// steady is how long a connection must last for the next to be tried at once again: a server that accepts and cuts off is
// not to be hammered. maxWait is the longest wait.
const (
	steady  = 30 * time.Second
	maxWait = time.Minute
)

// clock is a wall clock that does not notice when the machine's is set.
type clock struct {
	start time.Time            // the wall clock at the beginning
	since func() time.Duration // what has passed since, by a monotonic clock
	wall  func() time.Time     // the wall clock as it is set now
}

func newClock() clock {
	start := time.Now()
	return clock{start.Round(0).UTC(), func() time.Duration { return time.Since(start) }, time.Now}
}

// now gives microseconds since 1970.
func (c clock) now() int64 { return c.start.Add(c.since()).UnixMicro() }

// latest gives the later of a moment and what the wall clock says: one that was behind when the source was made, and was set
// since, is not to have all that comes look bad; nor is a machine that slept, whose monotonic clock did too.
func (c clock) latest(at int64) int64 { return max(at, c.wall().UnixMicro()) }

// New gives the source of that name in the configuration.
func New(name string, c Config, sink source.Sink, log *slog.Logger) (*Source, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("source %s: %w", name, err)
	}
	address, err := c.address()
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", name, err)
	}
	if c.Idle == 0 {
		c.Idle = defaultIdle
	}
	return &Source{
		name: name, address: address, collectors: c.Collectors, sink: sink, log: log, clock: newClock(),
		meter: source.NewMeter(name, "rislive", time.Now), queue: newQueue(maxQueued), idle: c.Idle,
		backoff: source.Backoff{Max: maxWait},
		client:  &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()}, // of its own, to be closed with it
	}, nil
}

// Status says how the source is.
func (s *Source) Status() source.Status { return s.meter.Status() }

// Run hears the stream until ctx ends.
func (s *Source) Run(ctx context.Context) error {
	defer s.client.CloseIdleConnections()
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() { newListener(s).run(ctx, done) })
	wg.Go(func() { s.alarm(ctx) })
	for ctx.Err() == nil {
		before := s.clock.since()
		err := s.session(ctx)
		if ctx.Err() != nil {
			break
		}
		s.meter.Down(err)
		s.log.Warn("the connection is lost", "error", err)
		if s.clock.since()-before >= steady {
			s.backoff.Reset()
		}
		s.backoff.Wait(ctx)
	}
	s.meter.Down(nil)
	close(done)
	wg.Wait()
	return nil
}
