package service

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"pahra/internal/archive"
)

// Retain removes what is kept no longer: days of observations older than ObservationDays, and journal files older than
// JournalDays whose elements are in the archive or need not be. Journal files that hold anything at or after needed stay
// whatever their age. Incidents and their proof stay. Each removal is in the archive's log before it happens.
func (r *Roller) Retain(ctx context.Context, now, needed time.Time) error {
	end, err := r.begin(&r.observations)
	if err != nil {
		return fmt.Errorf("retention: %w", err)
	}
	defer end()
	files, err := r.journalFiles(now)
	if err != nil {
		return err
	}
	if err := r.retainObservations(ctx, now, believed(files, now)); err != nil {
		return fmt.Errorf("retention of observations: %w", err)
	}
	if err := r.retainJournal(ctx, now, needed, files); err != nil {
		return fmt.Errorf("retention of the journal: %w", err)
	}
	return nil
}

func (r *Roller) retainObservations(ctx context.Context, now, today time.Time) error {
	root := filepath.Join(r.opt.Archive, observationsDir)
	days, err := archive.Days(root)
	if err != nil {
		return err
	}
	for _, day := range days {
		if !r.expired(day, today) || ctx.Err() != nil {
			continue
		}
		name := observationsDir + "/" + archive.DayName(day)
		m, err := r.manifest(name)
		if err != nil {
			return err // what cannot be told is not removed; Verify sets it right
		}
		e := archive.Entry{At: now, Did: "removed", What: name, Why: fmt.Sprintf("observations are kept for %d days", r.opt.ObservationDays)}
		for _, s := range m.Segments {
			e.Rows, e.Bytes = e.Rows+s.Rows, e.Bytes+s.Bytes
		}
		if err := r.record(e); err != nil {
			return err
		}
		r.step("remove " + name)
		if err := archive.Remove(root, archive.DayName(day)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (r *Roller) retainJournal(ctx context.Context, now, needed time.Time, files []journalFile) error {
	today := believed(files, now)
	for i, f := range files {
		day := f.hour.Truncate(24 * time.Hour)
		if !f.finished || !older(day, today, r.opt.JournalDays) || !f.hour.Add(time.Hour).Before(needed) || newest(files[i:]) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if !r.expired(day, today) {
			m, err := r.manifest(f.day())
			if err != nil {
				return err
			}
			if !holds(m, f) {
				continue
			}
		}
		if err := r.record(archive.Entry{At: now, Did: "removed", What: "journal/" + f.name, Bytes: f.bytes,
			Why: fmt.Sprintf("journal files are kept for %d days", r.opt.JournalDays)}); err != nil {
			return err
		}
		r.step("remove journal " + f.name)
		if err := archive.Remove(r.opt.Journal, f.name); err != nil {
			return err
		}
	}
	return nil
}

// newest says whether the first file is the last of its collector: the journal goes on from it when it is opened again.
func newest(files []journalFile) bool {
	return !slices.ContainsFunc(files[1:], func(f journalFile) bool { return f.collector == files[0].collector })
}

// holds says whether all of a journal file is in the archive.
func holds(m archive.Manifest, f journalFile) bool {
	i, known := slices.BinarySearchFunc(m.Inputs, f.name, func(in archive.Input, name string) int { return cmp.Compare(in.Name, name) })
	return known && m.Inputs[i].Bytes == f.bytes
}
