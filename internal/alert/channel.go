package alert

import (
	"errors"
	"fmt"
	"time"
)

// ChannelKind is a way to send.
type ChannelKind string

// The kinds of channel.
const (
	Mail    ChannelKind = "mail"
	Webhook ChannelKind = "webhook" // signed JSON
	Chat    ChannelKind = "chat"    // an incoming webhook as Slack and Mattermost have it
	Syslog  ChannelKind = "syslog"
)

// Channel is where messages go.
type Channel struct {
	ID    string      `json:"id"`
	Owner string      `json:"owner"` // the account
	Name  string      `json:"name"`
	Kind  ChannelKind `json:"kind"`
	// Target is a mail address, a URL, or the name that the configuration gives a syslog server.
	Target string `json:"target"`
	// Secrets sign webhooks: the newest first; with an older one beside it until the receiver has changed over.
	Secrets []string `json:"secrets,omitempty"`
}

// ChannelState says whether a channel is sent to.
type ChannelState string

// The states of a channel.
const (
	Active      ChannelState = "active"
	Unconfirmed ChannelState = "unconfirmed" // nobody has shown yet that the address wants it
	Disabled    ChannelState = "disabled"    // by its owner, or since the receiver said that it is gone
)

// Failure is an error of sending that says what to do about it. Any other error is tried again.
type Failure struct {
	Err error
	// Permanent says that trying the same message again is useless; Gone that the whole channel is.
	Permanent, Gone bool
	// RetryAfter is how long the receiver asks to wait; 0 where it says nothing.
	RetryAfter time.Duration
}

// Error says what went wrong.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap gives the cause.
func (f *Failure) Unwrap() error { return f.Err }

// MaxAttempts is how often a message is tried, and GiveUp how long.
const (
	MaxAttempts = 10
	GiveUp      = 4 * 24 * time.Hour
	// LongestWait bounds the time between two tries, whatever a receiver asks for.
	LongestWait = 24 * time.Hour
)

// Wait gives how long to wait after so many failures in a row of one channel: 5 s, 5 min, 30 min, 2 h … as the Standard
// Webhooks specification recommends, up to a tenth longer by chance (0 to 1) so that not all come back at once.
func Wait(failures int, chance float64) time.Duration {
	steps := [...]time.Duration{
		5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour,
	}
	wait := LongestWait * 10 / 11
	if failures <= len(steps) {
		wait = steps[max(failures, 1)-1]
	}
	return wait + time.Duration(chance*float64(wait)/10)
}

// Attempt is what becomes of a delivery after a try.
type Attempt struct {
	Sent, Dead bool
	Disable    bool          // the channel
	Wait       time.Duration // before the channel is tried again
}

// After decides what becomes of a delivery: attempts counts the tries with this one, failures those in a row of its
// channel, age is that of the message.
func After(err error, attempts, failures int, age time.Duration, chance float64) Attempt {
	if err == nil {
		return Attempt{Sent: true}
	}
	var f *Failure
	if errors.As(err, &f) {
		switch {
		case f.Gone:
			return Attempt{Dead: true, Disable: true}
		case f.Permanent:
			return Attempt{Dead: true}
		}
	} else {
		f = &Failure{}
	}
	return Attempt{Dead: attempts >= MaxAttempts || age >= GiveUp, Wait: min(LongestWait, max(Wait(failures, chance), f.RetryAfter))}
}

// Check says what is wrong with a channel as far as it can be told without its adapter.
func (c *Channel) Check() error {
	switch {
	case c.Name == "" || len(c.Name) > maxName || c.Name != Harmless(c.Name):
		return fmt.Errorf("a name of 1 to %d bytes of plain text is needed", maxName)
	case c.Kind != Mail && c.Kind != Webhook && c.Kind != Chat && c.Kind != Syslog:
		return fmt.Errorf("kind %q is not mail, webhook, chat or syslog", c.Kind)
	case c.Target == "" || len(c.Target) > 2000 || c.Target != Harmless(c.Target) && len(c.Target) <= maxForeign:
		return errors.New("a target of plain text is needed: an address, a URL or a syslog server's name")
	case c.Kind == Webhook && len(c.Secrets) == 0:
		return errors.New("a webhook needs a secret to sign with")
	case len(c.Secrets) > 2:
		return errors.New("a webhook has at most two secrets")
	}
	return nil
}

// DeliveryID names a message on its way to a channel: the same at each try.
func DeliveryID(message, channel string) string { return hash("delivery", message, channel) }
