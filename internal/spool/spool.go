// Package spool keeps the desk's files: reports as they came, and the events that were made of them.
//
// A report is accepted when [Spool.Accept] returns: it is on disk, synced, under its final name. Events are appended to a
// [Segment], one for each source and day of intake, a batch at a time; what stands behind the [Mark] that the store holds
// was never acknowledged and is cut off when the segment is opened again. [Set] tells what was seen before.
//
// The folder:
//
//	reports.key, owner.pub       whose key reports are encrypted with, see [OpenOwned]
//	reports/DAY/SOURCE/ID.zst    a report, compressed, or ID.zst.age where reports are encrypted, see [Seal]
//	events/DAY/SOURCE.jsonl.zst  events as JSON, one a line, a zstd frame for each batch: zstd -dc reads it
//	events/DAY/SOURCE.index      28 octets an event: see [Entry]
//	events/DAY/SOURCE.frames     16 octets a batch: where it begins in the first, and its first event
//	events/DAY/SOURCE~1.…        the same after it was written anew, see [Spool.Rewrite]
//
// It knows neither what an event means nor who may see it.
package spool

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"pahra/internal/source/durable"
)

// Spool is the folder. Safe for concurrent use.
type Spool struct {
	dir  string
	seal *Seal // nil: reports are not encrypted
}

// Open opens the folder, and makes it where it is missing. Reports that come are kept as they are.
func Open(dir string) (*Spool, error) { return OpenSealed(dir, nil) }

// OpenSealed is Open, and reports that come are encrypted; those that lie there plain are read all the same.
func OpenSealed(dir string, seal *Seal) (*Spool, error) {
	if err := durable.MakeFolder(dir); err != nil {
		return nil, fmt.Errorf("opening the spool: %w", err)
	}
	return &Spool{dir, seal}, nil
}

// CheckSource says whether a source's name can be a file's: lower-case letters, digits, "-", "_" and ".", at most 64, a
// letter or digit first.
func CheckSource(name string) error {
	const first = "abcdefghijklmnopqrstuvwxyz0123456789"
	if name == "" || len(name) > 64 || !strings.Contains(first, name[:1]) || strings.Trim(name, first+"-_.") != "" {
		return fmt.Errorf("%.80q is no source's name: lower-case letters, digits, -, _ and ., at most 64", name)
	}
	return nil
}

// day is how a day is written in a path, UTC.
const day = "2006-01-02"

// pathOf gives where a file of a source and a day lies, in a folder that is there.
func (s *Spool) pathOf(kind string, at time.Time, more ...string) (string, error) {
	if err := CheckSource(more[0]); err != nil {
		return "", err
	}
	path := filepath.Join(append([]string{s.dir, kind, at.UTC().Format(day)}, more...)...)
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return "", err
	}
	return path, nil
}
