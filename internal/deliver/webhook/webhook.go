// Package webhook posts messages to addresses of HTTP: as signed JSON by the Standard Webhooks specification 1.0.0
// (github.com/standard-webhooks/standard-webhooks), or as plain text in the form that Slack and Mattermost take.
//
// [New] takes a [Config]; [Poster.Send] posts a message once. [Sign] is the signature, for receivers and tests to
// compare with.
//
// Addresses come from users, so they are not trusted: only HTTPS unless configured otherwise, no redirect is followed,
// no proxy of the environment is used, and every address is looked at when the connection is made, after the name was
// resolved: what is not of the public Internet (this machine, private and link-local networks, and with them the
// metadata services of clouds) is refused. What a receiver answers is read to a small limit and thrown away.
//
// The package queues nothing and tries nothing again: the outbox does.
package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strconv"
	"time"

	"pahra/internal/alert"
)

// Config is what webhooks may do.
type Config struct {
	// AllowHTTP lets addresses be without TLS.
	AllowHTTP bool `yaml:"allow_http"`
	// AllowNetworks are networks that may be posted to though they are not of the public Internet.
	AllowNetworks []netip.Prefix `yaml:"allow_networks"`
	// CAFile holds certificates (PEM) to trust beside those of the system.
	CAFile string `yaml:"ca_file"`
	// Timeout is how long one post may take in all; 15s unless set.
	Timeout time.Duration `yaml:"timeout"`
}

// Check says what is wrong with a configuration.
func (c Config) Check() error {
	if c.Timeout < 0 || c.Timeout > 2*time.Minute {
		return fmt.Errorf("timeout: %s is not up to 2m", c.Timeout)
	}
	for _, p := range c.AllowNetworks {
		if !p.IsValid() || p != p.Masked() {
			return fmt.Errorf("allow_networks: %s is not a prefix with its host bits clear", p)
		}
	}
	return nil
}

// Poster posts messages. Safe for concurrent use.
type Poster struct {
	set    Config
	client *http.Client
	now    func() time.Time
}

// New gives a poster; now is the clock that signatures are made with.
func New(c Config, now func() time.Time) (*Poster, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("webhook: %w", err)
	}
	if c.Timeout == 0 {
		c.Timeout = 15 * time.Second
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("webhook: reading ca_file: %w", err)
		}
		if secure.RootCAs, err = x509.SystemCertPool(); err != nil {
			secure.RootCAs = x509.NewCertPool()
		}
		if !secure.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("webhook: reading ca_file: %s holds no certificate", c.CAFile)
		}
	}
	p := &Poster{set: c, now: now}
	p.client = &http.Client{
		Timeout: c.Timeout,
		Transport: &http.Transport{
			DialContext:     (&net.Dialer{Timeout: c.Timeout, ControlContext: p.control}).DialContext,
			TLSClientConfig: secure, ForceAttemptHTTP2: true, DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return p, nil
}

// CheckTarget says what is wrong with an address to post to, as far as it can be told without resolving its name.
func (p *Poster) CheckTarget(target string) error {
	u, err := url.Parse(target)
	if err != nil {
		return errors.New("it is not a URL")
	}
	switch {
	case u.Scheme != "https" && (u.Scheme != "http" || !p.set.AllowHTTP):
		return fmt.Errorf("its scheme is %.20q, not https", u.Scheme)
	case u.Hostname() == "":
		return errors.New("it names no host")
	case u.User != nil:
		return errors.New("it holds a user name or password")
	case u.Fragment != "":
		return errors.New("it has a fragment")
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil {
		return p.allowed(ip)
	}
	return nil
}

// maxAnswer is how much of an answer is read.
const maxAnswer = 4 << 10

// Send posts a message once to a channel. delivery is its id, the same at each try: a receiver that has it already knows
// that it is the same message.
func (p *Poster) Send(ctx context.Context, c alert.Channel, delivery string, m alert.Message) error {
	if err := p.CheckTarget(c.Target); err != nil {
		return &alert.Failure{Err: fmt.Errorf("posting to a webhook: %w", err), Permanent: true}
	}
	request, err := p.request(ctx, c, delivery, m)
	if err != nil {
		return &alert.Failure{Err: fmt.Errorf("posting to a webhook: %w", err), Permanent: true}
	}
	answer, err := p.client.Do(request)
	if err != nil {
		var stopped *url.Error
		if errors.As(err, &stopped) {
			err = stopped.Err // the address may hold a secret
		}
		err = fmt.Errorf("posting to a webhook of %s: %w", request.URL.Hostname(), err)
		if errors.Is(err, errNotPublic) {
			return &alert.Failure{Err: err, Permanent: true}
		}
		return err
	}
	_, readErr := io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer))
	readErr = errors.Join(readErr, answer.Body.Close())
	if answer.StatusCode/100 == 2 { // it was taken, however the answer ends
		return nil
	}
	f := &alert.Failure{Err: errors.Join(fmt.Errorf("posting to a webhook of %s: answered %d %s", request.URL.Hostname(), answer.StatusCode, http.StatusText(answer.StatusCode)), readErr)}
	f.Gone = answer.StatusCode == http.StatusGone
	f.RetryAfter = retryAfter(answer.Header.Get("Retry-After"), p.now())
	return f
}

// request writes a post.
func (p *Poster) request(ctx context.Context, c alert.Channel, delivery string, m alert.Message) (*http.Request, error) {
	body, err := payload(c.Kind, m)
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Pahra")
	if c.Kind == alert.Chat {
		return r, nil
	}
	id, at := "msg_"+delivery, p.now()
	signatures, err := signAll(c.Secrets, id, at, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("webhook-signature", signatures)
	return r, nil
}

// retryAfter reads a Retry-After header (RFC 9110 section 10.2.3): seconds, or a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return time.Duration(min(n, int(alert.LongestWait/time.Second))) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil && t.After(now) {
		return min(t.Sub(now), alert.LongestWait)
	}
	return 0
}
