package rtr

import (
	"bufio"
	"fmt"
	"io"
)

// Reader reads PDUs of a stream. Where reading fails for want of time, such as at a deadline, what has arrived stays, and
// the next call goes on there.
type Reader struct {
	r    *bufio.Reader
	size int // of the last PDU
}

// NewReader gives a reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, MaxLength+1)} }

// Next reads one PDU and the version in its header. It gives io.EOF at the end between two PDUs,
// io.ErrUnexpectedEOF within one, the error of the stream, or an *Error, behind which the stream is of no use.
func (r *Reader) Next() (version uint8, p PDU, err error) {
	header, err := r.r.Peek(headerLen)
	if err != nil {
		return 0, nil, r.ended(err, len(header))
	}
	n, err := lengthOf(header)
	if err != nil {
		return header[0], nil, err
	}
	whole, err := r.r.Peek(n)
	if err != nil {
		return 0, nil, r.ended(err, len(whole))
	}
	version, p, err = Decode(whole)
	r.size = n
	if _, skipped := r.r.Discard(n); skipped != nil && err == nil {
		err = fmt.Errorf("reading a PDU: %w", skipped)
	}
	return version, p, err
}

// Size is the length of the PDU that Next read last, in octets.
func (r *Reader) Size() int { return r.size }

func (r *Reader) ended(err error, have int) error {
	if err == io.EOF && have > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}
