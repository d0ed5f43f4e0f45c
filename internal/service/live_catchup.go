package service

import (
	"context"
	"math"
	"time"
)

// look takes up what changed in the data folder: new facts, and archives that were put there. For archives of a time
// that is past the watch goes back to before they begin; others are read as what comes next.
func (l *Live) look(ctx context.Context) error {
	if err := l.rescan(); err != nil { // it is looked at again with the next change
		l.fail(readingFolder, err)
		return nil
	}
	l.works(readingFolder)
	var sections []section
	from := int64(math.MaxInt64)
	for _, f := range l.unread() {
		first, err := firstTime(l.run.dir, f)
		if err != nil { // it is looked at again with the next change
			l.fail("reading "+f.Path, err)
			continue
		}
		from = min(from, first)
		sections = append(sections, section{file: f, peers: -1, peersAfter: -1})
	}
	if from >= l.clock.now {
		return l.follow(ctx, sections)
	}
	l.opt.Log.Info("going back for archives", "to", utc(from), "from", utc(l.clock.now))
	l.live = false
	if err := l.restore(from - 1); err != nil {
		return err
	}
	return l.catchUp(ctx)
}

// catchUp reads all that lies in the folder: archives that were put there, and the journal as far as the watermark. It
// publishes at the ends of months and when it is done.
func (l *Live) catchUp(ctx context.Context) error {
	began, from := l.opt.Now(), l.clock.now
	l.found = make(map[string]bool)
	l.store(ctx) // what a checkpoint held
	mark, _, err := l.advance()
	if err != nil {
		return err
	}
	sections, err := l.sections(l.known())
	if err != nil {
		return err
	}
	for _, f := range l.unread() {
		sections = append(sections, section{file: f, peers: -1, peersAfter: -1})
	}
	if l.clock.began {
		l.clock.due = l.nextMonth(l.clock.now)
	}
	if err := l.follow(ctx, sections); err != nil {
		return err
	}
	l.live = true
	if l.clock.began {
		l.clock.due = l.clock.now + 1  // a second that is wholly there
		if mark.Unix() < l.clock.now { // archives alone: nothing will say that it is over
			if err := l.clock.reach(l.clock.due); err != nil {
				return err
			}
		}
	}
	l.giveOwn(ctx)
	l.store(ctx)
	if err := l.takeBack(ctx, from); err != nil {
		l.fail("taking back what is no longer found", err)
	}
	l.found = nil
	l.store(ctx)
	l.opt.Log.Info("caught up", "sections", len(sections), "elements", l.run.elements, "took", l.opt.Now().Sub(began).Round(time.Millisecond))
	return l.checkpoint(ctx)
}
