package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"pahra/internal/alert"
	"pahra/internal/watch"
)

// Hearing is one subscription that an alert is queued for.
type Hearing struct {
	Subscription string
	Phase        alert.Phase
	Roles        []alert.Role
	Told         alert.Told // what it was told of the matter once this is
}

// Telling is what to queue together with its cause, in one transaction.
type Telling struct {
	// Incidents are stored first, as [Store.SaveIncidents] does.
	Incidents []watch.Incident
	Alerts    []alert.Alert
	// Hear says whom an alert is for, by what subscriptions were told of its matter. It may be asked more than once and
	// must not change anything.
	Hear func(a *alert.Alert, told map[string]alert.Told) []Hearing
	// Memory is what checks remember, by name.
	Memory map[string][]byte
}

// Tell stores a telling, all of it or nothing, and says how many subscriptions hear of something new. The same telling
// again stores nothing new.
func (s *Store) Tell(ctx context.Context, now time.Time, what Telling) (saved Saved, queued int, err error) {
	bodies := make([]body, len(what.Incidents))
	for n, i := range what.Incidents {
		if bodies[n], err = s.bodies.encode(i); err != nil {
			return Saved{}, 0, err
		}
	}
	err = s.update(ctx, func(t *tx) error {
		saved, queued = Saved{}, 0
		for n, i := range what.Incidents {
			if err := saved.save(ctx, t, micros(now), i, bodies[n]); err != nil {
				return fmt.Errorf("saving incident %s: %w", i.ID, err)
			}
		}
		for i := range what.Alerts {
			n, err := queueAlert(ctx, t, now, &what.Alerts[i], what.Hear)
			if err != nil {
				return fmt.Errorf("queueing alert %s: %w", what.Alerts[i].ID, err)
			}
			queued += n
		}
		for _, name := range slices.Sorted(maps.Keys(what.Memory)) {
			if _, err := t.exec(ctx, "alert_memory_put", name, micros(now), what.Memory[name]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Saved{}, 0, fmt.Errorf("storing what is to be told: %w", err)
	}
	return saved, queued, nil
}

// queueAlert stores one alert for those who hear it.
func queueAlert(ctx context.Context, t *tx, now time.Time, a *alert.Alert, hear func(*alert.Alert, map[string]alert.Told) []Hearing) (int, error) {
	told := map[string]alert.Told{}
	rows, err := list(ctx, t, "alert_told_list", func(row scanner) (h Hearing, err error) {
		var text []byte
		if err = row.Scan(&h.Subscription, &text); err != nil {
			return h, err
		}
		return h, json.Unmarshal(text, &h.Told)
	}, a.Subject)
	if err != nil {
		return 0, err
	}
	for _, h := range rows {
		told[h.Subscription] = h.Told
	}
	hearings := hear(a, told)
	if len(hearings) == 0 {
		return 0, nil
	}
	text, err := json.Marshal(a.Stored())
	if err != nil {
		return 0, err
	}
	if _, err := t.exec(ctx, "alert_add", a.ID, a.Subject, string(a.Kind), micros(a.Time), micros(now), text); err != nil {
		return 0, err
	}
	queued := 0
	for _, h := range hearings {
		n, err := queueItem(ctx, t, now, a, h)
		if err != nil {
			return 0, err
		}
		queued += n
	}
	return queued, nil
}

func queueItem(ctx context.Context, t *tx, now time.Time, a *alert.Alert, h Hearing) (int, error) {
	told, first := json.Marshal(h.Told)
	roles, second := json.Marshal(h.Roles)
	if err := errors.Join(first, second); err != nil {
		return 0, err
	}
	n, err := t.exec(ctx, "alert_item_add", h.Subscription, a.ID, micros(now), string(h.Phase), string(roles))
	if err != nil {
		return 0, err
	}
	if _, err = t.exec(ctx, "alert_told_put", a.Subject, h.Subscription, micros(now), told); err == nil {
		_, err = t.exec(ctx, "alert_subscription_sooner", h.Subscription, micros(now))
	}
	return int(n), err
}

// AlertMemory gives what a check remembers under a name; nil where it remembers nothing.
func (s *Store) AlertMemory(ctx context.Context, name string) ([]byte, error) {
	var text []byte
	err := s.view(ctx, func(t *tx) (err error) {
		text, err = one(ctx, t, "alert_memory_get", scanned[[]byte], name)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading what is remembered of %s: %w", name, err)
	}
	return text, nil
}
