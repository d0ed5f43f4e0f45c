package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"pahra/internal/alert"
	"pahra/internal/store"
)

// anAlert makes an alert of a matter and who hears it.
func anAlert(n int, subject string) alert.Alert {
	return alert.Alert{ID: fmt.Sprintf("alert-%d", n), Subject: subject, Kind: "hijack", Phase: alert.Opened, Time: noon(), Since: noon(), Severity: alert.High, Title: "a matter"}
}

func hears(ids ...string) func(*alert.Alert, map[string]alert.Told) []store.Hearing {
	return func(a *alert.Alert, told map[string]alert.Told) (list []store.Hearing) {
		for _, id := range ids {
			if next, phase, news := told[id].Next(a, []alert.Role{alert.Victim}); news {
				list = append(list, store.Hearing{Subscription: id, Phase: phase, Roles: []alert.Role{alert.Victim}, Told: next})
			}
		}
		return list
	}
}

// fillAlerts stores a channel, a subscription and an alert with a message on its way.
func fillAlerts(s *store.Store) error {
	ctx := context.Background()
	sub := alert.Subscription{ID: "s1", Owner: "o1", Name: "ours", Channels: []string{"c1"}}
	_, _, told := s.Tell(ctx, noon(), store.Telling{Memory: map[string][]byte{"AS64500": []byte("{}")}})
	err := errors.Join(told, s.SaveChannel(ctx, noon(), alert.Channel{ID: "c1", Owner: "o1", Kind: alert.Mail, Target: "a@example.org"}, alert.Active),
		s.SaveSubscription(ctx, noon(), sub, false))
	if err != nil {
		return err
	}
	_, _, first := s.Tell(ctx, noon(), store.Telling{Alerts: []alert.Alert{anAlert(1, "x")}, Hear: hears("s1")})
	_, second := s.Settle(ctx, noon(), sub, store.Settled{Messages: []store.Outgoing{{Message: alert.Message{ID: "m1", Subscription: "s1"}, Items: []string{"alert-1"}}}})
	return errors.Join(first, second)
}

func alertsOutbox(t *testing.T, s *store.Store) {
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(fillAlerts(s))
	sub, err := s.Subscription(ctx, "s1")
	must(err)
	if list, err := s.Subscriptions(ctx, "somebody else"); err != nil || len(list) != 0 || sub.Name != "ours" {
		t.Errorf("another's subscriptions are %v, %v; ours is %+v", list, err, sub)
	}

	// The same cause again is no news, with or without its incidents.
	saved, queued, err := s.Tell(ctx, noon(), store.Telling{Incidents: Incidents(1, 3), Alerts: []alert.Alert{anAlert(1, "x"), anAlert(2, "y")}, Hear: hears("s1")})
	if err != nil || queued != 1 || len(saved.New) != 3 {
		t.Errorf("told again: %+v, %d queued, %v", saved, queued, err)
	}
	w, err := s.Waiting(ctx, noon(), "s1", 10)
	must(err)
	if len(w.Items) != 1 || w.Items[0].ID != "alert-2" || len(w.Recent) != 1 || w.Items[0].Phase != alert.Opened {
		t.Errorf("waiting is %+v", w)
	}
	if ids, err := s.LookAt(ctx, noon(), 10); err != nil || gocmp.Diff([]string{"s1"}, ids) != "" {
		t.Errorf("to look at are %v, %v", ids, err)
	}

	// Two that take the same item: the second stores nothing.
	take := func(id string) error {
		_, err := s.Settle(ctx, noon(), sub.Subscription, store.Settled{Messages: []store.Outgoing{{Message: alert.Message{ID: id, Subscription: "s1"}, Items: []string{"alert-2"}}}})
		return err
	}
	must(take("m2"))
	if err := take("m3"); !errors.Is(err, store.ErrConflict) {
		t.Errorf("taken twice: %v", err)
	}
	if n, err := s.Outbox(ctx, noon()); err != nil || n.Waiting != 2 || n.Unplanned != 0 {
		t.Errorf("the outbox has %+v, %v", n, err)
	}
	alertsClaims(t, s)
}

// alertsClaims goes on with two deliveries that wait for one channel.
func alertsClaims(t *testing.T, s *store.Store) {
	ctx, later := context.Background(), noon().Add(time.Minute)
	first, err := s.ClaimDelivery(ctx, noon(), "c1", later)
	if err != nil || first.Attempts != 1 {
		t.Fatalf("claimed %+v, %v", first, err)
	}
	second, err := s.ClaimDelivery(ctx, noon(), "c1", later)
	if err != nil || second.ID == first.ID {
		t.Fatalf("claimed %+v again, %v", second, err)
	}
	if _, err := s.ClaimDelivery(ctx, noon(), "c1", later); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a third claim: %v", err)
	}
	if err := s.Tried(ctx, noon(), first, alert.Attempt{Sent: true}, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Tried(ctx, noon(), second, alert.Attempt{Wait: time.Hour}, "refused"); err != nil {
		t.Fatal(err)
	}
	if ready, err := s.Ready(ctx, noon().Add(59*time.Minute)); err != nil || len(ready) != 0 {
		t.Errorf("ready before the wait is over: %v, %v", ready, err)
	}
	if ready, err := s.Ready(ctx, noon().Add(time.Hour)); err != nil || len(ready) != 1 || ready[0].Failures != 1 {
		t.Errorf("ready after the wait: %+v, %v", ready, err)
	}
	if next, err := s.NextAlert(ctx); err != nil || !next.Equal(noon().Add(time.Hour)) {
		t.Errorf("next at %s, %v", next, err)
	}
	if n, err := s.ExpireDeliveries(ctx, noon().Add(2*time.Hour), noon().Add(time.Hour)); err != nil || n != 1 {
		t.Errorf("%d given up, %v", n, err)
	}
	list, err := s.Deliveries(ctx, store.DeliveryFilter{Owner: "o1", Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatalf("listed %v, %v", list, err)
	}
	rest, err := s.Deliveries(ctx, store.DeliveryFilter{Owner: "o1", After: &list[0]})
	if err != nil || len(rest) != 1 || rest[0].ID == list[0].ID {
		t.Errorf("listed after it %v, %v", rest, err)
	}
	if dead, err := s.Deliveries(ctx, store.DeliveryFilter{State: store.DeliveryDead}); err != nil || len(dead) != 1 || dead[0].Error != "refused" || dead[0].Finished == nil {
		t.Errorf("dead letters are %+v, %v", dead, err)
	}
	if err := errors.Join(s.PruneAlerts(ctx, noon().Add(time.Hour)), s.DeleteSubscription(ctx, "s1"), s.DeleteChannel(ctx, "c1")); err != nil {
		t.Error(err)
	}
	if n, err := s.Outbox(ctx, noon()); err != nil || n != (store.OutboxCounts{}) {
		t.Errorf("after dropping all of it the outbox has %+v, %v", n, err)
	}
}
