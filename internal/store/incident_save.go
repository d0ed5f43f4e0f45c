package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

// SaveIncidents stores incidents as they stand now, all in one transaction, by their id. When the verdict on one differs
// from the stored one, the old stays as a version of its own; when only its evidence grew, the newest version grows.
// An incident that appears twice counts as it appears last. now is when that happens.
func (s *Store) SaveIncidents(ctx context.Context, now time.Time, incidents []watch.Incident) (Saved, error) {
	bodies := make([]body, len(incidents))
	for n, i := range incidents {
		var err error
		if bodies[n], err = s.bodies.encode(i); err != nil {
			return Saved{}, err
		}
	}
	var saved Saved
	err := s.update(ctx, func(t *tx) error {
		saved = Saved{}
		for n, i := range incidents {
			if err := saved.save(ctx, t, micros(now), i, bodies[n]); err != nil {
				return fmt.Errorf("saving incident %s: %w", i.ID, err)
			}
		}
		return nil
	})
	if err != nil {
		return Saved{}, err
	}
	return saved, nil
}

// known is what the store has of an incident.
type known struct {
	version         int
	verdict, digest string
}

func (s *Saved) save(ctx context.Context, t *tx, now int64, i watch.Incident, b body) error {
	if i.ID == "" {
		s.Ignored++
		return nil
	}
	was, err := one(ctx, t, "incident_known", func(row scanner) (k known, err error) {
		err = row.Scan(&k.version, &k.verdict, &k.digest)
		return k, err
	}, i.ID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		s.New = append(s.New, i.ID)
		if _, err = t.exec(ctx, "incident_insert", append(columns(i), now)...); err == nil {
			_, err = t.exec(ctx, "incident_version_insert", i.ID, 1, now, b.verdict, b.digest, "", b.encoding, b.bytes)
		}
	case err != nil:
		return err
	case was.digest == b.digest:
		s.Same++
		return nil
	case was.verdict == b.verdict:
		s.Grown++
		if _, err = t.exec(ctx, "incident_update", append(columns(i), now, was.version)...); err == nil {
			_, err = t.exec(ctx, "incident_version_grow", i.ID, was.version, now, b.digest, b.encoding, b.bytes)
		}
	default:
		s.Judged = append(s.Judged, i.ID)
		if _, err = t.exec(ctx, "incident_update", append(columns(i), now, was.version+1)...); err == nil {
			_, err = t.exec(ctx, "incident_version_insert", i.ID, was.version+1, now, b.verdict, b.digest, was.digest, b.encoding, b.bytes)
		}
	}
	if err != nil {
		return err
	}
	return errors.Join(saveParties(ctx, t, i), savePrefixes(ctx, t, i))
}

// columns are those of incident from id to prefix.
func columns(i watch.Incident) []any {
	var victim *int64
	if i.Victim != nil {
		n := int64(*i.Victim)
		victim = &n
	}
	first := ""
	if len(i.Prefixes) > 0 {
		first = i.Prefixes[0].String()
	}
	return []any{i.ID, string(i.Kind), int64(i.ASN), victim, micros(i.Start), optional(i.End), string(i.Status), i.Confidence,
		string(i.Attribution), len(i.Prefixes), first}
}

// involved is a network and its part.
type involved struct {
	asn  values.ASN
	part Part
}

func parties(i watch.Incident) map[involved]bool {
	set := map[involved]bool{{i.ASN, Announcing}: true}
	for _, a := range i.Accomplices {
		set[involved{a.ASN, Accomplice}] = true
	}
	if i.Victim != nil {
		set[involved{*i.Victim, Victim}] = true
	}
	for _, v := range i.Evidence.Victims {
		set[involved{v, Victim}] = true
	}
	return set
}

func scanParty(row scanner) (p involved, err error) {
	err = row.Scan(&p.asn, &p.part)
	return p, err
}

// saveParties makes the rows of incident_party what the incident says.
func saveParties(ctx context.Context, t *tx, i watch.Incident) error {
	want := parties(i)
	have, err := list(ctx, t, "incident_parties", scanParty, i.ID)
	if err != nil {
		return err
	}
	for _, p := range have {
		if want[p] {
			delete(want, p)
		} else if _, err := t.exec(ctx, "incident_party_delete", i.ID, int64(p.asn), string(p.part)); err != nil {
			return err
		}
	}
	for p := range want {
		if _, err := t.exec(ctx, "incident_party_insert", i.ID, int64(p.asn), string(p.part)); err != nil {
			return err
		}
	}
	return nil
}

// prefixSet are the keys of an incident's prefixes.
func prefixSet(i watch.Incident) map[string]bool {
	set := make(map[string]bool, len(i.Prefixes))
	for _, p := range i.Prefixes {
		set[string(prefixKey(p))] = true
	}
	return set
}

// savePrefixes makes the rows of incident_prefix what the incident says.
func savePrefixes(ctx context.Context, t *tx, i watch.Incident) error {
	want := prefixSet(i)
	have, err := list(ctx, t, "incident_prefixes", scanned[[]byte], i.ID)
	if err != nil {
		return err
	}
	for _, key := range have {
		if want[string(key)] {
			delete(want, string(key))
		} else if _, err := t.exec(ctx, "incident_prefix_delete", i.ID, key); err != nil {
			return err
		}
	}
	for key := range want {
		if _, err := t.exec(ctx, "incident_prefix_insert", i.ID, []byte(key)); err != nil {
			return err
		}
	}
	return nil
}
