// Package mrtpoll follows the archives in which route collectors publish what they recorded: RIPE RIS and RouteViews, or
// a mirror of either, by URL or as a folder.
//
// [New] gives a [Poller]. As a source.Source it follows its collectors: the newest table, all updates since, and each new
// file once it is published, for ever. [Poller.Fetch] fetches what a collector published of a time, to fill a gap that
// another source left. The service is told of files through a [Taker].
//
// No list of files is asked for: names follow from time. What the server does not have is not published yet, and asked for
// again with growing pauses until it is overdue by Config.Patience; then its time is a gap. Requests come one at a time
// and a second apart, carry the version that is known where a file broke off, and obey Retry-After.
//
// A file that is told of is whole: it has the length that the server stated, decompresses to its end and is MRT. It lies
// below the data folder under the name that package folder reads. What fails this is fetched anew a few times; nothing of
// it stays. The package does not read routes, and deletes nothing that it told of.
package mrtpoll

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/catalogue"
)

// Taker is whom a Poller tells. Its methods are called for several collectors at a time.
type Taker interface {
	// Got takes a whole file at path below the data folder: what collector said from ≤ time < to, or its table as of from
	// where table is set. After an error it is told again later.
	Got(collector, path string, from, to time.Time, table bool) error
	// Gap says that the archive does not have what a collector said in a time.
	Gap(source.Gap)
	// Since says until when a collector's updates are known; zero for not at all. It is asked once, at the beginning.
	Since(collector string) time.Time
}

// File is one file of an archive, as [Taker.Got] has it.
type File struct {
	Collector string
	Path      string
	From, To  time.Time
	Table     bool
}

// Poller follows an archive. Safe for concurrent use.
type Poller struct {
	name  string
	plan  *plan
	dir   string
	taker Taker
	log   *slog.Logger
	meter *source.Meter
	now   func() time.Time
	sleep func(context.Context, time.Duration) error

	client *http.Client

	mu      sync.Mutex
	archive *catalogue.Archive // nil before the first file
	closed  bool
}

// New gives a poller that puts files below dir, a data folder. Work in progress lies in a folder of its own there, whose
// name begins with a dot.
func New(name string, c Config, dir string, taker Taker, log *slog.Logger) (*Poller, error) {
	p, err := c.plan()
	if err != nil {
		return nil, fmt.Errorf("archive source %s: %w", name, err)
	}
	if !catalogue.ValidCollector(name) {
		return nil, fmt.Errorf("archive source %q: its name must be letters and digits, with single dots or hyphens between", name)
	}
	meter := source.NewMeter(name, "mrtpoll", time.Now)
	meter.Parts(c.Collectors)
	return &Poller{name: name, plan: p, dir: dir, taker: taker, log: log, meter: meter, now: time.Now, sleep: source.Sleep, client: p.client()}, nil
}

// Status says how the archive is: up while its last answer was good, be it that a file is not there yet.
func (p *Poller) Status() source.Status { return p.meter.Status() }

// Run follows the collectors until ctx ends. Fetch cannot be called any more behind it.
func (p *Poller) Run(ctx context.Context) error {
	var group sync.WaitGroup
	for _, c := range p.plan.Collectors {
		group.Go(func() { p.follow(ctx, c) })
	}
	<-ctx.Done()
	group.Wait()
	return p.close()
}

// open gives the archive, whose folder is taken at the first use.
func (p *Poller) open() (*catalogue.Archive, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, errors.New("the archive source has ended")
	case p.archive != nil:
		return p.archive, nil
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return nil, err
	}
	puller := catalogue.Puller{Dir: p.stage(), UserAgent: "pahra (archives)", Client: p.client, Retries: 2, Now: p.now, Sleep: p.sleep}
	if p.plan.local {
		puller.Gap = time.Nanosecond
	}
	archive, err := puller.Archive()
	if err != nil {
		return nil, err
	}
	p.archive = archive
	return archive, p.sweep()
}

// sweep removes what broke off so long ago that nobody will ask for it again.
func (p *Poller) sweep() error {
	root, err := os.OpenRoot(p.stage())
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil || p.now().Sub(info.ModTime()) < 2*p.plan.MaxBehind {
			return err
		}
		return root.Remove(name)
	})
}

// stage is where files lie until they are proved.
func (p *Poller) stage() string { return filepath.Join(p.dir, ".mrtpoll-"+p.name) }

func (p *Poller) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.client.CloseIdleConnections()
	if p.archive == nil {
		return nil
	}
	archive := p.archive
	p.archive = nil
	return archive.Close()
}
