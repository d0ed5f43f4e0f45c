package irr

import (
	"context"
	"errors"
	"io"
	"time"

	"pahra/internal/source"
)

// store gives the depot the copy, if it is time.
func (s *Source) store(ctx context.Context) error {
	m := s.copy
	if m.size > maxPending {
		if err := m.merge(ctx); err != nil {
			return err
		}
	}
	now := time.Now()
	last := m.state.Stored
	if s.tried.After(last) {
		last = s.tried
	}
	s.mu.Lock()
	confirmed := s.good.After(m.state.Stored)
	s.mu.Unlock()
	switch since := now.Sub(last); {
	case !m.exists():
		return nil
	case m.changed && since >= s.config.Store, confirmed && since >= s.config.Confirm:
	default:
		return nil
	}
	s.tried = now
	if err := m.merge(ctx); err != nil {
		return err
	}
	counts := map[string]int{"objects": len(m.present), "routes": 0}
	for i, class := range m.classes {
		if class == "route" || class == "route6" {
			counts["routes"] += m.counts[i]
		}
	}
	err := s.depot.Put(ctx, source.Fact{Source: s.name, Kind: "irr", Series: s.config.Registry, Format: "db", Time: now, Counts: counts,
		Write: func(w io.Writer) error {
			return m.plain(func(r io.Reader) error {
				_, err := io.Copy(w, r)
				return err
			})
		}})
	var held *source.HeldError
	if err != nil && !errors.As(err, &held) {
		return err
	}
	m.changed, m.state.Stored, m.state.Given = false, now, m.state.Base
	return errors.Join(err, m.save())
}
