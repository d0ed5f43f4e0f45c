package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/alert"
	"pahra/internal/store"
)

const (
	// lookedAtOnce is how many subscriptions are planned in one go, and plannedAtOnce how many alerts of one.
	lookedAtOnce  = 100
	plannedAtOnce = 2000
	// What the publication policy holds back is asked about again after holdLeast, later the longer it is held, and
	// dropped after holdMost.
	holdLeast = 10 * time.Minute
	holdMost  = 30 * 24 * time.Hour
)

// plan puts into words what is due, and says whether there was anything to look at.
func (a *Alerter) plan(ctx context.Context) (bool, error) {
	ids, err := a.set.Store.LookAt(ctx, a.set.Now(), lookedAtOnce)
	if err != nil {
		return false, err
	}
	var first error
	for _, id := range ids { // what fails for one subscription does not keep others from theirs
		if err := a.planOne(ctx, id); err != nil && first == nil {
			first = fmt.Errorf("planning for subscription %s: %w", id, err)
		}
	}
	return len(ids) > 0, first
}

// planOne settles what waits for one subscription.
func (a *Alerter) planOne(ctx context.Context, id string) error {
	now := a.set.Now()
	w, err := a.set.Store.Waiting(ctx, now, id, plannedAtOnce)
	if err != nil {
		return err
	}
	var what store.Settled
	items, err := a.mayTell(ctx, now, w, &what)
	if err != nil {
		return err
	}
	due, next := w.Plan(items, w.Recent, now)
	for _, p := range due {
		m := w.Write(p, now, a.set.Links.Subscription(w.ID))
		what.Messages = append(what.Messages, store.Outgoing{Message: m, Items: p.Items})
	}
	what.Look = next
	if len(w.Items) == plannedAtOnce { // there may be more
		what.Look = now
	}
	deliveries, err := a.set.Store.Settle(ctx, now, w.Subscription, what)
	if errors.Is(err, store.ErrConflict) { // another process was faster; it is looked at again
		return nil
	}
	if err != nil {
		return err
	}
	a.messages.Add(int64(len(what.Messages)))
	a.dropped.Add(int64(len(what.Dropped)))
	a.held.Add(int64(len(what.Held)))
	if len(what.Messages) > 0 && deliveries == 0 {
		a.set.Log.Warn("a subscription has no channel", "subscription", w.ID)
	}
	return nil
}

// mayTell gives the alerts that may be told now, and notes the others as held back or dropped.
func (a *Alerter) mayTell(ctx context.Context, now time.Time, w store.Waiting, what *store.Settled) (items []alert.Item, err error) {
	longest := time.Duration(0)
	for _, it := range w.Items {
		shown, ok, err := a.set.Show(ctx, w.Subscription, it.Alert)
		if err != nil {
			return nil, err
		}
		shown.ID, shown.Subject, shown.Phase = it.ID, it.Subject, it.Phase
		age := now.Sub(it.Queued)
		switch {
		case ok:
			it.Alert = shown
			items = append(items, it)
		case age > holdMost:
			what.Dropped = append(what.Dropped, it.ID)
		default:
			what.Held = append(what.Held, it.ID)
			longest = max(longest, age)
		}
	}
	what.HeldUntil = now.Add(min(max(holdLeast, longest/8), 6*time.Hour))
	return items, nil
}
