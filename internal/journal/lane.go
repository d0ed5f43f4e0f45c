package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"pahra/internal/source/durable"
)

// LiveDir is the folder, below a collector's, of what was heard live: the journal's own.
const LiveDir = "live"

// lane is one collector's files, of which the last grows.
type lane struct {
	name string
	dir  string
	file *os.File // nil before the first record
	hour int64    // of file, in hours since 1970
	// parts are the files of which not everything lies before the watermark, and the one that grows.
	parts   []*part
	last    int64 // moment of the last record, microseconds since 1970
	reached int64 // see Journal.Reached
	resumed int64 // moment of the last record before the journal was opened; 0 once another came
	table   bool  // the last record belongs to a table dump
	dirty   bool
	renews  bool // see Journal.Renewing
	copy    []byte
}

// part is one file.
type part struct {
	path string
	size int64
	safe int64 // how much of it lies before the watermark
	told int64 // how much of that Advance has told
	// waiting are the records that do not: their moments and places, in order.
	waiting []placed
	head    int   // of waiting
	peers   int64 // where the last table of peers of what is safe stands; negative for none
}

type placed struct {
	at, offset int64
	index      bool // the table of peers of a table dump
}

// fileName is how RIS names updates; the hour is UTC.
func fileName(hour int64) string {
	return time.Unix(hour*3600, 0).UTC().Format("updates.20060102.1504")
}

// append writes a record as of a moment.
func (l *lane) append(record []byte, h header, at int64) error {
	if err := l.roll(h, at/3.6e9); err != nil {
		return err
	}
	p := l.parts[len(l.parts)-1]
	if at != h.at {
		l.copy = append(l.copy[:0], record...)
		record = l.copy
		binary.BigEndian.PutUint32(record, uint32(at/1e6))
		if h.micro {
			binary.BigEndian.PutUint32(record[headerLen:], uint32(at%1e6))
		}
	}
	if n, err := l.file.WriteAt(record, p.size); err != nil {
		if n > 0 { // half a record would hide what comes behind it
			err = errors.Join(err, l.file.Truncate(p.size))
		}
		return err
	}
	p.waiting = append(p.waiting, placed{at, p.size, h.index})
	p.size += int64(len(record))
	l.last, l.table, l.dirty = at, h.table, true
	return nil
}

// roll goes on to the file of an hour. A table dump stays in one file, since its records need the table of peers at
// its head.
func (l *lane) roll(h header, hour int64) error {
	if l.file != nil && (hour <= l.hour || l.table && h.table && !h.index) {
		return nil
	}
	if err := durable.MakeFolder(l.dir); err != nil {
		return err
	}
	path := filepath.Join(l.dir, fileName(hour))
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	if err := errors.Join(l.close(), durable.SyncFolder(l.dir)); err != nil {
		return errors.Join(err, file.Close(), os.Remove(path)) // it is made again with the next try
	}
	l.file, l.hour = file, hour
	l.parts = append(l.parts, &part{path: path, peers: -1})
	return nil
}

func (l *lane) close() error {
	if l.file == nil {
		return nil
	}
	err := errors.Join(l.file.Sync(), l.file.Close())
	l.file, l.dirty = nil, false
	if err != nil {
		return fmt.Errorf("closing the journal of %s: %w", l.name, err)
	}
	return nil
}
