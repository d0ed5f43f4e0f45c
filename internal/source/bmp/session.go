package bmp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"pahra/internal/source"
	wire "pahra/wire/bmp"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

const (
	// tick is how often a session that waits for its router looks at the time.
	tick = 250 * time.Millisecond
	// allowance is how long a message may be under way from router to here.
	allowance = 500 * time.Millisecond
	// maxLag is how far a router's times may lie behind their arrival and still be waited for. What lies further behind has
	// a wrong clock, or is an old matter.
	maxLag = 30 * time.Second
)

// session is one connection of one router. It belongs to one goroutine, but for what Listener guards.
type session struct {
	l      *Listener
	ctx    context.Context
	cancel context.CancelCauseFunc
	done   chan struct{} // closed when all is written
	addr   netip.Addr
	router router
	log    *slog.Logger
	conn   net.Conn
	reader *wire.Reader

	collector string    // "" before the first message
	heard     time.Time // when anything came last
	begun     time.Time // when the message under way began; zero while there is none
	lag       lag
	peers     map[peerKey]*peer
	order     []*peer    // the same, by when they came up first
	own       values.ASN // the router's AS, as its OPENs say
	table     tableWriter
	update    rewrite
	record    []byte
	passed    int64 // messages of other views, instances and families
	warned    int
}

func newSession(l *Listener, ctx context.Context, conn net.Conn, addr netip.Addr, cancel context.CancelCauseFunc) *session {
	s := &session{l: l, ctx: ctx, cancel: cancel, done: make(chan struct{}), addr: addr, conn: conn, heard: l.now(),
		log: l.log.With("address", addr), peers: make(map[peerKey]*peer)}
	var known bool
	if s.router, known = l.plan.routers[addr]; !known {
		s.router = l.plan.others
	}
	s.reader = wire.NewReader(patient{s}, s.problem)
	s.reader.MaxMessage = l.plan.MaxMessage
	s.reader.Begun = func() { s.begun = l.now() }
	s.table.w = mrt.NewWriter(recorder{s})
	return s
}

// patient reads from the connection and looks up now and then while nothing comes.
type patient struct{ *session }

func (p patient) Read(b []byte) (int, error) {
	for {
		if err := p.conn.SetReadDeadline(time.Now().Add(tick)); err != nil {
			return 0, err
		}
		n, err := p.conn.Read(b)
		if n > 0 {
			p.heard = p.l.now()
			return n, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, err
		}
		if err := p.idle(); err != nil {
			return 0, err
		}
	}
}

// idle is called while nothing comes. It tells how far the collector has come, and gives up on a router that hangs.
func (s *session) idle() error {
	now := s.l.now()
	switch {
	case !s.begun.IsZero() && now.Sub(s.begun) >= s.l.plan.Stall:
		return fmt.Errorf("a message has not come whole within %v", s.l.plan.Stall)
	case s.l.plan.Idle > 0 && now.Sub(s.heard) >= s.l.plan.Idle:
		return fmt.Errorf("it said nothing for %v", s.l.plan.Idle)
	case s.begun.IsZero() && s.collector != "":
		s.l.sink.Reached(s.collector, now.Add(-allowance-s.lag.of(now)))
	}
	return nil
}

// run reads messages until the connection ends, and then takes all peers down.
func (s *session) run() error {
	defer s.down()
	for {
		s.begun = time.Time{}
		m, err := s.reader.Next()
		if err != nil {
			return err
		}
		if s.collector == "" {
			if err := s.introduce(m); err != nil {
				return err
			}
		}
		s.l.meter.Message(len(m.Raw), m.Peer.Time())
		if err := s.take(m); err != nil {
			return err
		}
	}
}

// introduce finds the router's name by its first message.
func (s *session) introduce(m *wire.Message) (err error) {
	name := s.router.collector
	if name == "" && m.Type == wire.Initiation {
		if name = safeName(m.Info(wire.InfoSysName)); s.l.plan.named(name) {
			name = "" // another router's, by the configuration
		}
	}
	if name == "" {
		name = addressName(s.addr)
	}
	if s.collector, err = s.l.claim(s, name); err != nil {
		return err
	}
	s.log = s.log.With("collector", s.collector)
	s.log.Info("router connected", "system", m.Info(wire.InfoSysName), "version", m.Info(wire.InfoSysDescr))
	return nil
}

// take acts on one message.
func (s *session) take(m *wire.Message) error {
	switch m.Type {
	case wire.PeerUpNotification:
		return s.peerUp(m)
	case wire.PeerDownNotification:
		return s.peerDown(m)
	case wire.RouteMonitoring:
		return s.monitor(m)
	case wire.Termination:
		s.log.Info("router ends its session", "reason", m.Info(wire.TermString))
	}
	return nil
}

// maxWarnings is how many problems of a session go to the log; the meter counts all.
const maxWarnings = 20

func (s *session) problem(p values.Problem) { s.fault("%s", p) }

func (s *session) fault(format string, args ...any) {
	reason := fmt.Sprintf(format, args...)
	s.l.meter.Failed(fmt.Errorf("router at %s: %s", s.addr, reason))
	if s.warned++; s.warned <= maxWarnings {
		s.log.Warn("malformed", "reason", reason)
	}
}

// put writes a record. It holds the router back until the sink takes it, or the session ends, as it does where the sink
// takes nothing of this collector.
func (s *session) put(record []byte) error {
	var wait source.Backoff
	wait.Min, wait.Max = 100*time.Millisecond, 10*time.Second
	for {
		err := s.l.sink.Record(s.collector, record)
		if err == nil || errors.Is(err, source.ErrRefused) {
			return err
		}
		s.l.meter.Failed(err)
		s.log.Error("writing what a router said", "error", err)
		if !wait.Wait(s.ctx) {
			return errors.Join(err, context.Cause(s.ctx))
		}
	}
}

// recorder is the session as a writer of whole records.
type recorder struct{ *session }

func (r recorder) Write(record []byte) (int, error) {
	if err := r.put(record); err != nil {
		return 0, err
	}
	return len(record), nil
}

// lag is how far a router's times lie behind their arrival: the most of this minute and the last.
type lag struct {
	minute   int64
	this, up time.Duration
}

func (g *lag) note(now time.Time, behind time.Duration) {
	g.turn(now)
	if behind <= maxLag {
		g.this = max(g.this, behind)
	}
}

func (g *lag) of(now time.Time) time.Duration {
	g.turn(now)
	return max(g.this, g.up)
}

func (g *lag) turn(now time.Time) {
	switch m := now.Unix() / 60; m - g.minute {
	case 0:
	case 1:
		g.minute, g.this, g.up = m, 0, g.this
	default:
		g.minute, g.this, g.up = m, 0, 0
	}
}
