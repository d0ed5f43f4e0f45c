// Package rtr is the source of VRPs and ASPAs that an RPKI validator tells routers by the RPKI to Router protocol.
//
// A [Client] keeps one session with one validator (a cache, in the words of RFC 8210): it begins with version 2 and goes
// down as far as the cache does, follows it by serial numbers, and begins anew where these no longer fit. What it holds
// goes into the depot as the JSON of rpki-client, at most every so often and only where it changed, or once in a while to
// say that it is still so.
//
// An answer counts whole or not at all: what came before the connection broke is thrown away. Data older than the
// cache's expire interval is dropped and shown as stale. RTR does not tell the trust anchor of a VRP, so the depot guards
// the total alone. Router keys are passed over.
package rtr

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"pahra/internal/source"
	"pahra/wire/rtr"
)

// Config says where the cache is.
type Config struct {
	// Address is host:port of the cache. Without TLS the path to it must be one that nobody else writes to.
	Address string `yaml:"address"`
	TLS     *TLS   `yaml:"tls"`
	// Every is the least time between two snapshots in the depot, by default 15m. Confirm is after how long a snapshot is
	// stored again though nothing changed, as long as the cache says so; by default 6h.
	Every   time.Duration `yaml:"every"`
	Confirm time.Duration `yaml:"confirm"`
	// Idle is how long the cache may be silent within an answer, by default 1m, and Answer how long a whole answer may
	// take, by default 10m.
	Idle   time.Duration `yaml:"idle"`
	Answer time.Duration `yaml:"answer"`
}

// TLS secures the connection (RFC 8210 section 9.2). The zero value asks for a certificate that the system trusts.
type TLS struct {
	CA          string `yaml:"ca"`          // file of the certificates to trust, PEM; default the system's
	Certificate string `yaml:"certificate"` // file of our own, PEM, where the cache asks for one
	Key         string `yaml:"key"`         // file of its key, PEM
	ServerName  string `yaml:"server_name"` // in the cache's certificate; default the address's host
}

// Check refuses what cannot be meant.
func (c Config) Check() error {
	host, port, err := net.SplitHostPort(c.Address)
	switch {
	case err != nil:
		return fmt.Errorf("address %q is not host:port: %w", c.Address, err)
	case host == "" || port == "":
		return fmt.Errorf("address %q lacks its host or port", c.Address)
	case c.Every < 0 || c.Confirm < 0 || c.Idle < 0 || c.Answer < 0:
		return errors.New("every, confirm, idle or answer is below 0")
	case c.TLS != nil && (c.TLS.Certificate == "") != (c.TLS.Key == ""):
		return errors.New("tls: certificate and key go together")
	}
	return nil
}

func (c Config) withDefaults() Config {
	set := func(to *time.Duration, value time.Duration) {
		if *to == 0 {
			*to = value
		}
	}
	set(&c.Every, 15*time.Minute)
	set(&c.Confirm, 6*time.Hour)
	set(&c.Idle, time.Minute)
	set(&c.Answer, 10*time.Minute)
	return c
}

// Client is a session with a cache. It implements source.Source.
type Client struct {
	name   string
	config Config
	depot  source.Depot
	log    *slog.Logger
	meter  *source.Meter
	dial   func(context.Context) (net.Conn, error)

	// What follows belongs to Run.
	version uint8 // to begin with
	held    *table
	session uint16
	serial  uint32
	known   bool // session and serial are those of held
	changed bool // held is not what the depot has
	stored  time.Time
	backoff source.Backoff

	mu         sync.Mutex
	expires    time.Time // when what is held may no longer be used; zero before the first answer
	emptyAlarm string
}

// New makes a client. It reads the files of TLS, so they must be there.
func New(name string, c Config, depot source.Depot, log *slog.Logger) (*Client, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	cl := &Client{name: name, config: c.withDefaults(), depot: depot, log: log,
		meter: source.NewMeter(name, "rtr", time.Now), version: rtr.MaxVersion}
	plain := &net.Dialer{Timeout: 30 * time.Second}
	cl.dial = func(ctx context.Context) (net.Conn, error) { return plain.DialContext(ctx, "tcp", c.Address) }
	if c.TLS != nil {
		config, err := c.TLS.load(c.Address)
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		secure := &tls.Dialer{NetDialer: plain, Config: config}
		cl.dial = func(ctx context.Context) (net.Conn, error) { return secure.DialContext(ctx, "tcp", c.Address) }
	}
	return cl, nil
}

func (t TLS) load(address string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName}
	if c.ServerName == "" {
		c.ServerName, _, _ = net.SplitHostPort(address)
	}
	if t.CA != "" {
		text, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", t.CA)
		}
	}
	if t.Certificate != "" {
		own, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{own}
	}
	return c, nil
}

// Status says how the session is, with what is stale or held as its alarm.
func (c *Client) Status() source.Status {
	s := c.meter.Status()
	c.mu.Lock()
	defer c.mu.Unlock()
	s.Alarm = c.depot.Alarm(c.name)
	if c.emptyAlarm != "" {
		s.Alarm = c.emptyAlarm
	}
	if !c.expires.IsZero() && !time.Now().Before(c.expires) {
		s.Alarm = "stale: the validator's word held until " + c.expires.UTC().Format(time.RFC3339)
	}
	return s
}

// Run keeps the session until ctx ends.
func (c *Client) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		err := c.connect(ctx)
		if ctx.Err() != nil {
			break
		}
		var lower *downgrade
		if errors.As(err, &lower) {
			c.log.Info("going down to another version", "version", lower.to, "reason", err)
			c.version, c.known = lower.to, false
			c.meter.Down(nil)
			continue // at most once for each version
		}
		c.meter.Down(err)
		c.log.Warn("the session ended", "error", err)
		c.pause(ctx, c.backoff.Next())
	}
	c.meter.Down(nil)
	return nil
}

// pause waits without a connection. What is to be stored meanwhile is stored, and what expires is dropped.
func (c *Client) pause(ctx context.Context, wait time.Duration) {
	until := time.Now().Add(wait)
	for {
		c.expire()
		next := until
		if due := c.due(); due.Before(next) {
			next = due
		}
		if source.Sleep(ctx, time.Until(next)) != nil || !time.Now().Before(until) {
			return
		}
		c.store(ctx)
	}
}

// expire drops what may no longer be used.
func (c *Client) expire() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held != nil && !time.Now().Before(c.expires) {
		c.held, c.known, c.changed = nil, false, false
	}
}
