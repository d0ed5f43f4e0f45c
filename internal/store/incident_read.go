package store

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"time"

	"pahra/internal/watch"
	"pahra/wire/values"
)

const (
	pageSize    = 100
	maxPageSize = 1000
)

// Incident gives the incident of an id as it stands now; the error is [ErrNotFound] where there is none.
func (s *Store) Incident(ctx context.Context, id string) (StoredIncident, error) {
	var found StoredIncident
	err := s.view(ctx, func(t *tx) (err error) {
		found, err = one(ctx, t, "incident_get", func(row scanner) (StoredIncident, error) { return s.scanWhole(row) }, id)
		return err
	})
	if err != nil {
		return StoredIncident{}, fmt.Errorf("incident %s: %w", id, err)
	}
	return found, nil
}

// IncidentVersions gives every verdict on an incident, the oldest first; none where there is no such incident.
func (s *Store) IncidentVersions(ctx context.Context, id string) ([]IncidentVersion, error) {
	var all []IncidentVersion
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = list(ctx, t, "incident_versions", s.scanVersion, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("versions of incident %s: %w", id, err)
	}
	return all, nil
}

// Incidents gives whole incidents, those that began last first.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) (Page[StoredIncident], error) {
	return incidents(ctx, s, f, "incident_list_whole", func(row scanner) (at cursor, i StoredIncident, err error) {
		i, err = s.scanWhole(row, &at.At, &at.ID)
		return at, i, err
	})
}

// IncidentSummaries gives the same incidents as [Store.Incidents], without their bodies.
func (s *Store) IncidentSummaries(ctx context.Context, f IncidentFilter) (Page[IncidentSummary], error) {
	return incidents(ctx, s, f, "incident_list_summary", scanSummary)
}

// incidents runs one list of incidents; scan gives where a row stands and what it says.
func incidents[T any](ctx context.Context, s *Store, f IncidentFilter, from string, scan func(scanner) (cursor, T, error)) (Page[T], error) {
	var page Page[T]
	var at []cursor
	limit := f.limit()
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add(from)
		if err := f.where(ctx, t, b); err != nil {
			return err
		}
		b.add("incident_order", limit+1) // one more tells whether there is a next page
		var err error
		page.Items, err = run(ctx, t, b, func(row scanner) (T, error) {
			c, v, err := scan(row)
			at = append(at, c)
			return v, err
		})
		return err
	})
	if err != nil {
		return Page[T]{}, fmt.Errorf("listing incidents: %w", err)
	}
	if len(page.Items) > limit {
		page.Items, page.Next = page.Items[:limit], at[limit-1].String()
	}
	return page, nil
}

func (f IncidentFilter) limit() int {
	if f.Limit <= 0 {
		return pageSize
	}
	return min(f.Limit, maxPageSize)
}

// where adds the filter to a query.
func (f IncidentFilter) where(ctx context.Context, t *tx, b *builder) error {
	switch {
	case f.ASN != 0 && f.Part == AnyPart:
		b.add("incident_where_asn", int64(f.ASN))
	case f.ASN != 0:
		b.add("incident_where_asn_part", int64(f.ASN), string(f.Part))
	}
	if f.ASNs != nil {
		if err := f.whereNetworks(ctx, t, b); err != nil {
			return err
		}
	}
	if f.Prefix.IsValid() {
		low, high := insideRange(f.Prefix.Masked())
		b.add("incident_where_inside", low, high)
		for _, key := range around(f.Prefix.Masked()) {
			b.add("incident_where_around", key)
		}
		b.raw(")")
	}
	f.whereRest(b)
	if f.Cursor != "" {
		c, err := parseCursor(f.Cursor)
		if err != nil {
			return err
		}
		b.add("incident_where_after", c.At, c.ID)
	}
	return nil
}

// manyRows is from how many rows on it is quicker to look each incident's networks up than to gather the networks'
// incidents: measured with 100,000 incidents, where the two cost the same.
const manyRows = 5000

