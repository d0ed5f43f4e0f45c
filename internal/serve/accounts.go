package serve

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/internal/alert"
	"pahra/internal/config"
	"pahra/internal/deliver/mail"
	"pahra/internal/oidc"
	"pahra/internal/publication"
	"pahra/internal/source/overrides"
	"pahra/internal/source/rdap"
	"pahra/wire/values"
)

// hashesAtOnce is how many passwords are hashed at once: each takes 19 MiB.
const hashesAtOnce = 2

// People are accounts and what is decided by them.
type People struct {
	Accounts *account.Service
	Desk     *publication.Desk
	// Site is the service's own address, without a slash at its end.
	Site     string
	Provider *Provider // nil without one
}

// openPeople opens accounts, and has every signed decision lie among the data.
func (s *Server) openPeople(ctx context.Context) error {
	c := s.Config
	hasher, err := account.NewHasher(account.DefaultCost(), rand.Reader, hashesAtOnce)
	if err != nil {
		return err
	}
	key, err := overrides.Key(c.State, rand.Reader)
	if err != nil {
		return err
	}
	dir, err := overrides.Open(filepath.Join(c.State, "data"), key)
	if err != nil {
		return err
	}
	p := &People{Site: site(c)}
	p.Accounts = &account.Service{Store: s.Store, Hasher: hasher, Settings: account.DefaultSettings(), Now: s.now, Random: rand.Reader, Site: p.Site}
	if c.Accounts.Registry != nil {
		if p.Accounts.Registry, err = rdap.New(*c.Accounts.Registry, s.now); err != nil {
			return err
		}
	}
	if c.Alerts.Mail != nil {
		m, err := mail.New(*c.Alerts.Mail)
		if err != nil {
			return err
		}
		p.Accounts.Mail = &letters{m, s.now}
	}
	p.Desk = &publication.Desk{Records: s.Store, Incidents: s.Store, Overrides: &decisions{dir, s}, Audit: p.Accounts, Key: key, Now: s.now}
	if c.Accounts.OIDC != nil {
		p.Provider = &Provider{config: *c.Accounts.OIDC, redirect: p.Site + "/login/oidc/done", now: s.now}
	}
	s.People = p
	return p.Desk.Republish(ctx)
}

// site is the service's own address: the configured one, or where it listens.
func site(c *config.Config) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	return (&url.URL{Scheme: "http", Host: c.Listen}).String()
}

// decisions has a signed decision lie among the data, and the watch look at it.
type decisions struct {
	dir    *overrides.Dir
	server *Server
}

// Put adds a decision.
func (d *decisions) Put(ctx context.Context, o publication.Override) error {
	if d.dir.Holds(o) {
		return nil
	}
	if err := d.dir.Put(ctx, o); err != nil {
		return err
	}
	if d.server.Live != nil {
		d.server.Live.Refresh()
	}
	return nil
}

// CanLogIn says why nobody can log in over the site's address; nil where they can. Passwords and sessions do not go over a
// network in the clear.
func (p *People) CanLogIn() error {
	u, err := url.Parse(p.Site)
	if err != nil {
		return err
	}
	if u.Scheme == "https" || values.IsLoopback(u.Hostname()) {
		return nil
	}
	return fmt.Errorf("nobody can log in at %s: set public_url to the https address", p.Site)
}

// letters sends the mails of accounts.
type letters struct {
	mailer *mail.Mailer
	now    func() time.Time
}

// Mail sends one mail.
func (l *letters) Mail(ctx context.Context, to, subject, text string) error {
	sum := sha256.Sum256([]byte(to + "\n" + subject + "\n" + text + "\n" + l.now().UTC().Format(time.RFC3339Nano)))
	return l.mailer.Send(ctx, to, hex.EncodeToString(sum[:12]), alert.Message{Subject: subject, Text: text, At: l.now().UTC()})
}

// sweepEvery is how often ended sessions are forgotten, recheckEvery how often the contacts of claimed networks are
// looked at again.
const (
	sweepEvery   = 10 * time.Minute
	recheckEvery = 24 * time.Hour
)

// keepAccounts does what is due with accounts now and then. Decisions of another process that shares the store are put
// among this one's data.
func (s *Server) keepAccounts(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	var checked time.Time
	for {
		err := errors.Join(s.People.Accounts.Sweep(ctx), s.People.Desk.Republish(ctx))
		if now := s.now(); now.Sub(checked) >= recheckEvery {
			checked = now
			err = errors.Join(err, s.People.Accounts.Recheck(ctx))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Error("keeping accounts", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Provider is the OpenID provider of the configuration. It is looked for when somebody first logs in there, so that the
// service starts without it. Safe for concurrent use.
type Provider struct {
	config   oidc.Config
	redirect string
	now      func() time.Time

	mu    sync.Mutex
	found *oidc.Provider
}

// get gives the provider, once it was found.
func (p *Provider) get(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	found, err := oidc.New(ctx, p.config, p.redirect, p.now)
	p.found = found
	return found, err
}

// Name is what to call the provider.
func (p *Provider) Name() string { return p.config.Shown() }

// Begin gives where to send the browser, and what to keep for its return.
func (p *Provider) Begin(ctx context.Context) (string, oidc.Pending, error) {
	found, err := p.get(ctx)
	if err != nil {
		return "", oidc.Pending{}, err
	}
	return found.Begin()
}

// Finish takes the answer that a browser brings back.
func (p *Provider) Finish(ctx context.Context, keep oidc.Pending, answer url.Values) (account.Identity, error) {
	found, err := p.get(ctx)
	if err != nil {
		return account.Identity{}, err
	}
	return found.Finish(ctx, keep, answer)
}
