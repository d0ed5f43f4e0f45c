package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"pahra/internal/source"
	"pahra/wire/mrt"
	"pahra/wire/rislive"
)

// Options say how a server treats its subscribers.
type Options struct {
	// Wait has the stream wait for slow subscribers in place of cutting them off.
	Wait bool
}

// Server sends a feed to subscribers. Safe for concurrent use.
type Server struct {
	opt  Options
	log  *slog.Logger
	wg   sync.WaitGroup // connections
	ctx  context.Context
	stop context.CancelFunc

	subscribed chan struct{} // closed with the first subscription
	once       sync.Once
	plain      atomic.Int32 // subscribers who want no raw messages

	mu         sync.Mutex
	subs       map[*subscriber]bool
	collectors []string
	stats      Stats
}

// Stats are counts since the server began.
type Stats struct {
	Sent        int64        `json:"sent"`    // events of the feed that were sent to whoever listened
	Skipped     int64        `json:"skipped"` // events that the protocol cannot tell
	Cut         int64        `json:"cut"`     // subscribers cut off for being slow
	Connections []Connection `json:"connections"`
}

// Connection are the counts of one subscriber, present or past; of the past ones the last 100 are kept.
type Connection struct {
	Remote   string    `json:"remote"`
	Client   string    `json:"client,omitempty"` // as it named itself
	Since    time.Time `json:"since"`
	Open     bool      `json:"open"`
	Messages int64     `json:"messages"` // sent to it
	Bytes    int64     `json:"bytes"`
}

const (
	// maxChunk is how many messages, and maxChunkBytes about how many octets, are encoded before they are sent.
	maxChunk      = 1024
	maxChunkBytes = 256 << 10
	// slice is the shortest sleep: what is due meanwhile is sent in one go behind it.
	slice = 2 * time.Millisecond
	past  = 100
	// Path is where subscribers connect, as at RIPE.
	Path = "/v1/ws/"
)

// New gives a server. Close it.
func New(opt Options, log *slog.Logger) *Server {
	s := &Server{opt: opt, log: log, subscribed: make(chan struct{}), subs: make(map[*subscriber]bool)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Handler gives what an HTTP server serves: the stream at [Path] and the counts at /stats, as JSON.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+Path, s.connect)
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(s.Stats()) // whoever asked has gone
	})
	return mux
}

// Close ends all connections and waits for them.
func (s *Server) Close() error {
	s.mu.Lock()
	s.stop()
	s.mu.Unlock()
	s.wg.Wait()
	return nil
}

// Stats gives the counts so far.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Connections = slices.Clone(s.stats.Connections)
	for sub := range s.subs {
		st.Connections = append(st.Connections, sub.counts(true))
	}
	slices.SortStableFunc(st.Connections, func(a, b Connection) int { return a.Since.Compare(b.Since) })
	return st
}

// Cut ends all connections, as a server does that fails; new ones are taken.
func (s *Server) Cut() {
	for _, sub := range s.list() {
		sub.cut("")
	}
}

// Run sends a feed, from the first subscription until the feed ends and everybody has been sent all of it, or ctx ends.
// Only one feed is sent at a time.
func (s *Server) Run(ctx context.Context, feed Feed) error {
	select {
	case <-s.subscribed:
	case <-ctx.Done():
		return ctx.Err()
	}
	r := runner{Server: s}
	for {
		e, err := feed.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("replaying: %w", err)
		}
		if !e.At.IsZero() {
			if err := r.until(ctx, e.At); err != nil {
				return err
			}
		}
		r.add(e)
		if r.full() {
			if err := r.flush(ctx); err != nil {
				return err
			}
		}
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	return s.drain(ctx)
}

// drain waits until all subscribers have been sent what they are owed.
func (s *Server) drain(ctx context.Context) error {
	for _, sub := range s.list() {
		if err := sub.drained(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) list() []*subscriber {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*subscriber, 0, len(s.subs))
	for sub := range s.subs {
		list = append(list, sub)
	}
	return list
}

// runner encodes a feed.
type runner struct {
	*Server
	chunk   *chunk
	size    int // octets of a usual chunk
	encoder rislive.Encoder
	message rislive.Message
	record  mrt.Record
	wide    []byte
	id      []byte
	seq     uint64
}

// until waits for a moment and sends what is due before.
func (r *runner) until(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if wait <= 0 {
		return nil
	}
	if err := r.flush(ctx); err != nil {
		return err
	}
	return source.Sleep(ctx, max(wait, slice))
}

// add encodes an event into the chunk.
func (r *runner) add(e Event) {
	m := &r.message
	ok := mrt.ParseRecord(&r.record, e.Record)
	if ok {
		var err error
		r.wide, err = m.SetRecord(&r.record, e.Collector, r.wide)
		ok = err == nil
	}
	r.mu.Lock()
	if !ok {
		r.stats.Skipped++
		r.mu.Unlock()
		return
	}
	r.stats.Sent++
	if i, known := slices.BinarySearch(r.collectors, e.Collector); !known {
		r.collectors = slices.Insert(r.collectors, i, strings.Clone(e.Collector))
	}
	r.mu.Unlock()
	if e.Told.IsZero() {
		e.Told = e.At
	}
	if !e.Told.IsZero() {
		m.Sec, m.Micro = uint32(e.Told.Unix()), uint32(e.Told.Nanosecond()/1000)
	}
	r.seq++
	r.id = fmt.Appendf(append(m.Peer.AppendTo(r.id[:0]), '-'), "%016x", r.seq)
	m.ID = r.id
	if r.chunk == nil {
		r.chunk = &chunk{bare: r.plain.Load() > 0, raw: piece{octets: make([]byte, 0, r.size)}}
	}
	c := r.chunk
	c.raw.add(r.encoder.Append(c.raw.octets, m, true))
	if c.bare {
		c.without.add(r.encoder.Append(c.without.octets, m, false))
	}
	c.about = append(c.about, about{e.Collector, m.Kind})
}

func (r *runner) full() bool {
	return r.chunk != nil && (len(r.chunk.about) >= maxChunk || len(r.chunk.raw.octets) >= maxChunkBytes)
}

// flush gives the chunk to all subscribers.
func (r *runner) flush(ctx context.Context) error {
	c := r.chunk
	if c == nil {
		return nil
	}
	r.chunk, r.size = nil, (r.size*7+len(c.raw.octets)*9/8)/8
	for _, sub := range r.list() {
		if err := sub.offer(ctx, c, r.opt.Wait); err != nil {
			return err
		}
	}
	return nil
}

// chunk is messages that are sent in one go. It does not change once it is offered, so all subscribers share it.
type chunk struct {
	raw, without piece // with the raw messages, and without, if bare
	bare         bool
	about        []about // of each message
}

type about struct {
	collector string
	kind      rislive.Kind
}

// piece is messages one behind the other.
type piece struct {
	octets []byte
	ends   []int
}

func (p *piece) add(octets []byte) {
	p.octets = octets
	p.ends = append(p.ends, len(octets))
}
