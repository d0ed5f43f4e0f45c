package service

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"time"

	"pahra/internal/alert"
	"pahra/internal/store"
)

const (
	// sendersMost is how many deliveries are under way at once, and sendersTroubled how many of them may be of channels
	// that failed last: so those that hang leave room for those that do not.
	sendersMost     = 32
	sendersTroubled = 8
	// sendersEach is how many may be under way to one mail server, syslog server or host.
	sendersEach = 2
	// sendMost bounds one delivery, whatever an adapter does; claimFor is how long nobody else tries it.
	sendMost = 2 * time.Minute
	claimFor = 5 * time.Minute
	// storeMost bounds noting what became of a delivery while the service ends.
	storeMost = 5 * time.Second
	// restMost is how long the loop sleeps at most, restAfterError after an error of the store.
	restMost       = 30 * time.Second
	restAfterError = 5 * time.Second
	restWhileFull  = time.Second
	pruneEvery     = time.Hour
	keepFor        = 90 * 24 * time.Hour
)

// Run plans and sends until ctx ends, and waits for what is under way then. Errors of the store are logged and tried
// again.
func (a *Alerter) Run(ctx context.Context) error {
	s := senders{a: a, busy: map[string]bool{}, to: map[string]int{}}
	defer s.wait.Wait()
	var pruned time.Time
	for ctx.Err() == nil {
		if now := a.set.Now(); now.Sub(pruned) >= pruneEvery || now.Before(pruned) {
			pruned = now
			a.note(a.prune(ctx, now))
		}
		again, planErr := a.plan(ctx)
		full, err := s.start(ctx)
		switch {
		case a.note(errors.Join(planErr, err)):
			a.rest(ctx, restAfterError)
		case again: // what was planned may be only a part
		case full: // who leaves room says so
			a.rest(ctx, restWhileFull)
		default:
			a.rest(ctx, a.untilNext(ctx))
		}
	}
	return nil
}

// note logs an error, unless it is that of the end, and says whether there was one.
func (a *Alerter) note(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	a.errs.Add(1)
	a.set.Log.Error("alerts are late", "error", err)
	return true
}

// prune gives up what is too old and drops what was settled long ago.
func (a *Alerter) prune(ctx context.Context, now time.Time) error {
	n, err := a.set.Store.ExpireDeliveries(ctx, now, now.Add(-alert.GiveUp))
	a.dead.Add(int64(n))
	return errors.Join(err, a.set.Store.PruneAlerts(ctx, now.Add(-keepFor)))
}

// untilNext says how long nothing is due.
func (a *Alerter) untilNext(ctx context.Context) time.Duration {
	next, err := a.set.Store.NextAlert(ctx)
	if a.note(err) {
		return restAfterError
	}
	if next.IsZero() {
		return restMost
	}
	return min(restMost, max(time.Second/10, next.Sub(a.set.Now())))
}

// rest sleeps until something comes, a delivery ends or the time is over.
func (a *Alerter) rest(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-a.wake:
	case <-ctx.Done():
	}
}

// senders are the deliveries under way.
type senders struct {
	a    *Alerter
	wait sync.WaitGroup

	mu       sync.Mutex
	busy     map[string]bool // by channel
	to       map[string]int  // by destination
	all      int
	troubled int
}

// start begins a delivery for each channel that has one and has room; full says that some have to wait for room.
func (s *senders) start(ctx context.Context) (full bool, err error) {
	ready, err := s.a.set.Store.Ready(ctx, s.a.set.Now())
	if err != nil {
		return false, err
	}
	for _, c := range ready {
		release, ok := s.reserve(c)
		if !ok {
			full = true
			continue
		}
		s.wait.Go(func() {
			s.a.note(s.a.sendOne(ctx, c.ID))
			release()
			s.a.nudge()
		})
	}
	return full, nil
}

// reserve takes room for a channel.
func (s *senders) reserve(c store.StoredChannel) (release func(), ok bool) {
	to, troubled := destination(c.Channel), 0
	if c.Failures > 0 {
		troubled = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[c.ID] || s.all >= sendersMost || s.to[to] >= sendersEach || troubled == 1 && s.troubled >= sendersTroubled {
		return nil, false
	}
	s.busy[c.ID] = true
	s.to[to]++
	s.all++
	s.troubled += troubled
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.busy, c.ID)
		s.to[to]--
		s.all--
		s.troubled -= troubled
	}, true
}

// destination is what the deliveries of several channels may wait for together.
func destination(c alert.Channel) string {
	switch c.Kind {
	case alert.Mail:
		return "mail"
	case alert.Syslog:
		return "syslog " + c.Target
	}
	if u, err := url.Parse(c.Target); err == nil {
		return "http " + u.Hostname()
	}
	return string(c.Kind)
}

// sendOne tries the oldest delivery of a channel.
func (a *Alerter) sendOne(ctx context.Context, channel string) error {
	now := a.set.Now()
	c, err := a.set.Store.ClaimDelivery(ctx, now, channel, now.Add(claimFor))
	if errors.Is(err, store.ErrNotFound) { // another process has it
		return nil
	}
	if err != nil {
		return err
	}
	failure := a.deliver(ctx, c)
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeMost)
	defer cancel()
	return a.settle(settle, c, failure, ctx.Err() != nil)
}

// deliver tries a message once.
func (a *Alerter) deliver(ctx context.Context, c store.Claimed) error {
	ctx, cancel := context.WithTimeout(ctx, sendMost)
	defer cancel()
	return a.set.Deliver.Deliver(ctx, c.Channel.Channel, c.ID, c.Message)
}

// settle notes what became of a delivery. One that failed because the service ends is tried again at once when it is
// back.
func (a *Alerter) settle(ctx context.Context, c store.Claimed, failure error, ending bool) error {
	now := a.set.Now()
	if failure != nil && ending {
		return a.set.Store.Tried(ctx, now, c, alert.Attempt{}, failure.Error())
	}
	what := alert.After(failure, c.Attempts, c.Channel.Failures+1, now.Sub(c.Queued), a.set.Chance())
	text := ""
	switch {
	case what.Sent:
		a.sent.Add(1)
	default:
		text = alert.Harmless(failure.Error())
		a.failed.Add(1)
		a.set.Log.Warn("an alert was not delivered", "channel", c.Channel.ID, "kind", c.Channel.Kind, "delivery", c.ID, "attempt", c.Attempts, "gave_up", what.Dead, "error", text)
	}
	if what.Dead {
		a.dead.Add(1)
	}
	var err error
	if what.Sent && a.set.Told != nil { // first, so that it is not forgotten where the process dies in between
		err = a.set.Told(ctx, c.Channel.Channel, c.Message)
	}
	return errors.Join(err, a.set.Store.Tried(ctx, now, c, what, text))
}
