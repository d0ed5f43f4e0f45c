package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pahra/internal/alert"
	"pahra/internal/programme"
	"pahra/internal/store"
	"pahra/internal/store/storetest"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// post is a deliverer that keeps what it is given.
type post struct {
	mu   sync.Mutex
	sent map[string][]alert.Message // by delivery
	to   map[string]int             // deliveries by channel
	// do decides on a delivery, if it is set.
	do func(ctx context.Context, c alert.Channel) error
}

func (p *post) Deliver(ctx context.Context, c alert.Channel, delivery string, m alert.Message) error {
	if p.do != nil {
		if err := p.do(ctx, c); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sent == nil {
		p.sent, p.to = map[string][]alert.Message{}, map[string]int{}
	}
	p.sent[delivery] = append(p.sent[delivery], m)
	p.to[c.ID]++
	return nil
}

// count is how many deliveries went out.
func (p *post) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

// desk is an alerter with all around it.
type desk struct {
	t     testing.TB
	store *store.Store
	now   time.Time
	post  *post
	tell  func(alert.Subscription, alert.Alert) bool
	told  atomic.Int64
	*Alerter
}

var alertNoon = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

func newDesk(t testing.TB, s *store.Store) *desk {
	d := &desk{t: t, store: s, now: alertNoon, post: &post{}, tell: func(alert.Subscription, alert.Alert) bool { return true }}
	d.restart()
	return d
}

// restart forgets all that is not in the store.
func (d *desk) restart() {
	d.settings(func() time.Time { return d.now })
}

func (d *desk) settings(now func() time.Time) {
	var err error
	d.Alerter, err = NewAlerter(AlertSettings{
		Store: d.store, Now: now, Deliver: d.post, Chance: func() float64 { return 0.5 }, Log: slog.New(slog.DiscardHandler),
		Show: func(_ context.Context, s alert.Subscription, a alert.Alert) (alert.Alert, bool, error) {
			return a, d.tell(s, a), nil
		},
		Resolve: func(name string) ([]values.ASN, error) {
			if name == "association" {
				return []values.ASN{64500, 64502}, nil
			}
			return nil, errors.New("not known")
		},
		Parties: func(watch.Incident) map[values.ASN]programme.Network { return nil },
		Links:   AlertLinks{func(id string) string { return "https://p.example/incident/" + id }, func(values.ASN) string { return "" }, func(string) string { return "" }, ""},
		Told:    func(context.Context, alert.Channel, alert.Message) error { d.told.Add(1); return nil },
	})
	d.must(err)
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) subscribe(s alert.Subscription) {
	d.t.Helper()
	s.Name = s.ID
	d.must(s.Check())
	d.must(d.store.SaveSubscription(context.Background(), d.now, s, false))
	d.Changed()
}

func (d *desk) channel(id string, kind alert.ChannelKind, target string) {
	d.t.Helper()
	d.must(d.store.SaveChannel(context.Background(), d.now, alert.Channel{ID: id, Name: id, Kind: kind, Target: target}, alert.Active))
}

// drain lets the time go on until nothing is due any more, at most for days.
func (d *desk) drain(days int) {
	d.t.Helper()
	ctx := context.Background()
	for end := d.now.AddDate(0, 0, days); d.now.Before(end); {
		_, err := d.plan(ctx)
		d.must(err)
		ready, err := d.store.Ready(ctx, d.now)
		d.must(err)
		for _, c := range ready {
			d.must(d.sendOne(ctx, c.ID))
		}
		if len(ready) > 0 {
			continue
		}
		next, err := d.store.NextAlert(ctx)
		d.must(err)
		if next.IsZero() {
			return
		}
		d.now = later(next, d.now.Add(time.Second))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// alertIncident makes a hijack by one network of another, open or ended.
func alertIncident(n int, by values.ASN, ended bool) watch.Incident {
	victim := values.ASN(64502)
	i := watch.Incident{ID: fmt.Sprintf("%032d", n), Kind: watch.Hijack, ASN: by, Victim: &victim, Prefixes: []netip.Prefix{netip.MustParsePrefix(fmt.Sprintf("192.0.%d.0/24", n%256))},
		Start: alertNoon, Status: watch.Open, Attribution: watch.Supported, Confidence: 0.9}
	if ended {
		end := alertNoon.Add(time.Hour)
		i.End, i.Status = &end, watch.Ended
	}
	return i
}

// What was fed, and killed between any two steps, and fed again from an older point: each matter's opening or end is told
// in one message and no other, each message goes out, and when twice, then under the same id.
func TestAlertsSurviveKills(t *testing.T) {
	s, runs := storetest.Open(t, storetest.SQLite(t)), 0
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t, s)
		runs++
		base := 1000 * runs // of the incidents' numbers
		defer func() {
			d.must(errors.Join(s.DeleteSubscription(context.Background(), "s"), s.DeleteChannel(context.Background(), "a"), s.DeleteChannel(context.Background(), "b")))
		}()
		d.channel("a", alert.Mail, "a@example.org")
		d.channel("b", alert.Webhook, "https://b.example")
		d.subscribe(alert.Subscription{ID: "s", Networks: []values.ASN{64502}, Channels: []string{"a", "b"}, PerHour: 5})
		const matters = 4
		type fed struct {
			at   time.Time
			list []watch.Incident
		}
		var history []fed
		for n := range matters {
			history = append(history, fed{alertNoon.Add(time.Duration(2*n) * time.Minute), []watch.Incident{alertIncident(base+n, 64500, false)}})
		}
		for n := range matters {
			history = append(history, fed{alertNoon.Add(time.Hour + time.Duration(n)*time.Minute), []watch.Incident{alertIncident(base+n, 64500, true)}})
		}
		ctx, at := context.Background(), 0
		for at < len(history) {
			switch rapid.IntRange(0, 5).Draw(rt, "step") {
			case 0, 1:
				_, err := d.Incidents(ctx, history[at].at, history[at].list)
				d.must(err)
				at++
			case 2:
				_, err := d.plan(ctx)
				d.must(err)
			case 3:
				ready, err := d.store.Ready(ctx, d.now)
				d.must(err)
				for _, c := range ready {
					d.must(d.sendOne(ctx, c.ID))
				}
			case 4: // killed while a message is under way: it may have gone out or not
				ready, err := d.store.Ready(ctx, d.now)
				d.must(err)
				for _, c := range ready {
					claimed, err := d.store.ClaimDelivery(ctx, d.now, c.ID, d.now.Add(claimFor))
					d.must(err)
					if rapid.Bool().Draw(rt, "went out") {
						d.must(d.deliver(ctx, claimed))
					}
				}
				d.restart()
			case 5: // killed, and back at an older checkpoint
				d.restart()
				at = rapid.IntRange(0, at).Draw(rt, "checkpoint")
			}
			d.now = d.now.Add(time.Duration(rapid.IntRange(0, 40).Draw(rt, "seconds")) * time.Second)
		}
		d.drain(5)
		checkTold(rt, d, base, matters)
	})
}

