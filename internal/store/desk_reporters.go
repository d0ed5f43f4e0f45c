package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Reporter is who said something over the form for everybody.
type Reporter struct {
	Receipt  string
	CodeHash []byte // SHA-256 of the code that goes with the receipt
	Report   string
	Tenant   string
	Mode     string
	// Name, Organisation, Mail and Phone are empty once they were taken back.
	Name, Organisation, Mail, Phone string
	Consent                         bool // who must act may be told who reported
	Given                           time.Time
	Withdrawn                       time.Time // zero: not
}

// AddReporter records who sent a report.
func (s *Store) AddReporter(ctx context.Context, r Reporter) error {
	err := s.update(ctx, func(t *tx) error {
		consent := 0
		if r.Consent {
			consent = 1
		}
		_, err := t.exec(ctx, "desk_reporter_add", r.Receipt, r.CodeHash, r.Report, r.Tenant, r.Mode, r.Name, r.Organisation, r.Mail, r.Phone, consent, micros(r.Given))
		return err
	})
	if err != nil {
		return fmt.Errorf("recording who reported: %w", err)
	}
	return nil
}

// Reporter gives who has a receipt; the error is [ErrNotFound] where nobody has.
func (s *Store) Reporter(ctx context.Context, receipt string) (r Reporter, err error) {
	err = s.view(ctx, func(t *tx) error {
		r, err = one(ctx, t, "desk_reporter_one", scanReporter, receipt)
		return err
	})
	if err != nil {
		return Reporter{}, fmt.Errorf("receipt %s: %w", receipt, err)
	}
	return r, nil
}

// ReportersOf gives who sent a report: nobody, where it did not come over the form.
func (s *Store) ReportersOf(ctx context.Context, report string) (out []Reporter, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "desk_reporters_of", scanReporter, report)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("who sent report %s: %w", report, err)
	}
	return out, nil
}

// WithdrawReporter forgets who has a receipt, as they asked; that something was reported stays.
func (s *Store) WithdrawReporter(ctx context.Context, receipt string, now time.Time) error {
	err := s.update(ctx, func(t *tx) error {
		n, err := t.exec(ctx, "desk_reporter_withdraw", receipt, micros(now))
		if err == nil && n == 0 {
			err = ErrNotFound
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("receipt %s: %w", receipt, err)
	}
	return nil
}

func scanReporter(row scanner) (r Reporter, err error) {
	var consent, given int64
	var withdrawn sql.NullInt64
	err = row.Scan(&r.Receipt, &r.CodeHash, &r.Report, &r.Tenant, &r.Mode, &r.Name, &r.Organisation, &r.Mail, &r.Phone, &consent, &given, &withdrawn)
	r.Consent, r.Given = consent == 1, fromMicros(given)
	if withdrawn.Valid {
		r.Withdrawn = fromMicros(withdrawn.Int64)
	}
	return r, err
}

// Segment gives how much of a source's events of a day of intake counts; the error is [ErrNotFound] where there are none.
func (s *Store) Segment(ctx context.Context, day time.Time, source string) (g DeskSegment, err error) {
	err = s.view(ctx, func(t *tx) error {
		g, err = one(ctx, t, "desk_segment_one", scanSegment, days(day), source)
		return err
	})
	if err != nil {
		return DeskSegment{}, fmt.Errorf("events of %s: %w", source, err)
	}
	return g, nil
}
