package store

import (
	"context"
	"fmt"
	"time"
)

// DayCount is what all sources saw of something on a day of time.source.
type DayCount struct {
	Day                      time.Time
	Events, Addresses, Cases int64
}

// DaysOfCases gives what was seen of each of some cases on each day since one, the earliest first, of those that the sight sees.
func (s *Store) DaysOfCases(ctx context.Context, v Sight, ids []int64, since time.Time) (map[int64][]DayCount, error) {
	all := map[int64][]DayCount{}
	if len(ids) == 0 {
		return all, nil
	}
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("case_days_of", days(since))
		among(b, ids)
		v.where(b)
		b.add("case_days_of_end")
		_, err := run(ctx, t, b, func(row scanner) (none struct{}, err error) {
			var id, day int64
			d := DayCount{Cases: 1}
			err = row.Scan(&id, &day, &d.Events, &d.Addresses)
			d.Day = dayOf(day)
			all[id] = append(all[id], d)
			return none, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("days of %d cases: %w", len(ids), err)
	}
	return all, nil
}

// Outbreak gives what was seen of each class on each day from one to another, both among them, the earliest first; with a class,
// of each of its identifiers.
func (s *Store) Outbreak(ctx context.Context, v Sight, class string, from, to time.Time) (map[string][]DayCount, error) {
	all := map[string][]DayCount{}
	err := s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		if class == "" {
			b.add("case_outbreak", days(from), days(to))
		} else {
			b.add("case_outbreak_in", days(from), days(to), class)
		}
		v.where(b)
		b.add("case_outbreak_end")
		_, err := run(ctx, t, b, func(row scanner) (none struct{}, err error) {
			var of string
			var day int64
			var d DayCount
			err = row.Scan(&of, &day, &d.Events, &d.Addresses, &d.Cases)
			d.Day = dayOf(day)
			all[of] = append(all[of], d)
			return none, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting days by class: %w", err)
	}
	return all, nil
}

// SeenReport gives a report that the sight sees; the error is [ErrNotFound] where it sees none of the id.
func (s *Store) SeenReport(ctx context.Context, v Sight, id string) (r DeskReport, err error) {
	err = s.view(ctx, func(t *tx) error {
		r, err = v.report(ctx, t, id)
		return err
	})
	if err != nil {
		return DeskReport{}, fmt.Errorf("report %s: %w", id, err)
	}
	return r, nil
}

// LatestReports gives the reports that the sight sees, those accepted last first; a state or a source keeps to those.
func (s *Store) LatestReports(ctx context.Context, v Sight, state ReportState, source, after string, limit int) (page Page[DeskReport], err error) {
	err = s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("desk_reports_of")
		v.whereReport(b)
		if state != "" {
			b.add("desk_reports_of_state", string(state))
		}
		if source != "" {
			b.add("desk_reports_of_source", source)
		}
		if after != "" {
			at, err := parseCursor(after)
			if err != nil {
				return err
			}
			b.add("desk_reports_of_after", at.At, at.ID)
		}
		b.add("desk_reports_of_order", limit+1)
		page.Items, err = run(ctx, t, b, scanReport)
		return err
	})
	if err != nil {
		return Page[DeskReport]{}, fmt.Errorf("listing reports: %w", err)
	}
	if len(page.Items) > limit {
		last := page.Items[limit-1]
		page.Items, page.Next = page.Items[:limit], cursor{micros(last.Accepted), last.ID}.String()
	}
	return page, nil
}

// ReportLines counts the lines of reports that the sight sees and that were taken in since a day.
func (s *Store) ReportLines(ctx context.Context, v Sight, since time.Time) (n int64, err error) {
	err = s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("desk_report_lines", days(since))
		v.whereReport(b)
		sums, err := run(ctx, t, b, scanned[int64])
		if err == nil {
			n = sums[0]
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("counting lines of reports: %w", err)
	}
	return n, nil
}

// HeldPlace is a place in quarantine, with the report that it is of.
type HeldPlace struct {
	Quarantined
	Name, Source string
	Accepted     time.Time
}

// LatestQuarantine gives places of reports that the sight sees and that could not be read, those of the latest report first; a report
// or a state keeps to those.
func (s *Store) LatestQuarantine(ctx context.Context, v Sight, report, state, after string, limit int) (page Page[HeldPlace], err error) {
	err = s.view(ctx, func(t *tx) error {
		b := &builder{queries: s.queries}
		b.add("desk_quarantine_latest")
		v.whereReport(b)
		if report != "" {
			b.add("desk_quarantine_latest_report", report)
		}
		if state != "" {
			b.add("desk_quarantine_latest_state", state)
		}
		if after != "" {
			at, err := parseCursor(after)
			if err != nil {
				return err
			}
			b.add("desk_quarantine_latest_after", at.ID, at.At)
		}
		b.add("desk_quarantine_latest_order", limit+1)
		page.Items, err = run(ctx, t, b, scanHeld)
		return err
	})
	if err != nil {
		return Page[HeldPlace]{}, fmt.Errorf("listing the quarantine: %w", err)
	}
	if len(page.Items) > limit {
		last := page.Items[limit-1]
		page.Items, page.Next = page.Items[:limit], cursor{last.Seq, last.Report}.String()
	}
	return page, nil
}

func scanHeld(row scanner) (h HeldPlace, err error) {
	var accepted int64
	err = row.Scan(&h.Report, &h.Seq, &h.Place, &h.Reason, &h.Raw, &h.State, &h.Name, &h.Source, &accepted)
	h.Accepted = fromMicros(accepted)
	return h, err
}
