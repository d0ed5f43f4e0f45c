package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/config"
	"pahra/internal/service"
	"pahra/internal/source"
	"pahra/internal/source/durable"
	"pahra/internal/source/mrtpoll"
	"pahra/internal/store"
)

// archive is a collector's public archive that the service follows, or fills gaps from.
type archive struct {
	server *Server
	name   string
	fills  []string
	poller *mrtpoll.Poller
	dir    string // where files lie until they are taken

	mu     sync.Mutex
	known  map[string]time.Time // by followed collector, until when its updates are there
	staged []staged
}

// staged is a file that waits until the other collectors' files of the same time are there, since all are read in one
// order of time.
type staged struct {
	path  string
	to    time.Time
	table bool
}

func (s *Server) newArchive(c config.Source) (*archive, error) {
	a := &archive{server: s, name: c.Name, fills: c.Fills, dir: filepath.Join(s.Config.State, "fetched", c.Name), known: make(map[string]time.Time)}
	for _, collector := range c.MRT.Collectors {
		a.known[collector] = time.Time{}
	}
	if err := os.MkdirAll(a.dir, 0o755); err != nil {
		return nil, err
	}
	var err error
	a.poller, err = mrtpoll.New(c.Name, *c.MRT, a.dir, a, s.log.With("source", c.Name))
	return a, err
}

// Got takes a file of a followed collector.
func (a *archive) Got(collector, path string, _, to time.Time, table bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.staged = append(a.staged, staged{path, to, table})
	if !table {
		a.known[collector] = to
	}
	return a.release()
}

// Gap takes that the archive does not have a time.
func (a *archive) Gap(g source.Gap) {
	a.server.Live.Journal().Gap(g)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known[g.Collector] = g.To
	if err := a.release(); err != nil {
		a.server.log.Error("files of an archive cannot be taken", "source", a.name, "err", err)
	}
}

// Since says until when a collector's updates are there.
func (a *archive) Since(collector string) time.Time {
	until, err := service.KnownUntil(a.server.Config.State, collector)
	if err != nil {
		a.server.log.Error("what is there of an archive is not known", "source", a.name, "err", err)
	}
	return until
}

// release hands over all files that end no later than what is known of every collector.
func (a *archive) release() error {
	until := time.Time{}
	for _, at := range a.known {
		if until.IsZero() || at.Before(until) {
			until = at
		}
	}
	released := false
	var errs []error
	a.staged = slices.DeleteFunc(a.staged, func(f staged) bool {
		if !f.table && f.to.After(until) {
			return false
		}
		name := filepath.FromSlash(f.path)
		if err := durable.Move(filepath.Join(a.dir, name), filepath.Join(a.server.Config.State, "data", name)); err != nil {
			errs = append(errs, err)
			return false
		}
		released = true
		return true
	})
	if released {
		a.server.Live.Refresh()
	}
	return errors.Join(errs...)
}

// fillEvery is how often is looked for gaps, giveUpAfter how old a gap may be to be filled.
const (
	fillEvery   = time.Minute
	giveUpAfter = 24 * time.Hour
)

// fillGaps has what was missed from the archive, one gap after another.
func (a *archive) fillGaps(ctx context.Context) error {
	tick := time.NewTicker(fillEvery)
	defer tick.Stop()
	for {
		gaps, err := a.server.Store.Gaps(ctx, store.GapFilter{From: a.server.now().Add(-giveUpAfter), Unfilled: true})
		for _, g := range gaps {
			if err == nil && a.fillsFor(g.Gap) {
				err = a.fill(ctx, g.Gap)
			}
		}
		if err != nil && ctx.Err() == nil {
			a.server.log.Warn("a gap cannot be filled yet", "source", a.name, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// fillsFor says whether a gap is one of a source that the archive stands in for.
func (a *archive) fillsFor(g source.Gap) bool {
	return slices.Contains(a.fills, g.Source) || g.Source == "journal" && slices.ContainsFunc(a.server.Sources.Status(), func(s source.Status) bool {
		return slices.Contains(a.fills, s.Name) && slices.Contains(s.Parts, g.Collector)
	})
}

// fill has one gap filled.
func (a *archive) fill(ctx context.Context, g source.Gap) error {
	files, err := a.poller.Fetch(ctx, g.Collector, g.From, g.To)
	var paths []string
	for _, f := range files {
		if !f.Table {
			paths = append(paths, filepath.Join(a.dir, filepath.FromSlash(f.Path)))
		}
	}
	if err != nil {
		return err
	}
	records, err := service.FillGap(a.server.Config.State, g, paths)
	if err != nil {
		return err
	}
	if err := a.server.Store.FillGap(ctx, a.server.now(), g, fmt.Sprintf("%s (%d records of %s)", a.name, records, baseNames(paths))); err != nil {
		return err
	}
	a.server.log.Info("a gap is filled", "collector", g.Collector, "from", g.From, "to", g.To, "records", records)
	if records > 0 {
		a.server.Live.Refresh()
	}
	for _, name := range paths {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

func baseNames(paths []string) string {
	names := make([]string, len(paths))
	for i, p := range paths {
		names[i] = filepath.Base(p)
	}
	return strings.Join(names, ", ")
}
