package rtr

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"pahra/wire/rtr"
)

// downgrade says that the cache speaks a lower version only.
type downgrade struct {
	to     uint8
	reason string
}

func (d *downgrade) Error() string { return d.reason }

// errNoData says that the cache has nothing yet, which is no reason to leave it.
var errNoData = errors.New("the cache has no data yet")

// link is one connection.
type link struct {
	*Client
	conn net.Conn
	in   *rtr.Reader
	open bool // the version is settled
}

// connect keeps one connection until it fails.
func (c *Client) connect(ctx context.Context) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	l := &link{Client: c, conn: conn, in: rtr.NewReader(conn)}
	for {
		timers, err := l.update()
		refresh, retry, expire := timers.Durations()
		next := time.Now().Add(refresh)
		switch {
		case errors.Is(err, errNoData):
			c.meter.Failed(err)
			next = time.Now().Add(min(retry, c.backoff.Next()))
		case err != nil:
			return err
		default:
			c.answered(expire)
		}
		c.store(ctx)
		if err := l.rest(ctx, next); err != nil {
			return err
		}
	}
}

// answered books a whole answer.
func (c *Client) answered(expire time.Duration) {
	c.backoff.Reset()
	c.meter.Up()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expires = time.Now().Add(expire)
}

// rest waits for the next query: until then, or until the cache says that there is something new.
func (l *link) rest(ctx context.Context, until time.Time) error {
	for {
		l.expire()
		next := until
		if due := l.due(); due.Before(next) {
			next = due
		}
		p, err := l.receive(next)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded) && !time.Now().Before(until):
			return nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			l.store(ctx)
			continue
		case err != nil:
			return err
		}
		switch p := p.(type) {
		case rtr.SerialNotify:
			if !l.known || p.Session != l.session || p.Serial != l.serial {
				return nil
			}
		case rtr.ErrorReport:
			return l.reported(p)
		default:
			return l.refuse(rtr.InvalidRequest, "%s without a query", p.Type())
		}
	}
}

// receive reads one PDU, until a moment, and settles the version.
func (l *link) receive(until time.Time) (rtr.PDU, error) {
	l.conn.SetReadDeadline(until) // of a connection that is gone it fails, and so will reading, behind what has arrived
	for {
		version, p, err := l.in.Next()
		var bad *rtr.Error
		switch {
		case errors.As(err, &bad) && bad.Code == rtr.ASPAProviderList && l.version == rtr.Version2:
			// Version 2 changed its form while it was a draft. An older cache is still good for version 1.
			l.send(bad.Report())
			return nil, &downgrade{rtr.Version1, "the cache's ASPAs are not of the current version 2: " + bad.Reason}
		case errors.As(err, &bad):
			l.known = false
			if len(bad.PDU) < 2 || rtr.Type(bad.PDU[1]) != rtr.TypeErrorReport { // which is never answered by another
				l.send(bad.Report())
			}
			return nil, fmt.Errorf("the cache sent what cannot be: %w", bad)
		case err != nil:
			return nil, err
		}
		l.meter.Message(l.in.Size(), time.Time{})
		report, isReport := p.(rtr.ErrorReport)
		_, isNotify := p.(rtr.SerialNotify)
		switch {
		case isReport && report.Code == rtr.UnsupportedVersion && !l.open:
			if version >= l.version {
				return nil, fmt.Errorf("the cache refuses version %d and offers %d", l.version, version)
			}
			return nil, &downgrade{version, fmt.Sprintf("the cache speaks version %d", version)}
		case isReport:
			return p, nil
		case version == l.version:
			l.open = l.open || !isNotify
			return p, nil
		case isNotify && !l.open: // of whatever version, it may cross our first query
		case version < l.version && !l.open && l.known: // what is held came by another version
			return nil, &downgrade{version, fmt.Sprintf("the cache speaks version %d now", version)}
		case version < l.version && !l.open:
			l.version, l.open = version, true
			return p, nil
		default:
			return nil, l.refuse(rtr.UnexpectedVersion, "version %d in a session of version %d", version, l.version)
		}
	}
}

