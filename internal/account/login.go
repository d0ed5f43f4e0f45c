package account

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// ErrRefused is the one answer to a log-in that fails, whatever the reason.
var ErrRefused = errors.New("name and password do not match")

// TooManyError says that too much was tried.
type TooManyError struct{ Wait time.Duration }

// Error says how long to wait.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("too many attempts; the next one is possible in %s", max(time.Second, e.Wait.Round(time.Second)))
}

// Attempt is somebody's try to log in.
type Attempt struct {
	Name, Password string
	From           netip.Addr
	Device         string // the secret of the browser's cookie; empty for a browser that never logged in
	Session        string // the secret of the session that the browser has; it ends, whatever comes of the attempt
}

// Login is what came of a log-in: the secrets for the browser's cookies, which are not kept.
type Login struct {
	Account Account
	Session string
	Device  string
}

// LogIn checks a name and password. The answer takes as long whether or not there is such an account. A browser that
// logged in to the account before has tries of its own: those who do not know the password cannot use them up.
func (s *Service) LogIn(ctx context.Context, a Attempt) (Login, error) {
	now := s.Now()
	name := normal(a.Name)
	if err := s.EndSession(ctx, a.Session); err != nil {
		return Login{}, err
	}
	found, err := s.Store.AccountByName(ctx, name)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Login{}, err
	}
	back, err := s.limit(ctx, a, name, found, now)
	if err != nil {
		return Login{}, err
	}
	ok, stale, err := s.Hasher.Check(ctx, found.Password, a.Password)
	if err != nil {
		return Login{}, err
	}
	if !ok || found.Disabled {
		return Login{}, ErrRefused
	}
	back()
	if stale {
		if err := s.rehash(ctx, found.ID, a.Password); err != nil {
			return Login{}, err
		}
	}
	return s.admit(ctx, found, a.Device)
}

// limit takes a try, and gives the way to give it back.
func (s *Service) limit(ctx context.Context, a Attempt, name string, found Account, now time.Time) (back func(), err error) {
	type key struct {
		text string
		rate Rate
	}
	keys := []key{{addressKey(a.From), s.Settings.ByAddress}, {"account " + hashOf(name), s.Settings.ByAccount}}
	if a.Device != "" {
		d, err := s.Store.Device(ctx, hashOf(a.Device))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return nil, err
		}
		if err == nil && found.ID != "" && d.Account == found.ID {
			keys = []key{{"device " + d.Hash, s.Settings.ByDevice}}
		}
	}
	back = func() {}
	for _, k := range keys {
		wait, ok := s.limits.Take(k.text, k.rate, now)
		if !ok {
			back()
			return nil, &TooManyError{wait}
		}
		before := back
		back = func() { before(); s.limits.Give(k.text, k.rate) }
	}
	return back, nil
}

// rehash keeps a password anew, at today's cost.
func (s *Service) rehash(ctx context.Context, id, password string) error {
	encoded, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	_, err = s.Store.ChangeAccount(ctx, id, func(a *Account) error {
		a.Password = encoded
		return nil
	})
	return err
}

// admit makes a session. Its secret is drawn here: one that was in the browser before is never taken over.
func (s *Service) admit(ctx context.Context, a Account, device string) (Login, error) {
	now := s.Now()
	session, err := secret(s.Random)
	if err != nil {
		return Login{}, err
	}
	d, err := s.Store.Device(ctx, hashOf(device))
	if err != nil || d.Account != a.ID {
		if device, err = secret(s.Random); err != nil {
			return Login{}, err
		}
	}
	if err := s.Store.KeepDevice(ctx, Device{hashOf(device), a.ID, now}, s.Settings.Devices); err != nil {
		return Login{}, err
	}
	if err := s.Store.AddSession(ctx, Session{hashOf(session), a.ID, now, now}); err != nil {
		return Login{}, err
	}
	a, err = s.Store.ChangeAccount(ctx, a.ID, func(a *Account) error {
		at := now.Truncate(time.Minute)
		a.LastLogin = &at
		return nil
	})
	return Login{a, session, device}, err
}

// Identity is somebody as an OpenID provider names them.
type Identity struct {
	Issuer, Subject string
	Name            string // to show; made unique here
	Mail            string // empty unless the provider says that it is theirs
	Role            *Role  // what the provider's groups come to; nil where the provider decides no role
}

// LogInAs lets somebody in whom a provider vouches for, and makes their account at the first time. They are known by
// issuer and subject alone: a name or mail address that another account has gives nothing.
func (s *Service) LogInAs(ctx context.Context, id Identity, session, device string) (Login, error) {
	if id.Issuer == "" || id.Subject == "" {
		return Login{}, ErrRefused
	}
	if err := s.EndSession(ctx, session); err != nil {
		return Login{}, err
	}
	a, err := s.Store.AccountBySubject(ctx, id.Issuer, id.Subject)
	if errors.Is(err, ErrNotFound) {
		a, err = s.adopt(ctx, id)
	}
	if err != nil {
		return Login{}, err
	}
	if a.Disabled {
		return Login{}, ErrRefused
	}
	if id.Role != nil && *id.Role != a.Role {
		was := a.Role
		if a, err = s.Store.ChangeAccount(ctx, a.ID, func(a *Account) error { a.Role = *id.Role; return nil }); err != nil {
			return Login{}, err
		}
		if err := s.Audit(ctx, Entry{Actor: id.Issuer, Act: "account.role", Subject: a.ID, Detail: was.String() + " to " + a.Role.String()}); err != nil {
			return Login{}, err
		}
	}
	return s.admit(ctx, a, device)
}

// adopt makes the account of somebody who comes for the first time.
func (s *Service) adopt(ctx context.Context, id Identity) (Account, error) {
	a := Account{Issuer: id.Issuer, Subject: id.Subject, Mail: id.Mail, Role: Member, Created: s.Now()}
	if id.Role != nil {
		a.Role = *id.Role
	}
	var err error
	if a.ID, err = newID(s.Random); err != nil {
		return a, err
	}
	a.Name = strings.Trim(strings.Map(nameRune, normal(id.Name)), "-")
	if checkName(a.Name) != nil {
		a.Name = "member"
	}
	a.Name = a.Name[:min(len(a.Name), maxName-9)]
	err = s.Store.AddAccount(ctx, a)
	if errors.Is(err, ErrTaken) {
		a.Name += "-" + a.ID[:8]
		err = s.Store.AddAccount(ctx, a)
	}
	if err != nil {
		return a, err
	}
	return a, s.Audit(ctx, Entry{Actor: id.Issuer, Act: "account.add", Subject: a.ID, Detail: a.Role.String()})
}
