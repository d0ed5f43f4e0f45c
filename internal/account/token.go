package account

import (
	"context"
	"errors"
	"strings"
	"time"
)

// NewToken makes a token for the viewer's account, and gives it this once: only its hash is kept. A token cannot make
// another one.
func (s *Service) NewToken(ctx context.Context, v Viewer, name string, scopes Scopes, lasts time.Duration) (string, Token, error) {
	switch {
	case v.Role < Member || len(v.Scopes) != len(AllScopes()):
		return "", Token{}, ErrForbidden
	case strings.TrimSpace(name) == "" || len(name) > 100:
		return "", Token{}, wrong("a token needs a name of 1 to 100 bytes")
	case len(scopes) == 0:
		return "", Token{}, wrong("a token needs a scope")
	case lasts <= 0 || lasts > s.Settings.TokenLongest:
		return "", Token{}, wrong("a token lasts between a moment and %d days", int(s.Settings.TokenLongest.Hours()/24))
	}
	for _, scope := range scopes {
		if need := LeastRole(scope); v.Role < need {
			return "", Token{}, wrong("the scope %s is for the role %s and above", scope, need)
		}
	}
	id, err := newID(s.Random)
	if err != nil {
		return "", Token{}, err
	}
	plain, err := secret(s.Random)
	if err != nil {
		return "", Token{}, err
	}
	plain = TokenPrefix + plain
	now := s.Now()
	t := Token{ID: id, Hash: hashOf(plain), Account: v.Account, Name: strings.TrimSpace(name), Scopes: scopes, Created: now, Expires: now.Add(lasts)}
	if err := s.Store.AddToken(ctx, t); err != nil {
		return "", Token{}, err
	}
	return plain, t, s.Audit(ctx, Entry{Actor: v.Account, Act: "token.add", Subject: id, Detail: scopes.String()})
}

// LeastRole gives the least role that a scope means anything to.
func LeastRole(s Scope) Role {
	switch s {
	case ScopeAdminister:
		return Administrator
	case ScopeAnalyse:
		return Analyst
	}
	return Member
}

// ViewerByToken gives who has a token. ErrRefused: it is no token, has expired or was revoked, or its account is
// disabled.
func (s *Service) ViewerByToken(ctx context.Context, token string) (Viewer, error) {
	if !strings.HasPrefix(token, TokenPrefix) {
		return Viewer{}, ErrRefused
	}
	t, err := s.Store.TokenByHash(ctx, hashOf(token))
	if errors.Is(err, ErrNotFound) {
		return Viewer{}, ErrRefused
	}
	if err != nil {
		return Viewer{}, err
	}
	now := s.Now()
	if t.Revoked != nil || !now.Before(t.Expires) {
		return Viewer{}, ErrRefused
	}
	if used := now.Truncate(time.Minute); t.Used == nil || used.After(*t.Used) {
		if err := s.Store.UseToken(ctx, t.ID, used); err != nil {
			return Viewer{}, err
		}
	}
	v, err := s.viewer(ctx, t.Account, t.Scopes)
	if err == nil && v.Account == "" {
		err = ErrRefused
	}
	return v, err
}

// RevokeToken ends a token of the viewer's account.
func (s *Service) RevokeToken(ctx context.Context, v Viewer, id string) error {
	if v.Role < Member || len(v.Scopes) != len(AllScopes()) {
		return ErrForbidden
	}
	if err := s.Store.RevokeToken(ctx, v.Account, id, s.Now()); err != nil {
		return err
	}
	return s.Audit(ctx, Entry{Actor: v.Account, Act: "token.revoke", Subject: id})
}
