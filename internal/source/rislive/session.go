package rislive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"pahra/wire/rislive"
)

// How long things may take.
const (
	dialLimit = 15 * time.Second
	sendLimit = 10 * time.Second
	pingEvery = time.Second      // while nothing comes
	pongLimit = 20 * time.Second // for an answer
	// stuck, in microseconds, is how long a ping took at least that failed for the connection's silence and not for its
	// end. One that cannot even be sent is given up after five seconds by the library.
	stuck = int64(4 * time.Second / time.Microsecond)
	// maxSkipped is how much of a message that is too long is passed over before the connection is given up.
	maxSkipped = 64 << 20
)

// watch is what the parts of a session tell each other. Times are by the source's clock, in microseconds.
type watch struct {
	read    atomic.Int64          // when the last message came, or the connection was made
	answers atomic.Int64          // when a ping was sent that has been answered since
	inHand  atomic.Int64          // when the message came that the listener is at; 0 for none
	refusal atomic.Pointer[error] // why the sink does not take the record that is offered; nil if it does
}

var errSilent = errors.New("nothing came for too long")

// session makes a connection and reads it until it fails, which it always does in the end. No goroutine outlives it.
func (s *Source) session(ctx context.Context) error {
	dial, stop := context.WithTimeout(ctx, dialLimit)
	conn, answer, err := websocket.Dial(dial, s.address, &websocket.DialOptions{HTTPClient: s.client})
	stop()
	switch {
	case err != nil && answer != nil && answer.StatusCode == http.StatusNotFound:
		return fmt.Errorf("connecting: no stream is at %s: RIS Live's path is %s", s.address, streamPath)
	case err != nil:
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.CloseNow()
	conn.SetReadLimit(-1) // read bounds it, and goes on behind a message that is too long
	if err := s.subscribe(ctx, conn); err != nil {
		return err
	}
	now := s.clock.now()
	s.watch.read.Store(now)
	s.queue.put(ctx, entry{word: opened, at: now}, nil)
	s.meter.Up()
	s.log.Info("connected", "url", s.address)

	inner, cancel := context.WithCancel(ctx)
	guarded := make(chan error, 1)
	go func() {
		why := s.guard(inner, conn)
		_ = conn.CloseNow() // so that reading fails
		guarded <- why
	}()
	err = s.read(inner, conn)
	cancel()
	if why := <-guarded; why != nil {
		err = why
	}
	s.queue.put(context.WithoutCancel(ctx), entry{word: lost, at: s.clock.now(), why: err}, nil)
	return err
}

// subscribe asks for what is to be heard.
func (s *Source) subscribe(ctx context.Context, conn *websocket.Conn) error {
	collectors := s.collectors
	if len(collectors) == 0 {
		collectors = []string{""}
	}
	send, stop := context.WithTimeout(ctx, sendLimit)
	defer stop()
	for _, c := range collectors {
		request := rislive.Subscription{Collector: c, Raw: true, Acknowledge: true}.AppendRequest(nil)
		if err := conn.Write(send, websocket.MessageText, request); err != nil {
			return fmt.Errorf("subscribing: %w", err)
		}
	}
	return nil
}

// read puts what comes into the queue until the connection fails.
func (s *Source) read(ctx context.Context, conn *websocket.Conn) error {
	buf := make([]byte, 64<<10)
	ended := context.Background() // by closing the connection: watching ctx would cost more than reading
	for {
		_, r, err := conn.Reader(ended)
		if err != nil {
			return fmt.Errorf("reading: %w", err)
		}
		n := 0
		for err == nil && n <= rislive.MaxMessage {
			if n == len(buf) {
				buf = append(buf, make([]byte, len(buf))...)
			}
			var got int
			got, err = r.Read(buf[n:])
			n += got
		}
		e := entry{word: said, at: s.clock.now()}
		if err == nil {
			e.word, n = oversized, 0
			_, err = io.CopyN(io.Discard, r, maxSkipped)
		}
		if err != io.EOF {
			if err == nil {
				err = fmt.Errorf("a message of more than %d octets", maxSkipped)
			}
			return fmt.Errorf("reading: %w", err)
		}
		s.watch.read.Store(e.at)
		if !s.queue.put(ctx, e, buf[:n]) {
			return ctx.Err()
		}
		s.watch.read.Store(s.clock.now())
	}
}

// guard pings a silent connection and gives the reason when it takes it for dead. While the sink holds the reader up it
// does neither: the silence is our own.
func (s *Source) guard(ctx context.Context, conn *websocket.Conn) error {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := s.clock.now()
		silent := time.Duration(now-s.watch.read.Load()) * time.Microsecond
		if s.queue.blocked.Load() || silent < pingEvery {
			continue
		}
		if silent >= s.idle {
			return errSilent
		}
		ping, stop := context.WithTimeout(ctx, pongLimit)
		err := conn.Ping(ping)
		stop()
		switch {
		case err == nil:
			s.watch.answers.Store(now)
		case s.clock.now()-now >= stuck:
			return fmt.Errorf("no answer to a ping: %w", err)
		default:
			return nil // the connection is closed, and who reads it knows why
		}
	}
}
