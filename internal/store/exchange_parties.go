package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ExchangeState is what holds of all sharing.
type ExchangeState struct {
	Counter int64      // changes with every change of a partner, an agreement, a notice or a secret
	Stopped *time.Time // since when nothing at all is shared; nil: it is shared
	Reason  string     // why it was stopped
	Actor   string     // who stopped it
}

// ExchangePartner is a team whose keys were compared: one's own, or one that is shared with.
type ExchangePartner struct {
	Team         string     `json:"team"`
	Own          bool       `json:"own"` // it is the team that this store is of
	Name         string     `json:"name"`
	Country      string     `json:"country"`
	Profile      string     `json:"profile"`
	Fingerprints []string   `json:"fingerprints"` // in capitals
	Onboarded    time.Time  `json:"onboarded"`
	Actor        string     `json:"actor"` // who compared the fingerprints
	Suspended    *time.Time `json:"suspended"`
	Reason       string     `json:"reason"` // why it is suspended
}

// ExchangeAgreement is a version of an agreement that was adopted.
type ExchangeAgreement struct {
	ID         string
	Version    int
	Partner    string            // the other party's team
	Document   []byte            // as it was signed
	Signatures map[string]string // armoured, by team
	Adopted    time.Time
	Actor      string
}

// ExchangeBond is what holds of all versions of an agreement.
type ExchangeBond struct {
	Agreement string
	Epoch     int64      // decisions made under another one count no more
	Notice    *time.Time // when a party gave notice; nil: none did
	Noticed   int        // the newest version that the notice ends
	Giver     string     // the team that gave notice
	Actor     string
}

// ExchangeSecret is a sealed secret of an agreement.
type ExchangeSecret struct {
	Agreement string
	Number    int // from 1; the newest counts
	Sealed    []byte
	Made      time.Time
}

// ExchangeTerms is all that decides under which agreement is shared with whom, as it is at one moment.
type ExchangeTerms struct {
	State      ExchangeState
	Partners   []ExchangePartner // one's own team first
	Agreements []ExchangeAgreement
	Bonds      []ExchangeBond
	Secrets    []ExchangeSecret // of each agreement the newest first
}

// ErrSuperseded says that a version of an agreement is not newer than one that was adopted, or that its id is another partner's.
var ErrSuperseded = errors.New("a version that is as new was adopted under this id, or one with another partner")

// ExchangeState reads what holds of all sharing.
func (s *Store) ExchangeState(ctx context.Context) (state ExchangeState, err error) {
	state, err = first(ctx, s, "exchange_state", scanExchangeState)
	if err != nil && !errors.Is(err, ErrNotFound) { // while there is none nothing was ever set
		return state, fmt.Errorf("reading whether anything is shared: %w", err)
	}
	return state, nil
}

func exchangeState(ctx context.Context, t *tx) (ExchangeState, error) {
	rows, err := list(ctx, t, "exchange_state", scanExchangeState)
	if err != nil || len(rows) == 0 {
		return ExchangeState{}, err
	}
	return rows[0], nil
}

func scanExchangeState(row scanner) (v ExchangeState, err error) {
	var stopped *int64
	err = row.Scan(&v.Counter, &stopped, &v.Reason, &v.Actor)
	v.Stopped = fromOptional(stopped)
	return v, err
}

// ExchangeTerms reads what decides under which agreement is shared with whom.
func (s *Store) ExchangeTerms(ctx context.Context) (terms ExchangeTerms, err error) {
	err = s.view(ctx, func(t *tx) error {
		if terms.State, err = exchangeState(ctx, t); err != nil {
			return err
		}
		if terms.Partners, err = list(ctx, t, "exchange_partners", scanExchangePartner); err != nil {
			return err
		}
		if terms.Agreements, err = list(ctx, t, "exchange_agreements", scanExchangeAgreement); err != nil {
			return err
		}
		if terms.Bonds, err = list(ctx, t, "exchange_bonds", scanExchangeBond); err != nil {
			return err
		}
		terms.Secrets, err = list(ctx, t, "exchange_secrets", scanExchangeSecret)
		return err
	})
	if err != nil {
		return terms, fmt.Errorf("reading the agreements: %w", err)
	}
	return terms, nil
}

func scanExchangePartner(row scanner) (v ExchangePartner, err error) {
	var own, onboarded int64
	var suspended *int64
	var keys string
	err = row.Scan(&v.Team, &own, &v.Name, &v.Country, &v.Profile, &keys, &onboarded, &v.Actor, &suspended, &v.Reason)
	v.Own, v.Fingerprints, v.Onboarded, v.Suspended = own == 1, strings.Fields(keys), fromMicros(onboarded), fromOptional(suspended)
	return v, err
}

func scanExchangeAgreement(row scanner) (v ExchangeAgreement, err error) {
	var adopted int64
	var signatures []byte
	if err = row.Scan(&v.ID, &v.Version, &v.Partner, &v.Document, &signatures, &adopted, &v.Actor); err != nil {
		return v, err
	}
	v.Adopted = fromMicros(adopted)
	return v, json.Unmarshal(signatures, &v.Signatures)
}

func scanExchangeBond(row scanner) (v ExchangeBond, err error) {
	var notice *int64
	err = row.Scan(&v.Agreement, &v.Epoch, &notice, &v.Noticed, &v.Giver, &v.Actor)
	v.Notice = fromOptional(notice)
	return v, err
}

