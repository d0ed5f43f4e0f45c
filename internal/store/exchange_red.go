package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pahra/internal/account"
)

// RedState is how far something of TLP:RED came.
type RedState string

// The states.
const (
	RedWaiting  RedState = "waiting"  // for a second person
	RedReleased RedState = "released" // some of the mails are still to be taken
	RedSent     RedState = "sent"
	RedRefused  RedState = "refused"
)

// RedReceiver is a person whom something of TLP:RED is for.
type RedReceiver struct {
	Name        string     `json:"name"`
	Address     string     `json:"address"`
	Fingerprint string     `json:"fingerprint"`
	Key         string     `json:"key"`  // OpenPGP, armoured
	Sent        *time.Time `json:"sent"` // when the mail was taken; nil: not yet
}

// ExchangeRed is something of TLP:RED for named people, which one person proposes and another decides on.
type ExchangeRed struct {
	Number    int64
	Partner   string
	Agreement string
	Digest    string // SHA-256 of what is sent
	Sealed    []byte // what is sent, encrypted; nil once it was sent or refused
	Name      string // of the file in the mail
	Receivers []RedReceiver
	Reason    string
	Proposer  string // an account's id
	Proposed  time.Time
	State     RedState
	Decider   string // an account's id; "" nobody yet
	Decided   *time.Time
	Answer    string
	Leaf      int64 // the entry of the ledger, from 0; -1: none yet
}

func scanRed(row scanner) (v ExchangeRed, err error) {
	var receivers []byte
	var proposed int64
	var decided *int64
	err = row.Scan(&v.Number, &v.Partner, &v.Agreement, &v.Digest, &v.Sealed, &v.Name, &receivers, &v.Reason, &v.Proposer, &proposed, &v.State, &v.Decider, &decided, &v.Answer, &v.Leaf)
	if err != nil {
		return v, err
	}
	v.Proposed, v.Decided = fromMicros(proposed), fromOptional(decided)
	return v, json.Unmarshal(receivers, &v.Receivers)
}

// ProposeRed keeps a proposal, and in the log of administrative acts who made it, and gives its number.
func (s *Store) ProposeRed(ctx context.Context, v ExchangeRed) (number int64, err error) {
	receivers, err := json.Marshal(v.Receivers)
	if err == nil {
		err = s.update(ctx, func(t *tx) error {
			number, err = one(ctx, t, "exchange_red_add", scanned[int64], v.Partner, v.Agreement, v.Digest, v.Sealed, v.Name, receivers, v.Reason, v.Proposer, micros(v.Proposed))
			if err != nil {
				return err
			}
			return audited(ctx, t, account.Entry{Actor: v.Proposer, Act: "exchange.red.propose", Subject: fmt.Sprint(number), Detail: v.Digest + " for " + v.Partner}, v.Proposed)
		})
	}
	if err != nil {
		return 0, fmt.Errorf("keeping a proposal: %w", err)
	}
	return number, nil
}

// ChangeRed alters a proposal in one transaction; act says what was done for the log of administrative acts, where something was.
func (s *Store) ChangeRed(ctx context.Context, number int64, now time.Time, change func(*ExchangeRed) (act, actor string, err error)) (v ExchangeRed, err error) {
	err = s.update(ctx, func(t *tx) error {
		if v, err = one(ctx, t, "exchange_red_get", scanRed, number); err != nil {
			return err
		}
		act, actor, err := change(&v)
		if err != nil {
			return err
		}
		receivers, err := json.Marshal(v.Receivers)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, "exchange_red_set", number, v.Sealed, receivers, string(v.State), v.Decider, optional(v.Decided), v.Answer, v.Leaf); err != nil || act == "" {
			return err
		}
		return audited(ctx, t, account.Entry{Actor: actor, Act: act, Subject: fmt.Sprint(number), Detail: v.Answer}, now)
	})
	if err != nil {
		return v, fmt.Errorf("deciding on proposal %d: %w", number, err)
	}
	return v, nil
}

// Red gives a proposal.
func (s *Store) Red(ctx context.Context, number int64) (v ExchangeRed, err error) {
	err = s.view(ctx, func(t *tx) error {
		v, err = one(ctx, t, "exchange_red_get", scanRed, number)
		return err
	})
	if err != nil {
		return v, fmt.Errorf("reading proposal %d: %w", number, err)
	}
	return v, nil
}

// Reds gives proposals behind a number.
func (s *Store) Reds(ctx context.Context, after int64, limit int) (all []ExchangeRed, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "exchange_red_list", scanRed, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading proposals: %w", err)
	}
	return all, nil
}
