package spool

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
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
	zw, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return err
	}
	a.Size, err = io.Copy(io.MultiWriter(zw, sum), io.LimitReader(r, most+1))
	if err = errors.Join(err, zw.Close()); err != nil {
		return err
	}
	if a.Size > most {
		return fmt.Errorf("%w: over %d octets", ErrTooLarge, most)
	}
	a.SHA256 = hex.EncodeToString(sum.Sum(nil))
	a.ID = a.SHA256[:32]
	if path, err = s.pathOf("reports", a.Day, a.Source, a.ID+".zst"); err != nil {
		return err
	}
	kept = true
	return f.CommitAs(path)
}

// Report opens a report as it came.
func (s *Spool) Report(a Accepted) (io.ReadCloser, error) {
	path, err := s.pathOf("reports", a.Day, a.Source, a.ID+".zst")
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening a report: %w", err)
	}
	zr, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening a report: %w", err), f.Close())
	}
	return report{zr, f}, nil
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
