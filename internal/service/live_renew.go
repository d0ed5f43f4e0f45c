package service

import (
	"context"
	"fmt"
	"time"

	"pahra/internal/routes"
	"pahra/internal/source"
	"pahra/wire/mrt"
)

// renewal takes back, at the start, what collectors left behind that tell all anew with each connection: sessions that
// were up when an earlier watch was killed, and of which nobody else would ever say that they are down.
type renewal struct {
	left map[string]time.Time // collectors, and until when they spoke; nil once it is done
	done chan struct{}
}

// Renewing takes what sources hear whose collectors tell all that they know anew with each connection. They must not
// begin before [Live.Renewed].
func (l *Live) Renewing() source.Sink { return l.journal.Renewing() }

// Renewed gives a channel that is closed when what such collectors left is taken back.
func (l *Live) Renewed() <-chan struct{} { return l.renewal.done }

// renew takes back what was left, once all of it is judged. It is called behind a step.
func (l *Live) renew() {
	if l.renewal.left == nil {
		return
	}
	judged := true
	for name, last := range l.renewal.left {
		l.journal.Reached(name, l.opt.Now()) // nothing comes from it before it may begin
		judged = judged && (l.judged.After(last) || last.Unix() == 0)
	}
	if !judged {
		return
	}
	if err := l.endSessions(); err != nil {
		l.fail(endingSessions, err)
		return
	}
	l.works(endingSessions)
	l.renewal.left = nil
	close(l.renewal.done)
}

const endingSessions = "recording that sessions of before the start are down"

// endSessions records that the sessions of those collectors are down that are up as far as the journal tells.
func (l *Live) endSessions() error {
	const established, idle = routes.Established, 1 // RFC 6396, section 4.4.1
	now, peers := l.opt.Now(), &l.run.engine.Table().Peers
	for id := range peers.Len() {
		p := peers.Get(routes.PeerID(id))
		if _, left := l.renewal.left[p.Collector]; !left || p.Down {
			continue
		}
		rec, err := mrt.AppendStateChange(nil, uint32(now.Unix()), uint32(now.Nanosecond()/1e3), mrt.Session{PeerAS: p.ASN, PeerIP: p.IP}, established, idle)
		if err == nil {
			err = l.journal.Add(p.Collector, rec)
		}
		if err != nil {
			return fmt.Errorf("AS%d at %s: %w", p.ASN, p.Collector, err)
		}
	}
	return nil
}

// Later gives a source that begins when ready is closed.
func Later(s source.Source, ready <-chan struct{}) source.Source { return delayed{s, ready} }

type delayed struct {
	source.Source
	ready <-chan struct{}
}

// Run waits, and then hears the source.
func (d delayed) Run(ctx context.Context) error {
	select {
	case <-d.ready:
		return d.Source.Run(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}
