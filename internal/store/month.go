package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pahra/internal/norms"
	"pahra/wire/values"
)

// Measure is one measure of a network or neighbourhood in a month.
type Measure struct {
	Metric   norms.Metric `json:"metric"`
	Raw      *float64     `json:"raw,omitempty"`      // the penalty, of metrics that are penalties
	Fraction *float64     `json:"fraction,omitempty"` // the share, of metrics that are shares
	Percent  *float64     `json:"percent,omitempty"`  // the score; nil is "no data"
	Band     norms.Band   `json:"band"`
	Reason   string       `json:"reason,omitempty"` // why there is no data, or which part is missing
}

// NetworkMonth are the measures of a network in a month.
type NetworkMonth struct {
	ASN       values.ASN   `json:"asn"`
	Month     values.Month `json:"month"`
	Profile   string       `json:"profile"`
	Incidents int          `json:"incidents"` // in which it is the announcing network
	Measures  []Measure    `json:"measures"`

	// Snapshot names the inputs, Stored is when it was stored.
	Snapshot string    `json:"-"`
	Stored   time.Time `json:"-"`
}

// PastMonth are measures that a correction replaced.
type PastMonth struct {
	NetworkMonth
	Replaced   time.Time
	Correction string // why
}

// Correction says why a month's measures are replaced: an override record's id. The zero value is a plain new
// computation, of a month that is still running.
type Correction string

// SaveMonth stores the measures of networks in a month, all in one transaction; the rows' own Month counts, and Stored
// becomes now. With a correction, what it changes is kept as past.
func (s *Store) SaveMonth(ctx context.Context, now time.Time, rows []NetworkMonth, why Correction) error {
	err := s.update(ctx, func(t *tx) error {
		for _, row := range rows {
			if err := saveMonth(ctx, t, micros(now), row, why); err != nil {
				return fmt.Errorf("AS%d in %s: %w", row.ASN, row.Month, err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("storing a month: %w", err)
	}
	return nil
}

func saveMonth(ctx context.Context, t *tx, now int64, row NetworkMonth, why Correction) error {
	text, err := json.Marshal(row)
	if err != nil {
		return err
	}
	month, asn := row.Month.String(), int64(row.ASN)
	if why != "" {
		was, err := list(ctx, t, "month_network_get", scanBody, month, asn)
		if err != nil {
			return err
		}
		if len(was) == 1 && !bytes.Equal(was[0].body, text) {
			if _, err := t.exec(ctx, "month_network_keep", month, asn, now, string(why)); err != nil {
				return err
			}
		}
	}
	_, err = t.exec(ctx, "month_network_save", month, asn, row.Snapshot, now, text)
	return err
}

// NetworkHistory gives a network's months, the oldest first.
func (s *Store) NetworkHistory(ctx context.Context, asn values.ASN) ([]NetworkMonth, error) {
	return months[NetworkMonth](ctx, s, "month_network_history", int64(asn))
}

// MonthOf gives all networks of a month, by ASN.
func (s *Store) MonthOf(ctx context.Context, month values.Month) ([]NetworkMonth, error) {
	return months[NetworkMonth](ctx, s, "month_networks", month.String())
}

// NetworkPast gives what corrections replaced of a network, by month and time.
func (s *Store) NetworkPast(ctx context.Context, asn values.ASN) ([]PastMonth, error) {
	var all []PastMonth
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = list(ctx, t, "month_network_past", func(row scanner) (p PastMonth, err error) {
			var replaced int64
			b, err := scanBody(scanAlso{row, []any{&replaced, &p.Correction}})
			if err != nil {
				return p, err
			}
			p.Replaced = fromMicros(replaced)
			return p, b.into(&p.NetworkMonth)
		}, int64(asn))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading corrections of AS%d: %w", asn, err)
	}
	return all, nil
}

// Months gives the months that any network has measures of, the oldest first.
func (s *Store) Months(ctx context.Context) ([]values.Month, error) {
	var all []values.Month
	err := s.view(ctx, func(t *tx) (err error) {
		all, err = list(ctx, t, "month_list", func(row scanner) (m values.Month, err error) {
			text, err := scanned[string](row)
			if err != nil {
				return m, err
			}
			return values.ParseMonth(text)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing months: %w", err)
	}
	return all, nil
}
