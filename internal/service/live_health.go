package service

import (
	"context"
	"slices"
	"time"

	"pahra/internal/journal"
	"pahra/internal/source"
)

// Health is how a live watch is.
type Health struct {
	// Watermark is the moment up to which everything is judged, of the data; zero before anything was heard.
	Watermark time.Time     `json:"watermark"`
	Measured  time.Time     `json:"measured"` // when this was so
	Lag       time.Duration `json:"lag_ns"`   // of the watermark behind this machine's clock
	CaughtUp  bool          `json:"caught_up"`
	Elements  int64         `json:"elements"` // judged
	Journal   journal.Stats `json:"journal"`
	Unsaved   int           `json:"unsaved"`   // incidents that could not be stored yet
	Published string        `json:"published"` // the folder name of the latest run; empty before the first
	// Delays are how long incidents took from the moment of the data at which they were due to being stored.
	Delays Delays `json:"delays"`
	// Failures are what does not work, each kind once; Errors counts all that ever did not.
	Failures []Failure `json:"failures"`
	Errors   int64     `json:"errors"`
}

// Failure is something that does not work.
type Failure struct {
	What  string    `json:"what"`
	Error string    `json:"error"`
	Since time.Time `json:"since"`
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

// SourceName is the name of the watch among the sources whose health is shown; no source may have it.
const SourceName = "watch"

// Source gives the watch as one of the sources whose health is shown and alarmed: down while nothing is judged, with an
// alarm while anything else does not work.
func (l *Live) Source() source.Source { return watchSource{l} }

type watchSource struct{ live *Live }

// Run waits until ctx ends: the watch runs apart.
func (w watchSource) Run(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// Status says how the watch is.
func (w watchSource) Status() source.Status {
	h := w.live.Health()
	s := source.Status{Name: SourceName, Kind: "detectors", Up: true, Since: w.live.since, LastMessage: h.Measured, LastEvent: h.Watermark, Messages: h.Elements, Errors: h.Errors}
	for _, f := range h.Failures {
		text := f.What + ": " + f.Error
		switch f.What {
		case readingFolder, keepingWatermark:
			s.Up, s.Since, s.LastError, s.LastErrorAt = false, f.Since, text, f.At
		default:
			s.Alarm = text
		}
	}
	return s
}

// fail notes what did not work. The watch goes on: what it could not write it tries again.
func (l *Live) fail(what string, err error) {
	l.opt.Log.Error(what, "err", err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.health.Errors++
	for i := range l.health.Failures {
		if f := &l.health.Failures[i]; f.What == what {
			f.Error, f.At = err.Error(), l.opt.Now()
			f.Count++
			return
		}
	}
	l.health.Failures = append(l.health.Failures, Failure{what, err.Error(), l.opt.Now(), l.opt.Now(), 1})
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
	h.CaughtUp, h.Journal, h.Unsaved = l.live, stats, len(l.unsaved)
	if l.run != nil {
		h.Elements = l.run.elements
	}
	if mark.Unix() > 0 {
		h.Measured = l.opt.Now()
		h.Watermark, h.Lag = mark, max(0, l.opt.Now().Sub(mark))
	}
}

// Delays count incidents by how long they took. Each is counted as the longest it can have taken.
type Delays struct {
	Count int64         `json:"count"`
	Sum   time.Duration `json:"sum_ns"`
	// Within counts those of at most each of [DelayBounds].
	Within [len(delayBounds)]int64 `json:"within"`
}

var delayBounds = [...]time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}

// DelayBounds are the bounds of [Delays.Within], ascending.
func DelayBounds() []time.Duration { return delayBounds[:] }

// timed counts incidents that were stored for the first time. They were due after the step began.
func (l *Live) timed(n int) {
	if n == 0 || !l.live {
		return
	}
	took := max(0, l.opt.Now().Sub(time.Unix(l.stepFrom, 0)))
	l.mu.Lock()
	defer l.mu.Unlock()
	d := &l.health.Delays
	d.Count += int64(n)
	d.Sum += time.Duration(n) * took
	for i, bound := range delayBounds {
		if took <= bound {
			d.Within[i] += int64(n)
		}
	}
}
