package reports

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"pahra/internal/store"
	"pahra/wire/compressed"
)

// ErrPacked is wrapped by the error of a file that cannot be unpacked.
var ErrPacked = errors.New("it cannot be unpacked")

// mostMembers is how many files a zip archive may hold.
const mostMembers = 1000

// AcceptFile accepts what a file holds: one report, plain or compressed (gzip, bzip2, zstd, xz), or each file of a zip
// archive. All that it holds together is at most as large as one report may be. What was accepted before an error stays.
func (d *Desk) AcceptFile(ctx context.Context, f *os.File, m Meta) ([]store.DeskReport, error) {
	head := make([]byte, 4)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if magic := string(head[:n]); magic == "PK\x03\x04" || magic == "PK\x05\x06" { // the second: an empty archive
		return d.acceptZip(ctx, f, m)
	}
	left := d.opt.Most
	r, err := d.acceptPlain(ctx, f, m, &left)
	if err != nil {
		return nil, err
	}
	return []store.DeskReport{r}, nil
}

// acceptPlain accepts one report of at most left octets, and takes its size from left.
func (d *Desk) acceptPlain(ctx context.Context, r io.Reader, m Meta, left *int64) (store.DeskReport, error) {
	plain, kind, err := compressed.NewReader(r, compressed.Options{})
	if err != nil {
		return store.DeskReport{}, fmt.Errorf("%w: %w", ErrPacked, err)
	}
	defer plain.Close()
	if kind != compressed.Plain {
		m.Name = strings.TrimSuffix(m.Name, path.Ext(m.Name))
	}
	report, err := d.accept(ctx, unpacking{plain, kind != compressed.Plain}, m, *left)
	*left -= report.Size
	return report, err
}

// unpacking tells the error of a damaged file from that of a disk.
type unpacking struct {
	io.Reader
	packed bool
}

// Read passes on what was read.
func (u unpacking) Read(b []byte) (int, error) {
	n, err := u.Reader.Read(b)
	if err != nil && err != io.EOF && u.packed { //nolint:errorlint // io.EOF is never wrapped by a Reader
		err = fmt.Errorf("%w: %w", ErrPacked, err)
	}
	return n, err
}

func (d *Desk) acceptZip(ctx context.Context, f *os.File, m Meta) (out []store.DeskReport, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPacked, err)
	}
	if len(archive.File) > mostMembers {
		return nil, fmt.Errorf("%w: it holds %d files, and %d is the most", ErrPacked, len(archive.File), mostMembers)
	}
	left := d.opt.Most
	for _, member := range archive.File {
		if member.FileInfo().IsDir() {
			continue
		}
		m.Name = path.Base(member.Name)
		report, err := d.acceptMember(ctx, member, m, &left)
		if err != nil {
			return out, fmt.Errorf("%.200q in the archive: %w", member.Name, err)
		}
		out = append(out, report)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%w: the archive is empty", ErrPacked)
	}
	return out, nil
}

func (d *Desk) acceptMember(ctx context.Context, member *zip.File, m Meta, left *int64) (store.DeskReport, error) {
	const encrypted = 1 // the first of the general purpose flags, APPNOTE.TXT 4.4.4
	if member.Flags&encrypted != 0 {
		return store.DeskReport{}, fmt.Errorf("%w: it is encrypted", ErrPacked)
	}
	r, err := member.Open()
	if err != nil {
		return store.DeskReport{}, fmt.Errorf("%w: %w", ErrPacked, err)
	}
	defer r.Close()
	return d.acceptPlain(ctx, unpacking{r, true}, m, left)
}
