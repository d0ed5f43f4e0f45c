package store

import (
	"context"
	"fmt"
	"time"
)

// CaseFeed says that a list of a source showed a case, and when last. A list is one kind of report, such as scan_dns; "" where
// the source has one.
type CaseFeed struct {
	Case         int64
	Source, Feed string
	Day          time.Time // of time.source
}

// FeedDay says that a list came for a day, whatever stood on it, and was read to its end.
type FeedDay struct {
	Source, Feed string
	Day          time.Time
}

// CaseFeeds gives the lists that showed cases with numbers from low to high.
func (s *Store) CaseFeeds(ctx context.Context, v Sight, low, high int64) (feeds []CaseFeed, err error) {
	b := &builder{queries: s.queries}
	b.add("case_feeds", low, high)
	v.where(b)
	b.add("case_feeds_order")
	err = s.view(ctx, func(t *tx) error {
		feeds, err = run(ctx, t, b, func(row scanner) (f CaseFeed, err error) {
			var day int64
			err = row.Scan(&f.Case, &f.Source, &f.Feed, &day)
			f.Day = dayOf(day)
			return f, err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing what showed cases: %w", err)
	}
	return feeds, nil
}

// FeedDays gives the days since a time for which lists of a tenant's reports came, by source, list and day.
func (s *Store) FeedDays(ctx context.Context, tenant string, since time.Time) (all []FeedDay, err error) {
	err = s.view(ctx, func(t *tx) error {
		all, err = list(ctx, t, "feed_days", func(row scanner) (d FeedDay, err error) {
			var day int64
			err = row.Scan(&d.Source, &d.Feed, &day)
			d.Day = dayOf(day)
			return d, err
		}, tenant, days(since))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing days of reports: %w", err)
	}
	return all, nil
}

// saveFeeds keeps what a piece of a report showed, and at its end the days that the report was for.
func (b DeskBatch) saveFeeds(ctx context.Context, t *tx) error {
	for _, f := range b.Feeds {
		if _, err := t.exec(ctx, "case_feed_put", f.Case, f.Source, f.Feed, days(f.Day)); err != nil {
			return err
		}
	}
	for _, d := range b.FeedDays {
		if _, err := t.exec(ctx, "feed_day_add", b.Tenant, d.Source, d.Feed, days(d.Day)); err != nil {
			return err
		}
	}
	return nil
}
