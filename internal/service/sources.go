package service

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"pahra/internal/source"
	"pahra/internal/store"
)

// LiveSource is a source that a service runs, and what is expected of it.
type LiveSource struct {
	Source     source.Source
	StaleAfter time.Duration // how long it may be silent; 0 is for ever
}

// Sources runs sources and keeps their health. Make one with [NewSources]. Safe for concurrent use.
type Sources struct {
	list  []LiveSource
	store *store.Store
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex
	state []source.Status
	at    time.Time // of state
	stale map[string]bool
}

// sampleEvery is how often the sources' health is looked at and stored.
const sampleEvery = 5 * time.Second

// rateMemory is over how long the rate of messages is averaged.
const rateMemory = time.Minute

// NewSources gives the sources of a service, none of which runs yet.
func NewSources(list []LiveSource, db *store.Store, now func() time.Time, log *slog.Logger) *Sources {
	return &Sources{list: list, store: db, now: now, log: log, stale: make(map[string]bool)}
}

// Run runs all sources until ctx ends. One that gives up does not stop the others: it is down, and its health says so.
func (s *Sources) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	for _, one := range s.list {
		running.Go(func() {
			err := one.Source.Run(ctx)
			if err != nil && ctx.Err() == nil {
				s.log.Error("a source gave up", "source", one.Source.Status().Name, "err", err)
			}
		})
	}
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		s.sample(ctx)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

// sample looks at all sources, and stores how they are.
func (s *Sources) sample(ctx context.Context) {
	now := s.now()
	s.mu.Lock()
	before, at := s.state, s.at
	next := make([]source.Status, len(s.list))
	for i, one := range s.list {
		next[i] = onClock(one.Source.Status(), now)
		next[i].StaleAfter = one.StaleAfter
		if i < len(before) {
			next[i].Rate = rate(before[i], next[i], now.Sub(at))
		}
	}
	s.state, s.at = next, now
	s.mu.Unlock()
	for _, st := range next {
		why, stale := st.Stale(now)
		if stale && !s.stale[st.Name] {
			s.log.Warn("a source is stale", "source", st.Name, "why", why)
		} else if !stale && s.stale[st.Name] {
			s.log.Info("a source is well again", "source", st.Name)
		}
		s.stale[st.Name] = stale
	}
	if err := s.store.SaveSources(ctx, now, next); err != nil && !errors.Is(err, context.Canceled) {
		s.log.Error("the sources' health cannot be stored", "err", err)
	}
}

// onClock moves the times of a status to the clock that now is of, by how long ago they were: whoever sets the machine's
// clock makes no source old or new.
func onClock(st source.Status, now time.Time) source.Status {
	for _, at := range []*time.Time{&st.Since, &st.LastMessage, &st.LastErrorAt} {
		if *at != at.Round(0) { // it tells of the monotonic clock too
			*at = now.Add(-time.Since(*at))
		}
	}
	return st
}

// rate averages the messages a second over about [rateMemory].
func rate(before, after source.Status, passed time.Duration) float64 {
	if passed <= 0 {
		return before.Rate
	}
	weight := min(1, float64(passed)/float64(rateMemory))
	return before.Rate*(1-weight) + weight*float64(after.Messages-before.Messages)/passed.Seconds()
}

// Status gives the sources' health as of the last look.
func (s *Sources) Status() []source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]source.Status(nil), s.state...)
}
