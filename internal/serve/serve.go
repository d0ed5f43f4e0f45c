// Package serve puts a service together from its configuration: which parts run, with what, and in which order they
// stop.
//
// [Open] takes the state folder and opens what lies in it; [Server.Run] runs the roles until its context ends; then
// [Server.Close] lets everything go. The doors (pages, API) read from [Server.Shown] and are started by who calls.
//
// The order of stopping is that of the data: sources first, then the detectors, which save what they know, then what
// sends messages, then the store.
package serve

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"pahra/internal/config"
	"pahra/internal/publication"
	"pahra/internal/registry"
	"pahra/internal/routes/origins"
	"pahra/internal/service"
	"pahra/internal/service/reports"
	"pahra/internal/service/tally"
	"pahra/internal/source/depot"
	"pahra/internal/store"
	"pahra/internal/watch"
)

// Server is a service. The fields of roles that it has not are nil.
type Server struct {
	Config  *config.Config
	Store   *store.Store
	Policy  *publication.Policy
	Shown   *service.Shown
	People  *People
	Live    *service.Live
	Sources *service.Sources
	Depot   *depot.Depot
	// Alerts tells people of what was found; Delivery is how, and says whether a channel can be sent to.
	Alerts   *service.Alerter
	Delivery *service.Delivery
	// Desk works on reports and cases.
	Desk *Desk
	// TAXII answers partners and other users.
	TAXII    *TAXII
	registry atomic.Pointer[registry.Registry] // that is judged with
	ownFacts chan service.OwnFacts
	// Synthetic says that the Internet watched is made up.
	Synthetic bool
	log       *slog.Logger
	now       func() time.Time
	roller    *service.Roller
	archives  []*archive
	shown     string          // the folder of the run that is shown
	damaged   map[string]bool // folders of runs that cannot be shown
	// published says that there may be a new run to show.
	published chan struct{}
}

// Options are what a caller may ask for beside the configuration.
type Options struct {
	Log *slog.Logger
	Now func() time.Time // this machine's clock; it may be set
	// Synthetic has every page say that the Internet watched is made up.
	Synthetic bool
}

// Open opens the state folder, which is made if need be. Another process that has it open is an error.
func Open(ctx context.Context, c *config.Config, opt Options) (*Server, error) {
	s := &Server{Config: c, Synthetic: opt.Synthetic, log: opt.Log, now: steady(opt.Now, time.Since, opt.Log), damaged: make(map[string]bool), published: make(chan struct{}, 1)}
	if err := s.open(ctx, opt); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context, opt Options) (err error) {
	c := s.Config
	if err := os.MkdirAll(c.State, 0o750); err != nil {
		return fmt.Errorf("making the state folder %s: %w", c.State, err)
	}
	if s.Policy, err = c.Publication.Read(); err != nil {
		return err
	}
	if s.Store, err = store.Open(ctx, c.StoreURL()); errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w: a SQLite store is for one process, whatever its roles; to share one set store to a postgres:// URL", err)
	} else if err != nil {
		if c.Store == "" { // a URL may hold a password
			err = fmt.Errorf("%s: %w", strings.TrimPrefix(c.StoreURL(), "sqlite:"), err)
		}
		return err
	}
	if err = s.openPeople(ctx); err != nil {
		return err
	}
	shown := service.ShownOptions{Store: s.Store, Policy: s.Policy, Records: s.Store.PublicationRecordsOf, Now: s.now, Synthetic: opt.Synthetic}
	if c.Has("desk") {
		if shown.Tally, err = tally.New(tally.Options{Store: s.Store, Tenant: c.Desk.Tenant, Smallest: c.Desk.Smallest, Now: s.now}); err != nil {
			return err
		}
	}
	s.Shown = service.NewShown(shown)
	if err := s.openAlerts(); err != nil {
		return err
	}
	if c.Has("desk") {
		if err := s.openDesk(ctx); err != nil {
			return err
		}
	}
	if c.Has("exchange") && c.TAXII.Listen != "" {
		if err := s.openTAXII(ctx); err != nil {
			return err
		}
	}
	if c.Has("watch") {
		return s.openWatch(ctx)
	}
	return nil
}

func (s *Server) openWatch(ctx context.Context) (err error) {
	c, settings := s.Config, watch.Defaults()
	for _, set := range []struct{ from, to *int }{{&c.Watch.MinVisibility, &settings.MinVisibility}, {&c.Watch.MinPeerASNs, &settings.MinPeerASNs}} {
		if *set.from > 0 {
			*set.to = *set.from
		}
	}
	if c.Watch.MinDuration > 0 {
		settings.MinDuration = c.Watch.MinDuration
	}
	s.roller = s.newRoller()
	var announced func(*origins.Table) // whom the desk's addresses were with
	if s.Desk != nil {
		announced = s.Desk.Parties.Give
	}
	s.Live, err = service.OpenLive(ctx, service.LiveOptions{
		State: c.State, Store: s.Store, Profile: c.Watch.Profile, Relations: c.Watch.Relations, Settings: settings, Limits: c.Limits(),
		PublishEvery: c.Watch.PublishEvery, CheckpointEvery: c.Watch.CheckpointEvery, StepEvery: service.StepEvery,
		Now: s.now, Log: s.log.With("part", "watch"), Save: s.Alerts.Incidents, Own: s.takeOwn, Watched: s.Alerts.Watched, Origins: announced,
		Keep: func(ctx context.Context, list []watch.Incident, proofs iter.Seq2[string, watch.Update]) error {
			select {
			case s.published <- struct{}{}:
			default: // it will be looked for
			}
			return s.roller.KeepIncidents(ctx, s.now(), list, proofs)
		},
	})
	if err != nil {
		return err
	}
	// Not before: to open a journal is to find that no other process watches, whose files under way would be swept up.
	if s.Depot, err = depot.Open(c.State, c.Facts, s.now, s.log.With("part", "facts")); err != nil {
		return err
	}
	s.Sources, err = s.newSources()
	return err
}

