package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pahra/internal/archive"
)

// The archive of a service, below its folder:
//
//	observations/day=2026-11-22/source=rrc00/updates.20261122.1000.parquet   every element of a finished journal file
//	observations/day=2026-11-22/source=rrc00/day.parquet                      those of a whole day, once it is over
//	observations/day=2026-11-22/manifest.json                                 written last
//	incidents/day=2026-11-22/…                                                incidents that began then, with all proof
//	quarantine/…                                                              what was found bad
//	log.jsonl                                                                 what happened to which file, and why
const (
	observationsDir = "observations"
	incidentsDir    = "incidents"
	// finishedAfter is how long after its hour a journal file is taken for finished though no later one is there.
	finishedAfter = 30 * time.Minute
	// trustFor is how far this machine's clock is believed beyond the newest file of the journal: a clock that jumped
	// ahead must not remove what is young.
	trustFor = 4 * time.Hour
	// compactAfter is how long after its end a day's files are made one: all of them are finished then.
	compactAfter = 2 * time.Hour
)

// RollOptions say what a Roller works on.
type RollOptions struct {
	Journal string // the journal's folder of collectors
	Archive string // the archive's folder
	// ObservationDays is for how many days observations are kept after their day; 0 is for ever.
	ObservationDays int
	// JournalDays is for how many days a journal file stays after its elements are in the archive; 0 is for ever.
	JournalDays int
	Log         *slog.Logger
}

// Roller moves what the journal holds into the archive and looks after that. Its methods may be called at any time and
// beside each other; each picks up where an earlier one ended, however that ended. One process at a time may work on an
// archive.
type Roller struct {
	opt   RollOptions
	log   *archive.Log
	first sync.Mutex
	swept bool // see begin; first guards it
	// observations and incidents are held by whoever works on that part of the archive.
	observations, incidents sync.Mutex
	// kept are the hashes of incidents as they were last kept: those that have not changed need not be looked at again.
	kept map[string]string
	// step is called before each change to a file; tests stop there.
	step func(what string)
}

// NewRoller gives the roller of an archive, whose folder is made when there is something to put there.
func NewRoller(opt RollOptions) *Roller {
	return &Roller{opt: opt, log: archive.OpenLog(opt.Archive), step: func(string) {}}
}

// begin takes a part of the archive. Before anybody does, what a process that ended left half done is cleared away.
func (r *Roller) begin(part *sync.Mutex) (end func(), err error) {
	if err := r.sweep(); err != nil {
		return nil, err
	}
	part.Lock()
	return part.Unlock, nil
}

func (r *Roller) sweep() error {
	r.first.Lock()
	defer r.first.Unlock()
	if r.swept {
		return nil
	}
	err := archive.Sweep(r.opt.Archive)
	r.swept = err == nil
	return err
}

// record adds a line to the archive's log.
func (r *Roller) record(e archive.Entry) error {
	r.step("log " + e.Did + " " + e.What)
	return r.log.Add(e)
}

// manifest reads a day's manifest; an empty one where there is none yet.
func (r *Roller) manifest(day string) (archive.Manifest, error) {
	m, err := archive.ReadManifest(filepath.Join(r.opt.Archive, filepath.FromSlash(day)))
	if errors.Is(err, fs.ErrNotExist) {
		return archive.Manifest{}, nil
	}
	return m, err
}

func (r *Roller) writeManifest(day string, m archive.Manifest) error {
	r.step("manifest " + day)
	return archive.WriteManifest(filepath.Join(r.opt.Archive, filepath.FromSlash(day)), m)
}

// expired says whether a day's observations are older than they are kept.
func (r *Roller) expired(day, today time.Time) bool {
	return older(day, today, r.opt.ObservationDays)
}

// older says whether a day ended more than so many days ago; 0 is never.
func older(day, today time.Time, days int) bool {
	return days > 0 && !day.AddDate(0, 0, 1+days).After(today)
}

// journalFile is a file of the journal.
type journalFile struct {
	collector string
	name      string // below the journal's folder, with slashes
	hour      time.Time
	bytes     int64
	finished  bool
}

// day is the folder in the archive that its elements go to.
func (f journalFile) day() string { return observationsDir + "/" + archive.DayName(f.hour) }

// journalLayout is how package journal names its files.
const journalLayout = "updates.20060102.1504"

