package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"time"

	"pahra/internal/alert"
)

// DeliveryState says where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	DeliveryWaiting DeliveryState = "waiting"
	DeliverySent    DeliveryState = "sent"
	DeliveryDead    DeliveryState = "dead" // given up: a dead letter
)

// Claimed is a delivery whose try is under way.
type Claimed struct {
	ID       string
	Channel  StoredChannel
	Message  alert.Message
	Queued   time.Time
	Attempts int // with this one
}

// Ready gives the channels that have something to send and may be tried now.
func (s *Store) Ready(ctx context.Context, now time.Time) (out []StoredChannel, err error) {
	err = s.view(ctx, func(t *tx) (err error) {
		out, err = list(ctx, t, "alert_delivery_channels", scanChannel, micros(now), micros(now.Add(clockSlack)))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the outbox: %w", err)
	}
	return out, nil
}

// ClaimDelivery takes the oldest delivery that waits for a channel, so that nobody else tries it before until. The error is
// [ErrNotFound] where none waits. A claim whose process died is free again after until: a message may be sent twice, and
// none is lost.
func (s *Store) ClaimDelivery(ctx context.Context, now time.Time, channel string, until time.Time) (c Claimed, err error) {
	err = s.update(ctx, func(t *tx) error {
		c, err = one(ctx, t, "alert_delivery_first", scanClaimed, channel, micros(now), micros(now.Add(clockSlack)))
		if err != nil {
			return err
		}
		c.Attempts++
		if c.Channel, err = one(ctx, t, "alert_channel_get", scanChannel, channel); err != nil {
			return err
		}
		_, err = t.exec(ctx, "alert_delivery_claim", c.ID, micros(until))
		return err
	})
	if err != nil {
		return c, fmt.Errorf("claiming a delivery of channel %s: %w", channel, err)
	}
	return c, nil
}

func scanClaimed(row scanner) (c Claimed, err error) {
	var queued int64
	var text []byte
	if err = row.Scan(&c.ID, &queued, &c.Attempts, &text); err != nil {
		return c, err
	}
	c.Queued = fromMicros(queued)
	return c, json.Unmarshal(text, &c.Message)
}

// Tried stores what became of a claimed delivery, and of its channel: after a success it is tried again at once, after a
// failure not before the wait is over.
func (s *Store) Tried(ctx context.Context, now time.Time, c Claimed, what alert.Attempt, failure string) error {
	err := s.update(ctx, func(t *tx) error {
		var err error
		switch {
		case what.Sent:
			_, err = t.exec(ctx, "alert_delivery_end", c.ID, string(DeliverySent), "", micros(now))
		case what.Dead:
			_, err = t.exec(ctx, "alert_delivery_end", c.ID, string(DeliveryDead), failure, micros(now))
		default:
			_, err = t.exec(ctx, "alert_delivery_again", c.ID, failure)
		}
		if err != nil {
			return err
		}
		if what.Disable {
			_, err = t.exec(ctx, "alert_channel_state", c.Channel.ID, string(alert.Disabled), failure, micros(now))
			return err
		}
		failures, later := c.Channel.Failures, int64(0)
		if what.Sent {
			failures = 0
		} else if what.Wait > 0 {
			failures, later = failures+1, micros(now.Add(what.Wait))
		}
		_, err = t.exec(ctx, "alert_channel_rest", c.Channel.ID, failures, later)
		return err
	})
	if err != nil {
		return fmt.Errorf("storing what became of delivery %s: %w", c.ID, err)
	}
	return nil
}

// NextAlert gives when something is to be planned or sent next; the zero time where nothing waits.
func (s *Store) NextAlert(ctx context.Context) (next time.Time, err error) {
	err = s.view(ctx, func(t *tx) error {
		for _, query := range []string{"alert_subscription_next", "alert_delivery_next"} {
			us, err := one(ctx, t, query, scanned[*int64])
			if err != nil {
				return err
			}
			if us != nil && (next.IsZero() || fromMicros(*us).Before(next)) {
				next = fromMicros(*us)
			}
		}
		return nil
	})
	if err != nil {
		return next, fmt.Errorf("reading when to look next: %w", err)
	}
	return next, nil
}

// Delivery is a row of the outbox for people.
type Delivery struct {
	ID       string        `json:"id"`
	Message  string        `json:"message"`
	Channel  string        `json:"channel"`
	Name     string        `json:"name"` // of the channel
	Kind     string        `json:"kind"` // of the channel
	State    DeliveryState `json:"state"`
	Subject  string        `json:"subject"`
	Queued   time.Time     `json:"queued"`
	Attempts int           `json:"attempts"`
	Error    string        `json:"error,omitempty"` // of the last try
	Finished *time.Time    `json:"finished"`        // when it was sent or given up
}

// DeliveryFilter chooses deliveries. The zero value chooses all.
type DeliveryFilter struct {
	State DeliveryState
	Owner string    // of the channel
	After *Delivery // those older than this one
	Limit int       // 100 unless set
}

// Deliveries lists the outbox, the newest first.
func (s *Store) Deliveries(ctx context.Context, f DeliveryFilter) (out []Delivery, err error) {
	before, id := int64(math.MaxInt64), ""
	if f.After != nil {
		before, id = micros(f.After.Queued), f.After.ID
	}
	if f.Limit <= 0 {
		f.Limit = 100
	}
	err = s.view(ctx, func(t *tx) (err error) {
		out, err = list(ctx, t, "alert_delivery_list", scanDelivery, string(f.State), f.Owner, before, id, f.Limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the outbox: %w", err)
	}
	return out, nil
}

func scanDelivery(row scanner) (d Delivery, err error) {
	var queued int64
	var finished *int64
	var channel, message []byte
	if err = row.Scan(&d.ID, &d.Message, &d.Channel, &d.State, &queued, &d.Attempts, &d.Error, &finished, &channel, &message); err != nil {
		return d, err
	}
	var c alert.Channel
	var m alert.Message
	err = errors.Join(json.Unmarshal(channel, &c), json.Unmarshal(message, &m))
	d.Queued, d.Finished, d.Name, d.Kind, d.Subject = fromMicros(queued), fromOptional(finished), c.Name, string(c.Kind), m.Subject
	return d, err
}

// Revive has a dead letter of a channel tried again; the error is [ErrNotFound] where there is no such dead letter.
func (s *Store) Revive(ctx context.Context, now time.Time, channel, id string) error {
	err := s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "alert_delivery_revive", id, micros(now), channel)
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("reviving delivery %s: %w", id, err)
	}
	return nil
}

// OutboxCounts are how much is in the outbox.
type OutboxCounts struct {
	Unplanned int       // alerts that wait for a message
	Held      int       // of these, those that the publication policy holds back
	Waiting   int       // deliveries
	Sent      int       // deliveries that are still kept
	Dead      int       // deliveries that were given up
	Oldest    time.Time // of the waiting deliveries; zero where there is none
}

// Outbox counts what is in the outbox.
func (s *Store) Outbox(ctx context.Context, now time.Time) (n OutboxCounts, err error) {
	err = s.view(ctx, func(t *tx) error {
		items, err := t.stmt(ctx, "alert_item_counts")
		if err != nil {
			return err
		}
		if err := items.QueryRowContext(ctx, micros(now)).Scan(&n.Unplanned, &n.Held); err != nil {
			return err
		}
		_, err = list(ctx, t, "alert_delivery_counts", func(row scanner) (none sql.NullInt64, err error) {
			var state DeliveryState
			var count int
			var oldest int64
			err = row.Scan(&state, &count, &oldest)
			switch state {
			case DeliveryWaiting:
				n.Waiting, n.Oldest = count, fromMicros(oldest)
			case DeliverySent:
				n.Sent = count
			case DeliveryDead:
				n.Dead = count
			}
			return none, err
		})
		return err
	})
	if err != nil {
		return n, fmt.Errorf("counting the outbox: %w", err)
	}
	return n, nil
}

// ExpireDeliveries gives up what was queued before a time and is not under way, and says how many those were.
func (s *Store) ExpireDeliveries(ctx context.Context, now, before time.Time) (n int, err error) {
	err = s.update(ctx, func(t *tx) error {
		rows, err := t.exec(ctx, "alert_delivery_expire", micros(now), micros(before))
		n = int(rows)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("giving up old deliveries: %w", err)
	}
	return n, nil
}

// PruneAlerts drops what was sent, given up or told before a time. What waits stays.
func (s *Store) PruneAlerts(ctx context.Context, before time.Time) error {
	err := s.update(ctx, func(t *tx) error {
		for _, query := range []string{"alert_prune_deliveries", "alert_prune_messages", "alert_prune_items", "alert_prune_told", "alert_prune_alerts"} {
			if _, err := t.exec(ctx, query, micros(before)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("pruning alerts: %w", err)
	}
	return nil
}
