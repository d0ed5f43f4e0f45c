package store

import (
	"context"
	"fmt"
	"time"
)

// ReadyNotice is a notice that may be sent.
type ReadyNotice struct {
	ID     int64
	Domain string // of its recipient
}

// ReadyNotices gives the notices that may be sent now: the first of each domain, of at most limit domains.
func (s *Store) ReadyNotices(ctx context.Context, now time.Time, limit int) (out []ReadyNotice, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "notice_ready", func(row scanner) (r ReadyNotice, err error) {
			err = row.Scan(&r.ID, &r.Domain)
			return r, err
		}, micros(now), limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing notices to send: %w", err)
	}
	return out, nil
}

// NextNotice gives when a notice is to be tried next; the zero time where none waits.
func (s *Store) NextNotice(ctx context.Context) (at time.Time, err error) {
	err = s.view(ctx, func(t *tx) error {
		us, err := one(ctx, t, "notice_soonest", scanned[*int64])
		if err == nil && us != nil {
			at = fromMicros(*us)
		}
		return err
	})
	if err != nil {
		return at, fmt.Errorf("reading when to send next: %w", err)
	}
	return at, nil
}

// ClaimNotice takes a notice so that nobody else tries it before until; the error is [ErrNotFound] where it cannot be had.
// While it is only claimed nothing was handed over: whoever comes after a crash tries it again once the claim has ended.
func (s *Store) ClaimNotice(ctx context.Context, now time.Time, id int64, until time.Time) (Notice, error) {
	if err := s.writeNotice(ctx, "claiming", id, "notice_claim", id, micros(until), micros(now)); err != nil {
		return Notice{}, err
	}
	return s.Notice(ctx, id)
}

// HandNotice records that a claimed notice is about to be handed to the mail server. A notice that stays so is unclear: it
// is not sent again by itself.
func (s *Store) HandNotice(ctx context.Context, now time.Time, id int64) error {
	return s.writeNotice(ctx, "handing over", id, "notice_hand", id, micros(now))
}

// NoticeTaken records that the mail server took a notice.
func (s *Store) NoticeTaken(ctx context.Context, now time.Time, id int64) error {
	return s.writeNotice(ctx, "noting the sending of", id, "notice_sent", id, micros(now))
}

// NoticeAgain has a notice that the mail server did not take tried again at a time.
func (s *Store) NoticeAgain(ctx context.Context, now time.Time, id int64, at time.Time, failure string) error {
	return s.writeNotice(ctx, "putting off", id, "notice_again", id, micros(at), micros(now), failure)
}

// NoticeGivenUp records that a notice cannot be sent.
func (s *Store) NoticeGivenUp(ctx context.Context, now time.Time, id int64, failure string) error {
	return s.writeNotice(ctx, "giving up", id, "notice_failed", id, micros(now), failure)
}

func (s *Store) writeNotice(ctx context.Context, doing string, id int64, query string, args ...any) error {
	err := s.update(ctx, func(t *tx) error { return changed(t.exec(ctx, query, args...)) })
	if err != nil {
		return fmt.Errorf("%s notice %d: %w", doing, id, err)
	}
	return nil
}

// UnclearNotices marks the notices whose handing over began before a time and did not end, or of these only the one
// numbered id, and says how many those are.
func (s *Store) UnclearNotices(ctx context.Context, now, before time.Time, id int64) (n int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		n, err = t.exec(ctx, "notice_unclear", micros(now), micros(before), id)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("marking notices that may have been sent: %w", err)
	}
	return n, nil
}

// Untold is a case that a notice told of and that does not say so yet.
type Untold struct{ Case, Notice int64 }

// Untold gives the cases that were told of and are still new or reopened.
func (s *Store) Untold(ctx context.Context) (out []Untold, err error) {
	err = s.view(ctx, func(t *tx) error {
		out, err = list(ctx, t, "notice_unmoved", func(row scanner) (u Untold, err error) {
			err = row.Scan(&u.Case, &u.Notice)
			return u, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing cases that were told of: %w", err)
	}
	return out, nil
}
