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
	now   func() time.Time
	most  int64
	size  int64
	known map[string]*list.Element
	order *list.List // *entry, the last asked for first
	made  map[string]*making
	due   chan due // to be made anew, see [App.Run]
}

type entry struct {
	key     string
	answer  *answer
	made    time.Time
	version string
	queued  bool // it is in due
}

// due is an answer that is to be made anew.
type due struct {
	key, version string
	render       func() (*answer, error)
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
	maxDue    = 1024
)

func newCache(most int64, now func() time.Time) *cache {
	return &cache{
		now: now, most: most, known: make(map[string]*list.Element), order: list.New(), made: make(map[string]*making),
		due: make(chan due, maxDue),
	}
}

// get gives the answer under a key, made by render if none is kept that may still be shown. What is made is fresh for
// keptFor, as long as the version stays the same, and is shown for shownFor: whoever asks for what is no longer fresh gets
// it at once, and [App.Run] has it made anew. Who waits for another's making stops when its own context ends.
func (c *cache) get(ctx context.Context, key, version string, render func() (*answer, error)) (*answer, error) {
	now := c.now()
	c.mu.Lock()
	if e, kept := c.known[key]; kept {
		old := e.Value.(*entry)
		if age := now.Sub(old.made); age >= 0 && age < shownFor {
			c.order.MoveToFront(e)
			if !old.fresh(version, now) && !old.queued {
				select {
				case c.due <- due{key, version, render}:
					old.queued = true
				default: // whoever asks next tries again
				}
			}
			c.mu.Unlock()
			return old.answer, nil
		}
	}
	if m, busy := c.made[key]; busy {
		c.mu.Unlock()
		select {
		case <-m.done:
			return m.answer, m.err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	m := c.begin(key)
	c.mu.Unlock()
	c.make(key, version, m, now, render)
	return m.answer, m.err
}

func (e *entry) fresh(version string, now time.Time) bool {
	age := now.Sub(e.made)
	return e.version == version && age >= 0 && age < keptFor
}

// renew makes an answer anew, unless somebody else is at it or has done it.
func (c *cache) renew(d due) {
	now := c.now()
	c.mu.Lock()
	_, busy := c.made[d.key]
	if e, kept := c.known[d.key]; kept {
		old := e.Value.(*entry)
		old.queued = false
		busy = busy || old.fresh(d.version, now)
	}
	if busy {
		c.mu.Unlock()
		return
	}
	m := c.begin(d.key)
	c.mu.Unlock()
	c.make(d.key, d.version, m, now, d.render)
}

// begin says that an answer is on its way.
func (c *cache) begin(key string) *making {
	m := &making{done: make(chan struct{}), err: errAborted}
	c.made[key] = m
	return m
}

// make makes an answer, and keeps it. Whatever happens, nobody is left waiting for it.
func (c *cache) make(key, version string, m *making, now time.Time, render func() (*answer, error)) {
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.made, key)
		if m.err == nil {
			c.keep(&entry{key: key, answer: m.answer, made: now, version: version})
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
