package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"pahra/internal/source/durable"
)

// Log tells, line by line of JSON, what happened to an archive's files: a name, counts, a reason, nothing of what was in
// them. A line is on disk before [Log.Add] returns; whoever deletes adds the line first. Safe for concurrent use.
type Log struct {
	path string
	mu   sync.Mutex
}

// Entry is one line of a [Log].
type Entry struct {
	At    time.Time `json:"at"`
	Did   string    `json:"did"`  // rolled, compacted, kept, removed, quarantined
	What  string    `json:"what"` // name of the file or folder, below the archive's root
	Rows  int64     `json:"rows,omitempty"`
	Bytes int64     `json:"bytes,omitempty"`
	// SHA256 is of the file that was written.
	SHA256 string `json:"sha256,omitempty"`
	Why    string `json:"why,omitempty"`
}

// OpenLog gives the log of the archive at root.
func OpenLog(root string) *Log { return &Log{path: filepath.Join(root, "log.jsonl")} }

// Add writes a line. Half a line that a crash left is ended first.
func (l *Log) Add(e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	e.At = e.At.UTC()
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("archive log: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(l.path), 0o777); err != nil {
		return fmt.Errorf("archive log: %w", err)
	}
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("archive log: %w", err)
	}
	end, err := file.Seek(0, io.SeekEnd)
	if last := make([]byte, 1); err == nil && end > 0 {
		if _, err = file.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("archive log: %w", err)
	}
	if end == 0 { // it is new
		return durable.SyncFolder(filepath.Dir(l.path))
	}
	return nil
}
