// Package rdap asks a registry about a network by RDAP (RFC 7480, RFC 9082, RFC 9083): who its role contacts are, and
// what its aut-num object says in free text.
//
// [New] gives a [Client], which is a registry for package account. It asks one server, or one that redirects to the
// others. Answers are kept for a minute, in memory alone: they hold mail addresses, which go nowhere but to the mail
// that they are for. [Client.AbuseOfAddress] and its siblings give whom a registry names for reports of abuse, of an
// address, a network, a domain; those answers are kept for a day, and no more than thirty are asked for in a minute.
//
// The package believes the server that it asks, over TLS, and what that redirects to, over TLS as well. It asks nothing
// on its own.
package rdap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/account"
	"pahra/wire/values"
)

// Config says which server to ask.
type Config struct {
	// URL is the base of the server's addresses, such as https://rdap.apnic.net: that of a RIR, or of a server that
	// redirects to the RIR that is responsible.
	URL string `yaml:"url"`
	// Timeout bounds one question; 15s unless given.
	Timeout time.Duration `yaml:"timeout"`
}

// Check says what is wrong with the configuration.
func (c *Config) Check() error {
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || !safe(u) || u.RawQuery != "" || u.User != nil {
		return fmt.Errorf("url %q is no https address", c.URL)
	}
	if c.Timeout < 0 || c.Timeout > 5*time.Minute {
		return fmt.Errorf("timeout %s is not between 0s and 5m", c.Timeout)
	}
	return nil
}

// safe says whether an address is asked: over TLS, or on this machine.
func safe(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && values.IsLoopback(u.Hostname())
}

const (
	defaultTimeout = 15 * time.Second
	maxAnswer      = 2 << 20
	maxRedirects   = 5
	maxDepth       = 4 // of contacts within contacts
	maxEntities    = 500
	keptFor        = time.Minute
	maxKept        = 1000
)

// Client asks. Safe for concurrent use.
type Client struct {
	base string
	http *http.Client
	now  func() time.Time

	mu   sync.Mutex
	kept map[values.ASN]kept

	abuses abuseCache
}

type kept struct {
	until  time.Time
	answer *network
}

// New gives a client.
func New(c Config, now func() time.Time) (*Client, error) {
	if err := c.Check(); err != nil {
		return nil, fmt.Errorf("asking a registry: %w", err)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	ask := &http.Client{Timeout: c.Timeout, CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errors.New("it redirects without end")
		}
		if !safe(r.URL) {
			return fmt.Errorf("it redirects to %s, which is not https", r.URL.Host)
		}
		return nil
	}}
	return &Client{base: strings.TrimRight(c.URL, "/"), http: ask, now: now, kept: make(map[values.ASN]kept)}, nil
}

// Contacts gives the role contacts of a network that have a mail address; none where the registry does not know it.
func (c *Client) Contacts(ctx context.Context, asn values.ASN) ([]account.Contact, error) {
	n, err := c.network(ctx, asn)
	if err != nil {
		return nil, err
	}
	return slices.Clone(n.contacts), nil
}

// Remarks gives the free text of a network's aut-num object.
func (c *Client) Remarks(ctx context.Context, asn values.ASN) ([]account.Remark, error) {
	n, err := c.network(ctx, asn)
	if err != nil {
		return nil, err
	}
	return slices.Clone(n.remarks), nil
}

// network is what a registry says.
type network struct {
	contacts []account.Contact
	remarks  []account.Remark
}

func (c *Client) network(ctx context.Context, asn values.ASN) (*network, error) {
	now := c.now()
	c.mu.Lock()
	found, ok := c.kept[asn]
	c.mu.Unlock()
	if ok && now.Before(found.until) {
		return found.answer, nil
	}
	n, err := c.ask(ctx, asn)
	if err != nil {
		return nil, fmt.Errorf("asking the registry for AS%d: %w", asn, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.kept) >= maxKept {
		clear(c.kept)
	}
	c.kept[asn] = kept{now.Add(keptFor), n}
	return n, nil
}

func (c *Client) ask(ctx context.Context, asn values.ASN) (*network, error) {
	text, host, err := c.get(ctx, "autnum/"+asn.String())
	if err != nil {
		return nil, err
	}
	if text == nil {
		return &network{}, nil
	}
	return parse(text, asn, host)
}

// get gives the answer about a path, and who gave it; nil where the registry does not know it.
func (c *Client) get(ctx context.Context, path string) (text []byte, host string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/"+path, nil)
	if err != nil {
		return nil, "", err
	}
	r.Header.Set("Accept", "application/rdap+json")
	r.Header.Set("User-Agent", "pahra")
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	switch answer.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		return nil, "", nil
	default:
		return nil, "", fmt.Errorf("it answers %s", answer.Status)
	}
	text, err = io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, "", err
	}
	if len(text) > maxAnswer {
		return nil, "", fmt.Errorf("its answer is longer than %d bytes", maxAnswer)
	}
	return text, answer.Request.URL.Host, nil
}
