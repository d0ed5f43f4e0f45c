package spool

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/zstd"

	"pahra/internal/source/durable"
)

// ErrTooLarge is wrapped by the error of Accept for a report that is larger than allowed.
var ErrTooLarge = errors.New("it is too large")

// Accepted is a report that lies in the spool.
type Accepted struct {
	ID     string // the first half of SHA-256 of what came, in hexadecimal: the same report has the same
	Source string
	Day    time.Time // of intake, UTC
	SHA256 string
	Size   int64 // octets, as it came
}

// Accept reads a report of at most most octets to its end. When it returns without an error the report is on disk and
// survives a power cut. The same report of the same source and day is there once.
func (s *Spool) Accept(r io.Reader, source string, now time.Time, most int64) (Accepted, error) {
	a := Accepted{Source: source, Day: now.UTC().Truncate(24 * time.Hour)}
	if err := s.accept(r, &a, most); err != nil {
		return Accepted{}, fmt.Errorf("accepting a report of %s: %w", source, err)
	}
	return a, nil
}

func (s *Spool) accept(r io.Reader, a *Accepted, most int64) error {
	path, err := s.pathOf("reports", a.Day, a.Source, "incoming")
	if err != nil {
		return err
	}
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			f.Abandon()
		}
	}()
	sum := sha256.New()
	if a.Size, err = s.write(f, io.TeeReader(io.LimitReader(r, most+1), sum), filepath.Dir(path)); err != nil {
		return err
	}
	if a.Size > most {
		return fmt.Errorf("%w: over %d octets", ErrTooLarge, most)
	}
	a.SHA256 = hex.EncodeToString(sum.Sum(nil))
	a.ID = a.SHA256[:32]
	if _, _, err := s.reportPath(a.Source, a.Day, a.ID); err == nil {
		return nil // it is there
	}
	suffix := plainSuffix
	if s.seal != nil {
		suffix = sealedSuffix
	}
	if path, err = s.pathOf("reports", a.Day, a.Source, a.ID+suffix); err != nil {
		return err
	}
	kept = true
	return f.CommitAs(path)
}

// write writes what is read to w, compressed, and sealed with the key of a folder if reports are; it gives the number of
// octets that came.
func (s *Spool) write(w io.Writer, r io.Reader, folder string) (size int64, err error) {
	if s.seal != nil {
		sealed, err := s.seal.encrypt(w, folder)
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, sealed.Close()) }()
		w = sealed
	}
	zw, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	size, err = io.Copy(zw, r)
	return size, errors.Join(err, zw.Close())
}

// Report opens a report as it came.
func (s *Spool) Report(a Accepted) (io.ReadCloser, error) {
	r, err := s.open(a)
	if err != nil {
		return nil, fmt.Errorf("opening a report: %w", err)
	}
	return r, nil
}

func (s *Spool) open(a Accepted) (io.ReadCloser, error) {
	path, sealed, err := s.reportPath(a.Source, a.Day, a.ID)
	if err != nil {
		return nil, err
	}
	if sealed && s.seal == nil {
		return nil, fmt.Errorf("%s is encrypted, and no key for reports is set", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	var plain io.Reader = f
	if sealed {
		plain, err = s.seal.decrypt(f, filepath.Dir(path))
	}
	if err == nil {
		var zr *zstd.Decoder
		if zr, err = zstd.NewReader(plain, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20)); err == nil {
			return report{zr, f}, nil
		}
	}
	return nil, errors.Join(err, f.Close())
}

type report struct {
	*zstd.Decoder
	file *os.File
}

// Close closes both.
func (r report) Close() error {
	r.Decoder.Close()
	return r.file.Close()
}
