package reports

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"pahra/internal/desk/intake"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
	"pahra/wire/values"
)

// read reads a report from where it was left to its end, and stores what comes of it piece by piece.
func (d *Desk) read(ctx context.Context, r store.DeskReport) error {
	in, err := d.opt.Spool.Report(spool.Accepted{ID: r.SHA256[:32], Source: r.Source, Day: r.Day})
	if err != nil {
		return err
	}
	defer in.Close()
	group, ctx := errgroup.WithContext(ctx)
	belt := newBelt()
	var refused error
	group.Go(func() error {
		defer close(belt.order)
		defer close(belt.work)
		c := &cutter{ctx: ctx, skip: r.Lines, belt: belt}
		opt := intake.Options{Name: r.Name, Observed: r.Accepted, Schema: d.opt.Schema, Mapping: d.opt.Mapping(r.Source)}
		err := intake.Read(r.Format, in, opt, intake.Out{Event: c.event, Bad: c.bad})
		if err == nil {
			err = c.flush()
		}
		if errors.Is(err, errStopped) || ctx.Err() != nil {
			return ctx.Err()
		}
		refused = err // what came before counts
		return c.flush()
	})
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for c := range belt.work {
				d.normalise(ctx, r, c)
				c.done <- struct{}{}
			}
			return nil
		})
	}
	group.Go(func() error { return d.store(ctx, r, belt, &refused) })
	return group.Wait()
}

// cutter cuts what a reader finds into chunks.
type cutter struct {
	ctx   context.Context
	skip  int64
	chunk *chunk
	belt  belt
}

func (c *cutter) next() (*place, error) {
	if c.skip > 0 {
		c.skip--
		return nil, nil
	}
	if c.chunk != nil && len(c.chunk.places) == chunkLen {
		if err := c.flush(); err != nil {
			return nil, err
		}
	}
	if c.chunk == nil {
		c.chunk = c.belt.empty()
	}
	return c.chunk.add(), nil
}

func (c *cutter) event(e *intelmq.Event, _ []byte) error {
	p, err := c.next()
	if p != nil {
		p.event.CopyFrom(e)
	}
	return err
}

// mostRaw is how much is kept of what stands at a bad place.
const mostRaw = 64 << 10

func (c *cutter) bad(where string, reason error, raw []byte) error {
	p, err := c.next()
	if p != nil {
		p.bad = &store.Quarantined{Place: where, Reason: reason.Error(), Raw: append([]byte(nil), raw[:min(len(raw), mostRaw)]...)}
	}
	return err
}

func (c *cutter) flush() error {
	if c.chunk == nil {
		return nil
	}
	for _, to := range []chan<- *chunk{c.belt.order, c.belt.work} {
		select {
		case to <- c.chunk:
		case <-c.ctx.Done():
			return errStopped
		}
	}
	c.chunk = nil
	return nil
}

// normalise gives each event of a chunk its class and its party, and writes it down.
func (d *Desk) normalise(ctx context.Context, r store.DeskReport, c *chunk) {
	for i := range c.places {
		p := &c.places[i]
		if p.bad != nil {
			p.bad.Raw = d.opt.Secrets.Text(p.bad.Raw)
			continue
		}
		e := &p.event
		d.opt.Secrets.Clean(e)
		if r.TLP != "" && e.Text("tlp") == "" {
			e.Set("tlp", intelmq.Value{Text: r.TLP})
		}
		c.hashed = e.AppendHashed(c.hashed[:0]) // of what the report says: what is known beside it changes
		sum := sha256.Sum256(c.hashed)
		copy(p.hash[:], sum[:])
		code := d.opt.Classes.Of(e)
		p.key = caseKey{tenant: r.Tenant, party: d.opt.Own(ctx, r.Tenant, code, e), class: code.String(), identifier: e.Text("classification.identifier")}
		p.seen = r.Accepted
		if t, err := time.Parse(time.RFC3339Nano, e.Text("time.source")); err == nil {
			p.seen = t
		}
		e.Set("extra.pahra.report", intelmq.Value{Text: r.ID})
		e.Delete("raw")
		p.begins = len(c.lines)
		c.lines = append(e.AppendJSON(c.lines), '\n')
	}
}

// store takes the chunks in order and stores them in pieces.
func (d *Desk) store(ctx context.Context, r store.DeskReport, belt belt, refused *error) error {
	key := segmentKey{r.Source, dayOf(r.Accepted)}
	segment, err := d.opt.Spool.Segment(r.Source, r.Accepted, d.marks[key])
	if err != nil {
		return err
	}
	defer segment.Close()
	if err := d.sync(ctx); err != nil {
		return err
	}
	d.forget(d.opt.Now())
	p := d.newPiece(r, key, segment)
	for c := range belt.order {
		select {
		case <-c.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := d.cases.number(ctx, d.opt.Store); err != nil {
			return err
		}
		p.add(c)
		belt.back(c)
		if p.full() {
			if err := p.commit(ctx, store.ReportWaiting, ""); err != nil {
				return err
			}
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if *refused != nil {
		d.opt.Log.Warn("a report cannot be read to its end", "report", r.ID, "name", r.Name, "err", *refused)
		return p.commit(ctx, store.ReportRefused, (*refused).Error())
	}
	return p.commit(ctx, store.ReportRead, "")
}

// piece is what is stored at a time.
type piece struct {
	d       *Desk
	report  store.DeskReport
	key     segmentKey
	segment *spool.Segment
	began   time.Time
	lines   []byte
	entries []spool.Entry
	batch   store.DeskBatch
	done    int64 // places of the report
	bad     int64 // of them, all in all
	changes changes
	list    list
	before  *spool.Set[spool.Hash] // what else was seen, of the day of a report that is read again; nil: nothing
}

func (d *Desk) newPiece(r store.DeskReport, key segmentKey, g *spool.Segment) *piece {
	p := &piece{d: d, report: r, key: key, segment: g, done: r.Lines, bad: r.Bad, list: listOf(r)}
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
	pieceLines = 32 << 20
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
			if e.bad.Seq = p.bad; p.bad < heldBad {
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

// commit makes the piece count: the events first, then what the store holds of them.
func (p *piece) commit(ctx context.Context, state store.ReportState, reason string) error {
	b := &p.batch
	b.State, b.Reason, b.Counts.Lines, b.Now, b.Reopened = state, reason, p.done, p.d.opt.Now(), p.changes.reopened
	mark := p.d.marks[p.key]
	if len(p.entries) > 0 {
		var err error
		if mark, err = p.segment.Append(p.lines, p.entries); err != nil {
			return err
		}
		b.Segment = &store.DeskSegment{Day: timeOf(p.key.day), Source: p.key.source, Bytes: mark.Bytes, Events: mark.Events, Frames: mark.Frames}
	}
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
	if err := p.d.opt.Store.CommitDesk(ctx, *b); err != nil {
		return fmt.Errorf("storing a piece of a report: %w", err)
	}
	p.d.marks[p.key] = mark
	p.reset()
	return p.d.sync(ctx)
}
