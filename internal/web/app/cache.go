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
	until  time.Time
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
)

func newCache(most int64) *cache {
	return &cache{most: most, known: make(map[string]*list.Element), order: list.New(), made: make(map[string]*making)}
}

// get gives the answer under a key, made by render if none is kept that is fresh at now. It is kept until until. Who waits
// for another's making stops when its own context ends.
func (c *cache) get(ctx context.Context, key string, now, until time.Time, render func() (*answer, error)) (*answer, error) {
	c.mu.Lock()
	if e, ok := c.known[key]; ok && now.Before(e.Value.(*entry).until) {
		c.order.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*entry).answer, nil
	}
	if m, ok := c.made[key]; ok {
		c.mu.Unlock()
		select {
		case <-m.done:
			return m.answer, m.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m := &making{done: make(chan struct{}), err: errAborted}
	c.made[key] = m
	c.mu.Unlock()
	defer func() { // a panic must not leave others waiting
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.made, key)
		if m.err == nil {
			c.keep(&entry{key, m.answer, until})
		}
		close(m.done)
	}()
	m.answer, m.err = render()
	return m.answer, m.err
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
