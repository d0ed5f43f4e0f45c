package store

import (
	"context"
	"fmt"
	"time"
)

// Put keeps a value under a name, in place of what was there.
func (s *Store) Put(ctx context.Context, now time.Time, name string, value []byte) error {
	if value == nil {
		value = []byte{} // a driver would make it NULL
	}
	err := s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "value_put", name, micros(now), value)
		return err
	})
	if err != nil {
		return fmt.Errorf("keeping %s: %w", name, err)
	}
	return nil
}

// Get gives the value under a name; the error is [ErrNotFound] where there is none.
func (s *Store) Get(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.view(ctx, func(t *tx) (err error) {
		value, err = one(ctx, t, "value_get", scanned[[]byte], name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return value, nil
}

// Delete drops the value under a name, if there is one.
func (s *Store) Delete(ctx context.Context, name string) error {
	err := s.update(ctx, func(t *tx) error {
		_, err := t.exec(ctx, "value_delete", name)
		return err
	})
	if err != nil {
		return fmt.Errorf("dropping %s: %w", name, err)
	}
	return nil
}
