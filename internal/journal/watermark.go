package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Part says how much of a file lies before the watermark.
type Part struct {
	Collector string
	Path      string // below Options.Dir, with slashes
	// Bytes from the beginning of the file, a whole number of records.
	Bytes int64
	// Peers is where, before Bytes, the last table of peers of a table dump stands; negative for none.
	Peers int64
}

// Advance brings the watermark up to date. It gives the watermark, and the files of which more lies before it than
// when it was asked last; the first time, all files. Everything before the watermark is written, and nothing will be
// written before it any more, not even after a crash. Where the watermark cannot be kept it stays where it was.
func (j *Journal) Advance() (time.Time, []Part, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if mark := max(j.mark, j.settled()); mark > j.mark {
		if err := j.keepMark(mark); err != nil {
			return time.UnixMicro(j.mark).UTC(), nil, err
		}
		j.mark = mark
	}
	var list []Part
	for _, l := range j.sorted() {
		for _, p := range l.parts {
			p.settle(j.mark)
			if p.safe > p.told {
				p.told = p.safe
				list = append(list, Part{l.name, relative(j.opt.Dir, p.path), p.safe, p.peers})
			}
		}
		for len(l.parts) > 1 && l.parts[0].told == l.parts[0].size {
			l.parts = l.parts[1:]
		}
	}
	return time.UnixMicro(j.mark).UTC(), list, nil
}

// keepMark writes the watermark down before anybody acts on it.
func (j *Journal) keepMark(mark int64) error {
	if _, err := j.kept.WriteAt(binary.BigEndian.AppendUint64(nil, uint64(mark)), 0); err != nil {
		return fmt.Errorf("keeping the journal's watermark: %w", err)
	}
	return nil
}

// take opens the watermark's file for this process alone.
func (j *Journal) take() (err error) {
	if j.kept, err = os.OpenFile(j.opt.Mark, os.O_RDWR|os.O_CREATE, 0o644); err != nil {
		return fmt.Errorf("opening the journal's watermark: %w", err)
	}
	return lock(j.kept)
}

// recallMark takes up the watermark that was kept, or what the files tell where there is none.
func (j *Journal) recallMark() error {
	text := make([]byte, 8)
	switch n, err := j.kept.ReadAt(text, 0); {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("reading the journal's watermark: %w", err)
	case n == len(text):
		j.mark = int64(binary.BigEndian.Uint64(text))
	}
	if now := j.opt.Now().Add(maxAhead).UnixMicro(); j.mark < 0 || j.mark > now {
		return fmt.Errorf("%s holds %d, which is no moment of the past: remove it to go on", j.opt.Mark, j.mark)
	}
	j.mark = max(j.mark, j.settled())
	return nil
}

// settled gives the earliest moment that a collector has reached, of those that are waited for.
func (j *Journal) settled() int64 {
	front := int64(0)
	for _, l := range j.lanes {
		front = max(front, l.last, l.reached)
	}
	mark := front
	for _, l := range j.lanes {
		if at := max(l.last, l.reached); at >= front-MaxLate.Microseconds() {
			mark = min(mark, at)
		}
	}
	return mark
}

// settle takes the records before mark off the waiting ones.
func (p *part) settle(mark int64) {
	for p.head < len(p.waiting) && p.waiting[p.head].at < mark {
		if w := p.waiting[p.head]; w.index {
			p.peers = w.offset
		}
		p.head++
	}
	if p.head == len(p.waiting) {
		p.safe, p.waiting, p.head = p.size, p.waiting[:0], 0
		return
	}
	p.safe = p.waiting[p.head].offset
	if p.head > 1<<12 && p.head > len(p.waiting)/2 {
		p.waiting = append(p.waiting[:0], p.waiting[p.head:]...)
		p.head = 0
	}
}

func relative(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil {
		return path
	}
	return filepath.ToSlash(rel)
}
