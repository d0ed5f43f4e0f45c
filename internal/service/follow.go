package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"pahra/internal/routes"
	"pahra/internal/watch"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// follow feeds the elements of some sections, in their one order, to the detectors, up to a moment in seconds since
// 1970. A folder of archives is followed once; a journal step by step, each step's elements being older than the next
// one's.
func (r *run) follow(ctx context.Context, clock *clock, sections []section, to int64) (err error) {
	if r.feed, err = newFeed(ctx, r.dir, sections, r.engine.Table().Interner()); err != nil {
		return err
	}
	defer func() {
		r.feed.close()
		r.report(r.feed.reports())
		r.feed = nil
	}()
	for s := r.feed.next(); s != nil && s.clock < to; s = r.feed.next() {
		if err := clock.reach(s.clock); err != nil {
			return err
		}
		if err := clock.inferRelations(s.clock); err != nil {
			return err
		}
		r.heard.hear(s.clock)
		r.take(s)
		if r.elements%(1<<11) == 0 {
			r.opt.Progress(time.Unix(s.clock, 0).UTC(), r.elements)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
	}
	return ctx.Err()
}

// held yields the attribute sets of elements that are yet to be fed.
func (r *run) held(yield func(routes.AttrID) bool) {
	if r.feed != nil {
		r.feed.held(yield)
	}
}

// report adds what reading some sections came to, by file.
func (r *run) report(list []fileReport) {
	for _, rep := range list {
		i, known := slices.BinarySearchFunc(r.reports, rep, func(a, b fileReport) int { return cmp.Compare(a.Path, b.Path) })
		if !known {
			r.reports = slices.Insert(r.reports, i, rep)
			continue
		}
		sum := &r.reports[i]
		sum.Records += rep.Records
		sum.Elements += rep.Elements
		sum.Problems += rep.Problems
		sum.Examples = append(sum.Examples, rep.Examples[:min(len(rep.Examples), maxExamples-len(sum.Examples))]...)
		sum.Error = cmp.Or(sum.Error, rep.Error)
	}
}

// take feeds the stream's element to the engine.
func (r *run) take(s *stream) {
	e, raw := s.elem()
	if e.Safi > 1 { // multicast tables say nothing of who may originate
		return
	}
	r.elements++
	table := r.engine.Table()
	peer, ok := table.Peers.ID(routes.PeerKey{Collector: s.file.Collector, ASN: e.PeerAS, IP: e.PeerIP})
	if !ok {
		r.strangers++
		return
	}
	ev := watch.Event{
		Sec: s.clock, Micro: e.Micro, Kind: e.Kind, Peer: peer, Prefix: e.Prefix, PathID: e.PathID, State: e.NewState,
		File: s.file.Path, Offset: e.Offset, Raw: raw,
	}
	if e.Kind == mrt.Announce || e.Kind == mrt.RIBEntry {
		ev.Attr = s.attr()
	}
	r.engine.Feed(&ev)
}

// clock brings about what is due as time goes by: new facts, relations of our own, the ends of months, and for a
// service publication.
type clock struct {
	run   *run
	facts int64 // when the facts can differ next; 0: never
	seen  int64 // the last moment looked at for relations
	infer int64 // when to infer relations next
	month values.Month
	began bool
	now   int64 // the second that the time has come to
	// publish, unless nil, is called when due has come and gives when it is due next.
	due     int64
	publish func(at int64) (next int64, err error)
}

func newClock(r *run) *clock { return &clock{run: r} }

// reach lets the time come to sec.
func (c *clock) reach(sec int64) error {
	for c.publish != nil && c.began && c.due <= sec {
		at := c.due
		if err := c.come(at); err != nil {
			return err
		}
		next, err := c.publish(at)
		if err != nil {
			return err
		}
		c.due = next
	}
	return c.come(sec)
}

func (c *clock) come(sec int64) error {
	r := c.run
	c.now = max(c.now, sec)
	if !c.began {
		c.began = true
		c.month = values.MonthOf(time.Unix(sec, 0))
		c.due = c.month.End().Unix()
		if err := c.setFacts(sec); err != nil {
			return err
		}
	}
	for c.facts != 0 && c.facts <= sec || c.month.End().Unix() <= sec {
		if end := c.month.End().Unix(); end <= sec && (c.facts == 0 || end <= c.facts) {
			r.engine.Advance(end)
			r.closeMonth(c.month)
			c.month = c.month.Next()
			continue
		}
		at := c.facts
		r.engine.Advance(at)
		if err := c.setFacts(at); err != nil {
			return err
		}
	}
	return nil
}

func (c *clock) setFacts(sec int64) error {
	at := time.Unix(sec, 0).UTC()
	facts, changed, err := c.run.book.at(at)
	if err != nil {
		return err
	}
	if changed {
		c.run.engine.SetFacts(facts)
	}
	c.look(at)
	return nil
}

// look sees when the facts can differ next.
func (c *clock) look(at time.Time) {
	c.facts = 0
	if next := c.run.book.next(at); !next.IsZero() {
		c.facts = max(next.Unix(), at.Unix()+1)
	}
}
