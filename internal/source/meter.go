package source

import (
	"sync"
	"time"
)

// Status is how a source is. Times are this machine's but for LastEvent.
type Status struct {
	Name string `json:"name"` // in the configuration
	Kind string `json:"kind"`
	// Up says whether it is connected, or its last fetch went well.
	Up    bool      `json:"up"`
	Since time.Time `json:"since"` // of Up
	// LastMessage is when anything came last, LastEvent the moment that it spoke of; zero before the first.
	LastMessage time.Time `json:"last_message"`
	LastEvent   time.Time `json:"last_event"`
	Messages    int64     `json:"messages"`
	Bytes       int64     `json:"bytes"`
	Errors      int64     `json:"errors"`
	LastError   string    `json:"last_error,omitempty"`
	LastErrorAt time.Time `json:"last_error_at"`
	Parts       []string  `json:"parts,omitempty"` // collectors or peers that speak through it
	// Alarm is what a person must look at though the source may be up: facts that are held, or stale; empty where nothing is.
	Alarm string `json:"alarm,omitempty"`
	// Rate and StaleAfter are set by who watches over the sources.
	Rate       float64       `json:"rate"`           // messages a second, of late
	StaleAfter time.Duration `json:"stale_after_ns"` // how long it may be silent; 0 is for ever
}

// starting is how long a source may take to connect before that is worth a word.
const starting = time.Minute

// Stale says whether the source must not be relied on at a moment, and why: it is down, or was silent for too long. One
// that only just began to connect, and did not fail, is not up yet, but not stale.
func (s Status) Stale(now time.Time) (why string, stale bool) {
	heard := s.LastMessage
	if heard.IsZero() {
		heard = s.Since
	}
	switch silent := now.Sub(heard); {
	case !s.Up && s.LastError != "":
		return "down since " + s.Since.UTC().Format(time.RFC3339) + ": " + s.LastError, true
	case !s.Up && now.Sub(s.Since) < starting:
		return "", false
	case !s.Up:
		return "not connected since " + s.Since.UTC().Format(time.RFC3339), true
	case s.StaleAfter > 0 && silent > s.StaleAfter:
		return "silent for " + silent.Round(time.Second).String(), true
	}
	return "", false
}

// Meter keeps the status of a source. Safe for concurrent use.
type Meter struct {
	now func() time.Time
	mu  sync.Mutex
	s   Status
}

// NewMeter gives the meter of a source that is not up yet.
func NewMeter(name, kind string, now func() time.Time) *Meter {
	return &Meter{now: now, s: Status{Name: name, Kind: kind, Since: now()}}
}

// Status gives the state at this moment.
func (m *Meter) Status() Status {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.s
	s.Parts = append([]string(nil), m.s.Parts...)
	return s
}

// Up says that the source is connected.
func (m *Meter) Up() { m.turn(true) }

// Down says that it is not, and why; nil where it merely ended.
func (m *Meter) Down(err error) {
	if err != nil {
		m.Failed(err)
	}
	m.turn(false)
}

func (m *Meter) turn(up bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.s.Up != up {
		m.s.Up, m.s.Since = up, m.now()
	}
}

// Message counts what came: its size, and the moment that it speaks of.
func (m *Meter) Message(bytes int, event time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.s.Messages++
	m.s.Bytes += int64(bytes)
	m.s.LastMessage = m.now()
	if event.After(m.s.LastEvent) {
		m.s.LastEvent = event
	}
}

// Failed counts an error.
func (m *Meter) Failed(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.s.Errors++
	m.s.LastError, m.s.LastErrorAt = err.Error(), m.now()
}

// Alarm says what a person must look at; empty ends it.
func (m *Meter) Alarm(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.s.Alarm = text
}

// Parts says who speaks through the source.
func (m *Meter) Parts(names []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.s.Parts = append([]string(nil), names...)
}
