package reports

import (
	"context"
	"fmt"
	"time"

	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/values"
)

// room is where a piece lies: the events as lines, and what the index holds of each.
type room struct {
	lines   []byte
	entries []spool.Entry
}

// empty gives a room that was used before, or a new one.
func (d *Desk) empty() room {
	n := len(d.rooms)
	if n == 0 {
		return room{}
	}
	r := d.rooms[n-1]
	d.rooms = d.rooms[:n-1]
	return r
}

// piece is what is stored at a time.
type piece struct {
	d       *Desk
	report  store.DeskReport
	key     segmentKey
	segment *spool.Segment
	began   time.Time
	room
	batch   store.DeskBatch
	done    int64 // places of the report
	bad     int64 // of them, all in all
	changes changes
	list    list
	flight  *flight                // what was sent last and has not landed; nil: nothing
	before  *spool.Set[spool.Hash] // what else was seen, of the day of a report that is read again; nil: nothing
}

func (d *Desk) newPiece(r store.DeskReport, key segmentKey, g *spool.Segment) *piece {
	p := &piece{d: d, report: r, key: key, segment: g, room: d.empty(), done: r.Lines, bad: r.Bad, list: listOf(r)}
	p.reset()
	return p
}

func (p *piece) reset() {
	p.began, p.lines, p.entries, p.changes = p.d.opt.Now(), p.lines[:0], p.entries[:0], newChanges()
	p.batch = store.DeskBatch{Report: p.report.ID}
}

// A piece ends after a second, and before it is too large.
const (
	pieceLasts = time.Second
	pieceLines = 16 << 20
)

func (p *piece) full() bool {
	return len(p.lines) >= pieceLines || p.d.opt.Now().Sub(p.began) >= pieceLasts
}

// heldBad is how many bad places of a report are held one by one; of more only the number is known, and the report is
// there.
const heldBad = 10_000

func (p *piece) add(c *chunk) {
	now := p.d.opt.Now().UTC()
	set := p.d.setOf(p.key)
	for i := range c.places {
		e := &c.places[i]
		p.done++
		if e.bad != nil {
			p.batch.Counts.Bad++
			if p.bad < heldBad {
				p.batch.Bad = append(p.batch.Bad, *e.bad)
			}
			p.bad++
			continue
		}
		p.covers(e)
		p.batch.Red = p.batch.Red || strictest("", e.event.Text("tlp")) == values.TLPRed.Label()
		if p.duplicate(set, e.hash) {
			p.batch.Counts.Duplicates++
			p.changes.cover(e.key, dayOf(e.seen), 0)
			continue
		}
		counts := func(address uint64) bool { return p.d.count(p.key.day, address) }
		id, counted := p.d.cases.take(&p.changes, e, p.report.Source, p.report.Accepted, now, counts)
		p.shows(e, id)
		ends := len(c.lines)
		for next := i + 1; next < len(c.places); next++ {
			if c.places[next].bad == nil {
				ends = c.places[next].begins
				break
			}
		}
		p.lines = append(p.lines, c.lines[e.begins:ends]...)
		p.entries = append(p.entries, spool.Entry{Hash: e.hash, Case: uint64(id), Address: counted})
		p.batch.Counts.Events++
	}
}

// duplicate says whether an event was seen on this day of intake or one of those before it, and marks it as seen.
func (p *piece) duplicate(set *spool.Set[spool.Hash], h spool.Hash) bool {
	if !set.Add(h) || p.before != nil && p.before.Has(h) {
		return true
	}
	for day := p.key.day - 1; day > p.key.day-int64(p.d.opt.Window); day-- {
		if before := p.d.seen[segmentKey{p.key.source, day}]; before != nil && before.Has(h) {
			return true
		}
	}
	return false
}

// commit makes the piece count, and what was sent before it.
func (p *piece) commit(ctx context.Context, state store.ReportState, reason string) error {
	if err := p.send(ctx, state, reason); err != nil {
		return err
	}
	return p.land(ctx)
}

// send has the piece written, once the one before it is: the next may fill meanwhile.
func (p *piece) send(ctx context.Context, state store.ReportState, reason string) error {
	if err := p.land(ctx); err != nil {
		return err
	}
	b := &p.batch
	b.State, b.Reason, b.Counts.Lines, b.Now, b.Reopened = state, reason, p.done, p.d.opt.Now(), p.changes.reopened
	for _, c := range p.changes.touched {
		c.Priority = p.d.opt.Priority(*c, b.Now)
		b.Cases = append(b.Cases, *c)
	}
	for _, day := range p.changes.days {
		b.Days = append(b.Days, *day)
	}
	for k, n := range p.changes.coverage {
		b.Coverage = append(b.Coverage, store.DeskCoverage{Tenant: p.report.Tenant, Source: p.report.Source, Class: k.class, Identifier: k.identifier,
			Day: timeOf(k.day), Events: n.events, Lines: n.lines})
	}
	p.seen(state)
	f := &flight{batch: *b, room: p.room, mark: p.d.marks[p.key], done: make(chan struct{})}
	go func() {
		defer close(f.done)
		f.err = f.write(ctx, p)
	}()
	p.flight, p.room = f, p.d.empty()
	p.reset()
	return nil
}

// flight is a piece that is being written. Its fields are its own until it is done.
type flight struct {
	room
	batch store.DeskBatch
	mark  spool.Mark
	err   error
	done  chan struct{} // closed when it is
}

// write writes the events first, then what the store holds of them, by which they count.
func (f *flight) write(ctx context.Context, p *piece) error {
	if len(f.entries) > 0 {
		var err error
		if f.mark, err = p.segment.Append(f.lines, f.entries); err != nil {
			return err
		}
		f.batch.Segment = &store.DeskSegment{Day: timeOf(p.key.day), Source: p.key.source, Bytes: f.mark.Bytes, Events: f.mark.Events, Frames: f.mark.Frames}
	}
	if err := p.d.opt.Store.CommitDesk(ctx, f.batch); err != nil {
		return fmt.Errorf("storing a piece of a report: %w", err)
	}
	return nil
}

// end waits for what was sent, and gives the room back.
func (p *piece) end() {
	if p.flight != nil {
		<-p.flight.done
	}
	p.d.rooms = append(p.d.rooms, p.room)
}

// land waits for what was sent, and takes over what others did to cases meanwhile.
func (p *piece) land(ctx context.Context) error {
	f := p.flight
	if f == nil {
		return nil
	}
	<-f.done
	if p.flight = nil; f.err != nil {
		return f.err
	}
	p.d.marks[p.key] = f.mark
	p.d.rooms = append(p.d.rooms, f.room)
	return p.d.sync(ctx)
}
