package rislive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"pahra/internal/source"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

// script is what the server does with one connection, once subscribed to. It ends when ctx does.
type script func(ctx context.Context, c *peer)

// peer is the server's side of a connection.
type peer struct {
	*websocket.Conn
	deaf atomic.Bool // it answers no ping
}

// hearing is a script during which the server reads, so that pings are answered and ctx ends with the connection.
func hearing(play script) script {
	return func(ctx context.Context, c *peer) { play(c.CloseRead(ctx), c) }
}

// rig is a source, the server that it hears, and its sink, all in one synctest bubble and without a network.
type rig struct {
	t        *testing.T
	src      *Source
	sink     *sink
	listener *pipes
	ctx      context.Context // ends with the test
	stop     context.CancelFunc
	running  sync.WaitGroup

	mu       sync.Mutex
	requests []string // what came from the source, with the query in front
	next     []script
}

// pipes is a listener whose connections are made by dial, in memory.
type pipes struct {
	refuse atomic.Int32 // so many attempts
	conns  chan net.Conn
	once   sync.Once
	done   chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if p.refuse.Add(-1) >= 0 {
		return nil, errors.New("connection refused")
	}
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// newRig makes a source and a server for it that plays one script for each connection, the last one for all further ones.
func newRig(t *testing.T, c Config, scripts ...script) *rig {
	t.Helper()
	r := &rig{t: t, sink: &sink{reached: make(map[string]time.Time)}, next: scripts}
	r.listener = &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(r.serve)}
	served := make(chan struct{})
	go func() { defer close(served); _ = server.Serve(r.listener) }()
	if c.URL == "" {
		c.URL = "ws://ris.test/v1/ws/"
	}
	var err error
	r.src, err = New("ris", c, r.sink, discard)
	must(t, err)
	r.src.client = &http.Client{Transport: &http.Transport{DialContext: r.listener.dial}}
	r.ctx, r.stop = context.WithCancel(t.Context())
	t.Cleanup(func() {
		r.stop()
		r.running.Wait()
		_ = server.Close()
		<-served
		synctest.Wait()
	})
	return r
}

// run starts the source.
func (r *rig) run() {
	r.running.Go(func() {
		if err := r.src.Run(r.ctx); err != nil {
			r.t.Errorf("Run gives %v", err)
		}
	})
}

func (r *rig) serve(w http.ResponseWriter, req *http.Request) {
	if req.URL.Path != streamPath {
		http.NotFound(w, req)
		return
	}
	c := &peer{}
	var err error
	c.Conn, err = websocket.Accept(w, req, &websocket.AcceptOptions{OnPingReceived: func(context.Context, []byte) bool { return !c.deaf.Load() }})
	if err != nil {
		r.t.Errorf("accepting: %v", err)
		return
	}
	defer c.CloseNow()
	_, request, err := c.Read(req.Context())
	if err != nil {
		return
	}
	r.mu.Lock()
	r.requests = append(r.requests, req.URL.RawQuery+" "+string(request))
	play := r.next[0]
	if len(r.next) > 1 {
		r.next = r.next[1:]
	}
	r.mu.Unlock()
	play(r.ctx, c)
}

func (r *rig) asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.requests...)
}

// sink remembers what it was told.
type sink struct {
	mu      sync.Mutex
	records []string // "rrc00 198.51.100.0/24 at 12s", times since start
	reached map[string]time.Time
	gaps    []source.Gap
	fail    error
	hold    chan struct{} // closed to let Record go on; nil for at once
}

func (s *sink) Record(collector string, record []byte) error {
	s.mu.Lock()
	hold := s.hold
	s.mu.Unlock()
	if hold != nil {
		<-hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return s.fail
	}
	var rec mrt.Record
	if !mrt.ParseRecord(&rec, record) {
		return fmt.Errorf("%x is no record", record)
	}
	return mrt.NewDecoder(nil).Decode(&rec, func(e *mrt.Elem) error {
		s.records = append(s.records, fmt.Sprintf("%s %s at %s", collector, e.Prefix, e.Time().Sub(epoch)))
		return nil
	})
}

func (s *sink) Reached(collector string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !at.After(s.reached[collector]) {
		panic("a claim that goes back")
	}
	s.reached[collector] = at
}

func (s *sink) Gap(g source.Gap) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gaps = append(s.gaps, g)
}

func (s *sink) set(do func(*sink)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do(s)
}

func (s *sink) heard() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.records...)
}

// claimed gives how far the collector was claimed to have come, since epoch.
func (s *sink) claimed(collector string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reached[collector].Sub(epoch)
}

func (s *sink) missed() (list []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.gaps {
		list = append(list, fmt.Sprintf("%s %s %s to %s", g.Source, g.Collector, g.From.Sub(epoch), g.To.Sub(epoch)))
	}
	return list
}

// epoch is when time begins in a synctest bubble.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

var discard = slog.New(slog.DiscardHandler)

// withdraw is a message of a collector that withdraws 10.N.0.0/16 at a time since epoch.
func withdraw(collector string, n int, at time.Duration) []byte {
	m := rislive.Message{Type: rislive.BGP, Kind: rislive.Update, Peer: netip.MustParseAddr("192.0.2.1"), PeerAS: 64500, Collector: collector}
	m.Sec, m.Micro = uint32(epoch.Add(at).Unix()), uint32(epoch.Add(at).Nanosecond()/1000)
	m.Message = []byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x1a\x02\x00\x03\x10\x0a" + string([]byte{byte(n)}) + "\x00\x00")
	var e rislive.Encoder
	return e.Append(nil, &m, true)
}

// say sends messages.
func say(ctx context.Context, c *peer, messages ...[]byte) {
	for _, m := range messages {
		if c.Write(ctx, websocket.MessageText, m) != nil {
			return
		}
	}
}

// speak sends a message of a collector every so often, each as old as lag when it is sent, until the connection ends or
// count is reached.
func speak(ctx context.Context, c *peer, collector string, every, lag time.Duration, count int) {
	for i := range count {
		if c.Write(ctx, websocket.MessageText, withdraw(collector, i, time.Since(epoch)-lag)) != nil {
			return
		}
		if !sleep(ctx, every) {
			return
		}
	}
}

// sleep waits in the bubble's time.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

// wait keeps the connection open.
func wait(ctx context.Context, _ *peer) { <-ctx.Done() }