// journalFiles gives the files of the journal by hour and collector.
func (r *Roller) journalFiles(now time.Time) ([]journalFile, error) {
	var all []journalFile
	collectors, err := os.ReadDir(r.opt.Journal)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	for _, c := range collectors {
		files, err := filepath.Glob(filepath.Join(globLiteral(r.opt.Journal), globLiteral(c.Name()), "live", "updates.*"))
		if err != nil {
			return nil, fmt.Errorf("reading the journal: %w", err)
		}
		var own []journalFile
		for _, path := range files {
			hour, err := time.Parse(journalLayout, filepath.Base(path))
			info, statErr := os.Stat(path)
			if err != nil || statErr != nil || !info.Mode().IsRegular() {
				continue // no file of the journal's, or gone since
			}
			own = append(own, journalFile{c.Name(), c.Name() + "/live/" + filepath.Base(path), hour, info.Size(), true})
		}
		if n := len(own); n > 0 { // Glob gives them in order of name, which is that of time
			own[n-1].finished = !own[n-1].hour.Add(time.Hour + finishedAfter).After(now)
		}
		all = append(all, own...)
	}
	slices.SortFunc(all, func(a, b journalFile) int {
		return cmp.Or(a.hour.Compare(b.hour), cmp.Compare(a.collector, b.collector))
	})
	return all, nil
}

// believed gives the time that days are told over by: this machine's, but little beyond the newest file of the journal.
func believed(files []journalFile, now time.Time) time.Time {
	if len(files) == 0 {
		return time.Time{} // nothing is over
	}
	if newest := files[len(files)-1].hour.Add(trustFor); newest.Before(now) {
		return newest
	}
	return now
}

// globLiteral makes a name mean itself in a pattern.
func globLiteral(name string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

// Roll puts every finished journal file that is not in the archive yet into it, as a segment of its own, in the order of
// time. A file that grew after all gets one more segment with what is new. Files of days whose observations are kept no
// longer are left out.
func (r *Roller) Roll(ctx context.Context, now time.Time) error {
	end, err := r.begin(&r.observations)
	if err != nil {
		return fmt.Errorf("rolling the journal: %w", err)
	}
	defer end()
	files, err := r.journalFiles(now)
	if err != nil {
		return err
	}
	days := make(map[string]archive.Manifest)
	today := believed(files, now)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !f.finished || r.expired(f.hour.Truncate(24*time.Hour), today) {
			continue
		}
		m, known := days[f.day()]
		if !known {
			if m, err = r.manifest(f.day()); err != nil {
				return fmt.Errorf("rolling %s: %w", f.name, err)
			}
		}
		if m, err = r.rollFile(ctx, now, f, m); err != nil {
			return fmt.Errorf("rolling %s: %w", f.name, err)
		}
		days[f.day()] = m
	}
	return nil
}

// segmentName names the segment of a file's elements from an offset on, so that names sort as time does.
func segmentName(f journalFile, from int64) string {
	name := archive.SourceName(f.collector) + "/" + filepath.Base(f.name)
	if from > 0 {
		name += fmt.Sprintf("_%012d", from)
	}
	return name + ".parquet"
}

// rollFile puts what of a file is not in the day's archive yet into it, and gives the new manifest.
func (r *Roller) rollFile(ctx context.Context, now time.Time, f journalFile, m archive.Manifest) (archive.Manifest, error) {
	from := int64(0)
	at, known := slices.BinarySearchFunc(m.Inputs, f.name, func(in archive.Input, name string) int { return cmp.Compare(in.Name, name) })
	if known {
		from = m.Inputs[at].Bytes
	}
	if f.bytes <= from {
		return m, nil
	}
	name := segmentName(f, from)
	r.step("segment " + name)
	s, err := r.writeObservations(ctx, f, from, filepath.Join(r.opt.Archive, filepath.FromSlash(f.day()), filepath.FromSlash(name)))
	if err != nil {
		return m, err
	}
	s.Name = name
	if err := r.record(archive.Entry{At: now, Did: "rolled", What: f.day() + "/" + name, Rows: s.Rows, Bytes: s.Bytes, SHA256: s.SHA256}); err != nil {
		return m, err
	}
	m.Inputs = slices.Clone(m.Inputs)
	m.Segments = slices.DeleteFunc(slices.Clone(m.Segments), func(old archive.Segment) bool {
		start, feeds := feeds(archive.Input{Name: f.name}, old)
		return feeds && start >= from && filepath.Base(old.Name) != compactName // of the same file, before one was lost
	})
	if known {
		m.Inputs[at].Bytes = f.bytes
	} else {
		m.Inputs = slices.Insert(m.Inputs, at, archive.Input{Name: f.name, Bytes: f.bytes})
	}
	m.Segments = append(m.Segments, s)
	return m, r.writeManifest(f.day(), m)
}
