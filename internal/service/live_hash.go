package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"time"

	"pahra/internal/source/folder"
)

// hashes remembers the SHA-256 of files, so that each byte is hashed once: a file that only grows is hashed on from
// where it was.
type hashes map[string]*hashed

type hashed struct {
	size int64
	mod  time.Time
	sum  hash.Hash // of the first size bytes
}

// of fills in the hashes of a folder's files, as far as their Size says.
func (h *hashes) of(ctx context.Context, dir *folder.Folder) error {
	old := *h
	*h = make(hashes, len(dir.Files))
	for i := range dir.Files {
		f := &dir.Files[i]
		known, err := old.one(dir, f)
		if err != nil {
			return fmt.Errorf("hashing %s: %w", f.Path, err)
		}
		(*h)[f.Path] = known
		f.SHA256 = hex.EncodeToString(known.sum.Sum(nil))
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// one gives the hash of a file's first f.Size bytes.
func (h hashes) one(dir *folder.Folder, f *folder.File) (*hashed, error) {
	in, err := dir.Open(*f)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	file, ok := in.(interface {
		io.ReaderAt
		Stat() (fs.FileInfo, error)
	})
	if !ok {
		return nil, errors.New("it cannot be read in parts")
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	known := h[f.Path]
	grows := isLive(f.Path)
	switch {
	case known == nil, known.size > f.Size, !grows && (known.size != f.Size || !known.mod.Equal(info.ModTime())):
		known = &hashed{sum: sha256.New()}
	}
	known.mod = info.ModTime()
	n, err := io.Copy(known.sum, io.NewSectionReader(file, known.size, f.Size-known.size))
	known.size += n
	if err == nil && known.size != f.Size {
		err = fmt.Errorf("it has %d bytes, and had %d a moment ago", known.size, f.Size)
	}
	return known, err
}
