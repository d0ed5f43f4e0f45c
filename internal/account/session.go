package account

import (
	"context"
	"errors"
	"time"
)

// TokenPrefix begins every API token, so that scanners for leaked secrets know it.
const TokenPrefix = "pahra_"

// Viewer gives who has a session; the public where it has ended, was never there, or its account is disabled.
func (s *Service) Viewer(ctx context.Context, session string) (Viewer, error) {
	if session == "" {
		return Viewer{}, nil
	}
	now := s.Now()
	found, err := s.Store.Session(ctx, hashOf(session))
	if errors.Is(err, ErrNotFound) {
		return Viewer{}, nil
	}
	if err != nil {
		return Viewer{}, err
	}
	if !now.Before(found.Created.Add(s.Settings.SessionAbsolute)) || !now.Before(found.Seen.Add(s.Settings.SessionIdle)) {
		return Viewer{}, s.Store.EndSession(ctx, found.Hash)
	}
	if seen := now.Truncate(time.Minute); seen.After(found.Seen) {
		if err := s.Store.SeeSession(ctx, found.Hash, seen); err != nil {
			return Viewer{}, err
		}
	}
	return s.viewer(ctx, found.Account, AllScopes())
}

func (s *Service) viewer(ctx context.Context, id string, scopes Scopes) (Viewer, error) {
	a, err := s.Store.Account(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && a.Disabled {
		return Viewer{}, nil
	}
	if err != nil {
		return Viewer{}, err
	}
	v := Viewer{Account: a.ID, Name: a.Name, Role: a.Role, Scopes: scopes}
	v.Networks, err = s.Store.NetworksOf(ctx, a.ID)
	return v, err
}

// EndSession ends a session. One that is not there is no error.
func (s *Service) EndSession(ctx context.Context, session string) error {
	if session == "" {
		return nil
	}
	return s.Store.EndSession(ctx, hashOf(session))
}

// Sweep forgets sessions that have ended, and lets claims lapse that were never proved. It is called now and then.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.Now()
	if err := s.Store.DropSessions(ctx, now.Add(-s.Settings.SessionIdle), now.Add(-s.Settings.SessionAbsolute)); err != nil {
		return err
	}
	open, err := s.Store.ClaimsIn(ctx, Pending)
	if err != nil {
		return err
	}
	for _, c := range open {
		if now.Before(c.Opened.Add(s.Settings.ClaimOpen)) {
			continue
		}
		if _, err := s.end(ctx, c.ID, Lapsed, "it was not proved in time", "system"); err != nil {
			return err
		}
	}
	return nil
}
