package service

import (
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pahra/internal/archive"
)

// compactName is the one segment of a source's whole day.
const compactName = "day.parquet"

// Compact makes the segments of each source and day that is over into one, with the same rows in the order of time, and
// removes those. What comes for such a day later stays a segment of its own.
func (r *Roller) Compact(ctx context.Context, now time.Time) error {
	end, err := r.begin(&r.observations)
	if err != nil {
		return fmt.Errorf("compacting the archive: %w", err)
	}
	defer end()
	heard, err := r.journalFiles(now)
	if err != nil {
		return err
	}
	days, err := archive.Days(filepath.Join(r.opt.Archive, observationsDir))
	if err != nil {
		return err
	}
	for _, day := range days {
		if day.AddDate(0, 0, 1).Add(compactAfter).After(believed(heard, now)) {
			continue
		}
		name := observationsDir + "/" + archive.DayName(day)
		m, err := r.manifest(name)
		if err == nil {
			m, err = r.compactDay(ctx, now, name, m)
		}
		if err == nil {
			err = r.removeReplaced(ctx, now, name, m)
		}
		if err != nil {
			return fmt.Errorf("compacting %s: %w", name, err)
		}
	}
	return nil
}

// compactDay compacts each source of a day that has several segments and none of the whole day.
func (r *Roller) compactDay(ctx context.Context, now time.Time, day string, m archive.Manifest) (archive.Manifest, error) {
	bySource := make(map[string][]archive.Segment)
	var sources []string
	for _, s := range m.Segments { // in order of name, which is that of time
		source := path.Dir(s.Name)
		if bySource[source] == nil {
			sources = append(sources, source)
		}
		bySource[source] = append(bySource[source], s)
	}
	for _, source := range sources {
		parts := bySource[source]
		if len(parts) < 2 || slices.ContainsFunc(parts, func(s archive.Segment) bool { return path.Base(s.Name) == compactName }) {
			continue
		}
		whole, err := r.join(ctx, day, source+"/"+compactName, parts)
		if err != nil {
			return m, err
		}
		if err := r.record(archive.Entry{At: now, Did: "compacted", What: day + "/" + whole.Name, Rows: whole.Rows, Bytes: whole.Bytes,
			SHA256: whole.SHA256, Why: fmt.Sprintf("from %d segments", len(parts))}); err != nil {
			return m, err
		}
		kept := slices.DeleteFunc(slices.Clone(m.Segments), func(s archive.Segment) bool { return path.Dir(s.Name) == source })
		m.Segments = append(kept, whole)
		if err := r.writeManifest(day, m); err != nil {
			return m, err
		}
	}
	return m, nil
}

// join writes the rows of some segments into one.
func (r *Roller) join(ctx context.Context, day, name string, parts []archive.Segment) (archive.Segment, error) {
	dir := filepath.Join(r.opt.Archive, filepath.FromSlash(day))
	r.step("segment " + name)
	out, err := archive.Create[archive.Observation](filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return archive.Segment{}, err
	}
	batch := make([]archive.Observation, 0, 1024)
	for _, part := range parts {
		for row, err := range archive.ReadSegment[archive.Observation](dir, part) {
			if err == nil {
				err = ctx.Err()
			}
			if batch = append(batch, row); err == nil && len(batch) == cap(batch) {
				err = out.Append(batch...)
				batch = batch[:0]
			}
			if err != nil {
				out.Abandon()
				return archive.Segment{}, err
			}
		}
	}
	if err := out.Append(batch...); err != nil {
		out.Abandon()
		return archive.Segment{}, err
	}
	s, err := out.Close()
	s.Name = name
	return s, err
}

// removeReplaced removes the segments that a segment of the whole day stands for: those that the manifest names no more,
// of inputs that it has.
func (r *Roller) removeReplaced(ctx context.Context, now time.Time, day string, m archive.Manifest) error {
	dir := filepath.Join(r.opt.Archive, filepath.FromSlash(day))
	names, err := archive.Unlisted(dir, m)
	if err != nil {
		return err
	}
	for _, name := range names {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !replaced(m, name) {
			continue
		}
		if err := r.record(archive.Entry{At: now, Did: "removed", What: day + "/" + name, Why: "its rows are in " + path.Dir(name) + "/" + compactName}); err != nil {
			return err
		}
		r.step("remove " + name)
		if err := archive.Remove(dir, name); err != nil {
			return err
		}
	}
	return nil
}

// replaced says whether the rows of a segment that is not listed are in that of the whole day.
func replaced(m archive.Manifest, name string) bool {
	if !slices.ContainsFunc(m.Segments, func(s archive.Segment) bool { return s.Name == path.Dir(name)+"/"+compactName }) {
		return false
	}
	file, offset, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".parquet"), "_")
	from, _ := strconv.ParseInt(offset, 10, 64) // 0 where there is none
	return slices.ContainsFunc(m.Inputs, func(in archive.Input) bool {
		return archive.SourceName(collectorOf(in)) == path.Dir(name) && path.Base(in.Name) == file && from < in.Bytes
	})
}

// collectorOf is whose file an input is.
func collectorOf(in archive.Input) string {
	collector, _, _ := strings.Cut(in.Name, "/")
	return collector
}
