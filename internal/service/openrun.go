package service

import (
	"fmt"
	"path/filepath"
	"time"

	"pahra/internal/archive"
	"pahra/internal/norms"
	"pahra/internal/programme"
	"pahra/internal/source/folder"
	"pahra/wire/values"
)

// Run is what [Observe] left in a folder, found whole and unchanged.
type Run struct {
	Snapshot Snapshot
	dir      string
	profile  *norms.Profile
	by       *programme.Adviser // by that profile
	segments map[string]archive.Segment
	// registry gives back facts that the folder must not hold, see recall.
	recalled recalled
}

// WrongUse says that a question cannot be asked of this run: the asker's mistake, not the run's.
type WrongUse struct{ Reason string }

// Error gives the reason.
func (e *WrongUse) Error() string { return e.Reason }

// OpenRun opens a folder of results. A folder that is not a finished run, and one in which any byte differs from what
// its snapshot and manifest say, is an error.
func OpenRun(dir string) (*Run, error) {
	snap, _, err := readSnapshot(dir)
	if err != nil {
		return nil, fmt.Errorf("%s is not a finished run: %w", dir, err)
	}
	r := &Run{Snapshot: snap, dir: dir, segments: make(map[string]archive.Segment)}
	if err := r.checkOutputs(); err != nil {
		return nil, fmt.Errorf("the run in %s is damaged: %w", dir, err)
	}
	name := snap.Profile.ID
	if snap.Profile.File != "" {
		name = snap.Profile.File
	}
	if r.profile, err = loadProfile(name); err != nil {
		return nil, fmt.Errorf("the profile that scored the run in %s: %w", dir, err)
	}
	hash, err := hashJSON(r.profile)
	if err != nil {
		return nil, err
	}
	if hash != snap.Profile.SHA256 {
		return nil, fmt.Errorf("profile %s is not as it was when the run in %s was made; observe again", name, dir)
	}
	r.by = adviser(r.profile, &r.Snapshot)
	return r, nil
}

// checkOutputs compares the files with what the snapshot says of them, and the archive's manifest with both.
func (r *Run) checkOutputs() error {
	if err := r.Snapshot.checkID(); err != nil {
		return err
	}
	if digest, err := hashJSON(r.Snapshot.Outputs); err != nil || digest != r.Snapshot.Digest {
		return fmt.Errorf("%s: the digest is not that of the outputs it lists", snapshotFile)
	}
	manifest, err := archive.ReadManifest(filepath.Join(r.dir, archiveDir))
	if err != nil {
		return err
	}
	for _, s := range manifest.Segments {
		r.segments[s.Name] = s
	}
	listed := 0
	for _, out := range r.Snapshot.Outputs {
		if !filepath.IsLocal(filepath.FromSlash(out.Name)) {
			return fmt.Errorf("%s names the output %q outside the folder", snapshotFile, out.Name)
		}
		if dir, name := filepath.Split(filepath.FromSlash(out.Name)); filepath.Clean(dir) == archiveDir {
			if s := r.segments[name]; s.SHA256 != out.SHA256 || s.Bytes != out.Bytes {
				return fmt.Errorf("the archive's manifest and %s disagree on %s", snapshotFile, out.Name)
			}
			listed++
		}
		if err := sameHash(filepath.Join(r.dir, filepath.FromSlash(out.Name)), out); err != nil {
			return err
		}
	}
	if listed != len(manifest.Segments) {
		return fmt.Errorf("the archive's manifest lists segments that %s does not", snapshotFile)
	}
	return nil
}

// sameHash compares a file's size and SHA-256 with what is said of it.
func sameHash(path string, out Output) error {
	f, err := folder.OpenRegular(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != out.Bytes {
		return fmt.Errorf("%s has %d bytes, the snapshot says %d", out.Name, info.Size(), out.Bytes)
	}
	got, err := hashReader(f)
	if err != nil {
		return fmt.Errorf("reading %s: %w", out.Name, err)
	}
	if got != out.SHA256 {
		return fmt.Errorf("%s is not as it was written: its SHA-256 is %s, the snapshot says %s", out.Name, got, out.SHA256)
	}
	return nil
}

// RunRef names the run that an answer rests on.
type RunRef struct {
	Snapshot string    `json:"snapshot"`
	Digest   string    `json:"digest"`
	Profile  string    `json:"profile"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
}

func (r *Run) ref() RunRef {
	s := r.Snapshot
	return RunRef{s.ID, s.Digest, s.Profile.ID, s.Window.From, s.Window.To}
}

// moment gives the moment that an answer is of: at, or the run's end where at is zero.
func (r *Run) moment(at time.Time) (time.Time, error) {
	w := r.Snapshot.Window
	switch {
	case at.IsZero():
		return w.To, nil
	case at.Before(w.From) || at.After(w.To):
		return at, &WrongUse{fmt.Sprintf("the run covers %s to %s, not %s",
			w.From.Format(time.RFC3339), w.To.Format(time.RFC3339), at.UTC().Format(time.RFC3339))}
	}
	return at.UTC(), nil
}

// LastMonth is the month that the run closes.
func (r *Run) LastMonth() values.Month { return lastMonth(r.Snapshot.Window.To) }

// lastMonth is the month that a moment closes: that of the instant before it.
func lastMonth(at time.Time) values.Month { return values.MonthOf(at.Add(-time.Nanosecond)) }
