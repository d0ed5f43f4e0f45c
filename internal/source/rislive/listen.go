package rislive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"pahra/internal/source"
	"pahra/wire/rislive"
)

// MaxAhead is how far a message may be ahead of this machine's clock.
const MaxAhead = 10 * time.Minute

// listener takes the messages off the queue, in order, and tells the sink. It alone knows the collectors.
type listener struct {
	*Source
	decoder rislive.Decoder
	message rislive.Message
	record  []byte
	voices  map[string]*voice
	order   []*voice // by name
	// up is set while what comes off the queue is of an open connection; since is when that was subscribed to.
	up    bool
	since int64
	last  int64 // when the last message came
	front int64 // the latest moment that any collector has spoken of
	odd   int64 // messages refused in this connection
	cut   string
}

func newListener(s *Source) *listener {
	return &listener{Source: s, voices: make(map[string]*voice)}
}

// run works until done is closed, and then takes what is left in the queue.
func (l *listener) run(ctx context.Context, done <-chan struct{}) {
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	var b batch
	for {
		select {
		case <-l.queue.ready:
			b = l.take(ctx, b)
		case <-tick.C:
			l.claim()
		case <-done:
			l.take(ctx, b)
			return
		}
	}
}

func (l *listener) take(ctx context.Context, b batch) batch {
	b = l.queue.take(b)
	start := 0
	for _, e := range b.entries {
		octets := b.octets[start:e.end]
		start = e.end
		l.watch.inHand.Store(e.at)
		switch e.word {
		case said:
			l.hear(ctx, e.at, octets)
		case oversized:
			l.refuse(fmt.Errorf("a message of more than %d octets", rislive.MaxMessage), nil)
		case opened:
			l.up, l.since, l.last, l.odd = true, e.at, e.at, 0
		case lost:
			l.lose(e.why)
		}
	}
	l.watch.inHand.Store(0)
	return b
}

// hear takes one message that came at a moment.
func (l *listener) hear(ctx context.Context, at int64, octets []byte) {
	l.last = at
	m := &l.message
	if err := l.decoder.Decode(m, octets); err != nil {
		l.refuse(err, octets)
		return
	}
	switch m.Type {
	case rislive.BGP:
	case rislive.Error:
		l.cut = fmt.Sprintf("%.200q", m.Text)
		err := errors.New("the server says " + l.cut)
		l.meter.Failed(err)
		l.log.Warn("error message", "error", err)
		return
	case rislive.Subscribed:
		l.since = at
		return
	default:
		return
	}
	event := int64(m.Sec)*1_000_000 + int64(m.Micro)
	if event > l.clock.latest(at)+MaxAhead.Microseconds() {
		l.refuse(fmt.Errorf("it claims to be of %s, %s ahead of this machine", moment(event).Format(time.RFC3339), time.Duration(event-at)*time.Microsecond), octets)
		return
	}
	var err error
	if l.record, err = m.AppendRecord(l.record[:0]); err != nil {
		l.refuse(err, octets)
		return
	}
	v := l.voice(m.Collector)
	if v == nil {
		l.refuse(fmt.Errorf("it is of %q: more than %d collectors", m.Collector, maxVoices), octets)
		return
	}
	l.heard(v, at, event)
	if len(l.record) > 0 && !l.store(ctx, m.Collector) {
		return
	}
	l.meter.Message(len(octets), moment(event))
}

// store hands the record to the sink, again and again until it is taken; false if ctx ended first, or it never will be.
func (l *listener) store(ctx context.Context, collector string) bool {
	wait := source.Backoff{Min: 100 * time.Millisecond, Max: 5 * time.Second}
	for {
		err := l.sink.Record(collector, l.record)
		if err == nil {
			if l.watch.refusal.Load() != nil {
				l.watch.refusal.Store(nil)
			}
			return true
		}
		if errors.Is(err, source.ErrRefused) {
			l.refuse(err, nil)
			return false
		}
		l.meter.Failed(err)
		l.watch.refusal.Store(&err)
		l.log.Error("a record is not taken; the source waits", "collector", collector, "error", err)
		if !wait.Wait(ctx) {
			return false
		}
	}
}

// refuse counts a message that makes no sense. The log has the first of each connection, the status the last.
func (l *listener) refuse(err error, octets []byte) {
	err = fmt.Errorf("a message is refused: %w: %.300q", err, octets)
	l.meter.Failed(err)
	if l.odd++; l.odd == 1 {
		l.log.Warn("garbage in the stream; more of this connection is only counted", "error", err)
	}
}

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
