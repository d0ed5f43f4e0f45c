package service

import (
	"context"
	"errors"
	"math"
	"time"

	"pahra/internal/source"
)

// unreadableFolder says that the data folder as a whole cannot be read as it is.
type unreadableFolder struct{ err error }

func (u *unreadableFolder) Error() string { return u.err.Error() }
func (u *unreadableFolder) Unwrap() error { return u.err }

// again is when to look at the data folder again after a look that failed; zero where none did.
type again struct {
	due  time.Time
	wait source.Backoff
}

func (a *again) isDue(now time.Time) bool { return !a.due.IsZero() && !now.Before(a.due) }

// lookAgain notes what kept a look at the data folder from its end, which is tried again before long.
func (l *Live) lookAgain(what string, err error) {
	l.fail(what, err)
	l.again.due = l.opt.Now().Add(l.again.wait.Next())
}

// look takes up what changed in the data folder: new facts, and archives that were put there. For archives of a time
// that is past the watch goes back to before they begin; others are read as what comes next. Before the watch has caught
// up it does that first.
func (l *Live) look(ctx context.Context) error {
	l.again.due = time.Time{}
	err := l.lookOnce(ctx)
	if bad := (*unreadableFolder)(nil); errors.As(err, &bad) {
		l.lookAgain(readingFolder, err)
		return nil
	}
	if err == nil && l.again.due.IsZero() {
		l.again.wait.Reset()
	}
	return err
}

func (l *Live) lookOnce(ctx context.Context) error {
	if l.run == nil {
		if err := l.restore(math.MaxInt64); err != nil {
			return err
		}
	} else if err := l.rescan(); err != nil {
		return err
	}
	l.works(readingFolder)
	if !l.live {
		return l.catchUp(ctx)
	}
	sections, from, err := l.arrived()
	if err != nil {
		l.lookAgain(readingArchives, err)
	} else {
		l.works(readingArchives)
	}
	if from >= l.clock.now {
		return l.follow(ctx, sections)
	}
	l.opt.Log.Info("going back for archives", "to", utc(from), "from", utc(l.clock.now))
	if err := l.restore(from - 1); err != nil {
		return err
	}
	l.live = false
	return l.catchUp(ctx)
}

// arrived gives the archives that were put into the data folder and not read yet, and when the first of them begins. Those
// that cannot be read now are left out, with the error of the last.
func (l *Live) arrived() (sections []section, from int64, failed error) {
	from = math.MaxInt64
	for _, f := range l.unread() {
		first, err := firstTime(l.run.dir, f)
		if err != nil {
			failed = err
			continue
		}
		from = min(from, first)
		sections = append(sections, section{file: f, peers: -1, peersAfter: -1})
	}
	return sections, from, failed
}

// catchUp reads all that lies in the folder: archives that were put there, and the journal as far as the watermark. It
// publishes at the ends of months and when it is done.
func (l *Live) catchUp(ctx context.Context) error {
	began, from := l.opt.Now(), l.clock.now
	l.found = make(map[string]bool)
	l.store(ctx) // what a checkpoint held
	mark, _, err := l.advance()
	if err != nil {
		l.lookAgain(keepingWatermark, err)
		return nil
	}
	l.works(keepingWatermark)
	sections, err := l.sections(l.known())
	if err != nil {
		l.lookAgain(readingFolder, err)
		return nil
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
	l.giveOrigins()
	l.store(ctx)
	if err := l.takeBack(ctx, from); err != nil {
		l.fail("taking back what is no longer found", err)
	}
	l.found = nil
	l.store(ctx)
	l.opt.Log.Info("caught up", "sections", len(sections), "elements", l.run.elements, "took", l.opt.Now().Sub(began).Round(time.Millisecond))
	return l.checkpoint(ctx)
}
