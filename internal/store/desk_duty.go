package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrChanged is wrapped by the error of a change to something that another changed meanwhile, or that is at work on.
var ErrChanged = errors.New("it is in use or was changed meanwhile")

// Erasure says how much was erased or corrected, and nothing of what it was.
type Erasure struct {
	ID         int64     `json:"id"`
	At         time.Time `json:"at"`
	Actor      string    `json:"actor"`
	Kind       string    `json:"kind"`    // retention, subject, correction
	Subject    string    `json:"subject"` // a keyed hash of whom it was about
	Day        time.Time `json:"day"`     // of intake
	Source     string    `json:"source"`
	Events     int64     `json:"events"`
	Reports    int64     `json:"reports"`
	Quarantine int64     `json:"quarantine"`
	Others     int64     `json:"others"` // of mails, notices, notes on cases
}

// SweptSegment is a segment, and when it was last looked through for what is over.
type SweptSegment struct {
	DeskSegment
	Swept time.Time
}

// SegmentsBefore gives the segments of the days of intake before one, the earliest first; of some all events are erased.
func (s *Store) SegmentsBefore(ctx context.Context, day time.Time) (all []SweptSegment, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "duty_segments", func(row scanner) (g SweptSegment, err error) {
			var at, swept int64
			err = row.Scan(&at, &g.Source, &g.Bytes, &g.Events, &g.Frames, &g.Generation, &swept)
			g.Day, g.Swept = dayOf(at), dayOf(swept)
			return g, err
		}, days(day))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing segments: %w", err)
	}
	return all, nil
}

// ReplaceSegment has another segment count in the place of one, and records what went with it. The error is [ErrChanged] where a
// report of that source and day waits to be read, or the segment is not any more what it was.
func (s *Store) ReplaceSegment(ctx context.Context, was, is SweptSegment, e Erasure) error {
	err := s.update(ctx, func(t *tx) error {
		waiting, err := one(ctx, t, "duty_waiting", scanned[int64], days(was.Day), was.Source)
		if err != nil {
			return err
		}
		n, err := t.exec(ctx, "duty_segment_set", days(was.Day), was.Source, is.Bytes, is.Events, is.Frames, is.Generation, days(is.Swept), was.Bytes, was.Generation)
		if err != nil {
			return err
		}
		if waiting > 0 || n == 0 {
			return ErrChanged
		}
		return addErasure(ctx, t, e)
	})
	if err != nil {
		return fmt.Errorf("replacing the events of %s of %s: %w", was.Source, was.Day.Format(time.DateOnly), err)
	}
	return nil
}

// addErasure records an erasure; one of nothing leaves no record.
func addErasure(ctx context.Context, t *tx, e Erasure) error {
	if e.Events+e.Reports+e.Quarantine+e.Others == 0 {
		return nil
	}
	last, err := one(ctx, t, "erasure_last", scanned[int64])
	if err == nil {
		_, err = t.exec(ctx, "erasure_add", last+1, micros(e.At), e.Actor, e.Kind, e.Subject, days(e.Day), e.Source, e.Events, e.Reports, e.Quarantine, e.Others)
	}
	return err
}

// Erasures gives what was erased, the earliest first.
func (s *Store) Erasures(ctx context.Context) (all []Erasure, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "erasure_list", func(row scanner) (e Erasure, err error) {
			var at, day int64
			err = row.Scan(&e.ID, &at, &e.Actor, &e.Kind, &e.Subject, &day, &e.Source, &e.Events, &e.Reports, &e.Quarantine, &e.Others)
			e.At, e.Day = fromMicros(at), dayOf(day)
			return e, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing erasures: %w", err)
	}
	return all, nil
}

// KeptReports gives the reports of the days of intake before one that lie there as they came and do not wait to be read.
func (s *Store) KeptReports(ctx context.Context, day time.Time) (all []DeskReport, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "duty_reports", scanReport, days(day))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing reports that are kept: %w", err)
	}
	return all, nil
}

// ReportErased records that a report as it came is not there any more.
func (s *Store) ReportErased(ctx context.Context, id string, e Erasure) error {
	return s.erase(ctx, "report "+id, e, "duty_report_erased", id, micros(e.At))
}

// EraseQuarantine takes the words out of what a report has in quarantine.
func (s *Store) EraseQuarantine(ctx context.Context, report string, e Erasure) error {
	return s.erase(ctx, "the quarantine of "+report, e, "duty_quarantine_drop", report, []byte{})
}

// EraseQuarantined takes the words out of one place in quarantine.
func (s *Store) EraseQuarantined(ctx context.Context, report string, seq int64, e Erasure) error {
	return s.erase(ctx, "a place of "+report, e, "duty_quarantine_one", report, seq, []byte{})
}

// EraseReply takes the words out of a mail that came back.
func (s *Store) EraseReply(ctx context.Context, id string, e Erasure) error {
	return s.erase(ctx, "a reply", e, "duty_reply_erase", id)
}

func (s *Store) erase(ctx context.Context, what string, e Erasure, query string, args ...any) error {
	err := s.update(ctx, func(t *tx) error {
		if _, err := t.exec(ctx, query, args...); err != nil {
			return err
		}
		return addErasure(ctx, t, e)
	})
	if err != nil {
		return fmt.Errorf("erasing %s: %w", what, err)
	}
	return nil
}

// QuarantinedReports gives the reports of the days of intake before one that have something in quarantine: id, source and day.
func (s *Store) QuarantinedReports(ctx context.Context, day time.Time) (all []DeskReport, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "duty_quarantine_old", func(row scanner) (r DeskReport, err error) {
			var at int64
			err = row.Scan(&r.ID, &r.Source, &at)
			r.Day = dayOf(at)
			return r, err
		}, days(day))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing quarantine: %w", err)
	}
	return all, nil
}

// QuarantinedPage gives at most limit places in quarantine behind one, by report and number.
func (s *Store) QuarantinedPage(ctx context.Context, after Quarantined, limit int) (all []Quarantined, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "duty_quarantine_page", func(row scanner) (q Quarantined, err error) {
			err = row.Scan(&q.Report, &q.Seq, &q.Place, &q.Reason, &q.Raw, &q.State)
			return q, err
		}, after.Report, after.Seq, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading quarantine: %w", err)
	}
	return all, nil
}

// Person is where the desk holds words of or about somebody beside events: under a receipt, in a mail that came back.
type Person struct {
	Receipt, Reply string
	Text           string
}

// People gives who reported, and the mails that came back.
func (s *Store) People(ctx context.Context) (all []Person, err error) {
	err = s.view(ctx, func(t *tx) error {
		reporters, err := list(ctx, t, "duty_reporters", func(row scanner) (p Person, err error) {
			err = row.Scan(&p.Receipt, &p.Text)
			return p, err
		})
		if err != nil {
			return err
		}
		replies, err := list(ctx, t, "duty_replies", func(row scanner) (p Person, err error) {
			var subject, body string
			err = row.Scan(&p.Reply, &p.Text, &subject, &body)
			p.Text += "\n" + subject + "\n" + body
			return p, err
		})
		all = append(reporters, replies...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for persons: %w", err)
	}
	return all, nil
}
