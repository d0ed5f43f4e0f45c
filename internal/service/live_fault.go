package service

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"pahra/internal/source"
)

// What may not work for a while, beside what is published and stored.
const (
	keepingWatermark = "keeping the watermark"
	storingGaps      = "storing a gap"
	readingFolder    = "reading the data folder"
	readingArchives  = "reading archives that were put into the data folder"
)

// pending are gaps that could not be stored yet.
type pending struct {
	mu   sync.Mutex
	list []source.Gap
}

// maxPending bounds the gaps that wait: no source makes so many before its collectors run out.
const maxPending = 10_000

// gap takes a gap, and stores it at once or, where that fails, with a later step.
func (l *Live) gap(ctx context.Context, g source.Gap) {
	l.opt.Log.Warn("gap", "source", g.Source, "collector", g.Collector, "from", g.From, "to", g.To, "reason", g.Reason)
	err := l.opt.Store.AddGap(ctx, l.opt.Now(), g)
	if err == nil {
		return
	}
	l.fail(storingGaps, err)
	l.gaps.mu.Lock()
	defer l.gaps.mu.Unlock()
	if len(l.gaps.list) < maxPending {
		l.gaps.list = append(l.gaps.list, g)
	}
}

// storeGaps stores the gaps that wait.
func (l *Live) storeGaps(ctx context.Context) {
	l.gaps.mu.Lock()
	defer l.gaps.mu.Unlock()
	if len(l.gaps.list) == 0 {
		return
	}
	for len(l.gaps.list) > 0 {
		if l.opt.Store.AddGap(ctx, l.opt.Now(), l.gaps.list[0]) != nil {
			return // the failure is noted already
		}
		l.gaps.list = l.gaps.list[1:]
	}
	l.works(storingGaps)
}

// sweepRuns removes runs that a crash left half written.
func (l *Live) sweepRuns() error {
	left, err := filepath.Glob(filepath.Join(l.opt.State, runsDir, ".[0-9]*Z"))
	if err != nil {
		return err
	}
	for _, name := range left {
		if err := os.RemoveAll(name); err != nil {
			return fmt.Errorf("removing a run that was cut short: %w", err)
		}
	}
	return nil
}
