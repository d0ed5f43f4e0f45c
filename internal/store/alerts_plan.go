package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pahra/internal/alert"
)

// clockSlack is beyond every time that is set on purpose. What lies further ahead was set by a clock that has since been
// put back, and counts as due.
const clockSlack = 50 * time.Hour

// Waiting is what waits for a subscription.
type Waiting struct {
	StoredSubscription
	Items []alert.Item
	// Recent are when messages were planned in the last hour.
	Recent []time.Time
}

// LookAt gives the subscriptions that have something to look at now, those that waited longest first.
func (s *Store) LookAt(ctx context.Context, now time.Time, limit int) (ids []string, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		ids, err = list(ctx, t, "alert_subscription_due", scanned[string], micros(now), micros(now.Add(clockSlack)), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is due: %w", err)
	}
	return ids, nil
}

// Waiting gives what waits for a subscription, the oldest first, at most limit.
func (s *Store) Waiting(ctx context.Context, now time.Time, id string, limit int) (w Waiting, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		if w.StoredSubscription, err = one(ctx, t, "alert_subscription_get", scanSubscription, id); err != nil {
			return err
		}
		if w.Items, err = list(ctx, t, "alert_item_waiting", scanItem, id, micros(now), limit); err != nil {
			return err
		}
		recent, err := list(ctx, t, "alert_message_recent", scanned[int64], id, micros(now.Add(-time.Hour)), micros(now.Add(time.Hour)))
		for _, us := range recent {
			w.Recent = append(w.Recent, fromMicros(us))
		}
		return err
	})
	if err != nil {
		return w, fmt.Errorf("reading what waits for subscription %s: %w", id, err)
	}
	return w, nil
}

func scanItem(row scanner) (it alert.Item, err error) {
	var queued int64
	var phase, roles string
	var text []byte
	if err = row.Scan(&queued, &phase, &roles, &text); err != nil {
		return it, err
	}
	err = errors.Join(json.Unmarshal(text, &it.Alert), json.Unmarshal([]byte(roles), &it.Roles))
	it.Queued, it.Phase = fromMicros(queued), alert.Phase(phase)
	return it, err
}

// Outgoing is a message that was put into words, and the alerts that it takes.
type Outgoing struct {
	alert.Message
	Items []string
}

// Settled is what became of what waited for a subscription.
type Settled struct {
	Messages []Outgoing
	// Held are alerts that the publication policy holds back, and until when.
	Held      []string
	HeldUntil time.Time
	// Dropped are those that it held back for too long.
	Dropped []string
	// Look is when to look again; the zero time for when something comes.
	Look time.Time
}

// Settle stores messages and their deliveries, one for each channel of the subscription that is there. A message whose
// items another one has taken meanwhile is an [ErrConflict], and nothing is stored.
func (s *Store) Settle(ctx context.Context, now time.Time, sub alert.Subscription, what Settled) (deliveries int, err error) {
	err = s.update(ctx, func(t *tx) error {
		deliveries = 0
		for _, m := range what.Messages {
			n, err := addMessage(ctx, t, now, sub, m)
			if err != nil {
				return err
			}
			deliveries += n
		}
		for _, id := range what.Held {
			if _, err := t.exec(ctx, "alert_item_hold", sub.ID, id, micros(what.HeldUntil)); err != nil {
				return err
			}
		}
		for _, id := range what.Dropped {
			if _, err := t.exec(ctx, "alert_item_take", sub.ID, id, ""); err != nil {
				return err
			}
		}
		return setLook(ctx, t, now, sub.ID, what.Look)
	})
	if err != nil {
		return 0, fmt.Errorf("settling subscription %s: %w", sub.ID, err)
	}
	return deliveries, nil
}

// setLook says when to look at a subscription again: at the time given, or when the first that is held back may be seen.
func setLook(ctx context.Context, t *tx, now time.Time, id string, at time.Time) error {
	held, err := one(ctx, t, "alert_item_next", scanned[*int64], id, micros(now))
	if err != nil {
		return err
	}
	look := held
	if !at.IsZero() {
		if us := micros(at); look == nil || us < *look {
			look = &us
		}
	}
	_, err = t.exec(ctx, "alert_subscription_look", id, look)
	return err
}

func addMessage(ctx context.Context, t *tx, now time.Time, sub alert.Subscription, m Outgoing) (int, error) {
	text, err := json.Marshal(m.Message)
	if err != nil {
		return 0, err
	}
	if _, err := t.exec(ctx, "alert_message_add", m.ID, sub.ID, micros(now), len(m.Items), text); err != nil {
		return 0, err
	}
	for _, id := range m.Items {
		n, err := t.exec(ctx, "alert_item_take", sub.ID, id, m.ID)
		if err == nil && n != 1 {
			err = fmt.Errorf("alert %s was taken meanwhile: %w", id, ErrConflict)
		}
		if err != nil {
			return 0, err
		}
	}
	deliveries := 0
	for _, channel := range sub.Channels {
		known, err := one(ctx, t, "alert_channel_known", scanned[int], channel)
		if err != nil {
			return 0, err
		}
		if known == 0 {
			continue
		}
		if _, err := t.exec(ctx, "alert_delivery_add", alert.DeliveryID(m.ID, channel), m.ID, channel, micros(now)); err != nil {
			return 0, err
		}
		deliveries++
	}
	return deliveries, nil
}
