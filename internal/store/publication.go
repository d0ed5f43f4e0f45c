package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"pahra/internal/publication"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// PublicationRecord gives what happened to a network's part in an incident, and its revision; a zero record of revision
// 0 where nothing did.
func (s *Store) PublicationRecord(ctx context.Context, incident string, asn values.ASN) (publication.Record, int, error) {
	type found struct {
		r        publication.Record
		revision int
	}
	var f found
	err := s.view(ctx, func(t *tx) (err error) {
		f, err = one(ctx, t, "publication_get", func(row scanner) (f found, err error) {
			var body []byte
			if err = row.Scan(&f.revision, &body); err != nil {
				return f, err
			}
			return f, json.Unmarshal(body, &f.r)
		}, incident, int64(asn))
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return publication.Record{}, 0, nil
	}
	if err != nil {
		return publication.Record{}, 0, fmt.Errorf("reading the record of AS%d in incident %s: %w", asn, incident, err)
	}
	return f.r, f.revision, nil
}

// SavePublicationRecord keeps a record whose last step was just added, its revision before being was, with the override
// that the step made. The error is [publication.ErrConflict] where the revision is another one.
func (s *Store) SavePublicationRecord(ctx context.Context, r publication.Record, was int, made *publication.Override) error {
	err := s.update(ctx, func(t *tx) error { return savePublication(ctx, t, r, was, made) })
	if errors.Is(err, ErrConflict) {
		err = fmt.Errorf("%w: %w", publication.ErrConflict, err)
	}
	if err != nil {
		return fmt.Errorf("keeping the record of AS%d in incident %s: %w", r.ASN, r.Incident, err)
	}
	return nil
}

func savePublication(ctx context.Context, t *tx, r publication.Record, was int, made *publication.Override) error {
	if len(r.Steps) == 0 {
		return errors.New("it has no step")
	}
	last := r.Steps[len(r.Steps)-1]
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	n := int64(1)
	if was == 0 {
		_, err = t.exec(ctx, "publication_add", r.Incident, int64(r.ASN), string(r.Kind), string(r.State), micros(last.At), body)
	} else {
		n, err = t.exec(ctx, "publication_set", r.Incident, int64(r.ASN), string(r.State), micros(last.At), body, was)
	}
	if err == nil && n == 0 {
		err = ErrConflict
	}
	if err != nil {
		return err
	}
	if _, err := t.exec(ctx, "publication_count_up", string(r.Kind), string(last.Action)); err != nil || made == nil {
		return err
	}
	text, err := made.Canonical()
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, "publication_override_add", made.Incident, int64(made.ASN), r.Override, text)
	return err
}

// PublicationRecords gives the records of an incident's networks of which something happened.
func (s *Store) PublicationRecords(ctx context.Context, incident string) (map[values.ASN]publication.Record, error) {
	all, err := s.publicationRecords(ctx, "publication_list_of", incident)
	byASN := make(map[values.ASN]publication.Record, len(all))
	for _, r := range all {
		byASN[r.ASN] = r
	}
	return byASN, err
}

// PublicationRecordsIn gives at most limit records in a state, those that changed last first.
func (s *Store) PublicationRecordsIn(ctx context.Context, state publication.State, limit int) ([]publication.Record, error) {
	return s.publicationRecords(ctx, "publication_list_in", string(state), limit)
}

// PublicationRecordsOn gives at most limit records of a network, those that changed last first.
func (s *Store) PublicationRecordsOn(ctx context.Context, asn values.ASN, limit int) ([]publication.Record, error) {
	return s.publicationRecords(ctx, "publication_list_on", int64(asn), limit)
}

// PublicationRecordsOf gives the records of many incidents at once, by incident and network.
func (s *Store) PublicationRecordsOf(ctx context.Context, incidents []string) (map[string]map[values.ASN]publication.Record, error) {
	out := make(map[string]map[values.ASN]publication.Record)
	err := s.view(ctx, func(t *tx) error {
		for _, id := range incidents {
			some, err := list(ctx, t, "publication_list_of", scanJSON[publication.Record], id)
			if err != nil {
				return err
			}
			for _, r := range some {
				if out[id] == nil {
					out[id] = make(map[values.ASN]publication.Record)
				}
				out[id][r.ASN] = r
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading publication records: %w", err)
	}
	return out, nil
}

func (s *Store) publicationRecords(ctx context.Context, query string, args ...any) (all []publication.Record, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, query, scanJSON[publication.Record], args...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading publication records: %w", err)
	}
	return all, nil
}

// PublicationCounts gives how often each action was done about each kind of incident.
func (s *Store) PublicationCounts(ctx context.Context) (all []publication.Count, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "publication_counts", func(row scanner) (c publication.Count, err error) {
			err = row.Scan(&c.Kind, &c.Action, &c.Times)
			return c, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting what was published: %w", err)
	}
	return all, nil
}

// PublicationOverrides gives every signed decision, by incident and network.
func (s *Store) PublicationOverrides(ctx context.Context) (all []publication.Override, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "publication_override_list", scanJSON[publication.Override])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading overrides: %w", err)
	}
	for i := range all {
		all[i].Decided = all[i].Decided.In(time.UTC)
	}
	return all, nil
}

// IncidentByID gives an incident as it stands now.
func (s *Store) IncidentByID(ctx context.Context, id string) (watch.Incident, error) {
	found, err := s.Incident(ctx, id)
	return found.Incident, err
}
