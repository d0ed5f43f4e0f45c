// Package bmp hears routers: it listens for their BMP sessions (RFC 7854, 8671, 9069) and gives what their neighbours
// say as MRT records.
//
// [New] gives a [Listener], a source.Source. Each router that connects becomes a collector, and each of its neighbours a
// peer of that collector.
//
// The rules, each of which a test holds:
//
//   - Name. A collector is named by the configuration (by the address that the router connects from), else by the
//     sysName of its Initiation made safe, else by its address. Of two routers that give themselves one name, the later
//     goes by its address. A second connection of a router takes the place of the first. Public collectors' names are
//     not for routers.
//   - View. One view of a router is taken, so that no route comes twice under one peer: Adj-RIB-In before policy, or what
//     is configured. Messages of other views and of other routing instances are passed over and counted.
//   - Loc-RIB. Its peer is the router: the AS that it states and the address that it connects from. Paths stay as they
//     stood: the router's own AS is not on them.
//   - First telling. From Peer Up to End-of-RIB a router repeats what stood before, with the times at which it learned
//     it. That is a table, not news: it is given as entries of TABLE_DUMP_V2 as of their arrival, and the router's time
//     of each is its originated time. Where End-of-RIB does not come, the table ends when nothing of its family came for
//     30 s, or after 15 minutes. What is withdrawn or malformed meanwhile is given as messages.
//   - Time. Messages behind the table have the time of the router, or that of their arrival where there is none, where
//     it is more than a minute in the future, and where it is before what the same peer said last.
//   - Encoding. AS numbers take four octets, whatever the session had; only a path in which AS_TRANS hides a network stays
//     as it was, in a record that says so. Path identifiers are kept (RFC 8050). A missing NEXT_HOP, which some routers
//     leave out after policy, becomes 0.0.0.0. Families other than unicast and multicast prefixes are passed over.
//   - State. Peer Up and Peer Down become changes of state; the end of the connection takes all peers down. When a
//     router comes back, the time between is a gap. Where the process ends with no time to say so, it is for whoever runs
//     the listener to take down what the process left up, before [Listener.Run].
//
// Memory is bounded by the number of routers, the length of a message and the number of neighbours. A Sink that cannot
// write holds the routers back: nothing is read that cannot be written.
package bmp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"

	"pahra/internal/source"
)

// Listener is a source that routers connect to.
type Listener struct {
	name  string
	plan  *plan
	sink  source.Sink
	log   *slog.Logger
	meter *source.Meter
	now   func() time.Time
	bound func(net.Addr) // told where it listens; for tests

	mu       sync.Mutex
	open     int
	sessions map[string]*session // by collector
	lost     map[string]absence  // collectors that went away
}

// absence is since when a collector is away, and why.
type absence struct {
	since  time.Time
	reason string
}

// New gives a listener that gives its records to sink.
func New(name string, c Config, sink source.Sink, log *slog.Logger) (*Listener, error) {
	p, err := c.plan()
	if err != nil {
		return nil, fmt.Errorf("bmp source %s: %w", name, err)
	}
	return &Listener{name: name, plan: p, sink: sink, log: log, now: time.Now,
		meter: source.NewMeter(name, "bmp", time.Now), bound: func(net.Addr) {},
		sessions: make(map[string]*session), lost: make(map[string]absence)}, nil
}

// Status says how the listener is: up while at least one router is connected. Its parts are the collectors.
func (l *Listener) Status() source.Status { return l.meter.Status() }

// Run listens until ctx ends, and waits for the sessions. An address that cannot be listened on is tried again.
func (l *Listener) Run(ctx context.Context) error {
	var wait source.Backoff
	for {
		listener, err := l.listen(ctx)
		if err == nil {
			l.bound(listener.Addr())
			wait.Reset()
			err = l.accept(ctx, listener)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.meter.Down(err)
		l.log.Error("listening for routers", "error", err)
		if !wait.Wait(ctx) {
			return nil
		}
	}
}

// listen opens the port. Keep-alive finds a router that is gone within half a minute.
func (l *Listener) listen(ctx context.Context) (net.Listener, error) {
	alive := net.KeepAliveConfig{Enable: true, Idle: 15 * time.Second, Interval: 5 * time.Second, Count: 3}
	return (&net.ListenConfig{KeepAliveConfig: alive}).Listen(ctx, "tcp", l.plan.Listen)
}

// accept takes connections until ctx ends or the listener breaks, and waits for them.
func (l *Listener) accept(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	var wait source.Backoff
	wait.Min, wait.Max = 10*time.Millisecond, time.Second
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return err
			}
			l.meter.Failed(fmt.Errorf("accepting a router: %w", err))
			if !wait.Wait(ctx) { // out of file descriptors, most likely
				return err
			}
			continue
		}
		wait.Reset()
		addr := remote(conn)
		if err := l.admit(addr); err != nil {
			l.refuse(conn, addr, err)
			continue
		}
		group.Go(func() { l.serve(ctx, conn, addr) })
	}
}

