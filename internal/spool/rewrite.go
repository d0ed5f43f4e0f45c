package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pahra/internal/source/durable"
)

// segmentPath gives where a segment's files lie, without their suffixes. No source's name has a ~.
func (s *Spool) segmentPath(source string, at time.Time, generation int64) (string, error) {
	path, err := s.pathOf("events", at, source)
	if generation > 0 {
		path = fmt.Sprintf("%s~%d", path, generation)
	}
	return path, err
}

// rewriteLen is how many octets of lines are written at a time.
const rewriteLen = 4 << 20

// Rewrite writes a segment anew, into files of its own: change gives what becomes of a line, false where it goes. What it
// gives counts once the mark, of the next generation, is held elsewhere; until then the segment as it was is untouched, and
// afterwards [Spool.Tidy] removes it. Changed says how many lines went or became others.
func (s *Spool) Rewrite(source string, at time.Time, mark Mark, change func(Entry, []byte) ([]byte, bool, error)) (is Mark, changed int64, err error) {
	to, err := s.Segment(source, at, Mark{Generation: mark.Generation + 1})
	if err != nil {
		return Mark{}, 0, err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	is = Mark{Generation: mark.Generation + 1}
	var lines []byte
	var entries []Entry
	flush := func() error {
		if len(entries) == 0 {
			return nil
		}
		var err error
		is, err = to.Append(lines, entries)
		lines, entries = lines[:0], entries[:0]
		return err
	}
	err = s.Events(source, at, mark, func(Entry) bool { return true }, func(e Entry, line []byte) error {
		now, keep, err := change(e, line)
		if err != nil {
			return err
		}
		if !keep || string(now) != string(line) {
			changed++
		}
		if !keep {
			return nil
		}
		if lines, entries = append(append(lines, now...), '\n'), append(entries, e); len(lines) >= rewriteLen {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err != nil {
		return Mark{}, 0, fmt.Errorf("writing the events of %s anew: %w", source, err)
	}
	return is, changed, durable.SyncFolder(filepath.Dir(to.events.Name()))
}

// Tidy removes what other generations than the one that counts left behind of a segment.
func (s *Spool) Tidy(source string, at time.Time, generation int64) error {
	keep, err := s.segmentPath(source, at, generation)
	if err != nil {
		return err
	}
	base, err := s.segmentPath(source, at, 0)
	if err != nil {
		return err
	}
	for _, suffix := range []string{".jsonl.zst", ".index", ".frames"} {
		others, err := filepath.Glob(base + "~*" + suffix)
		if err != nil {
			return err
		}
		for _, path := range append(others, base+suffix) {
			if path == keep+suffix {
				continue
			}
			if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("removing events of %s: %w", source, err)
			}
		}
	}
	return durable.SyncFolder(filepath.Dir(base))
}

// Remove removes a report as it came. With the last one of a source's day the key of the day goes as well, so that copies of
// sealed reports elsewhere cannot be read any more. One that is not there is no error.
func (s *Spool) Remove(a Accepted) error {
	path, _, err := s.reportPath(a.Source, a.Day, a.ID)
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("removing a report of %s: %w", a.Source, err)
	}
	folder, err := s.pathOf("reports", a.Day, a.Source, "any")
	if err != nil {
		return err
	}
	folder = filepath.Dir(folder)
	left, err := os.ReadDir(folder)
	if err != nil {
		return fmt.Errorf("removing a report of %s: %w", a.Source, err)
	}
	for _, f := range left {
		if strings.Contains(f.Name(), plainSuffix) {
			return durable.SyncFolder(folder)
		}
	}
	if err := os.Remove(filepath.Join(folder, dayKey)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("destroying the key of a day: %w", err)
	}
	return durable.SyncFolder(folder)
}
