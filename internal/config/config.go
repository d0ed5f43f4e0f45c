// Package config is what an operator sets: one YAML file, and the environment over it.
//
// [Load] reads and checks both. An unknown key is an error, a key that is left out has its default, and every key but
// the lists can be set by the environment instead: PAHRA_ and the key's path in capitals, such as PAHRA_LISTEN or
// PAHRA_ALERTS_MAIL_PASSWORD, so that secrets need not stand in the file. The adapters' own settings are the Config
// structs of their packages; this package only puts them together.
//
// It opens no connection and creates nothing.
package config

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/deliver/mail"
	"pahra/internal/deliver/syslog"
	"pahra/internal/deliver/webhook"
	"pahra/internal/health"
	"pahra/internal/limit"
	"pahra/internal/oidc"
	"pahra/internal/publication"
	"pahra/internal/service"
	"pahra/internal/service/cases"
	"pahra/internal/service/notices"
	"pahra/internal/source/bmp"
	"pahra/internal/source/depot"
	"pahra/internal/source/irr"
	"pahra/internal/source/mrtpoll"
	"pahra/internal/source/rdap"
	"pahra/internal/source/refresh"
	"pahra/internal/source/rislive"
	"pahra/internal/source/rtr"
	"pahra/wire/values"
)

// Config is everything. Start from [Defaults].
type Config struct {
	// State is the folder of everything that is kept.
	State string `yaml:"state"`
	// Listen is where the pages and the API are served; Metrics where Prometheus, health and profiles are, which must be
	// an address of this machine alone. Empty serves none.
	Listen  string `yaml:"listen"`
	Metrics string `yaml:"metrics"`
	// PublicURL is how others reach Listen, for links in messages and for cookies: https://pahra.example.net
	PublicURL string `yaml:"public_url"`
	// TrustedProxies are networks of proxies before Listen, whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix `yaml:"trusted_proxies"`
	// Store is where incidents, accounts and so on are: empty is SQLite in State; else postgres://...
	Store string `yaml:"store"`
	// Roles are what this process does: "web", "watch" (sources, detectors, publication), "worker" (messages, archive),
	// "desk" (reports, cases) and "exchange" (TAXII). All unless given.
	Roles []string `yaml:"roles"`
	Log   Log      `yaml:"log"`

	Watch       Watch        `yaml:"watch"`
	Facts       depot.Config `yaml:"facts"`
	Sources     []Source     `yaml:"sources"`
	Retention   Retention    `yaml:"retention"`
	Accounts    Accounts     `yaml:"accounts"`
	Publication Publication  `yaml:"publication"`
	Alerts      Alerts       `yaml:"alerts"`
	Desk        Desk         `yaml:"desk"`
	Clients     limit.Config `yaml:"clients"`
	TAXII       TAXII        `yaml:"taxii"`
}

// Log says how the log is written, to standard error.
type Log struct {
	Level  string `yaml:"level"`  // debug, info, warn or error
	Format string `yaml:"format"` // text or json
}

// Watch says how is judged.
type Watch struct {
	// Profile of the norms: an id, or the path of a YAML file.
	Profile string `yaml:"profile"`
	// Relations are all, listed or inferred: what relations between networks rest on.
	Relations service.Relations `yaml:"relations"`
	// PublishEvery is how often scores and pages are made anew; CheckpointEvery how often the detectors' state is saved.
	PublishEvery    time.Duration `yaml:"publish_every"`
	CheckpointEvery time.Duration `yaml:"checkpoint_every"`
	// MinVisibility, MinDuration and MinPeerASNs are those of the detectors; see docs/formulas.md. 0 is the default.
	MinVisibility int           `yaml:"min_visibility"`
	MinDuration   time.Duration `yaml:"min_duration"`
	MinPeerASNs   int           `yaml:"min_peer_asns"`
}

// Source is one live source. Exactly one of the kinds is set.
type Source struct {
	Name string `yaml:"name"`
	// StaleAfter is how long it may be silent before it counts as stale; a default by kind.
	StaleAfter time.Duration `yaml:"stale_after"`

	RISLive *rislive.Config `yaml:"rislive"`
	// Fills names other sources: what their collectors said in a gap is had from this archive once it is published.
	Fills []string `yaml:"fills"`

	BMP       *bmp.Config              `yaml:"bmp"`
	MRT       *mrtpoll.Config          `yaml:"mrt"`
	RTR       *rtr.Config              `yaml:"rtr"`
	VRP       *refresh.VRPConfig       `yaml:"vrp"`
	IRR       *irr.Config              `yaml:"irr"`
	Catalogue *refresh.CatalogueConfig `yaml:"catalogue"`
}

