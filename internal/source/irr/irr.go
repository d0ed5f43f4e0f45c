// Package irr is the source of one routing registry's objects: its dump, kept up to date by NRTM version 3 or version 4
// (RFC 10063) where the registry offers one.
//
// A [Source] keeps a copy of the registry on disk, with the serial or version that it stands for, and applies what the
// registry tells. Changes since the copy was last written are kept in memory, so that a restart asks for them again. The
// depot gets the copy as an RPSL dump, at most every so often and only where it changed. Memory grows with the number of
// objects (some 40 octets each) and not with their size.
//
// Of an answer, a delta or a dump all counts or nothing. A gap in the serials, a new session or changes that cannot be
// had any more mean that the copy is loaded anew. What is odd and does no harm, such as the deletion of an object that is
// not there, is counted and told. Only classes that the watch uses are kept: no persons, no roles.
package irr

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/fetch"
	"pahra/wire/nrtm"
)

// Config says where the registry is. It is kept up to date in one of three ways: by Dump alone, by Dump, Serial and
// NRTM3, or by NRTM4 and Key.
type Config struct {
	// Registry is its name as in source:, such as RADB.
	Registry string `yaml:"registry"`
	// Dump are the files that together are the registry, each a URL (HTTPS) or the absolute path of a local file; gzip or
	// another compression is recognised.
	Dump []string `yaml:"dump"`
	// Serial is the URL or path of the serial that the dump stands for, such as RADB.CURRENTSERIAL.
	Serial string `yaml:"serial"`
	// NRTM3 is host:port of the server.
	NRTM3 string `yaml:"nrtm3"`
	// AllowGaps says that serials of NRTM3 may lack between others. Without it a gap has the dump loaded anew.
	AllowGaps bool `yaml:"allow_gaps"`
	// NRTM4 is the URL of the Update Notification File, and Key the public key in PEM that signs it now, or the absolute
	// path of its file. A later key that the registry announces is taken over by itself.
	NRTM4 string `yaml:"nrtm4"`
	Key   string `yaml:"key"`
	// Classes are those that are kept; default route, route6, aut-num, as-set, route-set.
	Classes []string `yaml:"classes"`
	// Every is how often to ask: by default 5m for NRTM3, 2m for NRTM4, 24h for a dump alone. Store is the least time
	// between two snapshots in the depot, by default 30m; Confirm is after how long one is stored again though nothing
	// changed, as long as the registry says so, by default 24h. MaxAge is how long the registry may fail to answer, or its
	// word be old, before it counts as stale; by default 24h, or three times Every where that is more.
	Every   time.Duration `yaml:"every"`
	Store   time.Duration `yaml:"store"`
	Confirm time.Duration `yaml:"confirm"`
	MaxAge  time.Duration `yaml:"max_age"`
	// MaxBytes bounds each file as it is sent, by default 4 GiB.
	MaxBytes int64 `yaml:"max_bytes"`
}

var (
	registryName = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)
	className    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// Check refuses what cannot be meant.
func (c Config) Check() error {
	switch {
	case !registryName.MatchString(c.Registry):
		return fmt.Errorf("registry %q is not the name of a registry", c.Registry)
	case (c.NRTM4 == "") == (len(c.Dump) == 0):
		return errors.New("it needs either dump or nrtm4")
	case (c.NRTM4 == "") != (c.Key == ""):
		return errors.New("nrtm4 and key go together")
	case (c.NRTM3 == "") != (c.Serial == ""):
		return errors.New("nrtm3 and serial go together")
	case c.NRTM4 != "" && c.NRTM3 != "":
		return errors.New("it needs one of nrtm3 and nrtm4")
	case c.Every < 0 || c.Store < 0 || c.Confirm < 0 || c.MaxAge < 0 || c.MaxBytes < 0:
		return errors.New("every, store, confirm, max_age or max_bytes is below 0")
	case slices.ContainsFunc(c.Classes, func(class string) bool { return !className.MatchString(class) }) || len(c.Classes) > 200:
		return fmt.Errorf("classes: one of %q is no class in lower case", c.Classes)
	}
	if c.NRTM3 != "" {
		if host, port, err := net.SplitHostPort(c.NRTM3); err != nil || host == "" || port == "" {
			return fmt.Errorf("nrtm3 %q is not host:port", c.NRTM3)
		}
	}
	for _, link := range slices.Concat(c.Dump, []string{c.Serial, c.NRTM4}) {
		if link == "" || filepath.IsAbs(link) && link != c.NRTM4 {
			continue
		}
		if err := fetch.CheckURL(link, false); err != nil {
			return err
		}
	}
	if c.Key != "" {
		_, err := c.key()
		return err
	}
	return nil
}

// key gives the configured key, in PEM.
func (c Config) key() (string, error) {
	text := c.Key
	if filepath.IsAbs(text) {
		raw, err := os.ReadFile(text)
		if err != nil {
			return "", fmt.Errorf("key: %w", err)
		}
		text = string(raw)
	}
	if _, err := nrtm.ParseKey([]byte(text)); err != nil {
		return "", fmt.Errorf("key: %w", err)
	}
	return text, nil
}

