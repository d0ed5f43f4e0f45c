package catalogue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Archive fetches single files of archives, by the rules of a [Puller], for a program that keeps its own account of what
// it has: no books are written, and what fails its checks is not kept. Safe for concurrent use; it fetches one file at a
// time. It holds the folder until it is closed.
type Archive struct {
	mu sync.Mutex
	s  *session
}

// Archive opens the puller's folder. What broke off there earlier is taken up again.
func (p *Puller) Archive() (*Archive, error) {
	s, err := p.open(false)
	if err != nil {
		return nil, fmt.Errorf("opening %s for archives: %w", p.Dir, err)
	}
	return &Archive{s: s}, nil
}

// Close lets go of the folder.
func (a *Archive) Close() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.s.close()
}

// Fetch gets the file of a source, which has one, that a collector has for a moment. It is below the puller's folder
// where [Source.PathAt] says, in place of an earlier one.
func (a *Archive) Fetch(ctx context.Context, source Source, collector string, at time.Time) Result {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(source.Files) != 1 || !ValidCollector(collector) {
		return Result{Outcome: Failed, Err: fmt.Errorf("%s has no single file of %q", source.Name, collector)}
	}
	v := variables{at: at}.forCollector(source, collector)
	return a.s.fetch(ctx, want{source: source, file: source.Files[0], vars: v, settled: true})
}

// PathAt is where the file of a collector and moment lies below a data folder.
func (s Source) PathAt(collector string, at time.Time) string {
	return variables{at: at}.forCollector(s, collector).expand(s.Files[0].Path)
}

// Every is the rhythm of an archive; 0 where it has none, or that of months.
func (s Source) Every() time.Duration {
	rhythm, err := parseStep(s.Step)
	if err != nil {
		return 0
	}
	return rhythm.every
}

// Again tells whether the same request may succeed a while after err, and how long the server asks to wait at least:
// the connection broke, or the server is busy.
func Again(err error) (pause time.Duration, again bool) {
	var r retryable
	if errors.As(err, &r) {
		return r.pause, true
	}
	return 0, false
}