// checkTold holds that every matter's end was told once, and nothing twice under two names.
func checkTold(t *rapid.T, d *desk, base, matters int) {
	told := map[string]map[string]bool{} // messages by subject and phase
	for delivery, copies := range d.post.sent {
		for _, m := range copies {
			if m.Text != copies[0].Text {
				t.Fatalf("delivery %s went out with two texts", delivery)
			}
			for _, a := range m.Alerts {
				key := a.Subject + " " + string(a.Phase)
				if told[key] == nil {
					told[key] = map[string]bool{}
				}
				told[key][m.ID] = true
			}
		}
	}
	for n := base; n < base+matters; n++ {
		subject := fmt.Sprintf("incident %032d", n)
		if got := len(told[subject+" ended"]); got != 1 {
			t.Fatalf("the end of matter %d is in %d messages", n, got)
		}
		if got := len(told[subject+" opened"]); got > 1 {
			t.Fatalf("the opening of matter %d is in %d messages", n, got)
		}
	}
	counts, err := d.store.Outbox(context.Background(), d.now)
	if err != nil || counts.Unplanned+counts.Waiting+counts.Dead != 0 || counts.Sent != len(d.post.sent) || counts.Sent%2 != 0 {
		t.Fatalf("%+v is left, %d deliveries went out, %v", counts, len(d.post.sent), err)
	}
}

