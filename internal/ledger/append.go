package ledger

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"
)

// batch are entries that share one write and one sync.
type batch struct {
	frames  []byte
	leaves  []tlog.Hash
	lengths []int64
	first   int64 // the number of the first
	err     error
	done    chan struct{}
}

// Append adds an entry, from 1 to 65535 octets, and gives its number. When it returns without an error the entry is on disk. After an
// error it may be there or not.
func (l *Log) Append(ctx context.Context, entry []byte) (int64, error) {
	if len(entry) == 0 || len(entry) > maxEntry {
		return 0, fmt.Errorf("%w: this one has %d", ErrEntry, len(entry))
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	leaf := tlog.RecordHash(entry)
	l.queue.Lock()
	b := l.next
	leads := b == nil
	if leads {
		b = &batch{done: make(chan struct{})}
		l.next = b
	}
	place := int64(len(b.leaves))
	b.frames = appendFrame(b.frames, entry)
	b.leaves = append(b.leaves, leaf)
	b.lengths = append(b.lengths, int64(frameHead+len(entry)))
	l.queue.Unlock()
	if leads {
		l.lead(b)
	}
	select {
	case <-b.done:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	if b.err != nil {
		return 0, fmt.Errorf("writing the ledger %s: %w", l.Dir, b.err)
	}
	return b.first + place, nil
}

// lead writes a batch once the one before it is written; until then others join it.
func (l *Log) lead(b *batch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue.Lock()
	l.next = nil
	l.queue.Unlock()
	b.err = l.commit(b)
	close(b.done)
}

// commit writes a batch behind what is there. What it could not write whole is taken off again.
func (l *Log) commit(b *batch) error {
	if l.signer == nil {
		return ErrClosed
	}
	if err := lock(l.entries); err != nil {
		return err
	}
	defer unlock(l.entries)
	if err := l.catchUp(); err != nil {
		return err
	}
	_, err := l.entries.WriteAt(b.frames, l.end)
	if err == nil {
		err = l.entries.Sync()
	}
	if err != nil {
		return errors.Join(err, l.entries.Truncate(l.end))
	}
	b.first = l.edge.n
	return l.grow(b.leaves, b.lengths)
}

// grow takes up entries that are on disk behind those known.
func (l *Log) grow(leaves []tlog.Hash, lengths []int64) error {
	at := tlog.StoredHashCount(l.edge.n) * tlog.HashSize
	after := edge{l.edge.n, append([]tlog.Hash(nil), l.edge.roots...)}
	var stored []byte
	for _, leaf := range leaves {
		for _, h := range after.add(leaf) {
			stored = append(stored, h[:]...)
		}
	}
	if _, err := l.hashes.WriteAt(stored, at); err != nil {
		return err // the next one takes the entries up again
	}
	for i, n := range lengths {
		if (l.edge.n+int64(i))%tileWidth == 0 {
			l.starts = append(l.starts, l.end)
		}
		l.end += n
	}
	l.edge = after
	return nil
}

// catchUp takes up what other processes wrote, and cuts what one left that died. The caller holds the lock.
func (l *Log) catchUp() error {
	info, err := l.entries.Stat()
	if err != nil {
		return err
	}
	switch {
	case info.Size() == l.end:
		return nil
	case info.Size() < l.end:
		return fmt.Errorf("%w: %s has %d octets, it had %d", ErrDamaged, entriesFile, info.Size(), l.end)
	}
	from := newFrames(io.NewSectionReader(l.entries, l.end, info.Size()-l.end))
	var leaves []tlog.Hash
	var lengths []int64
	for {
		entry, err := from.next()
		if err == io.EOF || err == errTorn {
			break
		}
		if err != nil {
			return err
		}
		leaves, lengths = append(leaves, tlog.RecordHash(entry)), append(lengths, int64(frameHead+len(entry)))
	}
	if cut := info.Size() - l.end - from.at; cut > 0 {
		l.opt.Told(fmt.Sprintf("%s: an entry that is not whole, of %d octets at octet %d, is cut off", entriesFile, cut, l.end+from.at))
		if err := l.entries.Truncate(l.end + from.at); err != nil {
			return err
		}
	}
	if err := l.entries.Sync(); err != nil {
		return err
	}
	return l.grow(leaves, lengths)
}
