package replay

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// burst is a connection whose writes can be held back and sent together: the WebSocket library makes a system call for
// each message, which at tens of thousands a second is most of the work.
type burst struct {
	net.Conn
	mu     sync.Mutex
	corked bool
	buf    []byte
}

const burstSize = 128 << 10

// Write sends p, or keeps it while corked.
func (b *burst) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.buf = append(b.buf, p...)
	if b.corked && len(b.buf) < burstSize {
		return len(p), nil
	}
	return len(p), b.flush()
}

func (b *burst) flush() error {
	out := b.buf
	b.buf = b.buf[:0]
	if len(out) == 0 {
		return nil
	}
	if err := b.Conn.SetWriteDeadline(time.Now().Add(sendLimit)); err != nil {
		return err
	}
	_, err := b.Conn.Write(out)
	return err
}

// cork holds writes back until uncork.
func (b *burst) cork() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.corked = true
}

func (b *burst) uncork() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.corked = false
	return b.flush()
}

// hijack gives a burst in place of the connection that a request came on.
type hijack struct {
	http.ResponseWriter
	burst *burst
}

// Hijack is that of [http.Hijacker].
func (h *hijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	inner, ok := h.ResponseWriter.(http.Hijacker)
	if !ok {
		return nil, nil, errors.New("the connection cannot be taken over")
	}
	conn, rw, err := inner.Hijack()
	if err != nil {
		return nil, nil, err
	}
	h.burst.Conn = conn
	rw.Writer.Reset(h.burst)
	return h.burst, rw, nil
}
