package store

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"pahra/internal/account"
	"pahra/wire/values"
)

// AddToken keeps a new token.
func (s *Store) AddToken(ctx context.Context, v account.Token) error {
	return s.writeOne(ctx, "adding a token", true, "token_add", v.ID, v.Hash, v.Account, v.Name, v.Scopes.String(), micros(v.Created), micros(v.Expires))
}

func scanToken(row scanner) (v account.Token, err error) {
	var scopes string
	var created, expires int64
	var used, revoked *int64
	if err = row.Scan(&v.ID, &v.Hash, &v.Account, &v.Name, &scopes, &created, &expires, &used, &revoked); err != nil {
		return v, err
	}
	v.Created, v.Expires, v.Used, v.Revoked = fromMicros(created), fromMicros(expires), fromOptional(used), fromOptional(revoked)
	v.Scopes, err = account.ParseScopes(scopes)
	return v, err
}

// TokenByHash gives the token of a hash.
func (s *Store) TokenByHash(ctx context.Context, hash string) (account.Token, error) {
	return read(ctx, s, "reading a token", "token_get_by_hash", scanToken, hash)
}

// TokensOf gives an account's tokens, the newest first.
func (s *Store) TokensOf(ctx context.Context, id string) ([]account.Token, error) {
	return readAll(ctx, s, "listing tokens", "token_list", scanToken, id)
}

// UseToken notes that a token was used.
func (s *Store) UseToken(ctx context.Context, id string, used time.Time) error {
	return s.writeOne(ctx, "noting a token's use", true, "token_use", id, micros(used))
}

// RevokeToken ends a token of an account.
func (s *Store) RevokeToken(ctx context.Context, owner, id string, at time.Time) error {
	return s.writeOne(ctx, "revoking a token", true, "token_revoke", owner, id, micros(at))
}

// scanJSON reads a row of one column of JSON.
func scanJSON[T any](row scanner) (v T, err error) {
	body, err := scanned[[]byte](row)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(body, &v)
}

// AddClaim keeps a new claim; the error is [account.ErrTaken] where the account has one of the network that stands.
func (s *Store) AddClaim(ctx context.Context, c account.Claim) error {
	body, err := json.Marshal(c)
	if err != nil {
		return forAccounts("adding a claim", err)
	}
	return s.writeOne(ctx, "adding a claim", true, "claim_add", c.ID, c.Account, int64(c.ASN), string(c.State), micros(c.Opened), body)
}

// ChangeClaim alters a claim in one transaction.
func (s *Store) ChangeClaim(ctx context.Context, id string, change func(*account.Claim) error) (c account.Claim, err error) {
	err = s.update(ctx, func(t *tx) error {
		if c, err = one(ctx, t, "claim_get", scanJSON[account.Claim], id); err != nil {
			return err
		}
		if err = change(&c); err != nil {
			return err
		}
		body, err := json.Marshal(c)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, "claim_set", id, string(c.State), micros(c.Opened), body)
		return err
	})
	return c, forAccounts("changing a claim", err)
}

// Claim gives the claim of an id.
func (s *Store) Claim(ctx context.Context, id string) (account.Claim, error) {
	return read(ctx, s, "reading a claim", "claim_get", scanJSON[account.Claim], id)
}

// ClaimsOf gives an account's claims, the newest first.
func (s *Store) ClaimsOf(ctx context.Context, id string) ([]account.Claim, error) {
	return readAll(ctx, s, "listing claims", "claim_list_of", scanJSON[account.Claim], id)
}

// ClaimsOn gives the claims of a network, the newest first.
func (s *Store) ClaimsOn(ctx context.Context, asn values.ASN) ([]account.Claim, error) {
	return readAll(ctx, s, "listing claims", "claim_list_on", scanJSON[account.Claim], int64(asn))
}

// ClaimsIn gives the claims in some states: by state, the oldest first.
func (s *Store) ClaimsIn(ctx context.Context, states ...account.ClaimState) (all []account.Claim, err error) {
	err = s.view(ctx, func(t *tx) error {
		for _, state := range states {
			some, err := list(ctx, t, "claim_list_in", scanJSON[account.Claim], string(state))
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return nil
	})
	return all, forAccounts("listing claims", err)
}

// NetworksOf gives the networks that an account holds, ascending.
func (s *Store) NetworksOf(ctx context.Context, id string) ([]values.ASN, error) {
	return readAll(ctx, s, "listing networks held", "claim_held", scanned[values.ASN], id)
}

// AppendAudit keeps an entry as the one that follows the last.
func (s *Store) AppendAudit(ctx context.Context, e account.Entry, now time.Time) error {
	return forAccounts("writing the audit log", s.update(ctx, func(t *tx) error {
		return appendEntry(ctx, t, "audit_last", "audit_add", e, now)
	}))
}

// AuditEntries gives at most limit entries before the one numbered before, newest first; from the newest where it is 0.
func (s *Store) AuditEntries(ctx context.Context, before int64, limit int) ([]account.Entry, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	return readAll(ctx, s, "reading the audit log", "audit_list", scanJSON[account.Entry], before, limit)
}
