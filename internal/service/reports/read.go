package reports

import (
	"context"
	"crypto/sha256"
	"errors"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"pahra/internal/desk/intake"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// read reads a report from where it was left to its end, and stores what comes of it piece by piece.
func (d *Desk) read(ctx context.Context, r store.DeskReport) error {
	mapping, err := d.mapping(ctx, r)
	if err != nil {
		return err
	}
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
		opt := intake.Options{Name: r.Name, Observed: r.Accepted, Schema: d.opt.Schema, Mapping: mapping}
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

// ahead is by how much clocks may be wrong: nothing was seen later than that after it was told, and a case that was would never be found
// to have recovered.
const ahead = dayLength

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
		if t, err := time.Parse(time.RFC3339Nano, e.Text("time.source")); err == nil && t.Before(r.Accepted.Add(ahead)) {
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
	defer p.end()
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
			if err := p.send(ctx, store.ReportWaiting, ""); err != nil {
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
