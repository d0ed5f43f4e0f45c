// Package notices tells networks about their cases, once each, and takes what comes back.
//
// [New] puts a [Service] together. [Service.Run] plans notices, has those of new rules wait for a person, and sends the
// others at a polite rate, until its context ends. An [Office] is where a person
// decides: to approve, withdraw, send again, and what becomes of answers that are held; [Service.Visit], [Service.Page] and [Service.Answer] are behind the links of a notice; [Service.Take]
// takes a mail that came back.
//
// A notice is never sent twice by itself. It is recorded as being sent before the letter itself goes to the mail server, and
// as sent once the server has taken it. Where the process dies in between, or the server falls silent, nobody knows: such a
// notice is "unclear", and a person decides whether it goes out again. Whatever comes back to it says that it was sent.
package notices

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"pahra/internal/deliver/mail"
	"pahra/internal/desk"
	"pahra/internal/language"
	"pahra/internal/notice"
	"pahra/internal/service/cases"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Settings are what an operator sets.
type Settings struct {
	From   notice.Sender `yaml:"from"`
	Pace   notice.Pace   `yaml:"pace"`
	Return string        `yaml:"return_path"` // where bounces come back to, such as bounces@example.net
	// Language is that of parties of whom nothing else is known.
	Language string `yaml:"language"`
	// Approve is how many notices of a new rule need a person's approval; 1,000 unless set, -1 for none.
	Approve int `yaml:"approve"`
	// LinkFor is how long links are good.
	LinkFor time.Duration `yaml:"link_for"`
	// PerMinute is how many notices go out in a minute, PerDomain how many of these to one domain.
	PerMinute int `yaml:"per_minute"`
	PerDomain int `yaml:"per_domain"`
	// AuthServ is the name by which our own mail server signs what it found of a sender (Authentication-Results).
	AuthServ string `yaml:"authserv_id"`
}

// Defaults are the settings where none is given.
func Defaults() Settings { return Settings{}.filled() }

// filled gives the settings with their defaults.
func (s Settings) filled() Settings {
	s.Pace = cmp.Or(s.Pace, notice.DefaultPace())
	s.Language, s.LinkFor = cmp.Or(s.Language, language.First), cmp.Or(s.LinkFor, 30*24*time.Hour)
	s.Approve, s.PerMinute, s.PerDomain = cmp.Or(s.Approve, 1000), cmp.Or(s.PerMinute, 60), cmp.Or(s.PerDomain, 10)
	return s
}

// Check says what is wrong with what is set.
func (s Settings) Check() error {
	s = s.filled()
	var errs []error
	for name, text := range map[string]string{"from: organisation": s.From.Org, "from: domain": s.From.Domain} {
		if text == "" {
			errs = append(errs, fmt.Errorf("%s: it is needed", name))
		}
	}
	for name, address := range map[string]string{"from: contact": s.From.Contact, "return_path": s.Return} {
		if err := mail.CheckAddress(address); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	for name, n := range map[string]int{"per_minute": s.PerMinute, "per_domain": s.PerDomain} {
		if n < 1 || n > 6000 {
			errs = append(errs, fmt.Errorf("%s: %d is not 1 to 6000", name, n))
		}
	}
	if s.LinkFor < time.Hour || s.LinkFor > 366*24*time.Hour {
		errs = append(errs, fmt.Errorf("link_for: %s is not 1h to 8784h", s.LinkFor))
	}
	if s.Pace.Gather < 0 || s.Pace.Window < 0 {
		errs = append(errs, errors.New("pace: gather and window are no less than 0"))
	}
	return errors.Join(errs...)
}

// Recipient is who is told for a party.
type Recipient struct {
	Address  string
	Name     string // as the party is called
	Language string // "": the default one
	Rule     string // that chose them
	Key      string // OpenPGP, armoured; "" for none
	Never    bool   // nobody is told, by a rule
	Digest   bool   // told in digests alone
}

// Recipients says who is told. Without an address nobody is known.
type Recipients interface {
	// Recipient says who is told of a case, by its latest event.
	Recipient(ctx context.Context, c store.DeskCase, latest []*intelmq.Event) (Recipient, error)
	// Reach says who is told for a party, whatever it is told of.
	Reach(ctx context.Context, tenant, party string) (Recipient, error)
}

// Letters sends a letter. [*mail.Mailer] does.
type Letters interface {
	SendLetter(ctx context.Context, l mail.Letter, signer *mail.Signer, before func() error) error
	Domain() string
}

// Options are what a service works with. All are needed but Letters and Signer: without Letters nothing is sent.
type Options struct {
	Settings   Settings
	Store      *store.Store
	Cases      *cases.Service
	Events     func(ctx context.Context, tenant string, id int64, most int) ([]*intelmq.Event, error) // of a case, the latest first
	Recipients Recipients
	Letters    Letters
	Signer     *mail.Signer
	Keys       *notice.Keys
	Languages  *language.Catalogue
	Site       string // the service's own address, for links; "" for none
	Now        func() time.Time
	Chance     func() float64 // from 0 to 1
	Log        *slog.Logger
}

// Service tells networks. Safe for concurrent use; one goroutine calls Run.
type Service struct {
	Office
	opt  Options
	wake chan struct{}

	resting map[string]time.Time // domains, until when; Run's alone

	mu      sync.Mutex
	skipped map[told]skip // what cannot be told for now
}

// New gives a service.
func New(opt Options) (*Service, error) {
	if err := opt.Settings.Check(); err != nil {
		return nil, fmt.Errorf("notices: %w", err)
	}
	if opt.Store == nil || opt.Cases == nil || opt.Events == nil || opt.Recipients == nil || opt.Keys == nil || opt.Languages == nil || opt.Now == nil || opt.Chance == nil || opt.Log == nil {
		return nil, errors.New("notices: a part that is needed is missing")
	}
	opt.Settings = opt.Settings.filled()
	return &Service{Office: Office{Store: opt.Store, Cases: opt.Cases, Now: opt.Now}, opt: opt, wake: make(chan struct{}, 1), skipped: map[told]skip{}, resting: map[string]time.Time{}}, nil
}

// KeyName is the name under which the store keeps the key of links.
const KeyName = "desk-link-key"

// LoadKeys reads the key of links from the store, or draws one and keeps it.
func LoadKeys(ctx context.Context, db *store.Store, now time.Time, random io.Reader) (*notice.Keys, error) {
	secret, err := db.Get(ctx, KeyName)
	if errors.Is(err, store.ErrNotFound) {
		secret = make([]byte, notice.KeySize)
		if _, err := io.ReadFull(random, secret); err != nil {
			return nil, fmt.Errorf("drawing the key of links: %w", err)
		}
		err = db.Put(ctx, now, KeyName, secret)
	}
	if err != nil {
		return nil, err
	}
	return notice.NewKeys(secret)
}

// Nudge has Run look now.
func (s *Service) Nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// settle brings the cases that were told of to notified. One that has moved on in the meantime stays as it is.
func (s *Service) settle(ctx context.Context) error {
	untold, err := s.opt.Store.Untold(ctx)
	if err != nil {
		return err
	}
	for _, u := range untold {
		n, err := s.opt.Store.Notice(ctx, u.Notice)
		if err != nil {
			return err
		}
		err = s.opt.Cases.Move(ctx, store.MachineSight(n.Tenant), cases.By{Actor: desk.Desk}, u.Case, desk.Notified, fmt.Sprintf("notice %d", n.ID))
		if err != nil && !errors.Is(err, cases.ErrRefused) {
			return err
		}
	}
	return nil
}