func scanExchangeSecret(row scanner) (v ExchangeSecret, err error) {
	var made int64
	err = row.Scan(&v.Agreement, &v.Number, &v.Sealed, &made)
	v.Made = fromMicros(made)
	return v, err
}

// changeExchange changes something that every process must see at its next request.
func (s *Store) changeExchange(ctx context.Context, doing string, do func(t *tx, counter int64) error) error {
	err := s.update(ctx, func(t *tx) error {
		counter, err := one(ctx, t, "exchange_count", scanned[int64])
		if err != nil {
			return err
		}
		return do(t, counter)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// touched runs a named query that must touch a row.
func touched(ctx context.Context, t *tx, name string, args ...any) error {
	n, err := t.exec(ctx, name, args...)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// StopExchange stops all sharing at once, or lets it go on where at is nil.
func (s *Store) StopExchange(ctx context.Context, at *time.Time, reason, actor string) error {
	return s.changeExchange(ctx, "stopping or starting the exchange", func(t *tx, _ int64) error {
		return touched(ctx, t, "exchange_stop", optional(at), reason, actor)
	})
}

// PutExchangePartner keeps a team, in place of what was known of it; whether it is suspended stays. There is one own team.
func (s *Store) PutExchangePartner(ctx context.Context, p ExchangePartner) error {
	return s.changeExchange(ctx, "keeping partner "+p.Team, func(t *tx, counter int64) error {
		all, err := list(ctx, t, "exchange_partners", scanExchangePartner)
		if err != nil {
			return err
		}
		for _, have := range all {
			if have.Team == p.Team && have.Own != p.Own || have.Own && p.Own && have.Team != p.Team {
				return fmt.Errorf("the own team is %s: %w", all[0].Team, ErrConflict)
			}
		}
		own := 0
		if p.Own {
			own = 1
		}
		if _, err := t.exec(ctx, "exchange_partner_put", p.Team, own, p.Name, p.Country, p.Profile, strings.Join(p.Fingerprints, " "), micros(p.Onboarded), p.Actor); err != nil {
			return err
		}
		_, err = t.exec(ctx, "exchange_epochs", p.Team, counter, own)
		return err
	})
}

// SuspendExchangePartner stops sharing with a partner at once, or lets it go on where at is nil. The error is [ErrNotFound] where there is no such partner.
func (s *Store) SuspendExchangePartner(ctx context.Context, team string, at *time.Time, reason string) error {
	return s.changeExchange(ctx, "suspending or resuming partner "+team, func(t *tx, _ int64) error {
		return touched(ctx, t, "exchange_suspend", team, optional(at), reason)
	})
}

// AdoptAgreement keeps a version of an agreement. sealed is the secret of an agreement that has none yet; it is kept with the first
// version alone. Collections are made where there is none of that kind for that partner, and of exchange collections for that agreement.
// The error is [ErrSuperseded] where the version is not newer than what was adopted.
func (s *Store) AdoptAgreement(ctx context.Context, a ExchangeAgreement, sealed []byte, collections []ExchangeCollection) error {
	signatures, err := json.Marshal(a.Signatures)
	if err != nil {
		return fmt.Errorf("adopting agreement %s: %w", a.ID, err)
	}
	return s.changeExchange(ctx, fmt.Sprintf("adopting agreement %s, version %d", a.ID, a.Version), func(t *tx, counter int64) error {
		if n, err := one(ctx, t, "exchange_agreement_others", scanned[int64], a.ID, a.Partner, a.Version); err != nil || n > 0 {
			return errors.Join(err, ErrSuperseded)
		}
		if _, err := t.exec(ctx, "exchange_adopt", a.ID, a.Version, a.Partner, a.Document, signatures, micros(a.Adopted), a.Actor); err != nil {
			return err
		}
		if _, err := t.exec(ctx, "exchange_secret_first", a.ID, sealed, micros(a.Adopted)); err != nil {
			return err
		}
		if err := missingCollections(ctx, t, collections); err != nil {
			return err
		}
		_, err = t.exec(ctx, "exchange_epoch", a.ID, counter)
		return err
	})
}

// missingCollections adds collections of which there are none yet.
func missingCollections(ctx context.Context, t *tx, wanted []ExchangeCollection) error {
	have, err := list(ctx, t, "exchange_collection_list", scanCollection)
	for _, c := range wanted {
		there := slices.ContainsFunc(have, func(h ExchangeCollection) bool {
			return h.Kind == c.Kind && h.Partner == c.Partner && h.Agreement == c.Agreement
		})
		if err == nil && !there {
			err = addCollection(ctx, t, c)
		}
	}
	return err
}

// NoteExchangeNotice keeps that a party gave notice to end an agreement, for the versions that were adopted.
func (s *Store) NoteExchangeNotice(ctx context.Context, agreement string, at time.Time, giver, actor string) error {
	return s.changeExchange(ctx, "noting a notice to end "+agreement, func(t *tx, counter int64) error {
		if err := touched(ctx, t, "exchange_notice", agreement, micros(at), giver, actor); err != nil {
			return err
		}
		_, err := t.exec(ctx, "exchange_epoch", agreement, counter)
		return err
	})
}
