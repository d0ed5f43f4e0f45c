package rtr

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"pahra/internal/source/sourcetest"
	"pahra/wire/rtr"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// last reads the latest fact as package vrp does.
func last(t testing.TB, s *sourcetest.Shelf) *vrp.Set {
	t.Helper()
	_, text := s.Last(t)
	set, err := vrp.Read(strings.NewReader(text), func(p values.Problem) { t.Errorf("stored: %v", p) })
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// cache is the far end of a connection, which a test plays.
type cache struct {
	t       testing.TB
	conn    net.Conn
	in      *rtr.Reader
	version uint8
}

// expect reads a query and makes sure of it.
func (c *cache) expect(want rtr.PDU) bool {
	c.t.Helper()
	version, p, err := c.in.Next()
	if err != nil || p != want || version != c.version {
		c.t.Errorf("version %d: %+v, %v; want %+v", version, p, err, want)
		return false
	}
	return true
}

// report reads PDUs up to an Error Report and gives its code.
func (c *cache) report() (rtr.Code, error) {
	for {
		_, p, err := c.in.Next()
		if r, ok := p.(rtr.ErrorReport); ok || err != nil {
			return r.Code, err
		}
	}
}

func (c *cache) send(pdus ...rtr.PDU) {
	var b []byte
	for _, p := range pdus {
		var err error
		if b, err = rtr.Append(b, c.version, p); err != nil {
			c.t.Errorf("sending: %v", err)
		}
	}
	c.conn.Write(b)
}

// wait waits until the client goes.
func (c *cache) wait() { io.Copy(io.Discard, c.conn) }

// rig runs a client against caches, one for each connection that it makes; behind the last nobody answers.
type rig struct {
	*Client
	shelf *sourcetest.Shelf
	dials atomic.Int32
}

// play runs body while a client talks to the caches, in a time that passes as fast as everybody waits.
func play(t *testing.T, config Config, caches []func(*cache), body func(*rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		config.Address = "cache.invalid:323"
		s := &sourcetest.Shelf{}
		client, err := New("rtr", config, s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		client.backoff.Rand = func() float64 { return 1 }
		r := &rig{Client: client, shelf: s}
		var farEnds sync.WaitGroup
		client.dial = func(context.Context) (net.Conn, error) {
			n := int(r.dials.Add(1))
			if n > len(caches) {
				return nil, errors.New("nobody is there")
			}
			near, far := net.Pipe()
			farEnds.Go(func() {
				defer far.Close()
				caches[n-1](&cache{t, far, rtr.NewReader(far), rtr.Version2})
			})
			return near, nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- client.Run(ctx) }()
		body(r)
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
		farEnds.Wait()
	})
}

func v4(text string, maxLength uint8, asn values.ASN) rtr.Prefix {
	return rtr.Prefix{Announce: true, Prefix: netip.MustParsePrefix(text), MaxLength: maxLength, ASN: asn}
}

func gone(p rtr.Prefix) rtr.Prefix {
	p.Announce = false
	return p
}

func end(session uint16, serial uint32) rtr.EndOfData {
	return rtr.EndOfData{Session: session, Serial: serial, Timers: rtr.Timers{Refresh: 600, Retry: 60, Expire: 7200}}
}