// remote gives the address of the other side; zero where it has none.
func remote(conn net.Conn) netip.Addr {
	ap, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return ap.Addr().Unmap().WithZone("")
}

// admit counts a router in, or says why not.
func (l *Listener) admit(addr netip.Addr) error {
	if !l.plan.allowed(addr) {
		return errors.New("its address is not allowed")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.plan.MaxRouters {
		return fmt.Errorf("%d routers are connected already", l.open)
	}
	l.open++
	return nil
}

func (l *Listener) refuse(conn net.Conn, addr netip.Addr, err error) {
	l.meter.Failed(fmt.Errorf("router at %s was refused: %w", addr, err))
	l.log.Warn("a router was refused", "address", addr, "reason", err)
	conn.Close()
}

// serve hears one router until it goes away.
func (l *Listener) serve(ctx context.Context, conn net.Conn, addr netip.Addr) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	s := newSession(l, ctx, conn, addr, cancel)
	err := s.run()
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	l.release(s, err)
	conn.Close()
	close(s.done)
}

// errReplaced ends a session whose router connected again.
var errReplaced = errors.New("the router connected again")

// claim gives a session the name of its collector. Where the same router holds it by an older connection, that one is
// ended first; where another does, the session goes by its address.
func (l *Listener) claim(s *session, name string) (string, error) {
	for {
		l.mu.Lock()
		held := l.sessions[name]
		if held != nil && held.addr != s.addr {
			l.mu.Unlock()
			if name == addressName(s.addr) {
				return "", fmt.Errorf("the router at %s has the name %s", held.addr, name)
			}
			s.log.Warn("another router has that name; this one goes by its address", "collector", name, "other", held.addr)
			l.meter.Failed(fmt.Errorf("routers at %s and %s are both called %s", held.addr, s.addr, name))
			name = addressName(s.addr)
			continue
		}
		if held == nil {
			l.sessions[name] = s
			gone, back := l.lost[name]
			delete(l.lost, name)
			l.tellParts()
			l.mu.Unlock()
			if back {
				l.sink.Gap(source.Gap{Source: l.name, Collector: name, From: gone.since, To: l.now().UTC(), Reason: gone.reason})
			}
			return name, nil
		}
		l.mu.Unlock()
		held.cancel(errReplaced)
		select {
		case <-held.done:
		case <-s.ctx.Done():
			return "", context.Cause(s.ctx)
		}
	}
}

// release forgets a session that has ended, for the reason err.
func (l *Listener) release(s *session, err error) {
	l.mu.Lock()
	l.open--
	if s.collector != "" {
		delete(l.sessions, s.collector)
		l.remember(s.collector, absence{s.heard.UTC(), fmt.Sprintf("the connection of the router at %s ended: %v", s.addr, err)})
	}
	l.tellParts()
	l.mu.Unlock()
	if errors.Is(err, context.Canceled) {
		err = nil // we are told to stop
	}
	if err != nil {
		l.meter.Failed(fmt.Errorf("router at %s: %w", s.addr, err))
	}
	s.log.Info("router went away", "reason", err, "messages", s.reader.Stats().Messages, "passed_over", s.passed)
}

// maxLost bounds how many collectors that went away are remembered.
const maxLost = 1024

func (l *Listener) remember(collector string, a absence) {
	if len(l.lost) >= maxLost {
		oldest := ""
		for name, b := range l.lost {
			if oldest == "" || b.since.Before(l.lost[oldest].since) {
				oldest = name
			}
		}
		delete(l.lost, oldest)
	}
	l.lost[collector] = a
}

// tellParts tells the meter which collectors are connected.
func (l *Listener) tellParts() {
	names := make([]string, 0, len(l.sessions))
	for name := range l.sessions {
		names = append(names, name)
	}
	slices.Sort(names)
	l.meter.Parts(names)
	if len(names) > 0 {
		l.meter.Up()
	} else {
		l.meter.Down(nil)
	}
}
