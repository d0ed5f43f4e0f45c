// Package archive keeps rows as Parquet segments in a folder, with a manifest written last.
//
// A producer calls [WriteSegment] for each finished set of rows, or [Create] and [Writer.Append] for a stream too large
// to hold, collects the [Segment] that each returns and ends with [WriteManifest]. A reader starts with [ReadManifest]
// and calls [ReadSegment] for what it needs. Row types are structs with parquet tags; any engine that reads Parquet
// (DuckDB, ClickHouse, Trino, Spark) reads the segments as they are.
//
// Invariants: a file under its final name is complete and on disk (temporary name, sync, rename, sync of the folder); a
// segment's bytes depend on its rows alone, never on the time or the machine; a manifest names only segments that were
// there before it. A reader compares size and SHA-256 before it looks inside, and a segment that fails, or that makes
// the Parquet library panic, gives a [CorruptError] with the reason to quarantine it.
//
// An archive that grows has a folder for each day, named as engines know it ("day=2026-11-22") and with a manifest of its
// own: [DayName], [Days]. What happens to its files is told in a [Log]; a file that is bad goes to [Quarantine].
// [Observation] is the row of one element of an MRT file.
//
// The package does not expire or erase by itself: its callers decide which rows belong to which segment.
package archive

import "fmt"

// Segment describes one Parquet file of the archive, as the manifest records it.
type Segment struct {
	Name   string `json:"name"`   // path below the archive's folder, with forward slashes
	Rows   int64  `json:"rows"`   // number of rows
	Bytes  int64  `json:"bytes"`  // size of the file
	SHA256 string `json:"sha256"` // of the file's bytes, 64 lower-case hex digits
}

// CorruptError says that a segment or manifest cannot be trusted and why; the file belongs in quarantine.
type CorruptError struct {
	Name   string // of the file, below the archive's folder
	Reason string
}

// Error gives "NAME is corrupt: reason".
func (e *CorruptError) Error() string { return fmt.Sprintf("%s is corrupt: %s", e.Name, e.Reason) }

// guard turns a panic of the Parquet library into a CorruptError: its readers have panicked on damaged pages.
func guard(name string, err *error) {
	if cause := recover(); cause != nil {
		*err = &CorruptError{name, fmt.Sprintf("the Parquet reader panicked: %v", cause)}
	}
}
