package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pahra/internal/alert"
	"pahra/internal/programme"
	"pahra/internal/store"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// Deliverer sends one message to one channel, once. An [*alert.Failure] says what to do about an error. Safe for
// concurrent use; it ends when its context does.
type Deliverer interface {
	Deliver(ctx context.Context, c alert.Channel, delivery string, m alert.Message) error
}

// AlertSettings are what an [Alerter] works with. All of it is needed but for Told.
type AlertSettings struct {
	Store *store.Store
	Now   func() time.Time
	// Show gives an alert as a subscription's owner may see it by the publication policy, and whether they may at all. It
	// is asked before each message; what may not be told waits until it may.
	Show func(context.Context, alert.Subscription, alert.Alert) (alert.Alert, bool, error)
	// Resolve gives the networks of a neighbourhood.
	Resolve func(neighbourhood string) ([]values.ASN, error)
	// Parties gives what is known of the networks with a part in an incident.
	Parties func(watch.Incident) map[values.ASN]programme.Network
	Links   AlertLinks
	Deliver Deliverer
	// Told is called once a message has gone out, if it is set: so the publication policy learns that a holder knows.
	Told   func(ctx context.Context, channel alert.Channel, m alert.Message) error
	Chance func() float64 // from 0 to 1
	Log    *slog.Logger
}

// AlertLinks say where pages are; each may give "".
type AlertLinks struct {
	Incident     func(id string) string
	Network      func(values.ASN) string
	Subscription func(id string) string
	Sources      string
}

// AlertStats count what an [Alerter] did since it was made.
type AlertStats struct {
	Queued   int64 // alerts for a subscription
	Messages int64
	Held     int64 // times that the publication policy held an alert back
	Dropped  int64 // alerts that it held back for too long
	Sent     int64 // deliveries
	Failed   int64 // tries
	Dead     int64 // deliveries given up
	Errors   int64 // of the store and of those that were asked
}

// Alerter tells subscribers of incidents, of their own routes and of the sources. Queueing is part of the transaction
// that stores the cause; planning and sending go on in [Alerter.Run], and go on where they were when the process died.
// Safe for concurrent use.
type Alerter struct {
	set  AlertSettings
	wake chan struct{}

	mu      sync.Mutex
	subs    []store.StoredSubscription
	subsAt  time.Time
	members map[string]memberSet

	horizonMu sync.Mutex
	horizon   horizonCache

	queued, messages, held, dropped, sent, failed, dead, errs atomic.Int64
}

// NewAlerter gives an alerter.
func NewAlerter(set AlertSettings) (*Alerter, error) {
	if set.Store == nil || set.Now == nil || set.Show == nil || set.Resolve == nil || set.Parties == nil || set.Chance == nil || set.Deliver == nil || set.Log == nil ||
		set.Links.Incident == nil || set.Links.Network == nil || set.Links.Subscription == nil {
		return nil, errors.New("an alerter lacks a part that it needs")
	}
	return &Alerter{set: set, wake: make(chan struct{}, 1), members: map[string]memberSet{}}, nil
}

// Stats gives the counters.
func (a *Alerter) Stats() AlertStats {
	return AlertStats{Queued: a.queued.Load(), Messages: a.messages.Load(), Held: a.held.Load(), Dropped: a.dropped.Load(),
		Sent: a.sent.Load(), Failed: a.failed.Load(), Dead: a.dead.Load(), Errors: a.errs.Load()}
}

// Incidents stores incidents that opened, changed or ended, as they stand at a moment of the data, and queues who is to
// be told, in one transaction. To store the same again, as after a restart from an older checkpoint, tells nothing again.
func (a *Alerter) Incidents(ctx context.Context, at time.Time, changed []watch.Incident) (store.Saved, error) {
	subs, err := a.subscriptions(ctx)
	if err != nil {
		return store.Saved{}, err
	}
	alerts := make([]alert.Alert, 0, len(changed))
	if len(subs) > 0 {
		for _, i := range changed {
			alerts = append(alerts, alert.OfIncident(i, at, a.set.Parties(i), a.set.Links.Incident(i.ID)))
		}
	}
	return a.tell(ctx, store.Telling{Incidents: changed, Alerts: alerts, Hear: a.hearer(subs)})
}

// Sources queues what administrators are to know of the sources.
func (a *Alerter) Sources(ctx context.Context, now time.Time, states []alert.SourceState) error {
	const name = "sources"
	var m alert.SourceMemory
	if err := a.remembered(ctx, name, &m); err != nil {
		return err
	}
	subs, err := a.subscriptions(ctx)
	if err != nil {
		return err
	}
	next, alerts := alert.Sources(m, now, states, a.set.Links.Sources)
	if len(alerts) == 0 {
		return nil // then nothing to remember has changed either
	}
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("writing down what is remembered of the sources: %w", err)
	}
	_, err = a.tell(ctx, store.Telling{Alerts: alerts, Hear: a.hearer(subs), Memory: map[string][]byte{name: text}})
	return err
}

