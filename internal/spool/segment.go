package spool

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/klauspost/compress/zstd"
)

// Entry is what the index holds of an event.
type Entry struct {
	Hash    Hash
	Case    uint64 // the number of its case; 0: none
	Address uint64 // what its address counts as, see Set
}

const entryLen, frameLen = 28, 16

// ErrLost is wrapped by the error of a file that is shorter than what was acknowledged.
var ErrLost = errors.New("what was acknowledged is missing")

// Mark says how far a segment is acknowledged. The zero value is its beginning.
type Mark struct {
	Bytes  int64 // of the events' file
	Events int64
	Frames int64
	// Generation is how often the segment was written anew, see [Spool.Rewrite]: each has files of its own.
	Generation int64
}

// Segment is the events of a source that came on one day. Not safe for concurrent use.
type Segment struct {
	events, index, frames *os.File
	zw                    *zstd.Encoder
	mark                  Mark
	buf                   []byte
}

// Segment opens the segment of a source and a day to append to it behind mark. What lies there was never acknowledged and
// is cut off. A file that ends before its mark is an error: something was lost.
func (s *Spool) Segment(source string, at time.Time, mark Mark) (_ *Segment, err error) {
	g := &Segment{mark: mark}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("opening the events of %s: %w", source, err), g.Close())
		}
	}()
	for _, f := range []struct {
		file   **os.File
		suffix string
		length int64
	}{{&g.events, ".jsonl.zst", mark.Bytes}, {&g.index, ".index", mark.Events * entryLen}, {&g.frames, ".frames", mark.Frames * frameLen}} {
		path, err := s.segmentPath(source, at, mark.Generation)
		if err != nil {
			return nil, err
		}
		if *f.file, err = openAt(path+f.suffix, f.length); err != nil {
			return nil, err
		}
	}
	g.zw, err = zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	return g, err
}

// openAt opens a file, cut to a length, to append to it.
func openAt(path string, length int64) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	if err == nil && size < length {
		err = fmt.Errorf("%s is of %d octets, and %d were acknowledged: %w", path, size, length, ErrLost)
	}
	if err == nil && size > length {
		err = f.Truncate(length)
	}
	if err == nil {
		_, err = f.Seek(length, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Append writes a batch: lines of JSON, each with its end, and an entry for each. When it returns without an error they
// are on disk; they count once the mark that it gives is held elsewhere. After an error the segment must be opened anew.
func (g *Segment) Append(lines []byte, entries []Entry) (Mark, error) {
	if len(lines) > mostBatch {
		return Mark{}, fmt.Errorf("writing events: a batch of %d octets", len(lines))
	}
	frame := make([]byte, 0, frameLen)
	for _, n := range []int64{g.mark.Bytes, g.mark.Events} {
		frame = binary.BigEndian.AppendUint64(frame, uint64(n))
	}
	g.buf = g.zw.EncodeAll(lines, g.buf[:0])
	packed := int64(len(g.buf))
	_, err := g.events.Write(g.buf)
	g.buf = g.buf[:0]
	for _, e := range entries {
		g.buf = append(g.buf, e.Hash[:]...)
		g.buf = binary.BigEndian.AppendUint64(g.buf, e.Case)
		g.buf = binary.BigEndian.AppendUint64(g.buf, e.Address)
	}
	_, err1 := g.index.Write(g.buf)
	_, err2 := g.frames.Write(frame)
	if err = errors.Join(err, err1, err2, g.events.Sync(), g.index.Sync(), g.frames.Sync()); err != nil {
		return Mark{}, fmt.Errorf("writing events: %w", err)
	}
	g.mark.Bytes += packed
	g.mark.Events += int64(len(entries))
	g.mark.Frames++
	return g.mark, nil
}

// Close closes the files.
func (g *Segment) Close() error {
	var err error
	for _, f := range []*os.File{g.events, g.index, g.frames} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}
