// Package imap takes mail from a mailbox by IMAP (RFC 9051, RFC 3501): each mail that was not seen is handed over, and marked
// as seen once whoever took it has it safe.
//
// [Mailbox.Run] connects, works off what was not seen, and waits for more: the server says so where it can (IDLE, RFC 2177), and
// it is looked again now and then. What could not be taken stays unseen and is tried again; what never will be taken is
// seen and flagged, for a person. After a crash a mail may be handed over again.
package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"pahra/internal/source"
	"pahra/internal/source/inbox"
	"pahra/wire/arf"
	"pahra/wire/values"
)

// Config says where the mailbox is.
type Config struct {
	// Host and Port are the server; the port is 993, or 143 where TLS is starttls or none.
	Host string `yaml:"host"`
	Port int    `yaml:"port"`
	// TLS is "implicit" (the default), "starttls", or "none", which only a server on this machine may have.
	TLS      string `yaml:"tls"`
	Username string `yaml:"username"`
	Password string `yaml:"password"`
	// PasswordFile is read when the service starts, in place of Password.
	PasswordFile string `yaml:"password_file"`
	CAFile       string `yaml:"ca_file"` // certificates (PEM) to trust; empty: the system's
	Mailbox      string `yaml:"mailbox"` // empty: INBOX
	// Every is how often is looked, whether the server says something or not; 0: a minute.
	Every time.Duration `yaml:"every"`
	// Timeout is how long connecting, or one mail, may take; 0: a minute.
	Timeout time.Duration `yaml:"timeout"`
}

// Check says what is wrong.
func (c *Config) Check() error {
	var errs []error
	if c.Host == "" || c.Username == "" {
		errs = append(errs, errors.New("host and username are needed"))
	}
	if c.Port < 0 || c.Port > 65535 {
		errs = append(errs, fmt.Errorf("port: %d is not a port", c.Port))
	}
	switch c.TLS {
	case "", "implicit", "starttls":
	case "none":
		if !values.IsLoopback(c.Host) {
			errs = append(errs, errors.New("tls: none is for a server on this machine"))
		}
	default:
		errs = append(errs, fmt.Errorf("tls: %q is not implicit, starttls or none", c.TLS))
	}
	if (c.Password == "") == (c.PasswordFile == "") {
		errs = append(errs, errors.New("password or password_file: one of them is needed"))
	}
	if c.Every < 0 || c.Timeout < 0 {
		errs = append(errs, errors.New("every, timeout: they are no less than 0"))
	}
	return errors.Join(errs...)
}

// Mailbox is one mailbox. Run is called once at a time.
type Mailbox struct {
	set      Config
	password string
	tls      *tls.Config
	dir      string
	take     inbox.Take
	log      *slog.Logger
}

// New gives a mailbox. dir is where a mail lies while it is taken. An error of take that wraps [inbox.ErrRefused] is for a mail that
// never will be taken. New reads the files that the settings name and connects to nothing.
func New(c Config, dir string, take inbox.Take, log *slog.Logger) (*Mailbox, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("imap: %w", err)
	}
	m := &Mailbox{set: c, password: c.Password, tls: &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}, dir: dir, take: take, log: log}
	if c.PasswordFile != "" {
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("imap: password_file: %w", err)
		}
		m.password = strings.TrimSpace(string(text))
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("imap: ca_file: %w", err)
		}
		if m.tls.RootCAs = x509.NewCertPool(); !m.tls.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("imap: ca_file: %s holds no certificate", c.CAFile)
		}
	}
	m.fill()
	return m, nil
}

func (m *Mailbox) fill() {
	if m.set.Port == 0 {
		m.set.Port = 993
		if m.set.TLS == "starttls" || m.set.TLS == "none" {
			m.set.Port = 143
		}
	}
	if m.set.Mailbox == "" {
		m.set.Mailbox = "INBOX"
	}
	if m.set.Every == 0 {
		m.set.Every = time.Minute
	}
	if m.set.Timeout == 0 {
		m.set.Timeout = time.Minute
	}
}

// Run works until the context ends. What fails is told, and tried again with a new connection.
func (m *Mailbox) Run(ctx context.Context) error {
	wait := source.Backoff{Min: 5 * time.Second, Max: 5 * time.Minute}
	for ctx.Err() == nil {
		err := m.session(ctx, wait.Reset)
		if ctx.Err() == nil {
			m.log.Error("a mailbox cannot be worked off", "host", m.set.Host, "mailbox", m.set.Mailbox, "err", err)
			wait.Wait(ctx)
		}
	}
	return nil
}

// session is one connection, until something fails or ctx ends. well is called when a round went well.
func (m *Mailbox) session(ctx context.Context, well func()) error {
	heard := make(chan struct{}, 1)
	s, err := m.connect(ctx, heard)
	if err != nil {
		return err
	}
	defer s.close()
	for {
		if err := m.round(ctx, s); err != nil {
			return err
		}
		well()
		if err := m.await(ctx, s, heard); err != nil || ctx.Err() != nil {
			return err
		}
	}
}

