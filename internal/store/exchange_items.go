package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ExchangeItem is something to share: a few objects that belong together, and what is known of them as a whole.
type ExchangeItem struct {
	ID       string
	Version  int64  // from 1
	Body     []byte // a JSON list of objects of STIX
	Digest   string // of all but the version and the times at which it was stored and taken back
	Audience string // the one exchange collection that it is for; "": all
	Consent  string // to whom who told it may be named; "": none
	Origin   string // the team of a third party that told it; "": one's own
	Permits  []string
	Embargo  *time.Time
	Expires  *time.Time
	Recalled *time.Time
	Stored   time.Time
}

func (s *Store) scanExchangeItem(row scanner) (v ExchangeItem, err error) {
	var body []byte
	var permits string
	var embargo, expires, recalled *int64
	var stored int64
	if err = row.Scan(&v.ID, &v.Version, &body, &v.Digest, &v.Audience, &v.Consent, &v.Origin, &permits, &embargo, &expires, &recalled, &stored); err != nil {
		return v, err
	}
	v.Permits, v.Embargo, v.Expires, v.Recalled, v.Stored = strings.Fields(permits), fromOptional(embargo), fromOptional(expires), fromOptional(recalled), fromMicros(stored)
	if v.Body, err = s.bodies.plain(zstdJSON, body); err != nil {
		return v, fmt.Errorf("item %s: %w", v.ID, err)
	}
	return v, nil
}

// ExchangeItem gives the newest version of an item, or the one that is asked for where version is not 0.
func (s *Store) ExchangeItem(ctx context.Context, id string, version int64) (v ExchangeItem, err error) {
	if version == 0 {
		v, err = first(ctx, s, "exchange_item_newest", s.scanExchangeItem, id)
	} else {
		v, err = first(ctx, s, "exchange_item", s.scanExchangeItem, id, version)
	}
	if err != nil {
		return v, fmt.Errorf("reading item %s: %w", id, err)
	}
	return v, nil
}

// ExchangeItems gives the newest versions of items in the order of their ids, those behind after.
func (s *Store) ExchangeItems(ctx context.Context, after string, limit int) (items []ExchangeItem, err error) {
	err = s.view(ctx, func(t *tx) error {
		items, err = list(ctx, t, "exchange_items", s.scanExchangeItem, after, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing items: %w", err)
	}
	return items, nil
}

// ItemOfObjects gives the item that one of these objects is in, the first that is in any; "" where none is.
func (s *Store) ItemOfObjects(ctx context.Context, objects []string) (item string, err error) {
	for _, o := range objects {
		if item, err = first(ctx, s, "exchange_item_object_of", scanned[string], o); !errors.Is(err, ErrNotFound) {
			break
		}
		err = nil
	}
	if err != nil {
		return "", fmt.Errorf("looking for an object's item: %w", err)
	}
	return item, nil
}

// keepItem stores a version of an item with the objects that belong to it from now on.
func (s *Store) keepItem(ctx context.Context, t *tx, v *ExchangeItem, objects []string) error {
	_, err := t.exec(ctx, "exchange_item_add", v.ID, v.Version, s.bodies.in.EncodeAll(v.Body, nil), v.Digest, v.Audience, v.Consent, v.Origin, strings.Join(v.Permits, " "),
		optional(v.Embargo), optional(v.Expires), micros(v.Stored))
	for _, o := range objects {
		if err == nil {
			_, err = t.exec(ctx, "exchange_item_object_add", o, v.ID)
		}
	}
	return err
}
