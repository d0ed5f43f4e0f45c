package rislive

import (
	"context"
	"sync"
	"sync/atomic"
)

// maxQueued is how many octets of messages may wait for the sink: some two seconds of 20,000 messages a second.
const maxQueued = 48 << 20

// word says what an entry of the queue is.
type word uint8

const (
	said      word = iota // a message
	oversized             // one that was too long to be read
	opened                // a connection was made and the subscriptions sent
	lost                  // a connection was lost
)

// entry is one thing that happened on the socket.
type entry struct {
	word word
	end  int   // of a message: where it ends in the batch's octets
	at   int64 // when, in microseconds since 1970 by the source's clock
	why  error // of lost
}

// batch is what was taken off the queue at once.
type batch struct {
	octets  []byte
	entries []entry
}

// queue stands between the socket and the sink. One may put, one may take.
type queue struct {
	max     int
	ready   chan struct{} // there is something to take
	room    chan struct{} // something was taken
	blocked atomic.Bool   // whether put waits
	mu      sync.Mutex
	in      batch
}

func newQueue(most int) *queue {
	return &queue{max: most, ready: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put appends an entry and its octets. It waits while too much is waiting; false if ctx ended first.
func (q *queue) put(ctx context.Context, e entry, octets []byte) bool {
	for {
		q.mu.Lock()
		if len(q.in.octets) == 0 || len(q.in.octets)+len(octets) <= q.max {
			break
		}
		q.mu.Unlock()
		q.blocked.Store(true)
		select {
		case <-q.room:
		case <-ctx.Done():
			q.blocked.Store(false)
			return false
		}
		q.blocked.Store(false)
	}
	q.in.octets = append(q.in.octets, octets...)
	e.end = len(q.in.octets)
	q.in.entries = append(q.in.entries, e)
	q.mu.Unlock()
	signal(q.ready)
	return true
}

// take gives all that waits, in exchange for the storage of the batch before.
func (q *queue) take(used batch) batch {
	const keep = 4 << 20
	if cap(used.octets) > keep { // a rare backlog's storage is not kept for ever
		used = batch{}
	}
	q.mu.Lock()
	out := q.in
	q.in = batch{used.octets[:0], used.entries[:0]}
	q.mu.Unlock()
	signal(q.room)
	return out
}

func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.in.entries) == 0
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
