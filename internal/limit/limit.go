// Package limit bounds what one client may ask of a door: requests in a window of time ([Requests]) and streams held
// open ([Streams]).
//
// [Config] has the figures, [Client] says what counts as one client. Both bounds are of one process, forget whoever is gone, and take a bounded
// memory however many clients there are.
package limit

import (
	"errors"
	"net/netip"
	"sync"
	"time"
)

// Config is how much one client may ask for.
type Config struct {
	// Pages is how many requests for pages one address may make in a minute, API how many of the API without an account,
	// APIAccount how many of it one account may.
	Pages      int `yaml:"pages"`
	API        int `yaml:"api"`
	APIAccount int `yaml:"api_account"`
	// Streams is how many may listen to incidents at once, StreamsEach how many of them by one client.
	Streams     int `yaml:"streams"`
	StreamsEach int `yaml:"streams_each"`
}

// Defaults are generous with pages and streams: there may be many people behind one address.
func Defaults() Config {
	return Config{Pages: 1200, API: 120, APIAccount: 600, Streams: 1000, StreamsEach: 32}
}

// Check says what is wrong.
func (c Config) Check() error {
	if min(c.Pages, c.API, c.APIAccount, c.Streams, c.StreamsEach) < 1 {
		return errors.New("each figure has to be 1 at least")
	}
	return nil
}

// Client gives the name under which a client is counted: its account, or without one its address, of IPv6 the 64 bits that
// one subscriber has at least.
func Client(account string, from netip.Addr) string {
	if account != "" {
		return "account " + account
	}
	from = from.Unmap().WithZone("")
	if p, err := from.Prefix(64); err == nil && from.Is6() {
		return "address " + p.String()
	}
	return "address " + from.String()
}

// maxClients bounds the clients that are counted apart; those above it share one count.
const maxClients = 100_000

// Requests counts requests by client in windows that begin with a client's first request. Safe for concurrent use.
type Requests struct {
	length time.Duration
	now    func() time.Time
	mu     sync.Mutex
	known  map[string]*window
	swept  time.Time
}

type window struct {
	begin time.Time
	asked int
}

// NewRequests gives a counter without a request. now may be set back.
func NewRequests(length time.Duration, now func() time.Time) *Requests {
	return &Requests{length: length, now: now, known: make(map[string]*window)}
}

// Count counts a request of a client: how many there were in its window, and how long that lasts.
func (l *Requests) Count(client string) (asked int, left time.Duration) {
	now := l.now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.swept) || now.Sub(l.swept) >= l.length {
		for name, w := range l.known {
			if l.over(w, now) {
				delete(l.known, name)
			}
		}
		l.swept = now
	}
	w := l.known[client]
	if w == nil && len(l.known) >= maxClients {
		client = "others"
		w = l.known[client]
	}
	if w == nil || l.over(w, now) {
		w = &window{begin: now}
		l.known[client] = w
	}
	w.asked++
	return w.asked, w.begin.Add(l.length).Sub(now)
}

// over says whether a window has ended; one that begins in the future, after the clock was set back, has.
func (l *Requests) over(w *window, now time.Time) bool {
	return now.Before(w.begin) || now.Sub(w.begin) >= l.length
}

// Seconds gives a wait in whole seconds, at least one, as headers tell it.
func Seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// Streams bounds how many streams are held open, by one client and in total. Safe for concurrent use.
type Streams struct {
	total, each int
	mu          sync.Mutex
	open        int
	by          map[string]int
}

// NewStreams gives the bounds, with no stream open.
func NewStreams(total, each int) *Streams {
	return &Streams{total: total, each: each, by: make(map[string]int)}
}

// Open takes a place for a client's stream, and gives what gives it back, to be called once. own says that there is none
// because the client itself has all that it may; else, with a nil leave, all places are taken.
func (s *Streams) Open(client string) (leave func(), own bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by[client] >= s.each {
		return nil, true
	}
	if s.open >= s.total {
		return nil, false
	}
	s.open++
	s.by[client]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.open--
		if s.by[client]--; s.by[client] == 0 {
			delete(s.by, client)
		}
	}, false
}
