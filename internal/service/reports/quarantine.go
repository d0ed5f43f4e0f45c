package reports

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"pahra/internal/desk/intake"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// ErrBadMend says that a place cannot be mended, or dropped, so.
var ErrBadMend = errors.New("the place in quarantine stays as it is")

// Mend puts another text in place of what stands at a place in quarantine, and has it read soon as a part of its report: by the same
// reader, with the report's name and time. What cannot be read then is held again, with the new reason.
func (d *Desk) Mend(ctx context.Context, v store.Sight, report string, seq int64, text []byte) error {
	if len(text) == 0 || len(text) > mostRaw {
		return fmt.Errorf("%w: it takes 1 to %d octets", ErrBadMend, mostRaw)
	}
	err := d.opt.Store.ChangeQuarantined(ctx, v, report, seq, func(q *store.Quarantined) error {
		if q.State != store.QuarantineHeld {
			return fmt.Errorf("%w: it is %s", ErrBadMend, q.State)
		}
		q.State, q.Raw = store.QuarantineWaiting, text
		return nil
	})
	d.wake()
	return err
}

// Drop decides that nothing is lost by what stands at a place in quarantine, for a reason. It stays on record.
func (d *Desk) Drop(ctx context.Context, v store.Sight, report string, seq int64, reason string) error {
	if strings.TrimSpace(reason) == "" || len(reason) > 1000 {
		return fmt.Errorf("%w: dropping takes a reason of at most 1000 octets", ErrBadMend)
	}
	return d.opt.Store.ChangeQuarantined(ctx, v, report, seq, func(q *store.Quarantined) error {
		if q.State != store.QuarantineHeld {
			return fmt.Errorf("%w: it is %s", ErrBadMend, q.State)
		}
		q.State, q.Reason = store.QuarantineDropped, q.Reason+"; dropped: "+reason
		return nil
	})
}

// Replay has all that is held of a report read again as it is, after a schema, a mapping or the program was renewed; and a report that was
// refused from where that happened. It gives how many places wait now.
func (d *Desk) Replay(ctx context.Context, v store.Sight, report string) (int64, error) {
	n, err := d.opt.Store.ReplayReport(ctx, v, report)
	d.wake()
	return n, err
}

func (d *Desk) wake() {
	select {
	case d.accepted <- struct{}{}:
	default:
	}
}

// mendWaiting reads some of what waits in quarantine, and says whether there was any.
func (d *Desk) mendWaiting(ctx context.Context) (some bool, err error) {
	waiting, err := d.opt.Store.WaitingQuarantine(ctx, chunkLen)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	r, err := d.opt.Store.Report(ctx, waiting[0].Report)
	if err != nil {
		return false, err
	}
	if err := d.mend(ctx, r, waiting); err != nil {
		return false, fmt.Errorf("reading again what was in quarantine: %w", err)
	}
	return true, nil
}

// mend reads places of a report again. What comes of it lies with what is taken in today.
func (d *Desk) mend(ctx context.Context, r store.DeskReport, waiting []store.Quarantined) error {
	mapping, err := d.mapping(ctx, r)
	if err != nil {
		return err
	}
	head, err := d.header(r, mapping)
	gone := ""
	switch {
	case errors.Is(err, fs.ErrNotExist):
		gone = "the report as it came is erased, and with it what its columns are"
	case errors.Is(err, io.EOF):
		gone = "the report has no line that says what its columns are"
	case err != nil:
		return err
	}
	key := segmentKey{r.Source, dayOf(d.opt.Now())}
	segment, err := d.opt.Spool.Segment(r.Source, timeOf(key.day), d.marks[key])
	if err != nil {
		return err
	}
	defer segment.Close()
	if err := d.sync(ctx); err != nil {
		return err
	}
	p := d.newPiece(r, key, segment)
	defer p.end()
	if err := d.remember(p, dayOf(r.Day)); err != nil {
		return err
	}
	for _, q := range waiting {
		events, again := []place(nil), gone // no reason to stop the reading of others
		if gone == "" {
			events, again = d.readAgain(r, mapping, head, q)
		}
		if again == "" {
			q.State, p.batch.Counts.Bad = store.QuarantineMended, p.batch.Counts.Bad-1
			for begin := 0; begin < len(events); begin += chunkLen {
				if err := d.cases.number(ctx, d.opt.Store); err != nil {
					return err
				}
				c := &chunk{places: events[begin:min(begin+chunkLen, len(events))]}
				d.normalise(ctx, r, c)
				p.add(c)
			}
		} else {
			q.State, q.Reason = store.QuarantineHeld, again
		}
		p.batch.Mended = append(p.batch.Mended, q)
	}
	p.done = r.Lines // they were counted when they were read first
	return p.commit(ctx, r.State, r.Reason)
}

// remember takes what is stored of a report's day, which may be long ago, for what was seen: so that nothing is stored twice.
func (d *Desk) remember(p *piece, day int64) error {
	then := segmentKey{p.key.source, day}
	mark, known := d.marks[then]
	if !known || d.seen[then] != nil || day == p.key.day {
		return nil
	}
	p.before = spool.NewHashes()
	return d.opt.Spool.Entries(then.source, timeOf(day), mark, func(e spool.Entry) { p.before.Add(e.Hash) })
}

// readAgain gives the events of a place, or why there are none.
func (d *Desk) readAgain(r store.DeskReport, mapping *intake.Mapping, head []byte, q store.Quarantined) (events []place, again string) {
	opt := intake.Options{Name: r.Name, Observed: r.Accepted, Schema: d.opt.Schema, Mapping: mapping}
	err := intake.Read(r.Format, io.MultiReader(bytes.NewReader(head), bytes.NewReader(q.Raw)), opt, intake.Out{
		Event: func(e *intelmq.Event, _ []byte) error {
			events = append(events, place{event: *e.Clone()})
			return nil
		},
		Bad: func(_ string, reason error, _ []byte) error { return reason },
	})
	switch {
	case err != nil:
		return nil, err.Error()
	case len(events) == 0:
		return nil, "nothing is in it"
	}
	return events, ""
}

// mostHeader bounds the first line of a table.
const mostHeader = 1 << 20

// header gives the line that says what the columns of a report are, for those that have one.
func (d *Desk) header(r store.DeskReport, mapping *intake.Mapping) ([]byte, error) {
	comment := ""
	switch {
	case r.Format == "shadowserver":
	case r.Format == "csv" && mapping != nil && (mapping.Header == nil || *mapping.Header):
		comment = mapping.Comment
	default:
		return nil, nil
	}
	in, err := d.opt.Spool.Report(spool.Accepted{ID: r.SHA256[:32], Source: r.Source, Day: r.Day})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	lines := bufio.NewReader(io.LimitReader(in, mostHeader))
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return nil, fmt.Errorf("the header of report %s: %w", r.ID, err)
		}
		if len(bytes.TrimSpace(line)) > 0 && (comment == "" || !bytes.HasPrefix(line, []byte(comment))) {
			return line, nil
		}
	}
}