// Deadline queues what those who may see a case are to know of one of its deadlines. The same reminder again tells nothing.
func (a *Alerter) Deadline(ctx context.Context, al alert.Alert) error {
	subs, err := a.subscriptions(ctx)
	if err != nil {
		return err
	}
	var may []store.StoredSubscription
	for _, sub := range subs {
		if _, wants := sub.Match(&al, a.isMember); !wants || sub.Paused {
			continue
		}
		_, ok, err := a.set.Show(ctx, sub.Subscription, al)
		if err != nil {
			return err
		}
		if ok {
			may = append(may, sub)
		}
	}
	_, err = a.tell(ctx, store.Telling{Alerts: []alert.Alert{al}, Hear: a.hearer(may)})
	return err
}

// remembered reads what a check remembers.
func (a *Alerter) remembered(ctx context.Context, name string, into any) error {
	text, err := a.set.Store.AlertMemory(ctx, name)
	if err != nil || text == nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("reading what is remembered of %s: %w", name, err)
	}
	return nil
}

func (a *Alerter) tell(ctx context.Context, what store.Telling) (store.Saved, error) {
	saved, queued, err := a.set.Store.Tell(ctx, a.set.Now(), what)
	if err != nil {
		return saved, err
	}
	a.queued.Add(int64(queued))
	if queued > 0 {
		a.nudge()
	}
	return saved, nil
}

// nudge has the loop look now.
func (a *Alerter) nudge() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// hearer says whom an alert is for. Who was told of a matter is told of its end whatever it looks like by then.
// What is older than a day when it is found, as in archives that were put there later, is no news to those who were not
// told of it before.
func (a *Alerter) hearer(subs []store.StoredSubscription) func(*alert.Alert, map[string]alert.Told) []store.Hearing {
	now := a.set.Now()
	return func(al *alert.Alert, told map[string]alert.Told) (list []store.Hearing) {
		for i := range subs {
			sub := &subs[i]
			was, before := told[sub.ID]
			roles, ok := sub.Match(al, a.isMember)
			if !ok && before && al.Phase == alert.Ended {
				roles, ok = was.Roles, true
			}
			if !ok || sub.Paused {
				continue
			}
			if !before && now.Sub(al.Time) > newsFor {
				continue
			}
			next, phase, news := was.Next(al, roles)
			if !news || before && sub.NoFollowUp {
				continue
			}
			list = append(list, store.Hearing{Subscription: sub.ID, Phase: phase, Roles: roles, Told: next})
		}
		return list
	}
}

// How long subscriptions and members are used before they are read again.
const (
	subscriptionsFor = 10 * time.Second
	membersFor       = 10 * time.Minute
	unknownFor       = 30 * time.Second // one that could not be resolved
)

// newsFor is how long something is news.
const newsFor = 24 * time.Hour

// memberSet is who belongs to a neighbourhood.
type memberSet struct {
	asns  []values.ASN // ascending; nil where it was never known
	known bool
	at    time.Time
}

// subscriptions gives all subscriptions, some seconds old at most.
func (a *Alerter) subscriptions(ctx context.Context) ([]store.StoredSubscription, error) {
	now := a.set.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if age := now.Sub(a.subsAt); a.subs != nil && age >= 0 && age < subscriptionsFor {
		return a.subs, nil
	}
	subs, err := a.set.Store.Subscriptions(ctx, "")
	if err != nil {
		return nil, err
	}
	if subs == nil {
		subs = []store.StoredSubscription{}
	}
	a.subs, a.subsAt = subs, now
	return subs, nil
}

// Changed has subscriptions read anew, after one was changed.
func (a *Alerter) Changed() {
	a.mu.Lock()
	a.subs = nil
	a.mu.Unlock()
	a.nudge()
}

// membersOf gives the networks of a neighbourhood; where it cannot be resolved, those last known.
func (a *Alerter) membersOf(name string) memberSet {
	now := a.set.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	set := a.members[name]
	if age := now.Sub(set.at); !set.at.IsZero() && age >= 0 && age < membersFor {
		return set
	}
	set.at = now
	asns, err := a.set.Resolve(name)
	if err == nil {
		set.asns, set.known = slices.Sorted(slices.Values(asns)), true
	} else {
		a.set.Log.Warn("a subscription's neighbourhood is not known", "neighbourhood", name, "error", err)
		set.at = now.Add(unknownFor - membersFor)
	}
	a.members[name] = set
	return set
}

func (a *Alerter) isMember(name string, asn values.ASN) (in, known bool) {
	set := a.membersOf(name)
	_, in = slices.BinarySearch(set.asns, asn)
	return in, set.known
}
