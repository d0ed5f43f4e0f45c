package mrt

import (
	"errors"
	"fmt"
	"io"

	"pahra/wire/internal/window"
	"pahra/wire/values"
)

// ErrNotMRT says that a stream holds no MRT record at all.
var ErrNotMRT = errors.New("no MRT record found")

const (
	// DefaultMaxRecord bounds the length of a record's body in octets. The largest known, a PEER_INDEX_TABLE or a
	// RIB entry with a thousand peers, stay under 1 MiB.
	DefaultMaxRecord = 64 << 20
	// maxLead is how much may stand before the first record before a stream is taken for something else.
	maxLead   = 16 << 20
	firstSize = 256 << 10
)

// Stats counts what a Reader saw.
type Stats struct {
	Records int64 // records given
	Bytes   int64 // octets read
	Skipped int64 // octets passed over in search of a record
	Damaged int64 // places where the framing was damaged, a record cut by the stream's end included
}

// Reader splits a stream into MRT records.
type Reader struct {
	// MaxRecord bounds the length of a record's body; a header that says more is taken as damaged. Memory grows
	// only with what has arrived, so a false length costs nothing. Set it before the first Next.
	MaxRecord uint32

	in      window.Window
	report  func(values.Problem)
	lastSec uint32
	rec     Record
	stats   Stats // but for Bytes
}

// NewReader reads the decompressed stream r. report, which may be nil, is told of each damaged place.
func NewReader(r io.Reader, report func(values.Problem)) *Reader {
	if report == nil {
		report = func(values.Problem) {}
	}
	return &Reader{MaxRecord: DefaultMaxRecord, in: window.New(r, firstSize), report: report}
}

// Stats gives the counts so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Bytes = r.in.Read()
	return s
}

// Next gives the next record, which holds until the next call. It gives io.EOF at the end, what the stream's source
// gave where that failed (after all records that arrived whole), and ErrNotMRT where there is no record at all.
//
// A header with an impossible length or unknown type is taken for damage unless a good header follows where it says.
// The reader then goes on at the next place that looks like a record and is followed by another, and reports how much
// it passed over. A record cut by the end of the stream is reported and not given.
func (r *Reader) Next() (*Record, error) {
	for {
		if !r.in.Have(headerLen) {
			return nil, r.end()
		}
		h := parseHeader(r.in.Unread())
		size := headerLen + int(h.length)
		switch {
		case h.length > r.MaxRecord:
			if err := r.resync(); err != nil {
				return nil, err
			}
		case !r.in.Have(size):
			if !r.skipTo(1, r.in.Len()) { // no record lies inside, so this one is cut
				return nil, r.end()
			}
		case r.followed(size) && h.known():
			return r.take(h, size), nil
		default:
			size, err := r.doubt(h, size)
			if err != nil {
				return nil, err
			}
			if size > 0 {
				return r.take(h, size), nil
			}
		}
	}
}

// doubt decides on a record that is of no known kind or has no good header behind it, and gives its true size. Zero
// means that what lies there was passed over.
func (r *Reader) doubt(h header, size int) (int, error) {
	switch {
	case h.kind == TypeTableDump && h.known() && r.followed(size+uncounted):
		return size + uncounted, nil
	case h.known():
		if r.skipTo(1, size) {
			return 0, nil
		}
		return size, nil // what follows is damaged, or the stream's end
	case r.followed(size) && r.near(h.sec):
		return size, nil // of a type that others use
	}
	return 0, r.resync()
}

// followed tells whether behind the next size octets stands a good header or the stream's end.
func (r *Reader) followed(size int) bool {
	if !r.in.Have(size + headerLen) {
		return r.in.Err() != nil && r.in.Len() == size
	}
	next := parseHeader(r.in.Unread()[size:])
	return next.length <= r.MaxRecord && next.known()
}

func (r *Reader) take(h header, size int) *Record {
	r.rec.Offset = r.in.Offset()
	r.rec.set(h, r.in.Take(size))
	r.lastSec = h.sec
	r.stats.Records++
	return &r.rec
}

// end says why there is no further record, and reports what is left over.
func (r *Reader) end() error {
	at, left := r.in.Offset(), r.in.Len()
	if left > 0 {
		r.stats.Damaged++
		r.stats.Skipped += int64(left)
		r.in.Take(left)
		if r.stats.Records > 0 {
			r.report(values.Problem{Offset: at, Reason: fmt.Sprintf("stream ends inside a record: its last %d octets are passed over", left)})
		}
	}
	switch {
	case r.in.Err() != io.EOF:
		return fmt.Errorf("reading MRT at offset %d: %w", r.in.Offset(), r.in.Err())
	case r.stats.Records == 0 && r.in.Read() > 0:
		return fmt.Errorf("reading MRT: %w in %d octets", ErrNotMRT, r.in.Read())
	}
	return io.EOF
}
