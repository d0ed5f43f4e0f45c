package spool

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"
)

// mostBatch is how many octets of lines a batch may have.
const mostBatch = 256 << 20

// Events calls each with the lines of a segment, up to mark, whose entries are wanted, in the order in which they were
// appended. Batches without one are not read. A line, without its end, is each's until it returns; an error of each ends
// the reading and is given back.
func (s *Spool) Events(source string, at time.Time, mark Mark, wanted func(Entry) bool, each func(Entry, []byte) error) error {
	return s.events(source, at, mark, slices.All[[]batch], wanted, each)
}

// Latest is Events with the last batch first.
func (s *Spool) Latest(source string, at time.Time, mark Mark, wanted func(Entry) bool, each func(Entry, []byte) error) error {
	return s.events(source, at, mark, slices.Backward[[]batch], wanted, each)
}

func (s *Spool) events(source string, at time.Time, mark Mark, order func([]batch) iter.Seq2[int, batch], wanted func(Entry) bool,
	each func(Entry, []byte) error) error {
	r, err := s.read(source, at, mark)
	if err == nil {
		for i, b := range order(r.batches[:len(r.batches)-1]) {
			if err = r.batch(b, r.batches[i+1], wanted, each); err != nil {
				break
			}
		}
		err = errors.Join(err, r.close())
	}
	if err != nil {
		return fmt.Errorf("reading the events of %s: %w", source, err)
	}
	return nil
}

// Entries calls each with the entries of a segment, up to mark.
func (s *Spool) Entries(source string, at time.Time, mark Mark, each func(Entry)) error {
	return s.Events(source, at, mark, func(e Entry) bool { each(e); return false }, nil)
}

// batch is where a batch begins: an octet of the events' file, the number of its first event.
type batch struct{ at, first int64 }

type reading struct {
	events, index *os.File
	zr            *zstd.Decoder
	batches       []batch // and behind the last the end
	entries       []Entry
	buf, lines    []byte
}

func (s *Spool) read(source string, at time.Time, mark Mark) (r *reading, err error) {
	r = &reading{}
	path, err := s.segmentPath(source, at, mark.Generation)
	if err != nil {
		return nil, err
	}
	frames, err := os.ReadFile(path + ".frames")
	if err != nil {
		return nil, err
	}
	if int64(len(frames)) < mark.Frames*frameLen {
		return nil, fmt.Errorf("%s.frames: %w", path, ErrLost)
	}
	for ; int64(len(r.batches)) < mark.Frames; frames = frames[frameLen:] {
		r.batches = append(r.batches, batch{int64(binary.BigEndian.Uint64(frames)), int64(binary.BigEndian.Uint64(frames[8:]))})
	}
	r.batches = append(r.batches, batch{mark.Bytes, mark.Events})
	if r.zr, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(mostBatch)); err != nil {
		return nil, err
	}
	if r.events, err = os.Open(path + ".jsonl.zst"); err == nil {
		r.index, err = os.Open(path + ".index")
	}
	if err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *reading) close() error {
	r.zr.Close()
	var err error
	for _, f := range []*os.File{r.events, r.index} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// batch reads one batch: its entries, and its lines if any of them is wanted.
func (r *reading) batch(b, end batch, wanted func(Entry) bool, each func(Entry, []byte) error) error {
	if b.first > end.first || b.at > end.at {
		return errors.New("its batches are in no order")
	}
	if err := r.readEntries(b.first, end.first); err != nil {
		return err
	}
	keep := make([]bool, len(r.entries))
	any := false
	for i, e := range r.entries {
		keep[i] = wanted(e)
		any = any || keep[i]
	}
	if !any {
		return nil
	}
	packed, err := readAt(r.events, b.at, end.at, &r.buf)
	if err != nil {
		return err
	}
	if r.lines, err = r.zr.DecodeAll(packed, r.lines[:0]); err != nil {
		return err
	}
	lines := r.lines
	for i, e := range r.entries {
		line, rest, found := bytes.Cut(lines, []byte("\n"))
		if !found {
			return fmt.Errorf("a batch has fewer lines than entries: %w", ErrLost)
		}
		if lines = rest; !keep[i] {
			continue
		}
		if err := each(e, line); err != nil {
			return err
		}
	}
	return nil
}

func (r *reading) readEntries(from, to int64) error {
	r.entries = r.entries[:0]
	b, err := readAt(r.index, from*entryLen, to*entryLen, &r.buf)
	for ; len(b) >= entryLen && err == nil; b = b[entryLen:] {
		e := Entry{Case: binary.BigEndian.Uint64(b[12:]), Address: binary.BigEndian.Uint64(b[20:])}
		copy(e.Hash[:], b)
		r.entries = append(r.entries, e)
	}
	return err
}

// readAt reads a part of a file.
func readAt(f *os.File, from, to int64, buf *[]byte) ([]byte, error) {
	if int64(cap(*buf)) < to-from {
		*buf = make([]byte, to-from)
	}
	b := (*buf)[:to-from]
	if _, err := f.ReadAt(b, from); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: %w", f.Name(), ErrLost)
	} else if err != nil {
		return nil, err
	}
	return b, nil
}
