package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pahra/internal/source"
)

// SourceState is how a source was when it was last looked at.
type SourceState struct {
	source.Status
	Seen time.Time // when that was
}

// SaveSources stores how the sources are at now. Sources that are not named keep what was stored of them.
func (s *Store) SaveSources(ctx context.Context, now time.Time, states []source.Status) error {
	err := s.update(ctx, func(t *tx) error {
		for _, state := range states {
			text, err := json.Marshal(state)
			if err != nil {
				return err
			}
			if _, err := t.exec(ctx, "source_save", state.Name, micros(now), text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing the sources' health: %w", err)
	}
	return nil
}

// Sources gives every source as it was last seen, by name.
func (s *Store) Sources(ctx context.Context) ([]SourceState, error) {
	var all []SourceState
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = list(ctx, t, "source_list", scanSource)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the sources' health: %w", err)
	}
	return all, nil
}

// ForgetSources drops the sources that were last seen before a time: those that are configured no more.
func (s *Store) ForgetSources(ctx context.Context, before time.Time) error {
	err := s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "source_forget", micros(before))
		return err
	})
	if err != nil {
		return fmt.Errorf("forgetting old sources: %w", err)
	}
	return nil
}

func scanSource(row scanner) (state SourceState, err error) {
	var name string
	var seen int64
	var text []byte
	if err := row.Scan(&name, &seen, &text); err != nil {
		return state, err
	}
	if err := json.Unmarshal(text, &state.Status); err != nil {
		return state, fmt.Errorf("source %s: %w", name, err)
	}
	state.Seen = fromMicros(seen)
	return state, nil
}
