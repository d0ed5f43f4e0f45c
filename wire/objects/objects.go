// Package objects reads JSON objects one by one: out of a list, line by line, or one after the other, for the formats of
// wire/ that come as many objects in one file.
//
// Make a [Reader] with [NewReader] and call [Reader.Next] until io.EOF. Only one object is in memory, and none longer than
// the bound. What is no object, or is too long or too deep, is an error that wraps [ErrObject] and costs no memory; the
// next call goes on behind it, after a broken object with the first line that begins with a brace. The package does not look into the objects.
package objects

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

var (
	// ErrFormat says that the input is neither an object nor a list.
	ErrFormat = errors.New("it is no JSON: it begins neither with an object nor with a list")
	// ErrObject is wrapped by the error for one bad object; the reading can go on.
	ErrObject = errors.New("no good object")
)

const (
	deepest = 100      // levels of lists and objects within an object
	block   = 64 << 10 // octets read at once
	sample  = 1 << 10  // octets that are kept of what is bad
)

// Reader reads objects. Make it with NewReader.
type Reader struct {
	r    io.Reader
	max  int
	buf  []byte // read, from start on not given yet
	from int    // where in buf the next value begins
	err  error  // of r, once it came

	line, at     int // line at from; line of what Next gave
	number       int
	begun, inner bool // something was read; inside a list
}

// NewReader reads objects of at most max octets from r.
func NewReader(r io.Reader, max int) *Reader { return &Reader{r: r, max: max, line: 1} }

// Number is the number of the object that Next gave last, from 1; bad ones count.
func (r *Reader) Number() int { return r.number }

// Line is the line in which the object begins that Next gave last.
func (r *Reader) Line() int { return r.at }

// Next gives the next object, valid until the call after it. It returns io.EOF behind the last, ErrFormat if the input is
// nothing of the kind, an error that wraps ErrObject for something bad, together with what stands there, cut if it is
// long, or the error of the underlying reader.
func (r *Reader) Next() ([]byte, error) {
	for {
		c, err := r.peek()
		if err != nil {
			return nil, err
		}
		switch {
		case c == '{':
			r.begun = true
			return r.object()
		case c == '[' && !r.inner:
			r.begun, r.inner = true, true
		case !r.begun:
			return nil, ErrFormat
		case c == ']' && r.inner:
			r.inner = false
		case c == ',':
		default:
			return r.stray()
		}
		r.skip(1)
	}
}

// more reads another block; false at the end.
func (r *Reader) more() bool {
	if r.err != nil {
		return false
	}
	if r.from > 0 {
		r.buf = append(r.buf[:0], r.buf[r.from:]...)
		r.from = 0
	}
	if cap(r.buf)-len(r.buf) < block/4 {
		r.buf = slices.Grow(r.buf, block)
	}
	for range 100 {
		n, err := r.r.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if r.err = err; n > 0 || err != nil {
			return n > 0
		}
	}
	r.err = io.ErrNoProgress
	return false
}

// peek gives the next octet that is no space.
func (r *Reader) peek() (byte, error) {
	for {
		for r.from < len(r.buf) {
			switch c := r.buf[r.from]; c {
			case ' ', '\t', '\r', '\n':
				r.skip(1)
			case 0xef:
				if bytes.HasPrefix(r.buf[r.from:], []byte("\xef\xbb\xbf")) && !r.begun {
					r.skip(3)
					continue
				}
				return c, nil
			default:
				return c, nil
			}
		}
		if !r.more() {
			return 0, r.err
		}
	}
}

// skip passes over n octets of buf.
func (r *Reader) skip(n int) {
	r.line += bytes.Count(r.buf[r.from:r.from+n], []byte{'\n'})
	r.from += n
}

// begin notes where a value begins.
func (r *Reader) begin() {
	r.number++
	r.at = r.line
}

// stray passes over what is no object: the rest of the line, or up to what may be one.
func (r *Reader) stray() ([]byte, error) {
	r.begin()
	var kept []byte
	for {
		rest := r.buf[r.from:]
		n := bytes.IndexAny(rest, "\n{,")
		end := n >= 0
		if !end {
			n = len(rest)
		}
		kept = append(kept, rest[:min(n, sample-len(kept))]...)
		r.skip(n)
		if end || !r.more() {
			return kept, fmt.Errorf("%w: something else stands here", ErrObject)
		}
	}
}

