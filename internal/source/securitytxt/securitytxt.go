// Package securitytxt fetches a site's security.txt (RFC 9116), bounded and polite: one try over https, answers kept for
// a day, also that there is none.
//
// [New] gives a [Client]; [Client.Fetch] asks. The names come of reports by strangers: addresses inside a network are not
// connected to, and a redirect to another site is not followed, for it may be anybody's word. The package decides nothing.
package securitytxt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"pahra/wire/securitytxt"
	"pahra/wire/values"
)

// What is wrong with an answer.
var (
	ErrNone    = errors.New("the site has no security.txt")
	ErrExpired = errors.New("it has expired")
	ErrInside  = errors.New("the address is not of the public Internet")
	errMoved   = errors.New("it leads to another site")
)

const (
	keep    = 24 * time.Hour
	mostAll = 10_000
	timeout = 10 * time.Second
)

// Client fetches. Safe for concurrent use.
type Client struct {
	http *http.Client
	now  func() time.Time

	mu   sync.Mutex
	kept map[string]answer
}

type answer struct {
	file  *securitytxt.File
	err   error
	until time.Time
}

// New gives a client. Who made it closes it.
func New(now func() time.Time) *Client {
	dialer := &net.Dialer{Timeout: timeout, ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
		return allowed(address)
	}}
	transport := &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout, MaxResponseHeaderBytes: 64 << 10, IdleConnTimeout: time.Second}
	return newClient(transport, now)
}

func newClient(transport http.RoundTripper, now func() time.Time) *Client {
	return &Client{now: now, kept: map[string]answer{}, http: &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		switch {
		case len(via) > 3:
			return errors.New("it redirects without end")
		case r.URL.Scheme != "https":
			return errors.New("it redirects to what is not https")
		case !sameSite(r.URL.Hostname(), via[0].URL.Hostname()):
			return fmt.Errorf("%w, %s", errMoved, r.URL.Hostname())
		}
		return nil
	}}}
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// sameSite says whether a site is another's, with or without www.
func sameSite(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "www."), strings.TrimPrefix(b, "www."))
}

// allowed looks at an address when the connection to it is about to be made, so that a name that resolves otherwise the
// second time gains nothing.
func allowed(address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %s", ErrInside, address)
	}
	for ip, more := at.Addr(), true; more; ip, more = values.Embedded(ip) {
		if !values.IsPublic(ip) {
			return fmt.Errorf("%w: %s", ErrInside, ip)
		}
	}
	return nil
}

// Fetch gives what the security.txt of a host says now.
func (c *Client) Fetch(ctx context.Context, host string) (*securitytxt.File, error) {
	now := c.now()
	c.mu.Lock()
	a, known := c.kept[host]
	c.mu.Unlock()
	if !known || !now.Before(a.until) {
		a.until = now.Add(keep)
		if a.file, a.err = c.fetch(ctx, host); ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c.keep(host, a)
	}
	if a.err == nil && !now.Before(a.file.Expires) {
		return nil, fmt.Errorf("the security.txt of %s: %w on %s", host, ErrExpired, a.file.Expires.Format(time.DateOnly))
	}
	return a.file, a.err
}

func (c *Client) keep(host string, a answer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= mostAll {
		clear(c.kept)
	}
	c.kept[host] = a
}

func (c *Client) fetch(ctx context.Context, host string) (*securitytxt.File, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/.well-known/security.txt", nil)
	if err != nil {
		return nil, fmt.Errorf("the security.txt of %s: %w", host, err)
	}
	r.Header.Set("User-Agent", "pahra")
	got, err := c.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("the security.txt of %s: %w", host, err)
	}
	defer got.Body.Close()
	kind, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if got.StatusCode != http.StatusOK || kind != "text/plain" { // sites answer with a page to whatever is asked
		return nil, fmt.Errorf("%s: %w", host, ErrNone)
	}
	text, err := io.ReadAll(io.LimitReader(got.Body, securitytxt.Most+1))
	if err != nil {
		return nil, fmt.Errorf("the security.txt of %s: %w", host, err)
	}
	f, err := securitytxt.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the security.txt of %s: %w", host, err)
	}
	return f, nil
}
