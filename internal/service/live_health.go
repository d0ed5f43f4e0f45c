package service

import (
	"slices"
	"time"

	"pahra/internal/journal"
)

// Health is how a live watch is.
type Health struct {
	// Watermark is the moment up to which everything is judged, of the data; zero before anything was heard.
	Watermark time.Time     `json:"watermark"`
	Lag       time.Duration `json:"lag_ns"` // of the watermark behind this machine's clock
	CaughtUp  bool          `json:"caught_up"`
	Elements  int64         `json:"elements"` // judged
	Journal   journal.Stats `json:"journal"`
	Unsaved   int           `json:"unsaved"`   // incidents that could not be stored yet
	Published string        `json:"published"` // the folder name of the latest run; empty before the first
	// Failures are what does not work, each kind once.
	Failures []Failure `json:"failures"`
}

// Failure is something that does not work.
type Failure struct {
	What  string    `json:"what"`
	Error string    `json:"error"`
	At    time.Time `json:"at"` // last
	Count int       `json:"count"`
}

// Health gives the state at this moment.
func (l *Live) Health() Health {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.health
	h.Failures = slices.Clone(h.Failures)
	return h
}

// fail notes what did not work. The watch goes on: what it could not write it tries again.
func (l *Live) fail(what string, err error) {
	l.opt.Log.Error(what, "err", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.health.Failures {
		if f := &l.health.Failures[i]; f.What == what {
			f.Error, f.At = err.Error(), l.opt.Now()
			f.Count++
			return
		}
	}
	l.health.Failures = append(l.health.Failures, Failure{what, err.Error(), l.opt.Now(), 1})
}

// works says that something which may have failed before is well again.
func (l *Live) works(what string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.Failures = slices.DeleteFunc(l.health.Failures, func(f Failure) bool { return f.What == what })
}

// measure brings the health up to date after a step.
func (l *Live) measure(mark time.Time) {
	stats := l.journal.Stats()
	l.mu.Lock()
	defer l.mu.Unlock()
	h := &l.health
	h.CaughtUp, h.Elements, h.Journal, h.Unsaved = l.live, l.run.elements, stats, len(l.unsaved)
	if mark.Unix() > 0 {
		h.Watermark, h.Lag = mark, max(0, l.opt.Now().Sub(mark))
	}
}
