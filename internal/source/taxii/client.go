package taxii

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"pahra/internal/source"
)

const (
	mediaType  = "application/taxii+json;version=2.1"
	mostAnswer = 64 << 20 // octets
	mostWait   = 15 * time.Minute
	tries      = 6
	// triesUnsaid is how often is asked where no answer comes. Where a cursor is asked for it is once: servers that keep cursors in memory
	// move them on with each request, whether its answer arrives or not.
	triesUnsaid = 3
)

// Client speaks with one server. Safe for concurrent use.
type Client struct {
	HTTP          *http.Client
	Authorization string // the header; empty: none
	// Sleep waits; nil is source.Sleep.
	Sleep func(ctx context.Context, d time.Duration) error
	// Told is told of waiting; nil: nobody is.
	Told func(what string)
}

// StatusError is an answer that is none of those that are hoped for.
type StatusError struct {
	Code      int
	Title     string        // what the server says of it
	Challenge string        // of 401: how it wants one to log in
	After     time.Duration // how long it asks to wait
}

// Error gives the code, its meaning, and what the server says.
func (e *StatusError) Error() string {
	s := fmt.Sprintf("the server answers %d %s", e.Code, http.StatusText(e.Code))
	if e.Title != "" {
		s += ": " + e.Title
	}
	if e.Challenge != "" {
		s += "; to log in it asks for " + e.Challenge
	}
	return s
}

// passing says whether trying again may help.
func (e *StatusError) passing() bool {
	switch e.Code {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// answer is what a server gave.
type answer struct {
	body   []byte
	header http.Header
}

// get gets a resource and reads it.
func (c *Client) get(ctx context.Context, address *url.URL, into any) (*answer, error) {
	a, err := c.do(ctx, http.MethodGet, address, nil)
	if err == nil {
		if err = json.Unmarshal(a.body, into); err != nil {
			err = fmt.Errorf("the answer is not as TAXII has it: %w", err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("asking for %s: %w", address.Redacted(), err)
	}
	return a, nil
}

// do asks, and asks again after a while where that may help.
func (c *Client) do(ctx context.Context, method string, address *url.URL, body []byte) (*answer, error) {
	sleep, told := c.Sleep, c.Told
	if sleep == nil {
		sleep = source.Sleep
	}
	if told == nil {
		told = func(string) {}
	}
	var back source.Backoff
	for n := 1; ; n++ {
		a, err := c.once(ctx, method, address, body)
		var status *StatusError
		said := errors.As(err, &status)
		unsaid := !said && (n == triesUnsaid || address.Query().Has("next"))
		if err == nil || ctx.Err() != nil || said && !status.passing() || unsaid || final(err) || n == tries {
			return a, err
		}
		wait := back.Next()
		if said {
			wait = max(wait, status.After)
		}
		if wait > mostWait {
			return nil, fmt.Errorf("%w; it asks to wait for %v", err, wait)
		}
		told(fmt.Sprintf("%v; trying again in %v", err, wait.Round(time.Second)))
		if err := sleep(ctx, wait); err != nil {
			return nil, err
		}
	}
}

// final says of an error that is no answer's status whether trying again is of no use.
func final(err error) bool {
	var cert *tls.CertificateVerificationError
	return errors.Is(err, errAnswer) || errors.As(err, &cert)
}

// errAnswer says that an answer came and is none of TAXII.
var errAnswer = errors.New("this is no answer of TAXII")

func (c *Client) once(ctx context.Context, method string, address *url.URL, body []byte) (*answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, address.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if address.Query().Has("next") {
		req.Body, req.GetBody = io.NopCloser(strings.NewReader("")), nil // so that the transport does not ask twice by itself
	}
	req.Header.Set("Accept", mediaType)
	req.Header.Set("User-Agent", "pahra")
	if body != nil {
		req.Header.Set("Content-Type", mediaType)
	}
	if c.Authorization != "" {
		req.Header.Set("Authorization", c.Authorization)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // the address is said above
		}
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, mostAnswer+1))
	switch {
	case resp.StatusCode/100 != 2:
		return nil, statusOf(resp, text)
	case err != nil:
		return nil, fmt.Errorf("reading the answer: %w", err)
	case len(text) > mostAnswer:
		return nil, fmt.Errorf("%w: it has more than %d octets", errAnswer, mostAnswer)
	}
	if kind := resp.Header.Get("Content-Type"); !strings.HasPrefix(strings.ToLower(strings.TrimSpace(kind)), "application/taxii+json") {
		return nil, fmt.Errorf("%w: its type is %.60q", errAnswer, kind)
	}
	return &answer{text, resp.Header}, nil
}

// statusOf reads an error: as TAXII has it, or the status alone.
func statusOf(resp *http.Response, text []byte) *StatusError {
	e := &StatusError{Code: resp.StatusCode, After: retryAfter(resp.Header)}
	var said struct{ Title, Description string }
	if json.Unmarshal(text, &said) == nil {
		e.Title = fmt.Sprintf("%.200s", said.Title)
		if said.Description != "" {
			e.Title = fmt.Sprintf("%s (%.300s)", e.Title, said.Description)
		}
	}
	if e.Code == http.StatusUnauthorized {
		e.Challenge = fmt.Sprintf("%.200s", strings.Join(resp.Header.Values("WWW-Authenticate"), ", "))
	}
	return e
}

// retryAfter reads how long to wait: seconds, or a time, held against the server's own clock.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if n, err := strconv.Atoi(text); err == nil {
		return time.Duration(min(max(n, 0), 1<<30)) * time.Second
	}
	at, err1 := http.ParseTime(text)
	now, err2 := http.ParseTime(h.Get("Date"))
	if err1 != nil || err2 != nil {
		return 0
	}
	return max(at.Sub(now), 0)
}
