package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"pahra/wire/internal/window"
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

	in     window.Window
	report func(values.Problem)
	err    error // of the framing; sticky
	msg    Message
	stats  Stats // but for Bytes
}

// NewReader reads the stream r. report, which may be nil, is told of what is malformed or unknown.
func NewReader(r io.Reader, report func(values.Problem)) *Reader {
	if report == nil {
		report = func(values.Problem) {}
	}
	return &Reader{MaxMessage: DefaultMaxMessage, in: window.New(r, firstSize), report: report}
}

// Stats gives the counts so far.
func (r *Reader) Stats() Stats {
	s := r.stats
	s.Bytes = r.in.Read()
	return s
}

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
	if r.err != nil {
		return nil, r.err
	}
	if err := r.have(headerLen); err != nil {
		return nil, err
	}
	head := r.in.Unread()
	n := binary.BigEndian.Uint32(head[1:])
	if head[0] != Version || n < headerLen || int64(n) > int64(r.MaxMessage) {
		r.err = fmt.Errorf("reading BMP at offset %d: %w: version %d, length %d", r.in.Offset(), ErrFraming, head[0], n)
		return nil, r.err
	}
	if err := r.have(int(n)); err != nil {
		return nil, err
	}
	r.msg.Offset = r.in.Offset()
	return r.in.Take(int(n)), nil
}

// have reads until n octets of a message are at hand.
func (r *Reader) have(n int) error {
	if r.in.Have(1) && r.in.Len() < n && r.Begun != nil {
		r.Begun()
	}
	if r.in.Have(n) {
		return nil
	}
	err := r.in.Err()
	if err == io.EOF && r.in.Len() == 0 {
		return io.EOF
	}
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("reading BMP at offset %d: %w", r.in.Offset(), err)
}

func (r *Reader) malformed(format string, args ...any) {
	r.stats.Malformed++
	r.report(values.Problem{Offset: r.msg.Offset, Reason: fmt.Sprintf(format, args...)})
}
