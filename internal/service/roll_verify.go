package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"pahra/internal/archive"
)

// RollVerdict is what Verify found.
type RollVerdict struct {
	Days     int       `json:"days"`
	Segments int       `json:"segments"` // that are as the manifests say
	Rows     int64     `json:"rows"`
	Bytes    int64     `json:"bytes"`
	Bad      []RollBad `json:"bad"`
}

// RollBad is a file of the archive that is not as it must be.
type RollBad struct {
	Name   string `json:"name"` // below the archive's folder
	Reason string `json:"reason"`
}

// Verify holds every file of the archive against its manifest: size and SHA-256. What is bad goes to quarantine, and the
// manifest names it no more; what of it the journal still has is rolled again by the next [Roller.Roll]. Files that no
// manifest names go to quarantine as well, unless a step that was cut short will still remove or replace them.
func (r *Roller) Verify(ctx context.Context, now time.Time) (RollVerdict, error) {
	v := RollVerdict{Bad: []RollBad{}}
	for _, part := range []struct {
		name string
		held *sync.Mutex
	}{{observationsDir, &r.observations}, {incidentsDir, &r.incidents}} {
		if err := r.verifyPart(ctx, now, part.name, part.held, &v); err != nil {
			return v, fmt.Errorf("verifying the archive: %w", err)
		}
	}
	return v, nil
}

func (r *Roller) verifyPart(ctx context.Context, now time.Time, part string, held *sync.Mutex, v *RollVerdict) error {
	end, err := r.begin(held)
	if err != nil {
		return err
	}
	defer end()
	days, err := archive.Days(filepath.Join(r.opt.Archive, part))
	if err != nil {
		return err
	}
	for _, day := range days {
		if err := r.verifyDay(ctx, now, part+"/"+archive.DayName(day), v); err != nil {
			return err
		}
	}
	if part == incidentsDir && len(v.Bad) > 0 {
		r.kept = nil // what was lost is to be kept again
	}
	return nil
}

func (r *Roller) verifyDay(ctx context.Context, now time.Time, day string, v *RollVerdict) error {
	v.Days++
	dir := filepath.Join(r.opt.Archive, filepath.FromSlash(day))
	m, err := r.manifest(day)
	var corrupt *archive.CorruptError
	if errors.As(err, &corrupt) {
		m = archive.Manifest{}
		err = r.quarantine(now, v, day+"/"+archive.ManifestName, corrupt.Reason)
	}
	if err != nil {
		return err
	}
	good := slices.Clone(m.Segments)
	for _, s := range m.Segments {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := archive.Check(dir, s)
		switch {
		case err == nil:
			v.Segments, v.Rows, v.Bytes = v.Segments+1, v.Rows+s.Rows, v.Bytes+s.Bytes
			continue
		case errors.Is(err, fs.ErrNotExist):
			v.Bad = append(v.Bad, RollBad{day + "/" + s.Name, "it is gone"})
			err = r.record(archive.Entry{At: now, Did: "missed", What: day + "/" + s.Name, Rows: s.Rows, Bytes: s.Bytes, Why: "it is gone"})
		case errors.As(err, &corrupt):
			err = r.quarantine(now, v, day+"/"+s.Name, corrupt.Reason)
		}
		if err != nil {
			return err
		}
		good = slices.DeleteFunc(good, func(g archive.Segment) bool { return g == s })
		m.Inputs = without(m.Inputs, s)
	}
	if len(good) < len(m.Segments) {
		m.Segments = good
		if err := r.writeManifest(day, m); err != nil {
			return err
		}
	}
	return r.verifyUnlisted(ctx, now, day, m, v)
}

// without gives the inputs as they are once a segment is lost: what it held is to be rolled again.
func without(inputs []archive.Input, s archive.Segment) []archive.Input {
	var left []archive.Input
	for _, in := range inputs {
		switch from, feeds := feeds(in, s); {
		case !feeds:
			left = append(left, in)
		case from > 0:
			left = append(left, archive.Input{Name: in.Name, Bytes: from})
		}
	}
	return left
}

// feeds says whether a segment has rows of an input, and from which offset on.
func feeds(in archive.Input, s archive.Segment) (from int64, feeds bool) {
	if path.Dir(s.Name) != archive.SourceName(collectorOf(in)) {
		return 0, false
	}
	file, offset, _ := strings.Cut(strings.TrimSuffix(path.Base(s.Name), ".parquet"), "_")
	from, _ = strconv.ParseInt(offset, 10, 64) // 0 where there is none
	return from, path.Base(s.Name) == compactName || file == path.Base(in.Name)
}

// verifyUnlisted puts what no manifest names into quarantine.
func (r *Roller) verifyUnlisted(ctx context.Context, now time.Time, day string, m archive.Manifest, v *RollVerdict) error {
	err := r.removeReplaced(ctx, now, day, m)
	if err == nil && strings.HasPrefix(day, incidentsDir+"/") {
		err = r.removeOld(now, day, m)
	}
	if err != nil {
		return err
	}
	names, err := archive.Unlisted(filepath.Join(r.opt.Archive, filepath.FromSlash(day)), m)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := r.quarantine(now, v, day+"/"+name, "no manifest names it"); err != nil {
			return err
		}
	}
	return nil
}

// quarantine takes a file out of the archive.
func (r *Roller) quarantine(now time.Time, v *RollVerdict, name, reason string) error {
	v.Bad = append(v.Bad, RollBad{name, reason})
	if err := r.record(archive.Entry{At: now, Did: "quarantined", What: name, Why: reason}); err != nil {
		return err
	}
	r.step("quarantine " + name)
	return archive.Quarantine(r.opt.Archive, name)
}
