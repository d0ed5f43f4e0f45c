package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"pahra/internal/source/durable"
)

// ManifestName is a manifest's name in the folder that it tells of.
const ManifestName = manifestName

const dayLayout = "day=2006-01-02"

// DayName is the folder of the day that t lies in, UTC.
func DayName(t time.Time) string { return t.UTC().Format(dayLayout) }

// SourceName is the folder, below that of a day, of what one source gave. Engines read the name back.
func SourceName(source string) string { return "source=" + url.PathEscape(source) }

// Days gives the days that have a folder below root, in order; none where root is not there.
func Days(root string) ([]time.Time, error) {
	entries, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing days: %w", err)
	}
	var days []time.Time
	for _, e := range entries {
		if day, err := time.Parse(dayLayout, e.Name()); err == nil && e.IsDir() {
			days = append(days, day)
		}
	}
	slices.SortFunc(days, time.Time.Compare)
	return days, nil
}

// Unlisted gives the files below dir that its manifest does not name, but for the manifest itself: what was left by a
// process that ended before it wrote the manifest, or after.
func Unlisted(dir string, m Manifest) ([]string, error) {
	listed := map[string]bool{manifestName: true}
	for _, s := range m.Segments {
		listed[s.Name] = true
	}
	var names []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if name = filepath.ToSlash(name); err == nil && !listed[name] {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking through %s: %w", dir, err)
	}
	return names, nil
}

// Remove deletes a file below root, or a folder with all that is in it, so that it stays deleted over a power cut. A
// folder goes all at once: under another name first.
func Remove(root, name string) error {
	path := filepath.Join(root, filepath.FromSlash(name))
	parent := filepath.Dir(path)
	going := filepath.Join(parent, goingPrefix+filepath.Base(path))
	err := durable.Move(path, going)
	if err == nil {
		err = os.RemoveAll(going)
	}
	if err != nil {
		return fmt.Errorf("removing %s: %w", name, err)
	}
	return nil
}

// goingPrefix marks what is being removed.
const goingPrefix = ".going-"

// Quarantine moves a file below root to root/quarantine, under the same name, with a number behind it where that is
// taken.
func Quarantine(root, name string) error {
	from := filepath.Join(root, filepath.FromSlash(name))
	to := filepath.Join(root, QuarantineFolder, filepath.FromSlash(name))
	free := to
	for n := 2; ; n++ {
		if _, err := os.Lstat(free); errors.Is(err, fs.ErrNotExist) {
			break
		}
		free = fmt.Sprintf("%s.%d", to, n)
	}
	if err := durable.Move(from, free); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

// QuarantineFolder holds, below an archive's root, what is bad.
const QuarantineFolder = "quarantine"

// Sweep takes away what a process that ended left half done below root: files that were not finished, and what it was
// removing. None of it was part of the archive.
func Sweep(root string) error {
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		name := filepath.Base(path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case strings.HasPrefix(name, goingPrefix):
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			if e.IsDir() {
				return fs.SkipDir
			}
		case strings.HasPrefix(name, ".") && strings.HasSuffix(name, ".tmp") && !e.IsDir():
			return os.Remove(path)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("sweeping %s: %w", root, err)
	}
	return nil
}
