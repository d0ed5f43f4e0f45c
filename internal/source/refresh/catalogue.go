package refresh

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/catalogue"
	"pahra/internal/source/fetch"
)

// CatalogueConfig says which public sources to keep up to date.
type CatalogueConfig struct {
	// Sources are names of the catalogue, as "pahra data list" shows them: registries, bogons, relations and so on, but no
	// MRT.
	Sources []string `yaml:"sources"`
	// Accept names those whose terms were read and are accepted, where a source has terms that must be.
	Accept []string `yaml:"accept"`
	// File is a catalogue in place of the built-in one.
	File string `yaml:"file"`
}

// Check refuses what cannot be meant, terms that are not accepted included.
func (c CatalogueConfig) Check() error {
	_, err := c.sources()
	return err
}

func (c CatalogueConfig) sources() ([]catalogue.Source, error) {
	all, err := c.read()
	if err != nil {
		return nil, err
	}
	if len(c.Sources) == 0 {
		return nil, errors.New("sources is missing")
	}
	var list []catalogue.Source
	for i, name := range c.Sources {
		at := slices.IndexFunc(all, func(s catalogue.Source) bool { return s.Name == name })
		switch {
		case at < 0:
			return nil, fmt.Errorf("sources: the catalogue has no %q", name)
		case slices.Contains(c.Sources[:i], name):
			return nil, fmt.Errorf("sources: %s is there twice", name)
		}
		s := all[at]
		switch {
		case s.Kind == "mrt":
			return nil, fmt.Errorf("sources: %s has MRT, which is no fact", name)
		case s.Form == "manual":
			return nil, fmt.Errorf("sources: %w", &catalogue.ManualError{Source: s})
		case s.Accept && !slices.Contains(c.Accept, name):
			return nil, fmt.Errorf("sources: %s has terms that are not accepted: %s (%s). Read them, then name it under accept", name, s.Terms, s.Statement)
		}
		list = append(list, s)
	}
	for _, name := range c.Accept {
		if !slices.Contains(c.Sources, name) {
			return nil, fmt.Errorf("accept: %q is not among the sources", name)
		}
	}
	return list, nil
}

func (c CatalogueConfig) read() ([]catalogue.Source, error) {
	if c.File == "" {
		return catalogue.Embedded()
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return catalogue.Read(f)
}

// Catalogue keeps sources of the catalogue up to date. It implements source.Source.
type Catalogue struct {
	name   string
	depot  source.Depot
	log    *slog.Logger
	meter  *source.Meter
	puller catalogue.Puller
	list   []*scheduled
	book   book
	begun  time.Time

	mu sync.Mutex // guards what Status reads: book.given, and of each scheduled failed
}

// scheduled is one source and when to pull it next.
type scheduled struct {
	catalogue.Source
	next    time.Time
	backoff source.Backoff
	failed  error // of the last pull
}

// rhythm is how often a source is pulled: twice in the time after which it counts as old, and at least once a day.
func (s *scheduled) rhythm() time.Duration {
	return min(max(time.Duration(s.Refresh)/2, time.Hour), 24*time.Hour)
}

// NewCatalogue makes the source. What is pulled lies in dir, which nobody else writes to, until the depot has it; the
// latest of each stays, so that only what changed is pulled again.
func NewCatalogue(name string, c CatalogueConfig, dir string, depot source.Depot, log *slog.Logger) (*Catalogue, error) {
	sources, err := c.sources()
	if err != nil {
		return nil, err
	}
	out := &Catalogue{name: name, depot: depot, log: log, meter: source.NewMeter(name, "catalogue", time.Now),
		puller: catalogue.Puller{Dir: dir, UserAgent: "pahra (registry sources)", Client: fetch.NewClient()}, begun: time.Now()}
	if out.book, err = openBook(dir); err != nil {
		return nil, err
	}
	for _, s := range sources {
		out.list = append(out.list, &scheduled{Source: s, backoff: source.Backoff{Min: time.Minute, Max: 4 * time.Hour}})
	}
	out.meter.Parts(c.Sources)
	return out, nil
}

// Status says how the last pulls went. Its alarm is what is held, and which sources are old by the catalogue's measure.
func (c *Catalogue) Status() source.Status {
	s := c.meter.Status()
	c.mu.Lock()
	defer c.mu.Unlock()
	var alarms []string
	if held := c.depot.Alarm(c.name); held != "" {
		alarms = append(alarms, held)
	}
	for _, l := range c.list {
		since := c.book.newest(l.Name)
		if since.IsZero() {
			since = c.begun
			if l.failed != nil {
				alarms = append(alarms, "missing: "+l.Name)
				continue
			}
		}
		if time.Since(since) > time.Duration(l.Refresh) {
			alarms = append(alarms, "stale: nothing new of "+l.Name+" since "+since.UTC().Format(time.RFC3339))
		}
	}
	s.Alarm = strings.Join(alarms, "; ")
	return s
}

// Run pulls each source when it is time, until ctx ends.
func (c *Catalogue) Run(ctx context.Context) error {
	defer c.meter.Down(nil)
	defer c.puller.Client.CloseIdleConnections()
	for {
		now, first := time.Now(), time.Now().Add(24*time.Hour)
		for _, s := range c.list {
			if !s.next.After(now) {
				c.turn(ctx, s)
			}
			if s.next.Before(first) {
				first = s.next
			}
			if ctx.Err() != nil {
				return nil
			}
		}
		if source.Sleep(ctx, time.Until(first)) != nil {
			return nil
		}
	}
}

// turn pulls one source and plans its next turn.
func (c *Catalogue) turn(ctx context.Context, s *scheduled) {
	err := c.pull(ctx, s.Source)
	if ctx.Err() != nil {
		return
	}
	var held *source.HeldError
	if err == nil || errors.As(err, &held) {
		s.backoff.Reset()
		s.next = time.Now().Add(s.rhythm())
	} else {
		s.next = time.Now().Add(s.backoff.Next())
	}
	if err != nil {
		c.meter.Failed(err)
		c.log.Warn("a source was not refreshed", "part", s.Name, "error", err)
	}
	c.mu.Lock()
	s.failed = err
	up := !slices.ContainsFunc(c.list, func(l *scheduled) bool { return l.failed != nil && !errors.As(l.failed, &held) })
	c.mu.Unlock()
	if up {
		c.meter.Up()
	} else {
		c.meter.Down(nil)
	}
}