// object reads the object that begins at from.
func (r *Reader) object() ([]byte, error) {
	r.begin()
	var s scanner
	for n := 0; ; {
		done, at, err := s.scan(r.buf[r.from+n : min(len(r.buf), r.from+r.max+1)])
		n += at
		switch {
		case err != nil:
			return r.broken(n, err)
		case n > r.max:
			return r.tooLong(n, &s)
		case done:
			object := r.buf[r.from : r.from+n : r.from+n]
			if !json.Valid(object) {
				return r.invalid(n)
			}
			r.skip(n)
			return object, nil
		}
		if r.from+n == len(r.buf) && !r.more() {
			if !errors.Is(r.err, io.EOF) {
				return nil, r.err
			}
			return r.broken(n, errors.New("it does not end"))
		}
	}
}

// broken passes over an object that breaks off behind n octets: up to the first brace at a line's beginning.
func (r *Reader) broken(n int, reason error) ([]byte, error) {
	kept := r.keep(n)
	last := byte('{')
	for r.skip(1); ; {
		i, found := next(last, r.buf[r.from:])
		if i > 0 {
			last = r.buf[r.from+i-1]
		}
		r.skip(i)
		if found || !r.more() {
			return kept, fmt.Errorf("%w: %w", ErrObject, reason)
		}
	}
}

// invalid passes over an object of n octets that ends where it should and yet is no JSON: as broken does if a brace at a
// line's beginning is in it, otherwise to its end.
func (r *Reader) invalid(n int) ([]byte, error) {
	kept := r.keep(n)
	if i, found := next(0, r.buf[r.from:r.from+n]); found {
		n = i
	}
	r.skip(n)
	return kept, fmt.Errorf("%w: it is no JSON", ErrObject)
}

// tooLong passes over an object to its end, or up to a brace at a line's beginning; n octets of it were scanned.
func (r *Reader) tooLong(n int, s *scanner) ([]byte, error) {
	kept, reason := r.keep(n), fmt.Errorf("%w: it is longer than %d octets", ErrObject, r.max)
	if i, found := next(0, r.buf[r.from:r.from+n]); found {
		r.skip(i)
		return kept, reason
	}
	last := r.buf[r.from+n-1]
	r.skip(n)
	for !s.done {
		if r.from == len(r.buf) && !r.more() {
			break
		}
		i, found := next(last, r.buf[r.from:])
		_, at, err := s.scan(r.buf[r.from : r.from+i])
		if at > 0 {
			last = r.buf[r.from+at-1]
		}
		r.skip(at)
		if err == nil && found && at == i {
			break
		}
		if err != nil {
			_, _ = r.broken(0, err)
			break
		}
	}
	return kept, reason
}

// keep copies the beginning of the object that begins at from, for who is told that it is bad.
func (r *Reader) keep(n int) []byte { return bytes.Clone(r.buf[r.from : r.from+min(n, sample)]) }

// next gives where in b a brace stands at a line's beginning, last being what stands before b; if there is none, the
// length of b.
func next(last byte, b []byte) (at int, found bool) {
	if last == '\n' && len(b) > 0 && b[0] == '{' {
		return 0, true
	}
	if i := bytes.Index(b, []byte("\n{")); i >= 0 {
		return i + 1, true
	}
	return len(b), false
}

// scanner finds the end of an object.
type scanner struct {
	depth         int
	quoted, slash bool // inside a string; behind a backslash
	done          bool
}

// scan goes on with b: how many octets of it belong to the object, and whether it ends there.
func (s *scanner) scan(b []byte) (done bool, n int, err error) {
	for i, c := range b {
		switch {
		case s.quoted && c < ' ':
			return false, i, errors.New("a string is not closed")
		case s.slash:
			s.slash = false
		case s.quoted:
			s.slash = c == '\\'
			s.quoted = c != '"'
		case c == '"':
			s.quoted = true
		case c == '{' || c == '[':
			if s.depth++; s.depth > deepest {
				return false, i, fmt.Errorf("it is deeper than %d levels", deepest)
			}
		case c == '}' || c == ']':
			if s.depth--; s.depth == 0 {
				s.done = true
				return true, i + 1, nil
			}
		}
	}
	return false, len(b), nil
}
