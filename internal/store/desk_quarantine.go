package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"pahra/internal/account"
)

// The states of a place in quarantine.
const (
	QuarantineHeld    = "held"
	QuarantineWaiting = "waiting" // mended, or to be read again as it is: the desk reads it soon
	QuarantineMended  = "mended"  // it was read
	QuarantineDropped = "dropped" // somebody decided that nothing is lost
)

// QuarantineFilter says which places are wanted; the zero value wants all.
type QuarantineFilter struct {
	Report, State, Source string
	Seq                   *int64 // with Report: this one alone
	Limit                 int    // 100 if 0, at most 1000
	Cursor                string // Page.Next of the page before
}

// whereReport keeps a query on desk_report, called r, to what the sight sees: reports are for analysts, those that are red or have
// an event of TLP:RED for those of them who are named in [RedCompartment].
func (v Sight) whereReport(b *builder) {
	switch {
	case v.Machine:
		b.add("quarantine_seen_by_machine", v.Tenant)
	case v.Role >= account.Analyst && v.Account != "":
		b.add("quarantine_seen_by", v.Tenant, v.Account)
	default:
		b.raw("AND 1 = 0")
	}
}

// Quarantine gives places of reports that could not be read, by report and place.
func (s *Store) Quarantine(ctx context.Context, v Sight, f QuarantineFilter) (page Page[Quarantined], err error) {
	err = s.view(ctx, func(t *tx) error {
		page, err = s.quarantine(ctx, t, v, f)
		return err
	})
	if err != nil {
		return Page[Quarantined]{}, fmt.Errorf("listing the quarantine: %w", err)
	}
	return page, nil
}

func (s *Store) quarantine(ctx context.Context, t *tx, v Sight, f QuarantineFilter) (page Page[Quarantined], err error) {
	limit := IncidentFilter{Limit: f.Limit}.limit()
	after, seq := "", int64(-1)
	if f.Cursor != "" {
		at, err := parseCursor(f.Cursor)
		if err != nil {
			return page, err
		}
		after, seq = at.ID, at.At
	}
	if f.Seq != nil {
		after, seq, limit = f.Report, *f.Seq-1, 1
	}
	b := &builder{queries: s.queries}
	b.add("quarantine_list", f.Report, f.State, f.Source, after, seq)
	v.whereReport(b)
	b.add("quarantine_order", limit+1)
	if page.Items, err = run(ctx, t, b, scanQuarantined); err != nil {
		return page, err
	}
	if len(page.Items) > limit {
		page.Items = page.Items[:limit]
		last := page.Items[limit-1]
		page.Next = cursor{last.Seq, last.Report}.String()
	}
	return page, nil
}

func scanQuarantined(row scanner) (q Quarantined, err error) {
	err = row.Scan(&q.Report, &q.Seq, &q.Place, &q.Reason, &q.Raw, &q.State)
	return q, err
}

// QuarantineCounts counts the places in quarantine by their state.
func (s *Store) QuarantineCounts(ctx context.Context, v Sight) (map[string]int64, error) {
	b := &builder{queries: s.queries}
	b.add("quarantine_counts")
	v.whereReport(b)
	b.add("quarantine_counts_end")
	counts := map[string]int64{}
	err := s.view(ctx, func(t *tx) error {
		_, err := run(ctx, t, b, func(row scanner) (none struct{}, err error) {
			var state string
			var n int64
			err = row.Scan(&state, &n)
			counts[state] = n
			return none, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting the quarantine: %w", err)
	}
	return counts, nil
}

// ChangeQuarantined lets change alter the state, reason and raw text of a place that the sight sees.
func (s *Store) ChangeQuarantined(ctx context.Context, v Sight, report string, seq int64, change func(*Quarantined) error) error {
	err := s.update(ctx, func(t *tx) error {
		page, err := s.quarantine(ctx, t, v, QuarantineFilter{Report: report, Seq: &seq})
		if err == nil && (len(page.Items) == 0 || page.Items[0].Seq != seq) {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		q := page.Items[0]
		if err := change(&q); err != nil {
			return err
		}
		_, err = t.exec(ctx, "quarantine_set", report, seq, q.State, q.Reason, q.Raw)
		return err
	})
	if err != nil {
		return fmt.Errorf("place %d of report %s: %w", seq, report, err)
	}
	return nil
}

// ReplayReport has the desk read again what is held of a report that the sight sees, and a report that was refused from where that
// happened. It gives how many places wait now.
func (s *Store) ReplayReport(ctx context.Context, v Sight, report string) (waiting int64, err error) {
	err = s.update(ctx, func(t *tx) error {
		if _, err := v.report(ctx, t, report); err != nil {
			return err
		}
		if waiting, err = t.exec(ctx, "quarantine_replay", report); err != nil {
			return err
		}
		again, err := t.exec(ctx, "quarantine_reread", report)
		if waiting+again == 0 && err == nil {
			err = errors.New("nothing of it is held, and it was not refused")
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("reading report %s again: %w", report, err)
	}
	return waiting, nil
}

// report gives a report that the sight sees.
func (v Sight) report(ctx context.Context, t *tx, id string) (DeskReport, error) {
	b := &builder{queries: t.queries}
	b.add("desk_reports_of")
	v.whereReport(b)
	b.add("desk_reports_of_id", id)
	found, err := run(ctx, t, b, scanReport)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return DeskReport{}, err
	}
	return found[0], nil
}

// WaitingQuarantine gives places of one report that wait to be read again, at most limit; none where there are none.
func (s *Store) WaitingQuarantine(ctx context.Context, limit int) (some []Quarantined, err error) {
	err = s.view(ctx, func(t *tx) error {
		some, err = list(ctx, t, "quarantine_waiting", scanQuarantined, limit)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing what waits in quarantine: %w", err)
	}
	return some, nil
}

// saveMended keeps what became of places that were read again.
func (b DeskBatch) saveMended(ctx context.Context, t *tx) error {
	for _, q := range b.Mended {
		n, err := t.exec(ctx, "quarantine_end", b.Report, q.Seq, q.State, q.Reason)
		if err == nil && n == 0 {
			err = errors.New("place " + strconv.FormatInt(q.Seq, 10) + " does not wait any more")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