// Retention says how long what is kept.
type Retention struct {
	// Journal is how long the raw journal is kept for going back in; 48h unless given. Observations is how long every
	// single route in the archive is; 0 keeps them for ever. Incidents keep their raw updates as long as they are kept.
	Journal      time.Duration `yaml:"journal"`
	Observations time.Duration `yaml:"observations"`
}

// Accounts says who may log in.
type Accounts struct {
	// Local lets people log in with accounts of this service.
	Local bool `yaml:"local"`
	// ReadersLogIn demands an account of everybody.
	ReadersLogIn bool         `yaml:"readers_log_in"`
	OIDC         *oidc.Config `yaml:"oidc"`
	// Registry is where the contacts and aut-num objects of networks are asked for, to prove who holds them; without it
	// nobody can claim a network.
	Registry *rdap.Config `yaml:"registry"`
}

// Publication says what is shown to whom.
type Publication struct {
	Policy string `yaml:"policy"` // path of a YAML file; empty is the safe policy that is built in
}

// Read gives the policy.
func (p Publication) Read() (*publication.Policy, error) {
	if p.Policy == "" {
		return publication.Default(), nil
	}
	f, err := os.Open(p.Policy)
	if err != nil {
		return nil, fmt.Errorf("reading the publication policy: %w", err)
	}
	defer f.Close()
	policy, err := publication.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Policy, err)
	}
	return policy, nil
}

// Alerts says how people are told.
type Alerts struct {
	Mail    *mail.Config    `yaml:"mail"`
	Webhook *webhook.Config `yaml:"webhook"`
	Syslog  *syslog.Config  `yaml:"syslog"`
}

// Roles are what a process can do.
func Roles() []string { return []string{"web", "watch", "worker", "desk", "exchange"} }

// Defaults are the settings where none is given.
func Defaults() Config {
	return Config{
		State: "/var/lib/pahra", Listen: "127.0.0.1:8480", Metrics: "127.0.0.1:8481", Roles: Roles(),
		Log:       Log{Level: "info", Format: "text"},
		Watch:     Watch{Relations: service.RelationsAll, PublishEvery: service.PublishEvery, CheckpointEvery: service.CheckpointEvery},
		Retention: Retention{Journal: 48 * time.Hour, Observations: 30 * 24 * time.Hour},
		Accounts:  Accounts{Local: true},
		Desk: Desk{Tenant: "national", MostReport: 16 << 30, MostWaiting: 64 << 30, TableAge: 7 * 24 * time.Hour, Form: DeskForm{Offset: "+00:00"}, Smallest: health.Smallest,
			Notices: notices.Defaults(), Recovery: cases.MeasuringDefaults()},
		Clients: limit.Defaults(),
	}
}

// Check gives everything that is wrong, each with its key.
func (c *Config) Check() error {
	var errs []error
	bad := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	if c.State == "" {
		bad("state", errors.New("a folder is needed"))
	}
	bad("listen", address(c.Listen))
	bad("metrics", loopback(c.Metrics))
	bad("public_url", publicURL(c.PublicURL))
	for _, r := range c.Roles {
		if !slices.Contains(Roles(), r) {
			bad("roles", fmt.Errorf("%q is none of %v", r, Roles()))
		}
	}
	if len(c.Roles) == 0 {
		bad("roles", errors.New("one at least is needed"))
	}
	bad("log.level", oneOf(c.Log.Level, "debug", "info", "warn", "error"))
	bad("log.format", oneOf(c.Log.Format, "text", "json"))
	bad("watch", c.Watch.check())
	bad("facts", c.Facts.Check())
	bad("sources", checkSources(c.Sources))
	if c.Retention.Journal < time.Hour {
		bad("retention.journal", errors.New("an hour is the least: a restart goes on from it"))
	}
	if c.Retention.Observations < 0 {
		bad("retention.observations", errors.New("it is below 0"))
	}
	if c.Accounts.OIDC != nil {
		bad("accounts.oidc", c.Accounts.OIDC.Check())
	}
	if c.Accounts.Registry != nil {
		bad("accounts.registry", c.Accounts.Registry.Check())
	}
	bad("clients", c.Clients.Check())
	bad("desk", c.Desk.check())
	bad("taxii", c.TAXII.check())
	if c.Alerts.Mail != nil {
		bad("alerts.mail", c.Alerts.Mail.Check())
	}
	if c.Alerts.Webhook != nil {
		bad("alerts.webhook", c.Alerts.Webhook.Check())
	}
	if c.Alerts.Syslog != nil {
		bad("alerts.syslog", c.Alerts.Syslog.Check())
	}
	return errors.Join(errs...)
}

