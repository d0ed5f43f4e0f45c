package service

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pahra/internal/alert"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// A mail server that hangs, with fifty mailboxes waiting for it, and ten hosts that hang: another host's channel gets its
// message at once, and the loop ends when it is told to.
func TestAlertsHangingChannels(t *testing.T) {
	url := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d := newDesk(t, s)
		d.now = time.Now()
		d.settings(time.Now)
		arrived := make(chan time.Time, 100)
		d.post.do = func(ctx context.Context, c alert.Channel) error {
			if c.ID != "well" {
				<-ctx.Done()
				return errors.Join(errors.New("it hangs"), ctx.Err())
			}
			arrived <- time.Now()
			return nil
		}
		for n := range 50 {
			d.channel(fmt.Sprintf("a-mail-%d", n), alert.Mail, "a@example.org")
		}
		for n := range 10 {
			d.channel(fmt.Sprintf("b-host-%d", n), alert.Webhook, fmt.Sprintf("https://host%d.example/", n))
		}
		d.channel("well", alert.Webhook, "https://well.example/")
		channels, err := s.Channels(t.Context(), "")
		d.must(err)
		for n, c := range channels {
			d.subscribe(alert.Subscription{ID: fmt.Sprintf("s%02d", n), Networks: []values.ASN{64502}, Channels: []string{c.ID}, GatherSeconds: -1})
		}
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		synctest.Wait()
		for n := range 3 {
			began := time.Now()
			_, err := d.Incidents(t.Context(), began, []watch.Incident{alertIncident(n, 64500, false)})
			d.must(err)
			if took := (<-arrived).Sub(began); took > 3*time.Second {
				t.Errorf("message %d arrived after %s", n, took)
			}
			time.Sleep(7 * time.Minute) // of the bubble
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if n, err := s.Outbox(t.Context(), time.Now()); err != nil || n.Sent != 3 || n.Waiting != 60*3 || n.Dead != 0 {
			t.Errorf("the outbox has %+v, %v", n, err)
		}
	})
}

// The loop sends what was queued before it began, and what comes while it rests.
func TestAlertsRun(t *testing.T) {
	url := storetest.SQLite(t)
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(context.Background(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		d := newDesk(t, s)
		d.now = time.Now()
		d.settings(time.Now)
		d.channel("c", alert.Mail, "a@example.org")
		d.subscribe(alert.Subscription{ID: "s", Networks: []values.ASN{64502}, Channels: []string{"c"}})
		_, err = d.Incidents(t.Context(), time.Now(), []watch.Incident{alertIncident(1, 64500, false)})
		d.must(err)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- d.Run(ctx) }()
		time.Sleep(alert.DefaultGather + 2*time.Second)
		synctest.Wait()
		if n := d.post.count(); n != 1 {
			t.Errorf("%d went out after the burst was gathered", n)
		}
		time.Sleep(5 * time.Hour)
		_, err = d.Incidents(t.Context(), time.Now(), []watch.Incident{alertIncident(1, 64500, true), alertIncident(2, 64500, false)})
		d.must(err)
		time.Sleep(alert.DefaultGather + 2*time.Second)
		synctest.Wait()
		if got, n := d.Stats(), d.post.count(); n != 2 || got.Messages != 2 || got.Queued != 3 || got.Sent != 2 || got.Errors != 0 {
			t.Errorf("%d went out: %+v", n, got)
		}
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}
