package duties

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pahra/internal/desk/duty"
	"pahra/internal/spool"
	"pahra/internal/store"
	"pahra/wire/intelmq"
)

// Expire erases what the profile says is over: events, reports as they came, what is in quarantine. Dry only counts.
func (s *Service) Expire(ctx context.Context, actor string, dry bool) (done Done, err error) {
	held, err := s.holds(ctx)
	if err != nil {
		return done, err
	}
	for _, part := range []func(context.Context, holds, store.Erasure, bool, *Done) error{s.expireEvents, s.expireReports, s.expireQuarantine} {
		if err := part(ctx, held, store.Erasure{At: s.Now(), Actor: actor, Kind: "retention"}, dry, &done); err != nil {
			return done, fmt.Errorf("erasing what is over: %w", err)
		}
	}
	return done, nil
}

func (s *Service) expireEvents(ctx context.Context, held holds, e store.Erasure, dry bool, done *Done) error {
	segments, err := s.Store.SegmentsBefore(ctx, s.settled())
	if err != nil {
		return err
	}
	for _, g := range segments {
		if g.Generation > 0 && !dry { // what a crash left behind of it
			if err := s.Spool.Tidy(g.Source, g.Day, g.Generation); err != nil {
				return err
			}
		}
		if g.Events == 0 || !s.crossed(g) {
			continue
		}
		if held.source(g.Source) {
			done.Held++
			continue
		}
		over := func(entry spool.Entry, line []byte) (bool, error) {
			if held.cases[entry.Case] {
				done.Held++
				return false, nil
			}
			event, err := intelmq.Parse(line)
			if err != nil {
				return false, err
			}
			return s.Profile.For(g.Source, s.Classes.Of(event).String()).Over(duty.Events, g.Day, s.Now()), ctx.Err()
		}
		if dry {
			err = s.Spool.Events(g.Source, g.Day, g.Mark(), func(spool.Entry) bool { return true }, func(entry spool.Entry, line []byte) error {
				gone, err := over(entry, line)
				if gone {
					done.Events++
				}
				return err
			})
		} else {
			err = s.replace(ctx, g, e, done, func(entry spool.Entry, line []byte) ([]byte, bool, error) {
				gone, err := over(entry, line)
				return line, !gone, err
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// crossed says whether the time of some kind of event of a segment ran out since it was last looked through. A segment with a
// hold on one of its cases is looked through again and again.
func (s *Service) crossed(g store.SweptSegment) bool {
	return slices.ContainsFunc(s.Profile.Rules, func(r duty.Rule) bool {
		return (r.Source == "" || r.Source == g.Source) && r.Over(duty.Events, g.Day, s.Now()) && (g.Swept.Unix() == 0 || !r.Over(duty.Events, g.Day, g.Swept.Add(time.Nanosecond)))
	})
}

func (s *Service) expireReports(ctx context.Context, held holds, e store.Erasure, dry bool, done *Done) error {
	reports, err := s.Store.KeptReports(ctx, s.settled())
	if err != nil {
		return err
	}
	for _, r := range reports {
		if !s.Profile.For(r.Source, "").Over(duty.Raw, r.Day, s.Now()) {
			continue
		}
		if held.source(r.Source) || len(held.cases) > 0 { // a report may be evidence of any case
			done.Held++
			continue
		}
		done.Reports++
		if !dry {
			if err := s.eraseReport(ctx, r, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// eraseReport removes a report as it came. It is removed before that is recorded: what a crash leaves is removed again.
func (s *Service) eraseReport(ctx context.Context, r store.DeskReport, e store.Erasure) error {
	if err := s.Spool.Remove(spool.Accepted{ID: r.SHA256[:32], Source: r.Source, Day: r.Day}); err != nil {
		return err
	}
	e.Day, e.Source, e.Reports = r.Day, r.Source, 1
	return s.Store.ReportErased(ctx, r.ID, e)
}

func (s *Service) expireQuarantine(ctx context.Context, held holds, e store.Erasure, dry bool, done *Done) error {
	reports, err := s.Store.QuarantinedReports(ctx, s.settled())
	if err != nil {
		return err
	}
	for _, r := range reports {
		if !s.Profile.For(r.Source, "").Over(duty.Quarantine, r.Day, s.Now()) {
			continue
		}
		if held.source(r.Source) {
			done.Held++
			continue
		}
		done.Quarantine++
		if dry {
			continue
		}
		e.Day, e.Source, e.Quarantine = r.Day, r.Source, 1
		if err := s.Store.EraseQuarantine(ctx, r.ID, e); err != nil {
			return err
		}
	}
	return nil
}
