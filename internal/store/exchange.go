package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// CollectionKind is what a collection of TAXII is for.
type CollectionKind string

// The kinds of a collection.
const (
	CollectionOwn      CollectionKind = "own"      // what the operator and users with a grant put there
	CollectionExchange CollectionKind = "exchange" // what an agreement lets a partner have
	CollectionInbox    CollectionKind = "inbox"    // what a partner puts there
)

// ExchangeCollection is a collection of TAXII.
type ExchangeCollection struct {
	ID          string // a UUID
	Kind        CollectionKind
	Partner     string // the team it is for; "" none in particular
	Agreement   string // what fills it; "" none
	Alias       string // stands for the id in paths; "" none
	Title       string
	Description string
	Made        time.Time
}

// ExchangeUser is somebody who may ask the TAXII server.
type ExchangeUser struct {
	Name        string
	Hash        string // of the password; "" none
	Token       string // SHA-256 of the bearer token, in hex; "" none
	Certificate string // SHA-256 of the certificate, in hex; "" none
	Partner     string // the team that the user is of; "" none
	Read, Write []string
	Made        time.Time
	Revoked     *time.Time // since when the user is none any more
	Version     int64      // rises with each change
}

// grants are the collections that a user may use, by id.
type grants struct {
	Read  []string `json:"read"`
	Write []string `json:"write"`
}

// AddExchangeCollection keeps a new collection; the error is [ErrConflict] where its id or alias is taken.
func (s *Store) AddExchangeCollection(ctx context.Context, c ExchangeCollection) error {
	err := s.update(ctx, func(t *tx) error { return addCollection(ctx, t, c) })
	if err != nil {
		return fmt.Errorf("adding collection %s: %w", c.ID, err)
	}
	return nil
}

func addCollection(ctx context.Context, t *tx, c ExchangeCollection) error {
	_, err := t.exec(ctx, "exchange_collection_add", c.ID, string(c.Kind), c.Partner, c.Agreement, c.Alias, c.Title, c.Description, micros(c.Made))
	if err == nil {
		_, err = t.exec(ctx, "exchange_count_roster")
	}
	return err
}

// ExchangeRoster is all collections by id and all users by name. Number rises with each change of them.
type ExchangeRoster struct {
	Number      int64
	Collections []ExchangeCollection
	Users       []ExchangeUser
}

// ExchangeRosterNumber gives the number of the roster as it is now.
func (s *Store) ExchangeRosterNumber(ctx context.Context) (number int64, err error) {
	err = s.atOnce(ctx, s.queries["exchange_counted"], nil, func(rows *sql.Rows) error {
		var added int64
		if rows.Next() {
			return rows.Scan(&added, &number)
		}
		return nil // nothing was counted yet
	})
	if err != nil {
		return 0, fmt.Errorf("reading the exchange's counter: %w", err)
	}
	return number, nil
}

// ExchangeRoster gives all collections and users.
func (s *Store) ExchangeRoster(ctx context.Context) (r ExchangeRoster, err error) {
	err = s.view(ctx, func(t *tx) error {
		if _, r.Number, err = counted(ctx, t); err != nil {
			return err
		}
		if r.Collections, err = list(ctx, t, "exchange_collection_list", scanCollection); err != nil {
			return err
		}
		r.Users, err = list(ctx, t, "exchange_user_list", scanExchangeUser)
		return err
	})
	if err != nil {
		return ExchangeRoster{}, fmt.Errorf("reading collections and users: %w", err)
	}
	return r, nil
}

// counted gives the last date_added and the number of the roster.
func counted(ctx context.Context, t *tx) (added, roster int64, err error) {
	at, err := one(ctx, t, "exchange_counted", func(row scanner) (at [2]int64, err error) {
		err = row.Scan(&at[0], &at[1])
		return at, err
	})
	if errors.Is(err, sql.ErrNoRows) { // nothing was counted yet
		err = nil
	}
	return at[0], at[1], err
}

func scanCollection(row scanner) (c ExchangeCollection, err error) {
	var made int64
	err = row.Scan(&c.ID, &c.Kind, &c.Partner, &c.Agreement, &c.Alias, &c.Title, &c.Description, &made)
	c.Made = fromMicros(made)
	return c, err
}

func scanExchangeUser(row scanner) (u ExchangeUser, err error) {
	var made int64
	var revoked *int64
	var granted []byte
	if err = row.Scan(&u.Name, &u.Hash, &u.Token, &u.Certificate, &u.Partner, &granted, &made, &revoked, &u.Version); err != nil {
		return u, err
	}
	var g grants
	err = json.Unmarshal(granted, &g)
	u.Read, u.Write, u.Made, u.Revoked = g.Read, g.Write, fromMicros(made), fromOptional(revoked)
	return u, err
}

func exchangeUserRow(u ExchangeUser) ([]any, error) {
	granted, err := json.Marshal(grants{u.Read, u.Write})
	return []any{u.Name, u.Hash, u.Token, u.Certificate, u.Partner, granted, micros(u.Made), optional(u.Revoked), u.Version}, err
}

// AddExchangeUser keeps a new user; the error is [ErrConflict] where the name, token or certificate is somebody's.
func (s *Store) AddExchangeUser(ctx context.Context, u ExchangeUser) error {
	u.Version = 1
	row, err := exchangeUserRow(u)
	if err == nil {
		err = s.update(ctx, func(t *tx) error {
			if _, err := t.exec(ctx, "exchange_user_add", row...); err != nil {
				return err
			}
			_, err := t.exec(ctx, "exchange_count_roster")
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("adding user %s: %w", u.Name, err)
	}
	return nil
}

// ChangeExchangeUser alters a user in one transaction and gives its version the next number.
func (s *Store) ChangeExchangeUser(ctx context.Context, name string, change func(*ExchangeUser) error) error {
	err := s.update(ctx, func(t *tx) error {
		u, err := one(ctx, t, "exchange_user_get", scanExchangeUser, name)
		if err != nil {
			return err
		}
		if err := change(&u); err != nil {
			return err
		}
		u.Name = name
		u.Version++
		row, err := exchangeUserRow(u)
		if err != nil {
			return err
		}
		if _, err = t.exec(ctx, "exchange_user_set", row...); err != nil {
			return err
		}
		_, err = t.exec(ctx, "exchange_count_roster")
		return err
	})
	if err != nil {
		return fmt.Errorf("changing user %s: %w", name, err)
	}
	return nil
}

// ExchangeStatus is what became of what a user put into a collection.
type ExchangeStatus struct {
	ID   string
	User string
	Made time.Time
	Body []byte // JSON
}

// AddExchangeStatus keeps a status, and forgets those made before.
func (s *Store) AddExchangeStatus(ctx context.Context, before time.Time, st ExchangeStatus) error {
	err := s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, "exchange_status_drop", micros(before)); err != nil {
			return err
		}
		_, err := t.exec(ctx, "exchange_status_add", st.ID, st.User, micros(st.Made), st.Body)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping status %s: %w", st.ID, err)
	}
	return nil
}

// ExchangeStatus gives the body of a status that a user got since then.
func (s *Store) ExchangeStatus(ctx context.Context, id, user string, since time.Time) (body []byte, err error) {
	err = s.view(ctx, func(t *tx) error {
		body, err = one(ctx, t, "exchange_status_get", scanned[[]byte], id, user, micros(since))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("status %s: %w", id, err)
	}
	return body, nil
}
