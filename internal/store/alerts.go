package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pahra/internal/alert"
)

// StoredChannel is a channel and how it is.
type StoredChannel struct {
	alert.Channel
	State    alert.ChannelState
	Reason   string    // why it is disabled
	Failures int       // in a row
	Later    time.Time // not tried before this
	Updated  time.Time
}

// StoredSubscription is a subscription and whether it takes anything.
type StoredSubscription struct {
	alert.Subscription
	Paused  bool
	Updated time.Time
}

// SaveChannel stores a channel, in place of the one with its id. What it failed at before is forgotten.
func (s *Store) SaveChannel(ctx context.Context, now time.Time, c alert.Channel, state alert.ChannelState) error {
	text, err := json.Marshal(c)
	if err == nil {
		err = s.update(ctx, func(t *tx) error {
			_, err := t.exec(ctx, "alert_channel_put", c.ID, c.Owner, string(state), "", micros(now), text)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("storing channel %s: %w", c.ID, err)
	}
	return nil
}

// SetChannelState says whether a channel is sent to, and why not.
func (s *Store) SetChannelState(ctx context.Context, now time.Time, id string, state alert.ChannelState, reason string) error {
	err := s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "alert_channel_state", id, string(state), reason, micros(now))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("changing channel %s: %w", id, err)
	}
	return nil
}

// Channel gives a channel; the error is [ErrNotFound] where there is none.
func (s *Store) Channel(ctx context.Context, id string) (StoredChannel, error) {
	var c StoredChannel
	err := s.view(ctx, func(t *tx) (err error) {
		c, err = one(ctx, t, "alert_channel_get", scanChannel, id)
		return err
	})
	if err != nil {
		return c, fmt.Errorf("reading channel %s: %w", id, err)
	}
	return c, nil
}

// Channels gives the channels of an account, or all where owner is empty, by id.
func (s *Store) Channels(ctx context.Context, owner string) (out []StoredChannel, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		out, err = list(ctx, t, "alert_channel_list", scanChannel, owner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading channels: %w", err)
	}
	return out, nil
}

// DeleteChannel drops a channel and what was on its way to it.
func (s *Store) DeleteChannel(ctx context.Context, id string) error {
	err := s.update(ctx, func(t *tx) error {
		_, first := t.exec(ctx, "alert_channel_delete_deliveries", id)
		_, second := t.exec(ctx, "alert_channel_delete", id)
		return errors.Join(first, second)
	})
	if err != nil {
		return fmt.Errorf("dropping channel %s: %w", id, err)
	}
	return nil
}

func scanChannel(row scanner) (c StoredChannel, err error) {
	var text []byte
	var later, updated int64
	if err = row.Scan(&c.ID, &c.State, &c.Reason, &c.Failures, &later, &updated, &text); err != nil {
		return c, err
	}
	c.Updated = fromMicros(updated)
	if later != 0 {
		c.Later = fromMicros(later)
	}
	return c, json.Unmarshal(text, &c.Channel)
}

// SaveSubscription stores a subscription, in place of the one with its id.
func (s *Store) SaveSubscription(ctx context.Context, now time.Time, sub alert.Subscription, paused bool) error {
	text, err := json.Marshal(sub)
	flag := 0
	if paused {
		flag = 1
	}
	if err == nil {
		err = s.update(ctx, func(t *tx) error {
			_, err := t.exec(ctx, "alert_subscription_put", sub.ID, sub.Owner, flag, micros(now), text)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("storing subscription %s: %w", sub.ID, err)
	}
	return nil
}

// Subscription gives a subscription; the error is [ErrNotFound] where there is none.
func (s *Store) Subscription(ctx context.Context, id string) (StoredSubscription, error) {
	var out StoredSubscription
	err := s.view(ctx, func(t *tx) (err error) {
		out, err = one(ctx, t, "alert_subscription_get", scanSubscription, id)
		return err
	})
	if err != nil {
		return out, fmt.Errorf("reading subscription %s: %w", id, err)
	}
	return out, nil
}

// Subscriptions gives the subscriptions of an account, or all where owner is empty, by id.
func (s *Store) Subscriptions(ctx context.Context, owner string) (out []StoredSubscription, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		out, err = list(ctx, t, "alert_subscription_list", scanSubscription, owner)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading subscriptions: %w", err)
	}
	return out, nil
}

// DeleteSubscription drops a subscription with all that waits for it and was sent for it.
func (s *Store) DeleteSubscription(ctx context.Context, id string) error {
	err := s.update(ctx, func(t *tx) error {
		for _, query := range []string{"alert_subscription_clear_told", "alert_subscription_clear_items", "alert_subscription_clear_deliveries",
			"alert_subscription_clear_messages", "alert_subscription_delete"} {
			if _, err := t.exec(ctx, query, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("dropping subscription %s: %w", id, err)
	}
	return nil
}

func scanSubscription(row scanner) (out StoredSubscription, err error) {
	var text []byte
	var paused, updated int64
	if err = row.Scan(&out.ID, &paused, &updated, &text); err != nil {
		return out, err
	}
	out.Paused, out.Updated = paused != 0, fromMicros(updated)
	return out, json.Unmarshal(text, &out.Subscription)
}