// refuse tells the cache what it did wrong and gives that as the error.
func (l *link) refuse(code rtr.Code, format string, args ...any) error {
	e := &rtr.Error{Code: code, Reason: fmt.Sprintf(format, args...)}
	l.known = false
	l.send(e.Report())
	return fmt.Errorf("the cache broke the protocol: %w", e)
}

// send sends a PDU. An error shows when reading.
func (l *link) send(p rtr.PDU) {
	b, err := rtr.Append(nil, l.version, p)
	if err != nil {
		l.log.Error("a PDU could not be written", "error", err)
		return
	}
	if err := l.conn.SetWriteDeadline(time.Now().Add(l.config.Idle)); err == nil {
		l.conn.Write(b)
	}
}

// reported turns an Error Report into an error.
func (l *link) reported(r rtr.ErrorReport) error {
	if r.Code == rtr.NoDataAvailable {
		return errNoData
	}
	l.known = false // whatever it was, the next session begins with everything
	return fmt.Errorf("the cache reports: %s: %.200q", r.Code, r.Text)
}

// update asks for what is new, or for everything, and takes it in.
func (l *link) update() (rtr.Timers, error) {
	end := time.Now().Add(l.config.Answer)
	for {
		whole := !l.known
		if whole {
			l.send(rtr.ResetQuery{})
		} else {
			l.send(rtr.SerialQuery{Session: l.session, Serial: l.serial})
		}
		timers, again, err := l.answer(whole, end)
		if !again || err != nil {
			return timers, err
		}
		l.known = false
	}
}

// answer reads the answer to a query. again says that only a Reset Query helps.
func (l *link) answer(whole bool, end time.Time) (timers rtr.Timers, again bool, err error) {
	var t *change
	for {
		limit := time.Now().Add(l.config.Idle)
		if end.Before(limit) {
			limit = end
		}
		p, err := l.receive(limit)
		if err != nil {
			return timers, false, fmt.Errorf("waiting for the answer: %w", err)
		}
		switch p := p.(type) {
		case rtr.CacheResponse:
			if t != nil || !whole && p.Session != l.session {
				return timers, false, l.refuse(rtr.CorruptData, "Cache Response of session %d", p.Session)
			}
			l.session = p.Session
			t = newChange(whole)
		case rtr.Prefix, rtr.ASPA, rtr.RouterKey:
			if t == nil {
				return timers, false, l.refuse(rtr.CorruptData, "%s before the Cache Response", p.Type())
			}
			if err := t.add(p); err != nil {
				l.known = false
				return timers, false, err
			}
		case rtr.EndOfData:
			if t == nil || p.Session != l.session {
				return timers, false, l.refuse(rtr.CorruptData, "End of Data of session %d", p.Session)
			}
			return p.Timers, false, l.commit(t, p.Serial)
		case rtr.CacheReset:
			if whole || t != nil {
				return timers, false, l.refuse(rtr.CorruptData, "a Cache Reset in answer to a Reset Query")
			}
			return timers, true, nil
		case rtr.ErrorReport:
			return timers, false, l.reported(p)
		case rtr.SerialNotify: // what it speaks of is on its way, or comes with the next query
		default:
			return timers, false, l.refuse(rtr.InvalidRequest, "%s in an answer", p.Type())
		}
	}
}

// commit makes a whole answer what is held.
func (l *link) commit(t *change, serial uint32) error {
	held, changed, bad := t.apply(l.held)
	if bad != nil {
		l.held = nil // it is not what the cache has
		return l.refuse(bad.Code, "%s", bad.Reason)
	}
	if t.twice > 0 {
		l.meter.Failed(fmt.Errorf("the cache announced %d records twice", t.twice))
	}
	l.held, l.serial, l.known = held, serial, true
	l.changed = l.changed || changed
	return nil
}
