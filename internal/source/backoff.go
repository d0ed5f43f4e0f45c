package source

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is how long to wait before trying again: longer after each failure, up to Max, and never the same for two
// programs that failed at once. The zero value waits from one second to five minutes.
type Backoff struct {
	Min, Max time.Duration
	// Rand gives a number in [0, 1); nil is chance.
	Rand  func() float64
	fails int
}

// Next gives the wait after one more failure: between half and all of Min, doubled for each failure before.
func (b *Backoff) Next() time.Duration {
	low, high := b.Min, b.Max
	if low == 0 {
		low = time.Second
	}
	if high == 0 {
		high = 5 * time.Minute
	}
	wait := high
	if b.fails < 20 {
		wait = min(high, low<<b.fails)
	}
	b.fails++
	chance := rand.Float64
	if b.Rand != nil {
		chance = b.Rand
	}
	return wait/2 + time.Duration(chance()*float64(wait/2))
}

// Reset forgets the failures, once something worked.
func (b *Backoff) Reset() { b.fails = 0 }

// Wait sleeps for the next wait; false if ctx ended before.
func (b *Backoff) Wait(ctx context.Context) bool { return Sleep(ctx, b.Next()) == nil }

// Sleep waits, or gives the error of ctx if that ends before.
func Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Repeat looks until ctx ends, every so often. A look that fails is told and tried again, later each time, at most five minutes.
func Repeat(ctx context.Context, every time.Duration, look func(context.Context) error, failed func(error)) {
	wait := Backoff{Min: every}
	for ctx.Err() == nil {
		if err := look(ctx); err != nil && ctx.Err() == nil {
			failed(err)
			wait.Wait(ctx)
			continue
		}
		wait.Reset()
		_ = Sleep(ctx, every) // the loop sees that ctx ended
	}
}
