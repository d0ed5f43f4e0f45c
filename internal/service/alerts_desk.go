package service

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/deliver/webhook"
	"pahra/internal/store"
)

// AlertDesk is where people say what they want to be told, and where. Every field is needed.
type AlertDesk struct {
	Store    *store.Store
	Delivery AlertDelivery
	// Changed is called when a subscription was changed.
	Changed func()
	Site    string // the service's own address, for links
	Now     func() time.Time
}

// AlertDelivery is what the desk needs of a [Delivery].
type AlertDelivery interface {
	Deliverer
	CheckChannel(c alert.Channel) error
	Mail(ctx context.Context, to, subject, text string) error
}

// The limits of one account.
const (
	maxChannels      = 20
	maxSubscriptions = 50
	confirmFor       = 48 * time.Hour
	// testFor is how long a test may take: somebody waits for it.
	testFor = 20 * time.Second
)

// AlertOverview is what an account has.
type AlertOverview struct {
	Channels      []store.StoredChannel
	Subscriptions []store.StoredSubscription
	Deliveries    []store.Delivery // the latest
}

// Overview gives what a viewer's account has.
func (d *AlertDesk) Overview(ctx context.Context, v account.Viewer) (o AlertOverview, err error) {
	if o.Channels, err = d.Store.Channels(ctx, v.Account); err != nil {
		return o, err
	}
	if o.Subscriptions, err = d.Store.Subscriptions(ctx, v.Account); err != nil {
		return o, err
	}
	o.Deliveries, err = d.Store.Deliveries(ctx, store.DeliveryFilter{Owner: v.Account, Limit: 20})
	return o, err
}

// AddChannel adds a channel of a viewer. An address of mail that is not the account's own is asked first whether it wants
// to be written to. A webhook's channel comes with the secret that signs, which is shown this once.
func (d *AlertDesk) AddChannel(ctx context.Context, v account.Viewer, kind alert.ChannelKind, name, target string) (alert.Channel, error) {
	c := alert.Channel{ID: newAlertID(), Owner: v.Account, Kind: kind, Name: strings.TrimSpace(name), Target: strings.TrimSpace(target)}
	if kind == alert.Syslog && !v.May(account.Administrator, account.ScopeAdminister) {
		return c, account.ErrForbidden
	}
	if kind == alert.Webhook {
		c.Secrets = []string{webhook.NewSecret()}
	}
	if err := d.Delivery.CheckChannel(c); err != nil {
		return c, &account.WrongError{Says: err.Error()}
	}
	have, err := d.Store.Channels(ctx, v.Account)
	if err != nil {
		return c, err
	}
	if len(have) >= maxChannels {
		return c, &account.WrongError{Says: fmt.Sprintf("you have %d channels; that is the most", maxChannels)}
	}
	state, err := d.stateOf(ctx, v, c)
	if err != nil {
		return c, err
	}
	if err := d.Store.SaveChannel(ctx, d.Now(), c, state); err != nil {
		return c, err
	}
	if state == alert.Unconfirmed {
		return c, d.ask(ctx, c)
	}
	return c, nil
}

// stateOf says whether a new channel can be sent to at once.
func (d *AlertDesk) stateOf(ctx context.Context, v account.Viewer, c alert.Channel) (alert.ChannelState, error) {
	if c.Kind != alert.Mail {
		return alert.Active, nil
	}
	a, err := d.Store.Account(ctx, v.Account)
	if err != nil {
		return "", err
	}
	if strings.EqualFold(a.Mail, c.Target) {
		return alert.Active, nil
	}
	return alert.Unconfirmed, nil
}

// asking is what is kept of a code that was mailed to a channel.
type asking struct {
	Hash    string    `json:"hash"`
	Expires time.Time `json:"expires"`
}

// askingName is what it is kept under.
func askingName(channel string) string { return "alert channel " + channel }

func hashOfCode(code string) string {
	sum := sha256.Sum256([]byte(code))
	return hex.EncodeToString(sum[:])
}

// ask mails an address whether it wants alerts.
func (d *AlertDesk) ask(ctx context.Context, c alert.Channel) error {
	code := rand.Text()
	kept, err := json.Marshal(asking{hashOfCode(code), d.Now().Add(confirmFor)})
	if err != nil {
		return err
	}
	if err := d.Store.Put(ctx, d.Now(), askingName(c.ID), kept); err != nil {
		return err
	}
	text := fmt.Sprintf("Somebody with an account at %s wants alerts to go to this address.\n\nIf that is you, open this within 48 hours:\n%s/account/alerts/confirm/%s?code=%s\n\nIf not, do nothing: no alert will come.\n",
		d.Site, d.Site, c.ID, code)
	if err := d.Delivery.Mail(ctx, c.Target, "Do you want alerts?", text); err != nil {
		return &account.WrongError{Says: "the address could not be asked whether it wants alerts; try again later"}
	}
	return nil
}