// connection is one that ends with a context, and whose every step has a time.
type connection struct {
	*imapclient.Client
	conn  net.Conn
	limit time.Duration
	stop  func() bool
}

func (s *connection) close() {
	s.stop()
	s.Client.Close() //nolint:errcheck // what was to be said was said
}

// step gives what follows its time.
func (s *connection) step() { _ = s.conn.SetDeadline(time.Now().Add(s.limit)) }

// connect logs in and selects the mailbox. heard is told when the server says that there is something new.
func (m *Mailbox) connect(ctx context.Context, heard chan<- struct{}) (*connection, error) {
	dialing, cancel := context.WithTimeout(ctx, m.set.Timeout)
	defer cancel()
	raw, err := (&net.Dialer{}).DialContext(dialing, "tcp", net.JoinHostPort(m.set.Host, strconv.Itoa(m.set.Port)))
	if err != nil {
		return nil, err
	}
	s := &connection{conn: raw, limit: m.set.Timeout}
	s.stop = context.AfterFunc(ctx, func() { raw.Close() })
	s.step()
	opt := &imapclient.Options{TLSConfig: m.tls.Clone(), UnilateralDataHandler: &imapclient.UnilateralDataHandler{Mailbox: func(*imapclient.UnilateralDataMailbox) {
		select {
		case heard <- struct{}{}:
		default:
		}
	}}}
	switch m.set.TLS {
	case "none":
		s.Client = imapclient.New(raw, opt)
	case "starttls":
		s.Client, err = imapclient.NewStartTLS(raw, opt)
	default:
		s.Client = imapclient.New(tls.Client(raw, m.tls), opt)
	}
	if err == nil {
		if err = s.Login(m.set.Username, m.password).Wait(); err == nil {
			_, err = s.Select(m.set.Mailbox, nil).Wait()
		}
	}
	if err != nil {
		s.stop()
		return nil, errors.Join(fmt.Errorf("opening %s: %w", m.set.Mailbox, err), raw.Close())
	}
	return s, nil
}

// round works off what was not seen, the oldest first. The first mail that cannot be taken now ends it.
func (m *Mailbox) round(ctx context.Context, s *connection) error {
	s.step()
	found, err := s.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return fmt.Errorf("searching: %w", err)
	}
	for _, uid := range found.AllUIDs() {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := m.one(ctx, s, uid)
		flags := []imap.Flag{imap.FlagSeen}
		if errors.Is(err, inbox.ErrRefused) {
			m.log.Warn("a mail was refused", "mailbox", m.set.Mailbox, "uid", uint32(uid), "err", err)
			flags, err = append(flags, imap.FlagFlagged), nil
		}
		if err != nil {
			return fmt.Errorf("mail %d: %w", uid, err)
		}
		s.step()
		if err := s.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close(); err != nil {
			return fmt.Errorf("marking mail %d: %w", uid, err)
		}
	}
	return nil
}

// one has one mail taken.
func (m *Mailbox) one(ctx context.Context, s *connection, uid imap.UID) (err error) {
	f, err := os.CreateTemp(m.dir, "upload-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if err := fetch(s, uid, f); err != nil {
		return err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return m.take(ctx, fmt.Sprintf("mail-%d", uid), f)
}

// fetch reads a mail, as far as mails may be long.
func fetch(s *connection, uid imap.UID, into io.Writer) error {
	s.step()
	cmd := s.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{Peek: true, Partial: &imap.SectionPartial{Size: arf.MaxSize + 1}}}})
	n := int64(0)
	var failed error
	for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
		for item := msg.Next(); item != nil; item = msg.Next() {
			body, ok := item.(imapclient.FetchItemDataBodySection)
			if !ok || body.Literal == nil || failed != nil {
				continue
			}
			n, failed = io.Copy(into, io.LimitReader(body.Literal, arf.MaxSize+1))
		}
	}
	switch err := cmd.Close(); {
	case err != nil:
		return fmt.Errorf("fetching: %w", err)
	case failed != nil:
		return failed
	case n == 0:
		return fmt.Errorf("%w: it is empty, or gone", inbox.ErrRefused)
	case n > arf.MaxSize:
		return fmt.Errorf("%w: it has more than %d octets", inbox.ErrRefused, arf.MaxSize)
	}
	return nil
}

// await waits until the server says that there is something new, or until it is time to look anyway.
func (m *Mailbox) await(ctx context.Context, s *connection, heard <-chan struct{}) error {
	timer := time.NewTimer(m.set.Every)
	defer timer.Stop()
	if !s.Caps().Has(imap.CapIdle) {
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		return nil
	}
	_ = s.conn.SetDeadline(time.Now().Add(m.set.Every + s.limit))
	idle, err := s.Idle()
	if err != nil {
		return fmt.Errorf("waiting: %w", err)
	}
	select {
	case <-heard:
	case <-timer.C:
	case <-ctx.Done():
	}
	if err := idle.Close(); err != nil {
		return fmt.Errorf("waiting: %w", err)
	}
	return idle.Wait()
}