func (c Config) withDefaults() Config {
	set := func(to *time.Duration, value time.Duration) {
		if *to == 0 {
			*to = value
		}
	}
	switch {
	case c.NRTM4 != "":
		set(&c.Every, 2*time.Minute)
	case c.NRTM3 != "":
		set(&c.Every, 5*time.Minute)
	}
	set(&c.Every, 24*time.Hour)
	set(&c.Store, 30*time.Minute)
	set(&c.Confirm, 24*time.Hour)
	set(&c.MaxAge, max(24*time.Hour, 3*c.Every))
	if c.MaxBytes == 0 {
		c.MaxBytes = 4 << 30
	}
	if len(c.Classes) == 0 {
		c.Classes = []string{"route", "route6", "aut-num", "as-set", "route-set"}
	}
	c.Registry = strings.ToUpper(c.Registry)
	return c
}

// Source keeps one registry. It implements source.Source.
type Source struct {
	name   string
	config Config
	depot  source.Depot
	log    *slog.Logger
	meter  *source.Meter
	getter fetch.Getter
	dial   func(context.Context) (net.Conn, error)
	dir    string

	// What follows belongs to Run.
	copy     *mirror
	backoff  source.Backoff
	reload   source.Backoff // between loads of the whole, that one which never fits does not load for ever
	loadNext time.Time
	failed   int           // updates in a row that the copy could not take
	version  fetch.Version // of the notification
	tried    time.Time     // when the depot was last given the copy

	mu    sync.Mutex
	good  time.Time // when the registry was last known to have told all
	stale string    // what else makes it stale
}

// New makes the source. Its copy lies in dir, which nobody else writes to.
func New(name string, c Config, dir string, depot source.Depot, log *slog.Logger) (*Source, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	s := &Source{name: name, config: c.withDefaults(), depot: depot, log: log, dir: dir,
		meter: source.NewMeter(name, "irr", time.Now), getter: fetch.Getter{Client: fetch.NewClient(), UserAgent: "pahra (registry mirror)"},
		good: time.Now(), reload: source.Backoff{Min: 10 * time.Minute, Max: 12 * time.Hour}}
	s.backoff = source.Backoff{Min: 10 * time.Second, Max: max(s.config.Every, time.Minute)}
	dialer := &net.Dialer{Timeout: 30 * time.Second}
	s.dial = func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", c.NRTM3) }
	s.meter.Parts([]string{s.config.Registry})
	return s, nil
}

// Status says how the registry answers, with what is held or stale as its alarm.
func (s *Source) Status() source.Status {
	st := s.meter.Status()
	s.mu.Lock()
	defer s.mu.Unlock()
	st.Alarm = s.depot.Alarm(s.name)
	switch {
	case time.Since(s.good) > s.config.MaxAge:
		st.Alarm = "stale: nothing from the registry since " + s.good.UTC().Format(time.RFC3339)
	case s.stale != "":
		st.Alarm = s.stale
	}
	return st
}

// Run keeps the copy up to date until ctx ends. It returns before then only where its folder cannot be used.
func (s *Source) Run(ctx context.Context) error {
	defer s.getter.Client.CloseIdleConnections()
	defer s.meter.Down(nil)
	var err error
	if s.copy, err = openMirror(s.dir, s.config.Classes); err != nil {
		return fmt.Errorf("opening the copy of %s: %w", s.config.Registry, err)
	}
	defer s.copy.close()
	for ctx.Err() == nil {
		pause := s.config.Every
		if err := s.turn(ctx); ctx.Err() != nil {
			break
		} else if err != nil {
			s.meter.Down(err)
			s.log.Warn("the registry was not updated", "error", err)
			pause = fetch.Pause(err, s.backoff.Next())
		} else {
			s.backoff.Reset()
			s.meter.Up()
		}
		if err := s.store(ctx); err != nil && ctx.Err() == nil {
			s.meter.Failed(err)
			s.log.Warn("the registry was not stored", "error", err)
		}
		if source.Sleep(ctx, pause) != nil {
			break
		}
	}
	return nil
}

// turn asks the registry once.
func (s *Source) turn(ctx context.Context) error {
	var err error
	switch {
	case s.config.NRTM4 != "":
		err = s.update4(ctx)
	case s.config.NRTM3 != "":
		err = s.update3(ctx)
	default:
		err = s.loadDump(ctx)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.good = time.Now()
	return nil
}

// calm forgets earlier loads of the whole, once updates have done for a day.
func (s *Source) calm() {
	if time.Since(s.loadNext) > 24*time.Hour {
		s.reload.Reset()
	}
}

// mayLoad says whether it is time to load the whole again, and books that it is done.
func (s *Source) mayLoad(why string) error {
	if wait := time.Until(s.loadNext); s.copy.exists() && wait > 0 {
		return fmt.Errorf("the copy must be loaded anew (%s), and that was tried a short time ago: waiting for %v", why, wait.Round(time.Second))
	}
	s.loadNext = time.Now().Add(s.reload.Next())
	s.log.Info("loading the registry whole", "why", why)
	return nil
}
