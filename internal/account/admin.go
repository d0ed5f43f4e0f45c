package account

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// maxName bounds an account's name, in bytes.
const maxName = 100

// normal gives the one form of an account's name.
func normal(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// nameRune keeps what a name may be made of.
func nameRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("._-@+", r) {
		return r
	}
	return '-'
}

func checkName(name string) error {
	if name == "" || len(name) > maxName || strings.Map(nameRune, name) != name {
		return wrong("an account's name is 1 to %d letters a to z, digits, and . _ - @ +", maxName)
	}
	return nil
}

func checkMail(mail string) error {
	local, domain, ok := strings.Cut(mail, "@")
	if mail != "" && (!ok || local == "" || domain == "" || len(mail) > 254 || strings.ContainsAny(mail, " \t\r\n<>,;\"\x00")) {
		return wrong("%q is no mail address", mail)
	}
	return nil
}

// Add makes an account that logs in with a password.
func (s *Service) Add(ctx context.Context, v Viewer, name, mail string, r Role, password string) (Account, error) {
	if !v.May(Administrator, ScopeAdminister) {
		return Account{}, ErrForbidden
	}
	name = normal(name)
	if err := errors.Join(checkName(name), checkMail(mail)); err != nil {
		return Account{}, err
	}
	if r < Member || r > Administrator {
		return Account{}, wrong("an account is a member, an analyst or an administrator")
	}
	if err := CheckPassword(password, name); err != nil {
		return Account{}, err
	}
	a := Account{Name: name, Mail: mail, Role: r, Created: s.Now()}
	var err error
	if a.ID, err = newID(s.Random); err != nil {
		return a, err
	}
	if a.Password, err = s.Hasher.Hash(ctx, password); err != nil {
		return a, err
	}
	if err := s.Store.AddAccount(ctx, a); errors.Is(err, ErrTaken) {
		return a, wrong("there is an account %s already", name)
	} else if err != nil {
		return a, err
	}
	return a, s.Audit(ctx, Entry{Actor: v.Account, Act: "account.add", Subject: a.ID, Detail: r.String()})
}

// SetPassword changes a password: one's own, given the old one, or as an administrator anybody's. Every session of the
// account but keep, the secret of the one that asks, ends with it.
func (s *Service) SetPassword(ctx context.Context, v Viewer, id, old, password, keep string) error {
	a, err := s.Store.Account(ctx, id)
	if err != nil {
		return err
	}
	own := v.Account == id && len(v.Scopes) == len(AllScopes())
	switch {
	case !own && !v.May(Administrator, ScopeAdminister):
		return ErrForbidden
	case a.Issuer != "":
		return wrong("the account logs in through %s, which keeps its password", a.Issuer)
	}
	if own {
		key := "password " + id
		if wait, ok := s.limits.Take(key, s.Settings.ByDevice, s.Now()); !ok {
			return &TooManyError{wait}
		}
		ok, _, err := s.Hasher.Check(ctx, a.Password, old)
		if err != nil {
			return err
		}
		if !ok {
			return wrong("the old password is not right")
		}
		s.limits.Give(key, s.Settings.ByDevice)
	}
	if err := CheckPassword(password, a.Name); err != nil {
		return err
	}
	encoded, err := s.Hasher.Hash(ctx, password)
	if err != nil {
		return err
	}
	if _, err := s.Store.ChangeAccount(ctx, id, func(a *Account) error { a.Password = encoded; return nil }); err != nil {
		return err
	}
	if keep != "" {
		keep = hashOf(keep)
	}
	if err := s.Store.EndSessions(ctx, id, keep); err != nil {
		return err
	}
	return s.Audit(ctx, Entry{Actor: v.Account, Act: "account.password", Subject: id})
}

// SetDisabled shuts an account out, or lets it in again. Its sessions end; its tokens do not work meanwhile.
func (s *Service) SetDisabled(ctx context.Context, v Viewer, id string, disabled bool) error {
	act := "account.enable"
	if disabled {
		act = "account.disable"
	}
	return s.administer(ctx, v, id, Entry{Act: act}, func(a *Account) { a.Disabled = disabled })
}

// SetRole gives an account another role.
func (s *Service) SetRole(ctx context.Context, v Viewer, id string, r Role) error {
	if r < Member || r > Administrator {
		return wrong("an account is a member, an analyst or an administrator")
	}
	return s.administer(ctx, v, id, Entry{Act: "account.role", Detail: r.String()}, func(a *Account) { a.Role = r })
}

// administer changes an account as an administrator does. The last administrator cannot be lost this way.
func (s *Service) administer(ctx context.Context, v Viewer, id string, e Entry, change func(*Account)) error {
	if !v.May(Administrator, ScopeAdminister) {
		return ErrForbidden
	}
	s.admin.Lock()
	defer s.admin.Unlock()
	others, err := s.otherAdministrators(ctx, id)
	if err != nil {
		return err
	}
	_, err = s.Store.ChangeAccount(ctx, id, func(a *Account) error {
		was := *a
		change(a)
		if was.Role == Administrator && !was.Disabled && (a.Role != Administrator || a.Disabled) && others == 0 {
			return wrong("%s is the only administrator left", a.Name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.Store.EndSessions(ctx, id, ""); err != nil {
		return err
	}
	e.Actor, e.Subject = v.Account, id
	return s.Audit(ctx, e)
}

func (s *Service) otherAdministrators(ctx context.Context, id string) (n int, err error) {
	list, err := s.Store.Accounts(ctx)
	if err != nil {
		return 0, fmt.Errorf("counting administrators: %w", err)
	}
	for _, a := range list {
		if a.ID != id && a.Role == Administrator && !a.Disabled {
			n++
		}
	}
	return n, nil
}

// List gives every account, for administrators.
func (s *Service) List(ctx context.Context, v Viewer) ([]Account, error) {
	if !v.May(Administrator, ScopeAdminister) {
		return nil, ErrForbidden
	}
	return s.Store.Accounts(ctx)
}