// Who is told, of what, and when the publication policy lets it be.
func TestAlertsPolicy(t *testing.T) {
	d := newDesk(t, storetest.Open(t, storetest.SQLite(t)))
	d.channel("c", alert.Mail, "a@example.org")
	for id, networks := range map[string][]values.ASN{"announcer": {64500}, "stranger": {1}, "public": nil} {
		d.subscribe(alert.Subscription{ID: id, Networks: networks, Channels: []string{"c"}, GatherSeconds: -1})
	}
	d.subscribe(alert.Subscription{ID: "members", Neighbourhoods: []string{"association", "no such"}, Roles: []alert.Role{alert.Victim}, Channels: []string{"c", "gone"}, GatherSeconds: -1})
	published := alertNoon.Add(72 * time.Hour)
	d.tell = func(s alert.Subscription, _ alert.Alert) bool { return s.ID != "public" || !d.now.Before(published) }
	_, err := d.Incidents(t.Context(), alertNoon, []watch.Incident{alertIncident(1, 64500, false)})
	d.must(err)
	d.drain(1)
	if got := d.subjects(); !slices.Equal(got, []string{"announcer", "members"}) || d.told.Load() != 2 {
		t.Errorf("at once %q were told, %d noted", got, d.told.Load())
	}
	if got, err := d.store.Incident(t.Context(), alertIncident(1, 64500, false).ID); err != nil || got.Incident.ASN != 64500 {
		t.Errorf("the incident was stored as %+v, %v", got, err)
	}
	d.drain(4)
	if got := d.subjects(); !slices.Equal(got, []string{"announcer", "members", "public"}) || d.now.Before(published) {
		t.Errorf("at %s %q were told", d.now, got)
	}

	d.tell = func(alert.Subscription, alert.Alert) bool { return false }
	_, err = d.Incidents(t.Context(), d.now, []watch.Incident{alertIncident(2, 64500, false)})
	d.must(err)
	_, err = d.Incidents(t.Context(), alertNoon, []watch.Incident{alertIncident(3, 64500, false)}) // days old: no news
	d.must(err)
	d.drain(40)
	if n, err := d.store.Outbox(t.Context(), d.now); err != nil || n.Unplanned != 0 || d.Stats().Dropped != 3 {
		t.Errorf("what may never be told: %+v, %+v, %v", n, d.Stats(), err)
	}
}

// subjects names who was told, in order.
func (d *desk) subjects() (list []string) {
	for _, copies := range d.post.sent {
		list = append(list, copies[0].Subscription)
	}
	slices.Sort(list)
	return list
}

// A channel that fails is tried ten times over days, then its message is a dead letter that can be revived; one that says
// that it is gone is disabled.
func TestAlertsDeadLetters(t *testing.T) {
	d := newDesk(t, storetest.Open(t, storetest.SQLite(t)))
	d.channel("c", alert.Webhook, "https://x.example")
	d.subscribe(alert.Subscription{ID: "s", Networks: []values.ASN{64502}, Channels: []string{"c"}, GatherSeconds: -1})
	tries := 0
	d.post.do = func(context.Context, alert.Channel) error { tries++; return errors.New("refused\x1b[2J") }
	_, err := d.Incidents(t.Context(), alertNoon, []watch.Incident{alertIncident(1, 64500, false)})
	d.must(err)
	d.drain(10)
	list, err := d.store.Deliveries(t.Context(), store.DeliveryFilter{State: store.DeliveryDead})
	if err != nil || len(list) != 1 || tries != alert.MaxAttempts || list[0].Attempts != tries || strings.Contains(list[0].Error, "\x1b") || d.Stats().Dead != 1 {
		t.Fatalf("after %d tries the dead letters are %+v, %v", tries, list, err)
	}
	if took := d.now.Sub(alertNoon); took < 2*24*time.Hour || took > 4*24*time.Hour {
		t.Errorf("it was tried for %s", took)
	}
	d.must(d.store.Revive(t.Context(), d.now, "c", list[0].ID))
	d.post.do = nil
	d.now = d.now.Add(alert.LongestWait)
	d.drain(1)
	if len(d.post.sent) != 1 {
		t.Errorf("revived, %d went out", len(d.post.sent))
	}

	d.post.do = func(context.Context, alert.Channel) error {
		return &alert.Failure{Err: errors.New("410"), Gone: true}
	}
	_, err = d.Incidents(t.Context(), d.now, []watch.Incident{alertIncident(2, 64500, false)})
	d.must(err)
	d.drain(1)
	if c, err := d.store.Channel(t.Context(), "c"); err != nil || c.State != alert.Disabled || c.Reason != "410" {
		t.Errorf("a channel that is gone is %+v, %v", c, err)
	}
}

// The clock is put back by a year: what waits goes out all the same.
func TestAlertsClockPutBack(t *testing.T) {
	d := newDesk(t, storetest.Open(t, storetest.SQLite(t)))
	d.channel("c", alert.Mail, "a@example.org")
	d.subscribe(alert.Subscription{ID: "s", Networks: []values.ASN{64502}, Channels: []string{"c"}})
	fail := true
	d.post.do = func(context.Context, alert.Channel) error {
		if fail {
			return errors.New("refused")
		}
		return nil
	}
	_, err := d.Incidents(t.Context(), alertNoon, []watch.Incident{alertIncident(1, 64500, false)})
	d.must(err)
	d.now = d.now.Add(time.Minute)
	_, err = d.plan(t.Context())
	d.must(err)
	d.must(d.sendOne(t.Context(), "c"))
	fail = false
	d.now = alertNoon.AddDate(-1, 0, 0)
	_, err = d.Incidents(t.Context(), alertNoon.Add(time.Minute), []watch.Incident{alertIncident(2, 64500, false)})
	d.must(err)
	d.drain(1)
	if len(d.post.sent) != 2 {
		t.Errorf("%d deliveries went out", len(d.post.sent))
	}
}
