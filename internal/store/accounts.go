package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/account"
)

// forAccounts puts package account's errors in front of this package's, and says what was being done.
func forAccounts(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotFound):
		return fmt.Errorf("%s: %w: %w", doing, account.ErrNotFound, err)
	case errors.Is(err, ErrConflict):
		return fmt.Errorf("%s: %w: %w", doing, account.ErrTaken, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func accountRow(a account.Account) []any {
	disabled := 0
	if a.Disabled {
		disabled = 1
	}
	return []any{a.ID, a.Name, a.Mail, a.Role.String(), a.Password, a.Issuer, a.Subject, disabled, micros(a.Created), optional(a.LastLogin)}
}

func scanAccount(row scanner) (a account.Account, err error) {
	var role string
	var disabled, created int64
	var last *int64
	if err = row.Scan(&a.ID, &a.Name, &a.Mail, &role, &a.Password, &a.Issuer, &a.Subject, &disabled, &created, &last); err != nil {
		return a, err
	}
	a.Disabled, a.Created, a.LastLogin = disabled != 0, fromMicros(created), fromOptional(last)
	a.Role, err = account.ParseRole(role)
	return a, err
}

// AddAccount keeps a new account; the error is [account.ErrTaken] where its name or identity is somebody's.
func (s *Store) AddAccount(ctx context.Context, a account.Account) error {
	return forAccounts("adding an account", s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "account_add", accountRow(a)...)
		return err
	}))
}

// ChangeAccount alters an account in one transaction.
func (s *Store) ChangeAccount(ctx context.Context, id string, change func(*account.Account) error) (a account.Account, err error) {
	err = s.update(ctx, func(t *tx) error {
		if a, err = one(ctx, t, "account_get", scanAccount, id); err != nil {
			return err
		}
		if err = change(&a); err != nil {
			return err
		}
		a.ID = id
		_, err = t.exec(ctx, "account_set", accountRow(a)...)
		return err
	})
	return a, forAccounts("changing an account", err)
}

// Account gives the account of an id.
func (s *Store) Account(ctx context.Context, id string) (account.Account, error) {
	return read(ctx, s, "reading an account", "account_get", scanAccount, id)
}

// AccountByName gives the account that logs in by a name.
func (s *Store) AccountByName(ctx context.Context, name string) (account.Account, error) {
	return read(ctx, s, "reading an account", "account_get_by_name", scanAccount, name)
}

// AccountBySubject gives the account of somebody at an OpenID provider.
func (s *Store) AccountBySubject(ctx context.Context, issuer, subject string) (account.Account, error) {
	return read(ctx, s, "reading an account", "account_get_by_subject", scanAccount, issuer, subject)
}

// Accounts gives every account, by name.
func (s *Store) Accounts(ctx context.Context) ([]account.Account, error) {
	return readAll(ctx, s, "listing accounts", "account_list", scanAccount)
}

// read gives one row of package account's.
func read[T any](ctx context.Context, s *Store, doing, query string, scan func(scanner) (T, error), args ...any) (v T, err error) {
	err = s.view(ctx, func(t *tx) error {
		v, err = one(ctx, t, query, scan, args...)
		return err
	})
	return v, forAccounts(doing, err)
}

// readAll gives all rows of a query of package account's.
func readAll[T any](ctx context.Context, s *Store, doing, query string, scan func(scanner) (T, error), args ...any) (all []T, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, query, scan, args...)
		return err
	})
	return all, forAccounts(doing, err)
}

// write runs one statement of package account's; where it must touch a row and does not, the error is ErrNotFound.
func (s *Store) writeOne(ctx context.Context, doing string, must bool, query string, args ...any) error {
	return forAccounts(doing, s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, query, args...)
		if err == nil && must && n == 0 {
			err = ErrNotFound
		}
		return err
	}))
}

// AddSession keeps a new session.
func (s *Store) AddSession(ctx context.Context, v account.Session) error {
	return s.writeOne(ctx, "adding a session", true, "session_add", v.Hash, v.Account, micros(v.Created), micros(v.Seen))
}

// Session gives the session of a hash.
func (s *Store) Session(ctx context.Context, hash string) (account.Session, error) {
	return read(ctx, s, "reading a session", "session_get", func(row scanner) (v account.Session, err error) {
		var created, seen int64
		err = row.Scan(&v.Hash, &v.Account, &created, &seen)
		v.Created, v.Seen = fromMicros(created), fromMicros(seen)
		return v, err
	}, hash)
}

// SeeSession notes that a session was used.
func (s *Store) SeeSession(ctx context.Context, hash string, seen time.Time) error {
	return s.writeOne(ctx, "noting a session's use", false, "session_see", hash, micros(seen))
}

// EndSession forgets a session, if it is there.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return s.writeOne(ctx, "ending a session", false, "session_end", hash)
}

// EndSessions forgets an account's sessions but the one with the hash but, and its devices.
func (s *Store) EndSessions(ctx context.Context, id, but string) error {
	return forAccounts("ending sessions", s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "session_end_all", id, but); err != nil {
			return err
		}
		_, err := t.exec(ctx, "device_forget_all", id)
		return err
	}))
}

// DropSessions forgets sessions that were last seen before idle or made before absolute.
func (s *Store) DropSessions(ctx context.Context, idle, absolute time.Time) error {
	return s.writeOne(ctx, "dropping sessions", false, "session_drop", micros(idle), micros(absolute))
}

// Device gives the device of a hash.
func (s *Store) Device(ctx context.Context, hash string) (account.Device, error) {
	return read(ctx, s, "reading a device", "device_get", func(row scanner) (v account.Device, err error) {
		var seen int64
		err = row.Scan(&v.Hash, &v.Account, &seen)
		v.Seen = fromMicros(seen)
		return v, err
	}, hash)
}

// KeepDevice keeps a device, and of its account those most that were seen last.
func (s *Store) KeepDevice(ctx context.Context, d account.Device, most int) error {
	return forAccounts("keeping a device", s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "device_keep", d.Hash, d.Account, micros(d.Seen)); err != nil {
			return err
		}
		_, err := t.exec(ctx, "device_forget_oldest", d.Account, most)
		return err
	}))
}
