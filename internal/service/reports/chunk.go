package reports

import (
	"runtime"
	"time"

	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// chunkLen is how many places of a report are worked on at a time.
const chunkLen = 256

// place is one place of a report: an event, or what is wrong there.
type place struct {
	event  intelmq.Event
	bad    *store.Quarantined
	hash   spool.Hash
	key    caseKey
	seen   time.Time
	begins int // of its line in the chunk's lines
}

// chunk is some places of a report in their order. Chunks are used again, with the room they took.
type chunk struct {
	places []place
	lines  []byte        // the events as JSON, a line each
	hashed []byte        // room for what an event's hash is of
	done   chan struct{} // told once when all of them were worked on
}

// add gives a new place.
func (c *chunk) add() *place {
	if n := len(c.places); n < cap(c.places) { // the event that was there lends its room
		c.places = c.places[:n+1]
		c.places[n] = place{event: c.places[n].event}
		c.places[n].event.Reset()
	} else {
		c.places = append(c.places, place{})
	}
	return &c.places[len(c.places)-1]
}

// belt is what chunks go along: to be worked on, in any order; to be stored, in theirs; and back to be filled again.
type belt struct{ work, order, free chan *chunk }

func newBelt() belt {
	n := 4 * runtime.GOMAXPROCS(0)
	return belt{work: make(chan *chunk), order: make(chan *chunk, n), free: make(chan *chunk, n)}
}

// empty gives a chunk to fill.
func (b belt) empty() *chunk {
	select {
	case c := <-b.free:
		c.places, c.lines = c.places[:0], c.lines[:0]
		return c
	default:
		return &chunk{places: make([]place, 0, chunkLen), done: make(chan struct{}, 1)}
	}
}

// back takes a chunk that was stored.
func (b belt) back(c *chunk) {
	select {
	case b.free <- c:
	default:
	}
}
