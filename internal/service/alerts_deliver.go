package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"pahra/internal/alert"
	"pahra/internal/deliver/mail"
	"pahra/internal/deliver/syslog"
	"pahra/internal/deliver/webhook"
)

// DeliverConfig is how alerts go out. Without Mail there is no mail, without Syslog no syslog server; webhooks and chats
// need no settings.
type DeliverConfig struct {
	Mail    *mail.Config
	Webhook *webhook.Config
	Syslog  *syslog.Config
}

// Delivery sends by the adapters that are configured. Safe for concurrent use.
type Delivery struct {
	mail    *mail.Mailer // nil where mail is not configured
	webhook *webhook.Poster
	syslog  *syslog.Sender
	now     func() time.Time
}

// NewDelivery makes the adapters; it connects to nothing.
func NewDelivery(c DeliverConfig, now func() time.Time) (*Delivery, error) {
	d := &Delivery{now: now}
	var errs [3]error
	if c.Mail != nil {
		d.mail, errs[0] = mail.New(*c.Mail)
	}
	if c.Webhook == nil {
		c.Webhook = &webhook.Config{}
	}
	if c.Syslog == nil {
		c.Syslog = &syslog.Config{}
	}
	d.webhook, errs[1] = webhook.New(*c.Webhook, now)
	d.syslog, errs[2] = syslog.New(*c.Syslog)
	return d, errors.Join(errs[:]...)
}

// Deliver sends one message to one channel, once.
func (d *Delivery) Deliver(ctx context.Context, c alert.Channel, delivery string, m alert.Message) error {
	switch c.Kind {
	case alert.Mail:
		if d.mail == nil {
			return errNoMail
		}
		return d.mail.Send(ctx, c.Target, delivery, m)
	case alert.Webhook, alert.Chat:
		return d.webhook.Send(ctx, c, delivery, m)
	case alert.Syslog:
		return d.syslog.Send(ctx, c.Target, m)
	}
	return &alert.Failure{Err: fmt.Errorf("channel kind %q is unknown", c.Kind), Permanent: true}
}

// Mail sends a text to an address, now.
func (d *Delivery) Mail(ctx context.Context, to, subject, text string) error {
	if d.mail == nil {
		return errNoMail
	}
	return d.mail.Send(ctx, to, rand.Text(), alert.Message{Subject: subject, Text: text, At: d.now()})
}

var errNoMail = errors.New("mail is not configured")

// CheckChannel says what is wrong with a channel, and whether it can be sent to at all.
func (d *Delivery) CheckChannel(c alert.Channel) error {
	if err := c.Check(); err != nil {
		return err
	}
	switch c.Kind {
	case alert.Mail:
		if d.mail == nil {
			return errNoMail
		}
		return mail.CheckAddress(c.Target)
	case alert.Syslog:
		return d.syslog.CheckTarget(c.Target)
	}
	for _, secret := range c.Secrets {
		if err := webhook.CheckSecret(secret); err != nil {
			return err
		}
	}
	return d.webhook.CheckTarget(c.Target)
}
