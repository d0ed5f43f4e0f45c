package catalogue

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// want is one file to fetch.
type want struct {
	source    Source
	file      File
	vars      variables
	immutable bool // of an archive: what is there is not asked for again
	settled   bool // vars.at is the moment that the file stands for; else the server's date decides
}

// source fetches what options ask of one source.
func (s *session) source(ctx context.Context, source Source, options Options) error {
	rhythm, err := parseStep(source.Step)
	if err != nil {
		return err
	}
	var failures []error
	for _, v := range collectors(source, options) {
		for i := range source.Files {
			w := want{source: source, file: source.Files[i], vars: v}
			var err error
			switch {
			case source.Form == "sessions":
				err = s.sessions(ctx, w, options)
			case rhythm.archive() && !options.From.IsZero():
				err = s.span(ctx, w, rhythm, options)
			case rhythm.archive():
				err = s.latest(ctx, w, rhythm)
			default:
				// The files of one source stand for one moment: that of the first.
				w.settled = !v.at.IsZero()
				var r Result
				r, err = s.done(s.fetch(ctx, w))
				if v.at.IsZero() && r.Err == nil {
					v.at = moment(r.Pulled)
				}
			}
			if err != nil {
				failures = append(failures, err)
			}
			if ctx.Err() != nil {
				return errors.Join(failures...)
			}
		}
	}
	return errors.Join(failures...)
}

func collectors(source Source, options Options) []variables {
	if source.Collectors == nil {
		return []variables{{}}
	}
	var out []variables
	for _, name := range options.Collectors {
		out = append(out, variables{}.forCollector(source, name))
	}
	return out
}

// done tells Done of a file and gives its error.
func (s *session) done(r Result) (Result, error) {
	s.Done(r)
	return r, r.Err
}

// span fetches all steps of a time span. A step that the archive lacks is told and passed over.
func (s *session) span(ctx context.Context, w want, rhythm step, options Options) error {
	times := rhythm.between(options.From, options.To, s.MaxFiles)
	switch {
	case len(times) > s.MaxFiles:
		return fmt.Errorf("more than %d files between %s and %s", s.MaxFiles, options.From.Format(time.RFC3339), options.To.Format(time.RFC3339))
	case len(times) == 0:
		return fmt.Errorf("the archive has no file between %s and %s: there is one every %s",
			options.From.Format(time.RFC3339), options.To.Format(time.RFC3339), w.source.Step)
	}
	var failures []error
	found := 0
	for _, t := range times {
		w.vars.at, w.settled, w.immutable = t, true, true
		r, err := s.done(s.fetch(ctx, w))
		switch {
		case err == nil:
			found++
		case r.Outcome != Missing:
			failures = append(failures, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	if found == 0 && len(failures) == 0 {
		failures = append(failures, fmt.Errorf("none of %d files is there", len(times)))
	}
	return errors.Join(failures...)
}

// latest fetches the newest step that the archive has, looking a few steps back.
func (s *session) latest(ctx context.Context, w want, rhythm step) error {
	now := rhythm.floor(s.Now())
	w.settled, w.immutable = true, true
	for back := range w.source.Back + 1 {
		w.vars.at = rhythm.add(now, -back)
		r := s.fetch(ctx, w)
		if r.Outcome == Missing && back < w.source.Back {
			continue
		}
		_, err := s.done(r)
		return err
	}
	return nil
}

// moment is what a fetched file stands for, as its path was made with.
func moment(f Pulled) time.Time {
	if !f.Modified.IsZero() && !f.Modified.After(f.Time) {
		return f.Modified
	}
	return f.Time
}
