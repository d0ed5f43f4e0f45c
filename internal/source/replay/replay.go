// Package replay is a server that speaks RIS Live and says what it is given: MRT files again, as fast as asked for, or
// an endless feed that somebody makes up. Load tests and the demonstration hear it through the same client that hears
// RIPE.
//
// [OpenFiles] gives the [Feed] of a folder, [Paced] says when each of its events is sent and what time it tells,
// [Server.Run] sends a feed to all who have subscribed through [Server.Handler]. Any other Feed will do in their place.
//
// Each message is encoded once for all subscribers. The stream begins when the first one has subscribed and goes on
// whether or not any is left; one who comes later hears it from then on. One who is slow is cut off, as RIPE does, or the
// stream waits for him, as [Options] say. Path identifiers and tables cannot be told in this protocol: such records are
// passed over and counted.
package replay

import (
	"context"
	"errors"
	"time"
)

// Event is one thing that a peer of a collector said, or a change of its state.
type Event struct {
	Collector string
	// Record is an MRT record of type BGP4MP or BGP4MP_ET. Its own time plays no part. It holds until the next event.
	Record []byte
	// At is when the event is sent; at once, if that has passed.
	At time.Time
	// Told is the time that subscribers are told; At, if zero.
	Told time.Time
}

// Feed is what is sent. A feed that makes things up as they happen gives each with the moment at which it happens.
type Feed interface {
	// Next gives the next event; their At must not fall. io.EOF ends the feed. It may wait until there is something to
	// tell, or ctx ends.
	Next(ctx context.Context) (Event, error)
}

// Pace says how fast a feed is sent.
type Pace struct {
	// Rate is how many messages are sent a second; 0: as the feed's times are.
	Rate float64
	// Speed is how much faster than in the feed's own times things happen; 0 is 1. Without meaning if there is a Rate.
	Speed float64
	// Original has subscribers told the feed's own times in place of the moments of sending.
	Original bool
}

// Check tells what is wrong with the pace.
func (p Pace) Check() error {
	const most = 1e7
	if !(p.Rate >= 0 && p.Rate <= most) || !(p.Speed >= 0 && p.Speed <= most) {
		return errors.New("rate and speed are between 0 and ten million")
	}
	if p.Rate > 0 && p.Speed > 0 {
		return errors.New("a rate or a speed, not both")
	}
	return nil
}

// Paced gives the feed with its events moved to now: the first is sent when it is asked for, the others after it at the
// pace. What is sent tells that moment as its time, unless the pace is Original.
func Paced(f Feed, p Pace) Feed {
	if p.Speed == 0 {
		p.Speed = 1
	}
	return &paced{feed: f, pace: p}
}

type paced struct {
	feed  Feed
	pace  Pace
	start time.Time // when the first event was asked for
	first time.Time // its own time
	n     int64
}

// Next gives the next event at its new time.
func (p *paced) Next(ctx context.Context) (Event, error) {
	e, err := p.feed.Next(ctx)
	if err != nil {
		return e, err
	}
	if p.n == 0 {
		p.start, p.first = time.Now(), e.At
	}
	if p.pace.Original {
		e.Told = e.At
	}
	if p.pace.Rate > 0 {
		e.At = p.start.Add(time.Duration(float64(p.n) / p.pace.Rate * float64(time.Second)))
	} else {
		e.At = p.start.Add(time.Duration(float64(e.At.Sub(p.first)) / p.pace.Speed))
	}
	p.n++
	return e, nil
}
