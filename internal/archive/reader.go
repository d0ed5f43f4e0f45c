package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"

	"pahra/internal/source/folder"
)

// ReadSegment gives the rows of segment s below dir, in order. Size and SHA-256 are compared with s before the first
// row; a damaged file ends the sequence with a [CorruptError], a file that cannot be read with the reason. Each row
// is the caller's to keep.
func ReadSegment[T any](dir string, s Segment) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		stopped := false
		err := eachRow(dir, s, func(row T) bool {
			stopped = !yield(row, nil)
			return !stopped
		})
		if err != nil && !stopped {
			var none T
			yield(none, err)
		}
	}
}

// Check compares the size and SHA-256 of the file with what the manifest says of it.
func Check(dir string, s Segment) error {
	file, err := openChecked(dir, s)
	if err != nil {
		return err
	}
	return file.Close()
}

// eachRow hands on every row until yield says stop. A panic of yield is the caller's own and passes through.
func eachRow[T any](dir string, s Segment, yield func(T) bool) error {
	file, err := openChecked(dir, s)
	if err != nil {
		return err
	}
	defer file.Close()
	reader, err := openRows[T](file, s)
	if err != nil {
		return err
	}
	for total := int64(0); ; {
		batch := make([]T, 256) // fresh, for a row's slices may share storage with the batch
		n, err := nextRows(reader, s.Name, batch)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if total += int64(n); total > s.Rows || (err != nil && total < s.Rows) {
			return &CorruptError{s.Name, fmt.Sprintf("it holds %d rows or more, the manifest says %d", total, s.Rows)}
		}
		for _, row := range batch[:n] {
			if !yield(row) {
				return nil
			}
		}
		if err != nil {
			return nil
		}
	}
}

// openRows reads the footer and prepares to read rows of type T.
func openRows[T any](file *os.File, s Segment) (reader *parquet.GenericReader[T], err error) {
	defer guard(s.Name, &err)
	parsed, err := parquet.OpenFile(file, s.Bytes)
	if err != nil {
		return nil, &CorruptError{s.Name, err.Error()}
	}
	return parquet.NewGenericReader[T](parsed), nil
}

// nextRows reads the next rows; a panic counts as no rows at all.
func nextRows[T any](reader *parquet.GenericReader[T], name string, batch []T) (n int, err error) {
	defer guard(name, &err)
	n, err = reader.Read(batch)
	if err != nil && !errors.Is(err, io.EOF) {
		err = &CorruptError{name, err.Error()}
	}
	return n, err
}

// openChecked opens the file of s once its size and hash are known to be right.
func openChecked(dir string, s Segment) (*os.File, error) {
	if !filepath.IsLocal(filepath.FromSlash(s.Name)) {
		return nil, &CorruptError{s.Name, "the name leads out of the archive's folder"}
	}
	file, err := folder.OpenRegular(filepath.Join(dir, filepath.FromSlash(s.Name)))
	if err != nil {
		return nil, fmt.Errorf("opening segment: %w", err)
	}
	if err := matches(file, s); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// matches compares size and hash; the size first, so that a huge stranger is not read.
func matches(file *os.File, s Segment) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("reading segment %s: %w", s.Name, err)
	}
	if info.Size() != s.Bytes {
		return &CorruptError{s.Name, fmt.Sprintf("it has %d bytes, the manifest says %d", info.Size(), s.Bytes)}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("reading segment %s: %w", s.Name, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != s.SHA256 {
		return &CorruptError{s.Name, fmt.Sprintf("its SHA-256 is %s, the manifest says %s", got, s.SHA256)}
	}
	return nil
}

// ReadFile gives all rows of a Parquet file that no manifest tells of, such as one that a command was asked to write.
func ReadFile[T any](path string) (rows []T, err error) {
	defer guard(path, &err)
	rows, err = parquet.ReadFile[T](path)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return rows, nil
}
