package journal

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// recoverLane finds a collector's files again; nil where it has none. The last file loses a record cut short.
func recoverLane(root, collector string) (*lane, error) {
	l := &lane{name: collector, dir: filepath.Join(root, collector, LiveDir)}
	entries, err := os.ReadDir(l.dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the journal of %s: %w", collector, err)
	}
	var hours []int64
	for _, e := range entries {
		if at, err := time.Parse("updates.20060102.1504", e.Name()); err == nil && e.Type().IsRegular() {
			hours = append(hours, at.Unix()/3600)
		}
	}
	slices.Sort(hours)
	for _, hour := range hours {
		path := filepath.Join(l.dir, fileName(hour))
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("opening the journal of %s: %w", collector, err)
		}
		l.parts = append(l.parts, &part{path: path, size: info.Size(), safe: info.Size(), peers: -1})
		l.hour = hour
	}
	if len(hours) == 0 {
		return nil, nil
	}
	if err := l.mend(); err != nil {
		return nil, fmt.Errorf("mending %s: %w", l.parts[len(l.parts)-1].path, err)
	}
	return l, nil
}

// mend opens the last file for more and takes off what is no whole record at its end. The file before it is read as
// well, for the watermark may not have passed its last records.
func (l *lane) mend() error {
	if n := len(l.parts); n > 1 {
		file, err := os.Open(l.parts[n-2].path)
		if err != nil {
			return err
		}
		if err := errors.Join(l.parts[n-2].reread(l, file), file.Close()); err != nil {
			return err
		}
	}
	p := l.parts[len(l.parts)-1]
	file, err := os.OpenFile(p.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	err = p.reread(l, file)
	if whole := p.size; err == nil {
		err = errors.Join(file.Truncate(whole), file.Sync())
	}
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.resumed = file, l.last
	return nil
}

// reread finds how far whole records that the journal can have written go, the last of them, and those that the watermark may not have passed yet.
func (p *part) reread(l *lane, file *os.File) error {
	in := bufio.NewReaderSize(file, 1<<20)
	head := make([]byte, headerLen+4)
	p.size, p.safe = 0, 0
	before := int64(1)
	for {
		if _, err := io.ReadFull(in, head[:headerLen]); err != nil {
			return onlyBad(err)
		}
		length := int64(binary.BigEndian.Uint32(head[8:]))
		more := int(min(4, length))
		_, err := io.ReadFull(in, head[headerLen:headerLen+more])
		if err == nil {
			_, err = in.Discard(int(length) - more)
		}
		if err != nil {
			return onlyBad(err)
		}
		h := headerOf(head[:headerLen+more])
		if length > MaxRecord || h.at < before { // a lane's records are in order of time: the journal wrote no such one
			return nil
		}
		before = h.at
		l.last, l.table = h.at, h.table
		p.waiting = append(p.waiting, placed{h.at, p.size, h.index})
		p.size += headerLen + length
		p.settle(h.at - MaxLate.Microseconds())
	}
}

// onlyBad gives the errors that are not the end of the file.
func onlyBad(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}
