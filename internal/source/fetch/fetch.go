// Package fetch gets files by HTTP for sources that ask again and again: only if they changed, bounded in size and in
// silence, and politely.
//
// [Getter.Get] is the way in. [CheckURL] tells which addresses a configuration may name. The package tries once: when to
// try again is the caller's, whom a [StatusError] tells what the server asks for.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"pahra/wire/values"
)

// ErrUnchanged says that the server has what is known already.
var ErrUnchanged = errors.New("not modified")

// ErrTooLarge says that the file is larger than allowed.
var ErrTooLarge = errors.New("the file is larger than allowed")

// StatusError is an answer that is neither the file nor that it is unchanged.
type StatusError struct {
	Code  int
	After time.Duration // what the server asks to wait; 0 where it does not say
}

// Error gives the code and its meaning.
func (e *StatusError) Error() string {
	return fmt.Sprintf("the server answers %d %s", e.Code, http.StatusText(e.Code))
}

// Version tells one version of a file from another, as the server does.
type Version struct {
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"modified,omitempty"` // as the server wrote it
}

// Getter gets files. Its zero value lacks nothing.
type Getter struct {
	Client    *http.Client  // default http.DefaultClient; NewClient gives a better one
	UserAgent string        // default "pahra"
	Idle      time.Duration // a body that is silent for so long is given up; default 1 min
}

// NewClient gives a client that waits 30 s for headers and follows 5 redirects, none from https to http. Who made it
// closes its idle connections.
func NewClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 30 * time.Second
	transport.DisableCompression = true // a checksum or a limit is that of what is sent
	return &http.Client{Transport: transport, CheckRedirect: func(req *http.Request, via []*http.Request) error {
		switch {
		case len(via) > 5:
			return errors.New("more than 5 redirects")
		case via[0].URL.Scheme == "https" && req.URL.Scheme != "https":
			return fmt.Errorf("redirected from https to %s", req.URL.Redacted())
		}
		return nil
	}}
}

// File is a file on its way. Its bytes are as the server sent them.
type File struct {
	io.ReadCloser
	Version Version
}

// Get asks for a file of at most limit bytes. Where the server says that it is the known version, the error is
// ErrUnchanged; the zero Version asks in any case. Reading past limit gives ErrTooLarge. The caller closes the file.
func (g Getter) Get(ctx context.Context, link string, known Version, limit int64) (*File, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	file, err := g.get(ctx, cancel, link, known, limit)
	if err != nil {
		cancel(err)
		return nil, fmt.Errorf("getting %s: %w", redacted(link), err)
	}
	return file, nil
}

func (g Getter) get(ctx context.Context, cancel context.CancelCauseFunc, link string, known Version, limit int64) (*File, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nil, err
	}
	if g.UserAgent == "" {
		g.UserAgent = "pahra"
	}
	req.Header.Set("User-Agent", g.UserAgent)
	if known.ETag != "" {
		req.Header.Set("If-None-Match", known.ETag)
	}
	if known.Modified != "" {
		req.Header.Set("If-Modified-Since", known.Modified)
	}
	if g.Client == nil {
		g.Client = http.DefaultClient
	}
	resp, err := g.Client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	switch {
	case resp.StatusCode == http.StatusOK && resp.ContentLength > limit:
		err = fmt.Errorf("%w: %d bytes and not %d", ErrTooLarge, resp.ContentLength, limit)
	case resp.StatusCode == http.StatusOK:
		idle := g.Idle
		if idle == 0 {
			idle = time.Minute
		}
		timer := time.AfterFunc(idle, func() { cancel(fmt.Errorf("the server was silent for %v", idle)) })
		return &File{&body{ctx: ctx, cancel: cancel, r: resp.Body, left: limit, timer: timer, idle: idle},
			Version{resp.Header.Get("ETag"), resp.Header.Get("Last-Modified")}}, nil
	case resp.StatusCode == http.StatusNotModified && known != Version{}:
		err = ErrUnchanged
	default:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		err = &StatusError{resp.StatusCode, time.Duration(min(max(seconds, 0), 86400)) * time.Second}
	}
	return nil, errors.Join(err, resp.Body.Close())
}

// withoutURL takes the address off an error, which Get puts there without a password.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

func redacted(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return "what is no URL"
	}
	return u.Redacted()
}

// body is bounded in size and in silence.
type body struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	r      io.ReadCloser
	left   int64
	timer  *time.Timer
	idle   time.Duration
}

func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if n > 0 {
		b.timer.Reset(b.idle)
	}
	if int64(n) > b.left {
		return int(b.left), ErrTooLarge
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF && b.ctx.Err() != nil {
		err = context.Cause(b.ctx) // "silent" says more than "context canceled"
	}
	return n, err
}

func (b *body) Close() error {
	b.timer.Stop()
	err := b.r.Close()
	b.cancel(nil)
	return err
}

// CheckURL refuses what is no address to get data from: it must be HTTPS, or HTTP to this machine; where plain is
// allowed, HTTP to any, because the path there is the operator's own.
func CheckURL(link string, plain bool) error {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" {
		return fmt.Errorf("%q is not a URL", redacted(link))
	}
	switch {
	case u.Scheme == "https", u.Scheme == "http" && (plain || values.IsLoopback(u.Hostname())):
		return nil
	}
	return fmt.Errorf("%q is not https", u.Redacted())
}

// Pause is how long to wait after an error: what the server asks for, but not less than otherwise.
func Pause(err error, otherwise time.Duration) time.Duration {
	var status *StatusError
	if errors.As(err, &status) {
		return max(otherwise, status.After)
	}
	return otherwise
}
