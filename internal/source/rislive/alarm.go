package rislive

import (
	"context"
	"time"
)

// tooFarBehind is how long messages may wait for the sink before a person should know.
const tooFarBehind = 4 * time.Second

// alarm raises and ends the alarm of a sink that does not take what comes, until ctx ends.
func (s *Source) alarm(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for last := ""; ; {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if text := s.trouble(); text != last {
			s.meter.Alarm(text)
			last = text
		}
	}
}

// trouble says what keeps the sink from taking records; empty where nothing does.
func (s *Source) trouble() string {
	if err := s.watch.refusal.Load(); err != nil {
		return "records are not taken: " + (*err).Error()
	}
	at := s.watch.inHand.Load()
	if behind := time.Duration(s.clock.now()-at) * time.Microsecond; at != 0 && behind > tooFarBehind {
		return "records are taken more slowly than they come"
	}
	return ""
}
