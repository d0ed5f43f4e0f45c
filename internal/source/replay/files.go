package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"pahra/internal/source/folder"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
)

// Files is the feed of MRT files: several collectors, merged by time. Not safe for concurrent use; Close it.
type Files struct {
	// Loop begins anew after the end, each time as much later as the files are long, and a second.
	Loop bool

	log     *slog.Logger
	streams []*stream
	taken   *stream       // which gave the last event
	shift   time.Duration // of the present round
	first   time.Time     // of the first record
	last    time.Time     // the latest of this round
	inRound int64
}

// stream is the files of one collector, one behind the other.
type stream struct {
	collector string
	open      []func() (io.ReadCloser, error)
	names     []string
	log       *slog.Logger

	n      int // which file is read next
	file   io.ReadCloser
	plain  io.ReadCloser
	reader *mrt.Reader
	record *mrt.Record // the next one; nil at the end
	at     time.Time
}

// ErrNothing says that there is no MRT file at a place.
var ErrNothing = errors.New("no MRT files")

// OpenFiles gives the feed of a folder: of one as "pahra world" makes and "pahra observe" reads, with mrt/COLLECTOR/…, or
// else of every file below it whose name begins with updates. or ends in .mrt, where the folder that a file lies in is
// the name of its collector. Names may end in .gz, .bz2, .zst or .xz. What cannot be read goes to the log and is passed
// over.
func OpenFiles(dir string, log *slog.Logger) (*Files, error) {
	f := &Files{log: log}
	known, err := folder.Scan(dir)
	if err != nil {
		return nil, fmt.Errorf("replaying %s: %w", dir, err)
	}
	for _, file := range known.Files {
		if file.Kind == folder.MRT && !isTable(file.Path) {
			f.add(file.Collector, file.Path, func() (io.ReadCloser, error) { return known.Open(file) })
		}
	}
	if len(f.streams) == 0 {
		if err := f.addAny(dir); err != nil {
			return nil, fmt.Errorf("replaying %s: %w", dir, err)
		}
	}
	if len(f.streams) == 0 {
		return nil, fmt.Errorf("replaying %s: %w", dir, ErrNothing)
	}
	f.rewind()
	return f, nil
}

// isTable tells a table dump by its name; there is nothing to replay in one.
func isTable(name string) bool {
	base := path.Base(name)
	return strings.HasPrefix(base, "rib.") || strings.HasPrefix(base, "bview.")
}

const maxFiles = 100_000

// addAny adds the files of a folder that has no order known to us, by path.
func (f *Files) addAny(dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	n := 0
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !isUpdates(name) {
			return err
		}
		if n++; n > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		collector := path.Base(path.Dir(name))
		if collector == "." {
			collector = filepath.Base(filepath.Clean(dir))
		}
		full := filepath.Join(dir, filepath.FromSlash(name))
		f.add(collectorName(collector), name, func() (io.ReadCloser, error) { return os.Open(full) })
		return nil
	})
}

func isUpdates(name string) bool {
	base := path.Base(name)
	for _, e := range []string{".gz", ".bz2", ".zst", ".xz"} {
		base = strings.TrimSuffix(base, e)
	}
	return strings.HasPrefix(base, "updates.") || strings.HasSuffix(base, ".mrt")
}

// collectorName makes a name that clients take of a folder's.
func collectorName(dir string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, strings.ToLower(dir))
	if name = strings.TrimLeft(name, "-._"); name == "" {
		return "replay"
	}
	return name[:min(len(name), 64)]
}

func (f *Files) add(collector, name string, open func() (io.ReadCloser, error)) {
	for _, s := range f.streams {
		if s.collector == collector {
			s.open, s.names = append(s.open, open), append(s.names, name)
			return
		}
	}
	f.streams = append(f.streams, &stream{collector: collector, open: []func() (io.ReadCloser, error){open}, names: []string{name}, log: f.log})
}

// Collectors gives the names of the collectors.
func (f *Files) Collectors() (names []string) {
	for _, s := range f.streams {
		names = append(names, s.collector)
	}
	return names
}

// Close closes what is open.
func (f *Files) Close() error {
	for _, s := range f.streams {
		s.close()
	}
	return nil
}

// rewind begins anew.
func (f *Files) rewind() {
	f.taken, f.inRound = nil, 0
	for _, s := range f.streams {
		s.n = 0
		s.advance()
	}
}

// Next gives the next event, with the time of its record as At.
func (f *Files) Next(context.Context) (Event, error) {
	if f.taken != nil {
		f.taken.advance()
	}
	next := f.earliest()
	if next == nil && f.Loop && f.inRound > 0 {
		f.shift += f.last.Sub(f.first) + time.Second
		f.last = f.first
		f.rewind()
		next = f.earliest()
	}
	if next == nil {
		return Event{}, io.EOF
	}
	f.taken = next
	if f.inRound++; f.first.IsZero() {
		f.first, f.last = next.at, next.at
	}
	if next.at.After(f.last) {
		f.last = next.at
	}
	return Event{Collector: next.collector, Record: next.record.Raw(), At: f.last.Add(f.shift)}, nil
}

// earliest gives the stream whose next record is the earliest; of several, the first.
func (f *Files) earliest() (found *stream) {
	for _, s := range f.streams {
		if s.record != nil && (found == nil || s.at.Before(found.at)) {
			found = s
		}
	}
	return found
}

// advance reads the next record that can be sent.
func (s *stream) advance() {
	var m mrt.BGP4MP
	for {
		if s.reader == nil && !s.openNext() {
			s.record = nil
			return
		}
		rec, err := s.reader.Next()
		if err != nil {
			if err != io.EOF {
				s.log.Warn("a file is not read to its end", "file", s.names[s.n-1], "error", err)
			}
			s.close()
			continue
		}
		if mrt.ParseBGP4MP(&m, rec) && !m.Options.AddPath {
			s.record, s.at = rec, time.Unix(int64(rec.Sec), int64(rec.Micro)*1000)
			return
		}
	}
}

// openNext opens the next file that can be opened; false if there is none left.
func (s *stream) openNext() bool {
	for s.n < len(s.open) {
		s.n++
		var err error
		if s.file, err = s.open[s.n-1](); err == nil {
			if s.plain, _, err = compressed.NewReader(s.file, compressed.Options{}); err == nil {
				s.reader = mrt.NewReader(s.plain, nil)
				return true
			}
			s.file.Close()
		}
		s.log.Warn("a file is not read", "file", s.names[s.n-1], "error", err)
	}
	return false
}

func (s *stream) close() {
	if s.reader != nil {
		s.plain.Close()
		s.file.Close()
		s.reader, s.record = nil, nil
	}
}