// whereNetworks wants one of the networks.
func (f IncidentFilter) whereNetworks(ctx context.Context, t *tx, b *builder) error {
	set, err := json.Marshal(f.ASNs)
	if err != nil {
		return err
	}
	rows, err := one(ctx, t, "incident_reach", scanned[int], string(set), manyRows)
	if err != nil {
		return err
	}
	name := "incident_where_asns"
	if rows == manyRows {
		name = "incident_where_asns_many"
	}
	b.add(name, string(set), string(f.Part))
	return nil
}

// whereRest adds what needs no more than a column.
func (f IncidentFilter) whereRest(b *builder) {
	if len(f.Kinds) > 0 {
		b.raw("AND i.kind IN (")
		for n, k := range f.Kinds {
			if n > 0 {
				b.raw(",")
			}
			b.raw("$1", string(k))
		}
		b.raw(")")
	}
	if !f.Since.IsZero() {
		b.add("incident_where_since", micros(f.Since))
	}
	if !f.Until.IsZero() {
		b.add("incident_where_until", micros(f.Until))
	}
	if !f.UpdatedSince.IsZero() {
		b.add("incident_where_updated", micros(f.UpdatedSince))
	}
	if f.Open {
		b.add("incident_where_open")
	}
	if f.MinConfidence > 0 {
		b.add("incident_where_confidence", f.MinConfidence)
	}
	if f.Attribution != "" {
		b.add("incident_where_attribution", string(f.Attribution))
	}
}

// KindCount says how many incidents of a kind there are.
type KindCount struct {
	Kind watch.Kind
	All  int
	Open int // of them
}

// IncidentCounts counts the incidents that began at or after since, by kind, in order of kind; kinds without any are
// left out.
func (s *Store) IncidentCounts(ctx context.Context, since time.Time) ([]KindCount, error) {
	var counts []KindCount
	err := s.view(ctx, func(t *tx) (err error) {
		counts, err = list(ctx, t, "incident_counts", func(row scanner) (c KindCount, err error) {
			err = row.Scan(&c.Kind, &c.All, &c.Open)
			return c, err
		}, micros(since))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting incidents: %w", err)
	}
	return counts, nil
}

// scanWhole reads a row that ends in stored, updated, version, encoding, body, digest; before is what comes first.
func (s *Store) scanWhole(row scanner, before ...any) (i StoredIncident, err error) {
	var stored, updated int64
	var encoding, digest string
	var bytes []byte
	if err = row.Scan(append(before, &stored, &updated, &i.Version, &encoding, &bytes, &digest)...); err != nil {
		return i, err
	}
	i.Stored, i.Updated = fromMicros(stored), fromMicros(updated)
	i.Incident, err = s.bodies.decode(encoding, bytes, digest)
	return i, err
}

func (s *Store) scanVersion(row scanner) (v IncidentVersion, err error) {
	var reached, updated int64
	var encoding string
	var bytes []byte
	if err = row.Scan(&v.Version, &reached, &updated, &v.Digest, &v.Previous, &encoding, &bytes); err != nil {
		return v, err
	}
	v.Reached, v.Updated = fromMicros(reached), fromMicros(updated)
	if v.Incident, err = s.bodies.decode(encoding, bytes, v.Digest); err != nil {
		err = fmt.Errorf("version %d: %w", v.Version, err)
	}
	return v, err
}

func scanSummary(row scanner) (at cursor, i IncidentSummary, err error) {
	var stored, updated int64
	var victim, ended *int64
	var prefix string
	err = row.Scan(&at.At, &at.ID, &i.Kind, &i.ASN, &victim, &ended, &i.Status, &i.Confidence, &i.Attribution, &i.Prefixes,
		&prefix, &stored, &updated, &i.Version)
	if err != nil {
		return at, i, err
	}
	i.ID, i.Start, i.End = at.ID, fromMicros(at.At), fromOptional(ended)
	i.Stored, i.Updated = fromMicros(stored), fromMicros(updated)
	if victim != nil {
		n := values.ASN(*victim)
		i.Victim = &n
	}
	if prefix != "" {
		i.Prefix, err = netip.ParsePrefix(prefix)
	}
	return at, i, err
}
