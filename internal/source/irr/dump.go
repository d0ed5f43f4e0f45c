package irr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"pahra/internal/source/fetch"
	"pahra/internal/source/folder"
	"pahra/wire/compressed"
)

// maxPlain bounds a file that was decompressed.
const maxPlain = 16 << 30

// get opens a file of the registry: by HTTP, or a local one, whose time and size tell its version.
func (s *Source) get(ctx context.Context, link string, known fetch.Version, limit int64) (*fetch.File, error) {
	if !filepath.IsAbs(link) {
		return s.getter.Get(ctx, link, known, limit)
	}
	file, err := folder.OpenRegular(link)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	version := fetch.Version{}
	switch {
	case err != nil:
	case info.Size() > limit:
		err = fmt.Errorf("%s: %w", link, fetch.ErrTooLarge)
	default:
		version.ETag = info.ModTime().UTC().Format(time.RFC3339Nano) + " " + strconv.FormatInt(info.Size(), 10)
		if version == known {
			err = fetch.ErrUnchanged
		}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fetch.File{ReadCloser: local{file}, Version: version}, nil
}

// local is a local file.
type local struct{ *os.File }

// loadDump loads the dump, if any of its files changed.
func (s *Source) loadDump(ctx context.Context) error {
	known := s.copy.state.Dump
	if s.copy.exists() && len(known) == len(s.config.Dump) {
		changed := false
		for i, link := range s.config.Dump {
			file, err := s.get(ctx, link, known[i], s.config.MaxBytes)
			if errors.Is(err, fetch.ErrUnchanged) {
				s.meter.Message(0, time.Time{}) // which is an answer too
				continue
			}
			if err != nil {
				return err
			}
			changed = true
			if err := file.Close(); err != nil {
				return err
			}
			break
		}
		if !changed {
			return nil
		}
	}
	return s.loadWhole(ctx, position{})
}

// loadWhole puts the dump in place of the copy.
func (s *Source) loadWhole(ctx context.Context, at position) error {
	versions := make([]fetch.Version, len(s.config.Dump))
	o, err := s.copy.load(ctx, func(yield func([]byte, uint8, string) error) error {
		for i, link := range s.config.Dump {
			version, err := s.read(ctx, link, func(r io.Reader) error { return split(r, s.copy.classes, yield) })
			if err != nil {
				return fmt.Errorf("loading the dump: %w", err)
			}
			versions[i] = version
		}
		return nil
	}, at)
	if err != nil {
		return err
	}
	s.copy.state.Dump = versions
	s.tell(o)
	return s.copy.save()
}

// read reads one file as plain text, and counts it.
func (s *Source) read(ctx context.Context, link string, read func(io.Reader) error) (fetch.Version, error) {
	file, err := s.get(ctx, link, fetch.Version{}, s.config.MaxBytes)
	if err != nil {
		return fetch.Version{}, err
	}
	defer file.Close()
	count := &counter{r: file}
	plain, _, err := compressed.NewReader(count, compressed.Options{MaxBytes: maxPlain})
	if err != nil {
		return fetch.Version{}, fmt.Errorf("%s: %w", link, err)
	}
	defer plain.Close()
	if err := read(plain); err != nil {
		return fetch.Version{}, fmt.Errorf("%s: %w", link, err)
	}
	s.meter.Message(int(count.n.Load()), time.Time{})
	return file.Version, nil
}

// tell counts what was odd as an error.
func (s *Source) tell(o odd) {
	if err := o.err(); err != nil {
		s.meter.Failed(err)
		s.log.Warn("the registry is odd", "error", err)
	}
}

// serial reads the serial that the dump stands for.
func (s *Source) serial(ctx context.Context) (uint64, error) {
	file, err := s.get(ctx, s.config.Serial, fetch.Version{}, 4096)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	text, err := io.ReadAll(file)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(text)), 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%s: %.40q is not a serial", s.config.Serial, text)
	}
	return n, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
