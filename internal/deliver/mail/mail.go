// Package mail hands messages to a submission server over SMTP (RFC 5321, RFC 6409): with STARTTLS, which is required
// unless configured otherwise, or with TLS from the start (RFC 8314).
//
// [New] takes a [Config]; [Mailer.Send] hands over one message. What goes out is plain text, says that a machine wrote it
// (Auto-Submitted, RFC 3834), has a Message-ID that stays the same when it is tried again, and says where the
// subscription is ended (List-Unsubscribe, RFC 2369). [Mailer.SendLetter] hands over a letter with attachments, whose
// bounces go to an address of its own; a [Signer] signs it, by OpenPGP or S/MIME.
//
// A server that hangs costs one call its timeout and nothing else. The package queues nothing and tries nothing again:
// the outbox does.
package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"os"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"pahra/internal/alert"
)

// Mailer hands mail to one server. Safe for concurrent use.
type Mailer struct {
	set      Config
	password string
	tls      *tls.Config
	from     *netmail.Address
	domain   string
}

// New gives a mailer. It reads the files that the configuration names and connects to nothing.
func New(c Config) (*Mailer, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	m := &Mailer{set: c.filled(), password: c.Password}
	var err error
	if c.PasswordFile != "" {
		text, err := os.ReadFile(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("mail: reading password_file: %w", err)
		}
		m.password = strings.TrimSpace(string(text))
	}
	if m.tls, err = m.set.tlsConfig(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if m.from, err = netmail.ParseAddress(c.From); err != nil {
		return nil, fmt.Errorf("mail: from: %w", err)
	}
	_, m.domain, _ = strings.Cut(m.from.Address, "@")
	return m, nil
}

// CheckAddress says what is wrong with an address to send to. It is one bare address without a name.
func CheckAddress(to string) error {
	a, err := netmail.ParseAddress(to)
	if err != nil || a.Address != to || len(to) > 254 || strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return fmt.Errorf("%.80q is not a mail address", to)
	}
	return nil
}

// Send hands over one message. delivery is its id, which the Message-ID is made of. The error is an [*alert.Failure]
// where the server refused the message for good.
func (m *Mailer) Send(ctx context.Context, to, delivery string, msg alert.Message) error {
	if err := CheckAddress(to); err != nil {
		return &alert.Failure{Err: err, Permanent: true}
	}
	letter, err := m.letter(to, delivery, msg)
	if err != nil {
		return &alert.Failure{Err: fmt.Errorf("writing the mail: %w", err), Permanent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, m.set.Timeout)
	defer cancel()
	client, err := m.client(ctx)
	if err != nil {
		return fmt.Errorf("preparing to send mail: %w", err)
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if err == nil || letter.IsDelivered() { // once the server has taken it, how it says goodbye does not matter
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	err = fmt.Errorf("sending mail through %s: %w", m.set.Host, err)
	var refused *gomail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return &alert.Failure{Err: err, Permanent: true}
	}
	return err
}

// client gives a client for one message whose connection ends with ctx.
func (m *Mailer) client(ctx context.Context) (*gomail.Client, error) {
	opts := []gomail.Option{
		gomail.WithPort(m.set.Port), gomail.WithTimeout(m.set.Timeout), gomail.WithTLSConfig(m.tls.Clone()),
		gomail.WithDialContextFunc(func(dial context.Context, network, address string) (net.Conn, error) {
			return m.dial(ctx, dial, network, address)
		}),
	}
	switch m.set.TLS {
	case startTLS:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case implicitTLS:
		opts = append(opts, gomail.WithSSL())
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	if m.set.Username != "" {
		opts = append(opts, gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5),
			gomail.WithUsername(m.set.Username), gomail.WithPassword(m.password))
	}
	if m.set.Hello != "" {
		opts = append(opts, gomail.WithHELO(m.set.Hello))
	}
	return gomail.NewClient(m.set.Host, opts...)
}

// dial connects; the connection is cut when whole ends, whatever the server does.
func (m *Mailer) dial(whole, dial context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(dial, network, address)
	if err != nil {
		return nil, err
	}
	c := &cutConn{Conn: conn}
	c.stop = context.AfterFunc(whole, func() { conn.Close() })
	if m.set.TLS != implicitTLS {
		return c, nil
	}
	secure := tls.Client(c, m.tls)
	if err := secure.HandshakeContext(dial); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return secure, nil
}

// cutConn is a connection that a context cuts.
type cutConn struct {
	net.Conn
	stop func() bool
}

// Close closes the connection and lets go of the context.
func (c *cutConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// letter writes a message down.
func (m *Mailer) letter(to, delivery string, msg alert.Message) (*gomail.Msg, error) {
	l := gomail.NewMsg(gomail.WithCharset(gomail.CharsetUTF8), gomail.WithEncoding(gomail.EncodingQP), gomail.WithNoDefaultUserAgent())
	l.FromMailAddress(m.from)
	if err := errors.Join(l.To(to), l.EnvelopeFrom(m.from.Address)); err != nil {
		return nil, err
	}
	if m.set.ReplyTo != "" {
		if err := l.ReplyTo(m.set.ReplyTo); err != nil {
			return nil, err
		}
	}
	l.Subject(alert.Harmless(msg.Subject))
	l.SetDateWithValue(msg.At)
	l.SetMessageIDWithValue(delivery + "@" + m.domain)
	l.SetGenHeader("Auto-Submitted", "auto-generated")
	if msg.Thread != "" {
		l.SetGenHeader(gomail.HeaderReferences, "<"+msg.Thread+"@"+m.domain+">")
	}
	if msg.Unsubscribe != "" {
		l.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+msg.Unsubscribe+">")
	}
	l.SetBodyString(gomail.TypeTextPlain, msg.Text)
	return l, nil
}
