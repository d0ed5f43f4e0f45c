package app

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// answer is a page ready to be sent.
type answer struct {
	kind   string // its Content-Type
	plain  []byte
	zipped []byte // the same, compressed; nil where it is not worth it
	tag    string // of the plain form, without quotes
	status int
	name   string // of a file to be kept
	// forever is set where what stands under the path never changes.
	forever bool
}

func (a *answer) size() int64 { return int64(len(a.plain) + len(a.zipped) + 512) }

// cache keeps answers that are the same for everybody, up to a size; those not asked for longest go first. An answer is
// made once however many ask at the same time.
type cache struct {
	mu    sync.Mutex
	most  int64
	size  int64
	known map[string]*list.Element
	order *list.List // *entry, the last asked for first
	made  map[string]*making
}

type entry struct {
	key    string
	answer *answer
	made   time.Time
}

// making is an answer on its way.
type making struct {
	done   chan struct{}
	answer *answer
	err    error
}

// The limits of what is kept.
const (
	maxCached = 64 << 20 // bytes
	keptFor   = 5 * time.Second
	shownFor  = time.Minute
)

func newCache(most int64) *cache {
	return &cache{most: most, known: make(map[string]*list.Element), order: list.New(), made: make(map[string]*making)}
}

// get gives the answer under a key, made by render if none is kept that may still be shown at now. What is made is fresh
// for keptFor, and is shown for shownFor: whoever first asks for what is no longer fresh gets it at once, and is told to
// call refresh when it is sent. Who waits for another's making stops when its own context ends.
func (c *cache) get(ctx context.Context, key string, now time.Time, render func() (*answer, error)) (found *answer, refresh func(), err error) {
	c.mu.Lock()
	e, kept := c.known[key]
	m, busy := c.made[key]
	if kept {
		old := e.Value.(*entry)
		age := now.Sub(old.made)
		switch {
		case age >= 0 && age < keptFor, age >= 0 && age < shownFor && busy:
			c.order.MoveToFront(e)
			c.mu.Unlock()
			return old.answer, nil, nil
		case age >= 0 && age < shownFor:
			m = c.begin(key)
			c.order.MoveToFront(e)
			c.mu.Unlock()
			return old.answer, func() { c.make(key, m, now, render) }, nil
		}
	}
	if busy {
		c.mu.Unlock()
		select {
		case <-m.done:
			return m.answer, nil, m.err
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	m = c.begin(key)
	c.mu.Unlock()
	c.make(key, m, now, render)
	return m.answer, nil, m.err
}

// begin says that an answer is on its way.
func (c *cache) begin(key string) *making {
	m := &making{done: make(chan struct{}), err: errAborted}
	c.made[key] = m
	return m
}

// make makes an answer, and keeps it. Whatever happens, nobody is left waiting for it.
func (c *cache) make(key string, m *making, now time.Time, render func() (*answer, error)) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.made, key)
		if m.err == nil {
			c.keep(&entry{key, m.answer, now})
		}
		close(m.done)
	}()
	m.answer, m.err = render()
}

// keep takes an answer in, and lets others go until the size is right.
func (c *cache) keep(e *entry) {
	if e.answer.size() > c.most/8 {
		return
	}
	if old, ok := c.known[e.key]; ok {
		c.drop(old)
	}
	c.known[e.key] = c.order.PushFront(e)
	c.size += e.answer.size()
	for c.size > c.most {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	old := c.order.Remove(e).(*entry)
	delete(c.known, old.key)
	c.size -= old.answer.size()
}
