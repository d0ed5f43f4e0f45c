// Package lines reads text line by line with a bound on a line's length, for the line-oriented formats of wire/.
//
// Make a [Reader] with [NewReader] and call [Reader.Next] until io.EOF. A line longer than the bound costs no memory: it
// is skipped and reported as [ErrTooLong], and the next call goes on behind it. Line ends are LF or CRLF and are cut
// off, as is a UTF-8 byte order mark before the first line. The package does not look into the lines.
package lines

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrTooLong says that the current line was longer than the bound and was skipped.
var ErrTooLong = errors.New("line too long")

// Reader reads lines; it keeps one line in memory.
type Reader struct {
	br     *bufio.Reader
	long   []byte // a line that did not fit into br's buffer
	max    int
	number int
}

// NewReader reads lines of at most max bytes, not counting the line end, from r.
func NewReader(r io.Reader, max int) *Reader {
	return &Reader{br: bufio.NewReaderSize(r, 64<<10), max: max}
}

// Number is the number of the line that Next gave last, from 1.
func (r *Reader) Number() int { return r.number }

// Next gives the next line, valid until the call after it. It returns io.EOF behind the last line, ErrTooLong for a
// line that was skipped, or the error of the underlying reader.
func (r *Reader) Next() ([]byte, error) {
	line, err := r.br.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		if line, err = r.collect(line); errors.Is(err, ErrTooLong) {
			return nil, err
		}
	}
	if len(line) == 0 && err != nil {
		return nil, err
	}
	r.number++
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	line = bytes.TrimSuffix(bytes.TrimSuffix(line, []byte("\n")), []byte("\r"))
	if r.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf"))
	}
	if len(line) > r.max {
		return nil, ErrTooLong
	}
	return line, nil
}

// collect gathers a line that is longer than the buffer, or skips to its end once it is over the bound.
func (r *Reader) collect(part []byte) ([]byte, error) {
	r.long = append(r.long[:0], part...)
	for {
		part, err := r.br.ReadSlice('\n')
		if len(r.long)+len(part) <= r.max+2 {
			r.long = append(r.long, part...)
		} else {
			return nil, r.skip(err)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return r.long, err
		}
	}
}

// skip reads to the end of an over-long line, of which the last read ended with err.
func (r *Reader) skip(err error) error {
	for errors.Is(err, bufio.ErrBufferFull) {
		_, err = r.br.ReadSlice('\n')
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.number++
	return ErrTooLong
}
