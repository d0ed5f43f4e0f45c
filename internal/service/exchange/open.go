package exchange

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pahra/internal/source/durable"
	"pahra/internal/store"
)

// secretFile is the file of the state folder that holds the secret of cursors.
const secretFile = "taxii.key"

// Secret gives the secret that cursors are sealed with: the one that lies in the state folder, or a new one put there.
func Secret(dir string, random io.Reader) ([]byte, error) {
	path := filepath.Join(dir, secretFile)
	secret, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		secret = make([]byte, secretSize)
		if _, err := io.ReadFull(random, secret); err != nil {
			return nil, fmt.Errorf("drawing a secret: %w", err)
		}
		return secret, writeSecret(path, secret)
	}
	if err == nil && len(secret) != secretSize {
		err = fmt.Errorf("%s has %d bytes, not %d; remove it, and a new one is made: cursors given out before are no good then", path, len(secret), secretSize)
	}
	return secret, err
}

func writeSecret(path string, secret []byte) error {
	f, err := durable.CreatePrivate(path)
	if err != nil {
		return err
	}
	defer f.Abandon()
	if _, err := f.Write(secret); err != nil {
		return err
	}
	return f.Commit()
}

// Commons makes the collection that everybody with a grant may use, where there is no collection at all yet.
func (s *Service) Commons(ctx context.Context) error {
	r, err := s.look(ctx)
	if err != nil || len(r.ExchangeRoster.Collections) > 0 {
		return err
	}
	id, err := newUUID(s.Random)
	if err != nil {
		return err
	}
	err = s.Store.AddExchangeCollection(ctx, store.ExchangeCollection{ID: id, Kind: store.CollectionOwn, Alias: "commons", Title: "Commons",
		Description: "What the operator and users with a grant put here", Made: s.Now()})
	if errors.Is(err, store.ErrConflict) { // another process made it at the same time
		return nil
	}
	return err
}

// AllCollections gives every collection by id, as the operator sees it.
func (s *Service) AllCollections(ctx context.Context) ([]store.ExchangeCollection, error) {
	r, err := s.look(ctx)
	if err != nil {
		return nil, err
	}
	return r.ExchangeRoster.Collections, nil
}
