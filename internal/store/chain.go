package store

import (
	"context"
	"encoding/json"
	"time"

	"pahra/internal/account"
)

// Administrative acts, acts on cases and accesses to personal data each have a log that is one chain of hashes.

// newestEntry gives the last entry of a chain, nil where there is none.
func newestEntry(ctx context.Context, t *tx, query string) (*account.Entry, error) {
	newest, err := list(ctx, t, query, scanJSON[account.Entry])
	if err != nil || len(newest) == 0 {
		return nil, err
	}
	return &newest[0], nil
}

// chained gives an entry as the one that follows the last, and as it is kept.
func chained(e account.Entry, last *account.Entry, now time.Time) (next account.Entry, body []byte, err error) {
	if next, err = e.Chain(last, now); err == nil {
		body, err = json.Marshal(next)
	}
	return next, body, err
}

// appendEntry keeps an entry behind the last one of a chain.
func appendEntry(ctx context.Context, t *tx, newest, add string, e account.Entry, now time.Time) error {
	last, err := newestEntry(ctx, t, newest)
	if err != nil {
		return err
	}
	e, body, err := chained(e, last, now)
	if err != nil {
		return err
	}
	_, err = t.exec(ctx, add, e.Seq, body)
	return err
}

// checkChain follows the chain of a table from its first entry. What cannot be read is told, and ends it.
func checkChain(ctx context.Context, t *tx, r *Report, table, query string) {
	var last *account.Entry
	for after := int64(0); ; {
		page, err := list(ctx, t, query, scanJSON[account.Entry], after, checkBatch)
		if err != nil {
			r.add(table, "after %d: %v", after, err)
			return
		}
		for i := range page {
			if err := page[i].Follows(last); err != nil {
				r.add(table, "%v", err)
			}
			last = &page[i]
		}
		if len(page) < checkBatch {
			return
		}
		after = last.Seq
	}
}
