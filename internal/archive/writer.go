package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"pahra/internal/source/durable"
)

const (
	// rowsPerGroup bounds what a writer holds in memory, and what a reader must load to reach one row.
	rowsPerGroup = 128 << 10
	// rowsPerBatch is how many rows WriteSegment hands over at once.
	rowsPerBatch = 1024
)

// Writer streams rows of type T into one segment. Memory is bounded by one row group, whatever the segment's size.
// A Writer is for one goroutine.
type Writer[T any] struct {
	path   string
	file   *durable.File
	buffer *bufio.Writer
	sum    hash.Hash
	rows   *parquet.GenericWriter[T]
	count  int64
	bytes  int64
	failed error
}

// Create begins a segment at path. The file appears there only when [Writer.Close] succeeds.
func Create[T any](path string) (*Writer[T], error) {
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("making the folder of %s: %w", path, err)
	}
	file, err := durable.Create(path)
	if err != nil {
		return nil, err
	}
	w := &Writer[T]{path: path, file: file, sum: sha256.New()}
	w.buffer = bufio.NewWriterSize(io.MultiWriter(file, w.sum, (*tally)(&w.bytes)), 1<<18)
	w.rows = parquet.NewGenericWriter[T](w.buffer,
		parquet.CreatedBy("pahra", "archive 1", ""),
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest}),
		parquet.MaxRowsPerRowGroup(rowsPerGroup))
	return w, nil
}

// Append adds rows; it copies what it needs of them. After an error the segment cannot be finished.
func (w *Writer[T]) Append(rows ...T) error {
	if w.failed != nil {
		return w.failed
	}
	n, err := w.rows.Write(rows)
	w.count += int64(n)
	if err != nil {
		w.failed = fmt.Errorf("writing rows to %s: %w", w.path, err)
	}
	return w.failed
}

// Close finishes the segment: footer, sync, final name. Its Name is the path's last element; a caller that keeps
// segments in subfolders puts the folder before it. After an error nothing is left behind.
func (w *Writer[T]) Close() (Segment, error) {
	if w.failed == nil {
		w.failed = errors.Join(w.rows.Close(), w.buffer.Flush())
	}
	if w.failed != nil {
		w.file.Abandon()
		return Segment{}, fmt.Errorf("closing %s: %w", w.path, w.failed)
	}
	if err := w.file.Commit(); err != nil {
		return Segment{}, err
	}
	return Segment{filepath.Base(w.path), w.count, w.bytes, hex.EncodeToString(w.sum.Sum(nil))}, nil
}

// Abandon gives the segment up; nothing is left behind. It is the alternative to Close.
func (w *Writer[T]) Abandon() { w.file.Abandon() }

// WriteSegment writes all rows to path. Equal rows in equal order give equal bytes.
func WriteSegment[T any](path string, rows iter.Seq[T]) (Segment, error) {
	w, err := Create[T](path)
	if err != nil {
		return Segment{}, err
	}
	batch := make([]T, 0, rowsPerBatch)
	for row := range rows {
		if batch = append(batch, row); len(batch) == cap(batch) {
			if err := w.Append(batch...); err != nil {
				w.Abandon()
				return Segment{}, err
			}
			batch = batch[:0]
		}
	}
	if err := w.Append(batch...); err != nil {
		w.Abandon()
		return Segment{}, err
	}
	return w.Close()
}

// tally counts the bytes written to it.
type tally int64

func (t *tally) Write(p []byte) (int, error) {
	*t += tally(len(p))
	return len(p), nil
}
