package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"pahra/wire/values"
)

// ErrFraming says that a header cannot be right, so that nothing behind it can be told.
var ErrFraming = errors.New("no BMP message")

const (
	// DefaultMaxMessage bounds the length of a message in octets. The longest are Peer Up and Route Mirroring with two
	// BGP messages of 65,535 octets (RFC 8654) and some text.
	DefaultMaxMessage = 256 << 10
	headerLen         = 6
	peerLen           = 42
	firstSize         = 16 << 10
)

// Stats counts what a Reader saw.
type Stats struct {
	Messages  int64 // messages given
	Bytes     int64 // octets read
	Unknown   int64 // messages of unknown type, reported and passed over
	Malformed int64 // other places reported
}

// Reader splits a stream into messages. Not safe for concurrent use.
type Reader struct {
	// MaxMessage bounds the length of a message; a header that says more is [ErrFraming]. Set it before the first Next.
	MaxMessage int
	// Begun, where set, is called when the first octets of a message are there but not all of it, before the Reader
	// waits for more: a transport can set a limit to that wait.
	Begun func()

	src      io.Reader
	report   func(values.Problem)
	buf      []byte
	from, to int   // what is unread lies in buf[from:to]
	base     int64 // offset of buf[0] in the stream
	err      error // sticky
	msg      Message
	stats    Stats
}

// NewReader reads the stream r. report, which may be nil, is told of what is malformed or unknown.
func NewReader(r io.Reader, report func(values.Problem)) *Reader {
	if report == nil {
		report = func(values.Problem) {}
	}
	return &Reader{MaxMessage: DefaultMaxMessage, src: r, report: report, buf: make([]byte, firstSize)}
}

// Stats gives the counts so far.
func (r *Reader) Stats() Stats { return r.stats }

// Next gives the next message, which holds until the next call. It gives io.EOF where the stream ends between messages,
// io.ErrUnexpectedEOF inside one, [ErrFraming] where no message follows, else what the stream gave. Messages of unknown
// type, and those of which nothing could be read, are reported and passed over.
func (r *Reader) Next() (*Message, error) {
	for {
		raw, err := r.frame()
		if err != nil {
			return nil, err
		}
		if r.parse(raw) {
			r.stats.Messages++
			return &r.msg, nil
		}
	}
}

// Scan yields every message of r, as [Reader.Next] gives them; it ends with nil at the end of r, with what yield gave,
// or with the error of the Reader.
func Scan(r io.Reader, report func(values.Problem), yield func(*Message) error) error {
	reader := NewReader(r, report)
	for {
		m, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := yield(m); err != nil {
			return err
		}
	}
}

// frame gives the octets of the next message.
func (r *Reader) frame() ([]byte, error) {
	if err := r.have(headerLen); err != nil {
		return nil, err
	}
	head := r.buf[r.from:]
	n := binary.BigEndian.Uint32(head[1:])
	if head[0] != Version || n < headerLen || int64(n) > int64(r.MaxMessage) {
		r.err = fmt.Errorf("reading BMP at offset %d: %w: version %d, length %d", r.offset(), ErrFraming, head[0], n)
		return nil, r.err
	}
	if err := r.have(int(n)); err != nil {
		return nil, err
	}
	raw := r.buf[r.from : r.from+int(n) : r.from+int(n)]
	r.msg.Offset = r.offset()
	r.from += int(n)
	return raw, nil
}

func (r *Reader) offset() int64 { return r.base + int64(r.from) }

// have reads until n octets are at hand. The buffer grows only when it is full of what arrived.
func (r *Reader) have(n int) error {
	begun := false
	for tries := 0; r.to-r.from < n; {
		if r.err != nil {
			return r.failure()
		}
		if r.to > r.from && !begun && r.Begun != nil {
			r.Begun()
			begun = true
		}
		if r.from > 0 && r.from+n > len(r.buf) {
			copy(r.buf, r.buf[r.from:r.to])
			r.base += int64(r.from)
			r.from, r.to = 0, r.to-r.from
		}
		if r.to == len(r.buf) {
			r.buf = append(r.buf, make([]byte, len(r.buf))...)
		}
		var got int
		got, r.err = r.src.Read(r.buf[r.to:])
		r.to += got
		r.stats.Bytes += int64(got)
		if got > 0 {
			tries = 0
		} else if tries++; tries == 100 && r.err == nil {
			r.err = io.ErrNoProgress
		}
	}
	return nil
}

// failure says why there is no further message.
func (r *Reader) failure() error {
	switch {
	case errors.Is(r.err, ErrFraming):
		return r.err
	case r.err == io.EOF && r.to == r.from:
		return io.EOF
	case r.err == io.EOF:
		return fmt.Errorf("reading BMP at offset %d: %w", r.offset(), io.ErrUnexpectedEOF)
	}
	return fmt.Errorf("reading BMP at offset %d: %w", r.offset(), r.err)
}

func (r *Reader) malformed(format string, args ...any) {
	r.stats.Malformed++
	r.report(values.Problem{Offset: r.msg.Offset, Reason: fmt.Sprintf(format, args...)})
}