// Confirm says that an address of mail wants alerts, by the code that was mailed to it. Whoever opens the mail need not
// have an account.
func (d *AlertDesk) Confirm(ctx context.Context, channel, code string) error {
	kept, err := d.Store.Get(ctx, askingName(channel))
	if errors.Is(err, store.ErrNotFound) {
		return account.ErrNotFound
	}
	if err != nil {
		return err
	}
	var a asking
	if err := json.Unmarshal(kept, &a); err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(a.Hash), []byte(hashOfCode(code))) != 1 || d.Now().After(a.Expires) {
		return account.ErrNotFound
	}
	if err := d.Store.SetChannelState(ctx, d.Now(), channel, alert.Active, ""); err != nil {
		return err
	}
	return d.Store.Delete(ctx, askingName(channel))
}

func newAlertID() string { return strings.ToLower(rand.Text()[:16]) }

// channel gives a viewer's own channel.
func (d *AlertDesk) channel(ctx context.Context, v account.Viewer, id string) (store.StoredChannel, error) {
	c, err := d.Store.Channel(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.Owner != v.Account {
		return c, account.ErrNotFound
	}
	return c, err
}

// Do does something to a viewer's own channel: "remove", "test" (sends a message now), "ask" (once more), "enable" after
// it was disabled, or "rotate" (a new secret, the old one beside it until the next time).
func (d *AlertDesk) Do(ctx context.Context, v account.Viewer, id, act string) (alert.Channel, error) {
	c, err := d.channel(ctx, v, id)
	if err != nil {
		return c.Channel, err
	}
	switch {
	case act == "remove":
		return c.Channel, errors.Join(d.Store.DeleteChannel(ctx, id), d.Store.Delete(ctx, askingName(id)))
	case act == "test" && c.State == alert.Active:
		return c.Channel, d.test(ctx, c.Channel)
	case act == "ask" && c.State == alert.Unconfirmed:
		return c.Channel, d.ask(ctx, c.Channel)
	case act == "enable" && c.State == alert.Disabled:
		return c.Channel, d.Store.SetChannelState(ctx, d.Now(), id, alert.Active, "")
	case act == "rotate" && c.Kind == alert.Webhook:
		c.Secrets = append([]string{webhook.NewSecret()}, c.Secrets[:min(1, len(c.Secrets))]...)
		return c.Channel, d.Store.SaveChannel(ctx, d.Now(), c.Channel, c.State)
	}
	return c.Channel, &account.WrongError{Says: fmt.Sprintf("a channel of %s that is %s cannot do that", c.Kind, c.State)}
}

// test sends a message to a channel now.
func (d *AlertDesk) test(ctx context.Context, c alert.Channel) error {
	ctx, cancel := context.WithTimeout(ctx, testFor)
	defer cancel()
	m := alert.Message{ID: newAlertID(), At: d.Now().UTC(), Severity: alert.Info, Subject: "[info] This is a test", Alerts: []alert.Alert{}, Omitted: map[alert.Kind]int{},
		Text: "Somebody asked for a test of this channel. Alerts will come this way.\n"}
	if err := d.Delivery.Deliver(ctx, c, alert.DeliveryID(m.ID, c.ID), m); err != nil {
		return &account.WrongError{Says: alert.Harmless(err.Error())}
	}
	return nil
}

// Subscribe adds a subscription of a viewer; its id and owner are set here.
func (d *AlertDesk) Subscribe(ctx context.Context, v account.Viewer, s alert.Subscription) (alert.Subscription, error) {
	s.ID, s.Owner, s.Administrator = newAlertID(), v.Account, v.Role >= account.Administrator
	if err := s.Check(); err != nil {
		return s, &account.WrongError{Says: strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	o, err := d.Overview(ctx, v)
	if err != nil {
		return s, err
	}
	if len(o.Subscriptions) >= maxSubscriptions {
		return s, &account.WrongError{Says: fmt.Sprintf("you have %d subscriptions; that is the most", maxSubscriptions)}
	}
	for _, id := range s.Channels {
		if !slices.ContainsFunc(o.Channels, func(c store.StoredChannel) bool { return c.ID == id }) {
			return s, &account.WrongError{Says: "one of the channels is not yours"}
		}
	}
	defer d.Changed()
	return s, d.Store.SaveSubscription(ctx, d.Now(), s, false)
}

// Turn pauses ("pause"), resumes ("resume") or ends ("remove") a viewer's own subscription.
func (d *AlertDesk) Turn(ctx context.Context, v account.Viewer, id, act string) error {
	s, err := d.Store.Subscription(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && s.Owner != v.Account {
		return account.ErrNotFound
	}
	if err != nil {
		return err
	}
	defer d.Changed()
	switch act {
	case "pause", "resume":
		return d.Store.SaveSubscription(ctx, d.Now(), s.Subscription, act == "pause")
	case "remove":
		return d.Store.DeleteSubscription(ctx, id)
	}
	return &account.WrongError{Says: fmt.Sprintf("a subscription cannot do %q", act)}
}

// Retry has a dead letter of a viewer's own channel tried again.
func (d *AlertDesk) Retry(ctx context.Context, v account.Viewer, channel, delivery string) error {
	if _, err := d.channel(ctx, v, channel); err != nil {
		return err
	}
	err := d.Store.Revive(ctx, d.Now(), channel, delivery)
	if errors.Is(err, store.ErrNotFound) {
		return account.ErrNotFound
	}
	d.Changed()
	return err
}