func (w *Watch) check() error {
	switch {
	case w.PublishEvery < time.Minute || w.PublishEvery > 24*time.Hour || 24*time.Hour%w.PublishEvery != 0:
		return fmt.Errorf("publish_every %s does not divide a day into parts of a minute or more", w.PublishEvery)
	case w.CheckpointEvery < time.Minute:
		return fmt.Errorf("checkpoint_every %s is less than a minute", w.CheckpointEvery)
	case w.MinVisibility < 0 || w.MinDuration < 0 || w.MinPeerASNs < 0:
		return errors.New("min_visibility, min_duration or min_peer_asns is below 0")
	}
	return oneOf(string(w.Relations), string(service.RelationsAll), string(service.RelationsListed), string(service.RelationsInferred))
}

// Limits are how old facts may be to be judged with.
func (c *Config) Limits() authority.Limits { return authority.DefaultLimits() }

// StoreURL is where the store is.
func (c *Config) StoreURL() string {
	if c.Store != "" {
		return c.Store
	}
	return "sqlite:" + c.State + "/pahra.db"
}

// Has says whether the process has a role.
func (c *Config) Has(role string) bool { return slices.Contains(c.Roles, role) }

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

func checkSources(list []Source) error {
	var errs []error
	seen := make(map[string]bool)
	for i, s := range list {
		if !sourceName.MatchString(s.Name) {
			errs = append(errs, fmt.Errorf("number %d: name %q is not made of small letters, digits and hyphens", i+1, s.Name))
			continue
		}
		if s.Name == service.SourceName {
			errs = append(errs, fmt.Errorf("%s: the name is that of the watch itself", s.Name))
		}
		if seen[s.Name] {
			errs = append(errs, fmt.Errorf("%s: the name is there twice", s.Name))
		}
		seen[s.Name] = true
		kinds := s.kinds()
		if len(kinds) != 1 {
			errs = append(errs, fmt.Errorf("%s: one kind of source is needed, not %d", s.Name, len(kinds)))
			continue
		}
		if err := kinds[0].config.Check(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", s.Name, kinds[0].name, err))
		}
		if len(s.Fills) > 0 && s.MRT == nil {
			errs = append(errs, fmt.Errorf("%s: only a source of kind mrt fills gaps", s.Name))
		}
		for _, other := range s.Fills {
			if !slices.ContainsFunc(list, func(o Source) bool { return o.Name == other && o.Name != s.Name }) {
				errs = append(errs, fmt.Errorf("%s: fills: there is no other source %q", s.Name, other))
			}
		}
		if s.StaleAfter < 0 {
			errs = append(errs, fmt.Errorf("%s: stale_after is below 0", s.Name))
		}
	}
	return errors.Join(append(errs, checkCollectors(list))...)
}

// kind is a kind of source that an entry sets.
type kind struct {
	name   string
	config interface{ Check() error }
	stale  time.Duration // after which it is stale, unless the entry says
}

func (s *Source) kinds() (list []kind) {
	if s.RISLive != nil {
		list = append(list, kind{"rislive", s.RISLive, time.Minute})
	}
	if s.BMP != nil {
		list = append(list, kind{"bmp", s.BMP, 10 * time.Minute})
	}
	if s.MRT != nil {
		list = append(list, kind{"mrt", s.MRT, 3 * time.Hour})
	}
	if s.RTR != nil {
		list = append(list, kind{"rtr", s.RTR, 2 * time.Hour})
	}
	if s.VRP != nil {
		list = append(list, kind{"vrp", s.VRP, 2 * time.Hour})
	}
	if s.IRR != nil {
		stale := 49 * time.Hour
		if s.IRR.NRTM3 != "" || s.IRR.NRTM4 != "" {
			stale = time.Hour
		}
		list = append(list, kind{"irr", s.IRR, stale})
	}
	if s.Catalogue != nil {
		list = append(list, kind{"catalogue", s.Catalogue, 49 * time.Hour})
	}
	return list
}

// Stale is after how long of silence the source counts as stale.
func (s *Source) Stale() time.Duration {
	if s.StaleAfter > 0 {
		return s.StaleAfter
	}
	return s.kinds()[0].stale
}

func oneOf(value string, choices ...string) error {
	if !slices.Contains(choices, value) {
		return fmt.Errorf("%q is none of %v", value, choices)
	}
	return nil
}

func address(at string) error {
	if at == "" {
		return nil
	}
	_, _, err := net.SplitHostPort(at)
	return err
}

func loopback(at string) error {
	if at == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(at)
	if err != nil {
		return err
	}
	if !values.IsLoopback(host) {
		return fmt.Errorf("%s is not an address of this machine alone", at)
	}
	return nil
}

func publicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil {
		return err
	}
	if u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("%q is no address such as https://pahra.example.net", text)
	}
	return nil
}
