package service

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"pahra/internal/journal"
	"pahra/internal/source/folder"
	"pahra/wire/compressed"
)

// section is a whole file of MRT records, or a part of one that is still written.
type section struct {
	file folder.File
	// from and to bound the part, at the beginning of records; to is 0 for a whole file.
	from, to int64
	// peers is where the table of peers stands that the part's first records refer to; negative for none.
	peers int64
	// peersAfter is the same for what comes behind the part.
	peersAfter int64
}

// end is where what comes behind the section begins.
func (s *section) end() int64 {
	if s.to == 0 {
		return s.file.Size
	}
	return s.to
}

func wholeFiles(files []folder.File) []section {
	list := make([]section, len(files))
	for i, f := range files {
		list[i].file = f
	}
	return list
}

// open gives the decompressed content, and where in the file it begins.
func (s *section) open(dir *folder.Folder) (in io.ReadCloser, base int64, err error) {
	if s.to == 0 {
		in, err = open(dir, s.file)
		return in, 0, err
	}
	file, err := dir.Open(s.file)
	if err != nil {
		return nil, 0, err
	}
	at, ok := file.(io.ReaderAt)
	if !ok {
		return nil, 0, errors.Join(fmt.Errorf("reading %s: it cannot be read in parts", s.file.Path), file.Close())
	}
	var head []byte
	if s.peers >= 0 && s.peers < s.from {
		if head, err = recordAt(at, s.peers); err != nil {
			return nil, 0, errors.Join(fmt.Errorf("reading %s: %w", s.file.Path, err), file.Close())
		}
	}
	body := io.MultiReader(bytes.NewReader(head), io.NewSectionReader(at, s.from, s.to-s.from))
	return both{io.NopCloser(body), file}, s.from - int64(len(head)), nil
}

// recordAt reads one MRT record that the journal wrote.
func recordAt(in io.ReaderAt, offset int64) ([]byte, error) {
	head := make([]byte, 12)
	if _, err := in.ReadAt(head, offset); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[8:]))
	if n > journal.MaxRecord {
		return nil, fmt.Errorf("offset %d: a record of %d octets", offset, n)
	}
	rec := make([]byte, 12+n)
	_, err := in.ReadAt(rec, offset)
	return rec, err
}

// first gives the time of the section's first record, in seconds since 1970.
func (s *section) first(dir *folder.Folder) (int64, error) {
	if s.to == 0 {
		return firstTime(dir, s.file)
	}
	file, err := dir.Open(s.file)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	head := make([]byte, 4)
	if at, ok := file.(io.ReaderAt); ok {
		if _, err := at.ReadAt(head, s.from); err != nil {
			return 0, fmt.Errorf("reading %s: %w", s.file.Path, err)
		}
	}
	return int64(binary.BigEndian.Uint32(head)), nil
}

// open gives the decompressed content of a file.
func open(dir *folder.Folder, f folder.File) (io.ReadCloser, error) {
	file, err := dir.Open(f)
	if err != nil {
		return nil, err
	}
	in, _, err := compressed.NewReader(file, compressed.Options{})
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("reading %s: %w", f.Path, err)
	}
	return both{in, file}, nil
}

// both closes the decompressor and the file.
type both struct {
	io.ReadCloser
	file io.Closer
}

func (b both) Close() error { return errors.Join(b.ReadCloser.Close(), b.file.Close()) }
