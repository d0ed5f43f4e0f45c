package service

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/store/storetest"
	"pahra/wire/values"
)

// deskPost is a delivery that keeps what it is given; it takes every channel but those to "bad".
type deskPost struct {
	post
	mails []string
}

func (p *deskPost) CheckChannel(c alert.Channel) error {
	if c.Target == "bad" {
		return errors.New("it is not an address")
	}
	return c.Check()
}

func (p *deskPost) Mail(_ context.Context, to, _, text string) error {
	p.mails = append(p.mails, to+"\n"+text)
	return nil
}

// People see, change and hear of what is their own; another's address is asked first.
func TestAlertDesk(t *testing.T) {
	db, now, changed := storetest.Open(t, storetest.SQLite(t)), alertNoon, 0
	p := &deskPost{}
	d := AlertDesk{Store: db, Delivery: p, Changed: func() { changed++ }, Site: "https://pahra.example", Now: func() time.Time { return now }}
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(db.AddAccount(ctx, account.Account{ID: "a1", Name: "ann", Mail: "ann@example.org", Role: account.Member, Created: now}))
	ann := account.Viewer{Account: "a1", Role: account.Member, Networks: []values.ASN{64500}, Scopes: account.AllScopes()}
	eve := account.Viewer{Account: "a2", Role: account.Member, Scopes: account.AllScopes()}

	own, err := d.AddChannel(ctx, ann, alert.Mail, "mine", "Ann@example.org")
	must(err)
	other, err := d.AddChannel(ctx, ann, alert.Mail, "noc", "noc@example.org")
	must(err)
	hook, err := d.AddChannel(ctx, ann, alert.Webhook, "hook", "https://x.example")
	must(err)
	if len(hook.Secrets) != 1 {
		t.Errorf("the webhook has %d secrets", len(hook.Secrets))
	}
	var wrong *account.WrongError
	if _, err := d.AddChannel(ctx, ann, alert.Mail, "x", "bad"); !errors.As(err, &wrong) {
		t.Errorf("a bad address: %v", err)
	}
	if _, err := d.AddChannel(ctx, ann, alert.Syslog, "log", "soc"); !errors.Is(err, account.ErrForbidden) {
		t.Errorf("a member's syslog channel: %v", err)
	}
	state := func(id string) alert.ChannelState {
		c, err := db.Channel(ctx, id)
		must(err)
		return c.State
	}
	if state(own.ID) != alert.Active || state(other.ID) != alert.Unconfirmed || len(p.mails) != 1 {
		t.Errorf("own is %s, another's %s, %d mails", state(own.ID), state(other.ID), len(p.mails))
	}
	link := regexp.MustCompile(`/confirm/(\w+)\?code=(\w+)`).FindStringSubmatch(p.mails[0])
	if err := d.Confirm(ctx, link[1], "guess"); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("a guess: %v", err)
	}
	now = now.Add(confirmFor + time.Second)
	if err := d.Confirm(ctx, link[1], link[2]); !errors.Is(err, account.ErrNotFound) {
		t.Errorf("too late: %v", err)
	}
	_, err = d.Do(ctx, ann, other.ID, "ask")
	must(err)
	link = regexp.MustCompile(`/confirm/(\w+)\?code=(\w+)`).FindStringSubmatch(p.mails[1])
	must(d.Confirm(ctx, link[1], link[2]))
	if err := d.Confirm(ctx, link[1], link[2]); !errors.Is(err, account.ErrNotFound) || state(other.ID) != alert.Active {
		t.Errorf("confirmed twice: %v, it is %s", err, state(other.ID))
	}

	s, err := d.Subscribe(ctx, ann, alert.Subscription{Name: "ours", Networks: []values.ASN{64500}, Channels: []string{own.ID}, Administrator: true})
	must(err)
	if s.Administrator || s.Owner != "a1" || changed != 1 {
		t.Errorf("subscribed %+v, changed %d times", s, changed)
	}
	if _, err := d.Subscribe(ctx, eve, alert.Subscription{Name: "x", Channels: []string{own.ID}}); !errors.As(err, &wrong) {
		t.Errorf("to another's channel: %v", err)
	}
	for what, err := range map[string]error{
		"turn": d.Turn(ctx, eve, s.ID, "remove"), "retry": d.Retry(ctx, eve, own.ID, "x"), "none": d.Retry(ctx, ann, own.ID, "x"),
		"do": func() error { _, err := d.Do(ctx, eve, own.ID, "remove"); return err }(),
	} {
		if !errors.Is(err, account.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(d.Turn(ctx, ann, s.ID, "pause"))
	if got, err := db.Subscription(ctx, s.ID); err != nil || !got.Paused {
		t.Errorf("paused: %+v, %v", got, err)
	}
	turned, err := d.Do(ctx, ann, hook.ID, "rotate")
	must(err)
	if len(turned.Secrets) != 2 || turned.Secrets[1] != hook.Secrets[0] {
		t.Errorf("the secrets after a change are %v", turned.Secrets)
	}
	if _, err := d.Do(ctx, ann, own.ID, "test"); err != nil || p.to[own.ID] != 1 {
		t.Errorf("a test: %v", err)
	}
	must(d.Turn(ctx, ann, s.ID, "remove"))
	_, err = d.Do(ctx, ann, own.ID, "remove")
	must(err)
	if o, err := d.Overview(ctx, ann); err != nil || len(o.Channels) != 2 || len(o.Subscriptions) != 0 {
		t.Errorf("left is %+v, %v", o, err)
	}
}