// Run runs the roles until ctx ends, or one of them cannot go on.
func (s *Server) Run(ctx context.Context) error {
	// The detectors outlive the sources, and read what these wrote last.
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, heard := errgroup.WithContext(ctx)
	watched := make(chan error, 1)
	if s.Live != nil {
		group.Go(func() error { return s.Sources.Run(heard) })
		group.Go(func() error { return s.Depot.Run(heard) })
		group.Go(func() error { return s.tellFacts(heard) })
		group.Go(func() error { return s.checkAlerts(heard) })
		group.Go(func() error { return s.keepArchive(heard) })
		for _, a := range s.archives {
			group.Go(func() error { return a.fillGaps(heard) })
		}
		go func() { watched <- s.Live.Run(inner) }()
		group.Go(func() error {
			select {
			case err := <-watched:
				watched <- err
				return err
			case <-heard.Done():
				return nil
			}
		})
	}
	group.Go(func() error { return s.keepAccounts(heard) })
	if s.Config.Has("web") {
		group.Go(func() error { return s.showRuns(heard) })
		group.Go(func() error { s.Shown.Follow(heard); return nil })
	}
	if s.Config.Has("worker") {
		group.Go(func() error { return s.Alerts.Run(heard) })
	}
	if s.Desk != nil {
		defer service.LeanHeap(reports.HeapGrowth)()
		group.Go(func() error { return s.Desk.run(heard) })
		group.Go(func() error { return s.runMail(heard) })
		group.Go(func() error { return s.runFeeds(heard) })
		for _, folder := range s.folders() {
			group.Go(func() error { return folder.Run(heard) })
		}
	}
	if s.TAXII != nil {
		group.Go(func() error { return s.TAXII.Run(heard) })
	}
	group.Go(func() error { <-heard.Done(); return nil })
	err := group.Wait()
	stop()
	if s.Live != nil {
		if last := <-watched; err == nil {
			err = last
		}
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return nil
	}
	return err
}

// tellFacts has the detectors look at the data folder whenever facts came.
func (s *Server) tellFacts(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.Depot.Changed():
			s.Live.Refresh()
		}
	}
}

// lookEvery is how often is looked for a new run to show, which another process may have published.
const lookEvery = 2 * time.Second

// showRuns shows the latest published run, whichever process published it.
func (s *Server) showRuns(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := s.showLatest(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("a published run cannot be shown", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.published:
		case <-tick.C:
		}
	}
}

func (s *Server) showLatest(ctx context.Context) error {
	for {
		runs, err := service.PublishedRuns(s.Config.State)
		runs = slices.DeleteFunc(runs, func(run string) bool { return s.damaged[run] })
		if err != nil || len(runs) == 0 || runs[len(runs)-1] == s.shown || ctx.Err() != nil {
			return err
		}
		// One after the other, so that the month of each is kept; at first, or where the last is gone, the latest.
		next := len(runs) - 1
		if i := slices.Index(runs, s.shown); i >= 0 {
			next = i + 1
		}
		if err := s.show(ctx, runs[next]); err != nil {
			return err
		}
	}
}

func (s *Server) show(ctx context.Context, latest string) error {
	began := s.now()
	run, err := service.OpenRun(latest)
	if err != nil { // it is not to hide the others, which may be older or bear an earlier time
		s.damaged[latest] = true
		return err
	}
	if err := s.Shown.Publish(run); err != nil {
		return err
	}
	if err := s.Shown.KeepMonth(ctx); err != nil {
		return err
	}
	s.shown = latest
	s.log.Info("showing", "run", latest, "took", s.now().Sub(began).Round(time.Millisecond))
	return nil
}

// Ready says why the service should get no requests yet, or nil.
func (s *Server) Ready(ctx context.Context) error {
	if err := s.Store.Ping(ctx); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	if s.Config.Has("web") && s.Shown.Version() == "" {
		return service.ErrNotYet
	}
	return nil
}

// Close lets everything go. Run has returned, or was never called.
func (s *Server) Close() error {
	var errs []error
	if s.Shown != nil {
		errs = append(errs, s.Shown.Close())
	}
	if s.Depot != nil {
		errs = append(errs, s.Depot.Close())
	}
	if s.TAXII != nil {
		errs = append(errs, s.TAXII.Close())
	}
	if s.Store != nil {
		errs = append(errs, s.Store.Close())
	}
	return errors.Join(errs...)
}
