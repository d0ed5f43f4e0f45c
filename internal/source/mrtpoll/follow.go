package mrtpoll

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/catalogue"
)

const (
	// settle is how long behind the end of its time a file is asked for at first: both archives take a minute or more.
	settle = time.Minute
	// badTries is how often a file that is not whole is fetched.
	badTries = 6
	// tableBack is how many tables back the newest is searched.
	tableBack = 12
)

// follow gives a collector's files in the order of time, until ctx ends.
func (p *Poller) follow(ctx context.Context, collector string) {
	next := p.taker.Since(collector)
	if next.IsZero() || p.now().Sub(next) > p.plan.MaxBehind {
		at, ok := p.baseline(ctx, collector)
		if !ok {
			return
		}
		if !next.IsZero() && next.Before(at) {
			p.gap(collector, next, at, "the archive was not followed for too long to catch up")
		}
		next = at
	}
	every := p.plan.updates.Every()
	for at := next.UTC().Truncate(every); ; at = at.Add(every) {
		f, err := p.await(ctx, collector, at)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			p.gap(collector, at, at.Add(every), err.Error())
		case !p.give(ctx, f):
			return
		}
	}
}

func (p *Poller) gap(collector string, from, to time.Time, reason string) {
	p.log.Warn("the archive has a gap", "collector", collector, "from", from, "to", to, "reason", reason)
	p.taker.Gap(source.Gap{Source: p.name, Collector: collector, From: from, To: to, Reason: reason})
}

// give hands a file on until it is taken; false if ctx ended before.
func (p *Poller) give(ctx context.Context, f File) bool {
	var wait source.Backoff
	for {
		err := p.taker.Got(f.Collector, f.Path, f.From, f.To, f.Table)
		if err == nil {
			return true
		}
		p.meter.Failed(err)
		p.log.Error("a file was not taken", "path", f.Path, "error", err)
		if p.sleep(ctx, wait.Next()) != nil {
			return false
		}
	}
}

// baseline gives the newest table that there is, and its moment. It does not end before there is one, but with ctx.
func (p *Poller) baseline(ctx context.Context, collector string) (time.Time, bool) {
	every := p.plan.tables.Every()
	wait := source.Backoff{Min: time.Minute, Max: 30 * time.Minute}
	for {
		newest := p.now().UTC().Truncate(every)
		for back := range tableBack {
			f, err := p.file(ctx, collector, newest.Add(-time.Duration(back)*every), true)
			if err == nil {
				return f.From, p.give(ctx, f)
			}
			if ctx.Err() != nil {
				return time.Time{}, false
			}
			if _, again := catalogue.Again(err); again {
				break // an older one would fail alike
			}
		}
		err := fmt.Errorf("%s has no table of the last %v", collector, tableBack*every)
		p.meter.Failed(err)
		p.log.Warn("waiting for a table", "collector", collector)
		if p.sleep(ctx, wait.Next()) != nil {
			return time.Time{}, false
		}
	}
}

// await gets the updates of a moment once they are published. What the server says it does not have is given up once it
// is overdue by Config.Patience, what comes bad after some tries. A server that cannot be reached, or a disk that is full,
// is waited for until Config.MaxBehind: it says nothing of what there is.
func (p *Poller) await(ctx context.Context, collector string, at time.Time) (File, error) {
	due := at.Add(p.plan.updates.Every())
	if pause := due.Add(settle).Sub(p.now()); pause > 0 && !p.have(collector, at) {
		if err := p.sleep(ctx, pause); err != nil {
			return File{}, err
		}
	}
	wait := source.Backoff{Min: 30 * time.Second, Max: 5 * time.Minute}
	for bad := 0; ; {
		f, err := p.file(ctx, collector, at, false)
		if err == nil || ctx.Err() != nil {
			return f, err
		}
		overdue := p.now().Sub(due)
		pause, again := catalogue.Again(err)
		var disk *fs.PathError
		switch {
		case errors.Is(err, errMissing) && overdue >= p.plan.Patience:
			return f, err
		case errors.Is(err, errMissing):
		case again || errors.As(err, &disk) && !errors.Is(err, errBad):
			if overdue >= p.plan.MaxBehind {
				return f, err
			}
		default:
			if bad++; bad >= badTries {
				return f, err
			}
		}
		if err := p.sleep(ctx, max(pause, wait.Next())); err != nil {
			return f, err
		}
	}
}

// Fetch gives the files in which a collector published what it said from ≤ time < to, in the order of time. It waits for
// those that are not published yet, and gives all that there are together with an error for those that never came.
func (p *Poller) Fetch(ctx context.Context, collector string, from, to time.Time) ([]File, error) {
	if !catalogue.ValidCollector(collector) {
		return nil, fmt.Errorf("%q is no collector's name", collector)
	}
	every := p.plan.updates.Every()
	if to.Sub(from) > maxFetch {
		return nil, fmt.Errorf("fetching %s: more than %v at a time", collector, maxFetch)
	}
	var files []File
	var missing []error
	for at := from.UTC().Truncate(every); at.Before(to); at = at.Add(every) {
		f, err := p.await(ctx, collector, at)
		if ctx.Err() != nil {
			return files, errors.Join(append(missing, ctx.Err())...)
		}
		if err != nil {
			missing = append(missing, err)
			continue
		}
		files = append(files, f)
	}
	return files, errors.Join(missing...)
}

// maxFetch bounds how much is fetched to fill one gap.
const maxFetch = 31 * 24 * time.Hour
