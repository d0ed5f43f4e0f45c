package jsontree

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Stream takes a long text apart: the caller enters the objects and arrays that it wants to go through, and takes the
// values in them one by one as text. It holds one value. Not safe for concurrent use.
//
//	for s.Enter('['); …; {
//		more, err := s.More()
//		raw, err := s.Raw()
//	}
type Stream struct {
	r      io.Reader
	max    int
	buf    []byte // buf[at:] is read and not taken
	at     int
	before int64 // octets before buf
	err    error // of r
	open   []byte
	first  bool // nothing of the innermost has been taken
	val    []byte
}

// deepest is how deep Raw holds brackets against one another; beyond that it counts them.
const deepest = 512

// NewStream reads from r. A value longer than max octets is not taken.
func NewStream(r io.Reader, max int) *Stream {
	return &Stream{r: r, max: max, buf: make([]byte, 0, 64<<10)}
}

// Offset is where the stream stands, in octets.
func (s *Stream) Offset() int64 { return s.before + int64(s.at) }

func (s *Stream) wrong(what string) error { return fmt.Errorf("at octet %d: %s", s.Offset(), what) }

// fill reads on behind what is not taken, which there is none of.
func (s *Stream) fill() bool {
	s.before += int64(len(s.buf))
	s.buf, s.at = s.buf[:0], 0
	mark := []byte("\xef\xbb\xbf")
	for tries := 0; s.err == nil && (len(s.buf) == 0 || s.before == 0 && len(s.buf) < len(mark) && bytes.HasPrefix(mark, s.buf)); tries++ {
		if tries == 100 {
			s.err = io.ErrNoProgress
			break
		}
		var n int
		n, s.err = s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
	}
	if s.before == 0 && bytes.HasPrefix(s.buf, mark) {
		s.at = len(mark)
	}
	return len(s.buf) > s.at
}

// Peek gives the next octet that is no white space: what the next value begins with. At the end it gives io.EOF.
func (s *Stream) Peek() (byte, error) {
	for {
		for ; s.at < len(s.buf); s.at++ {
			if c := s.buf[s.at]; c != ' ' && c != '\n' && c != '\r' && c != '\t' {
				return c, nil
			}
		}
		if !s.fill() {
			if s.err == nil {
				continue
			}
			return 0, s.err
		}
	}
}

// inside gives the next octet where the text cannot end.
func (s *Stream) inside() (byte, error) {
	c, err := s.Peek()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return c, err
}

// Enter goes into the object or the array that begins here with c, a brace or a bracket.
func (s *Stream) Enter(c byte) error {
	got, err := s.inside()
	if err != nil {
		return err
	}
	if got != c {
		return s.wrong(fmt.Sprintf("%q is missing", c))
	}
	s.at++
	s.open, s.first = append(s.open, c+2), true
	return nil
}

// More tells whether there is one more member or item in what was entered last. If there is none it leaves it.
func (s *Stream) More() (bool, error) {
	c, err := s.inside()
	if err != nil {
		return false, err
	}
	last := len(s.open) - 1
	switch {
	case c == s.open[last]:
		s.open, s.first = s.open[:last], false
		s.at++
		return false, nil
	case s.first:
		s.first = false
		return true, nil
	case c != ',':
		return false, s.wrong(fmt.Sprintf("a comma or %q is missing", s.open[last]))
	}
	s.at++
	if c, err = s.inside(); err == nil && c == s.open[last] {
		err = s.wrong("a value is missing")
	}
	return true, err
}

// Key takes a member's name and its colon.
func (s *Stream) Key() (string, error) {
	if c, err := s.inside(); err != nil {
		return "", err
	} else if c != '"' {
		return "", s.wrong("a name is missing")
	}
	raw, err := s.Raw()
	if err != nil {
		return "", err
	}
	name, err := Parse(raw, Limits{Size: s.max, Depth: 1, Values: 1})
	if err != nil {
		return "", err
	}
	if c, err := s.inside(); err != nil {
		return "", err
	} else if c != ':' {
		return "", s.wrong("a colon is missing")
	}
	s.at++
	return name.Text, nil
}

// Raw takes the next value as text, which is valid until the next call. It finds where the value ends and does not look
// whether it is right inside. A value that is too long is passed over and gives ErrTooLong; reading may go on behind it.
func (s *Stream) Raw() ([]byte, error) {
	if _, err := s.inside(); err != nil {
		return nil, err
	}
	x := extent{}
	s.val = s.val[:0]
	long := false
	for {
		n, done, err := x.feed(s.buf[s.at:])
		if err != nil {
			return nil, s.wrong(err.Error())
		}
		if long = long || len(s.val)+n > s.max; !long {
			if done && len(s.val) == 0 {
				raw := s.buf[s.at : s.at+n]
				s.at += n
				return raw, nil
			}
			s.val = append(s.val, s.buf[s.at:s.at+n]...)
		}
		s.at += n
		if !done && !s.fill() && s.err != nil {
			if !errors.Is(s.err, io.EOF) {
				return nil, s.err
			}
			if !x.scalar {
				return nil, io.ErrUnexpectedEOF
			}
			done = true
		}
		if done {
			if long {
				return nil, ErrTooLong
			}
			return s.val, nil
		}
	}
}

// extent finds where a value ends.
type extent struct {
	open    []byte // the brackets that are open
	deeper  int    // how many more are, beyond deepest
	str     bool   // inside a string
	escaped bool   // behind a backslash
	scalar  bool   // a number or a word
}

// feed takes the next piece and tells how much of it belongs to the value and whether it ends there.
func (x *extent) feed(b []byte) (n int, done bool, err error) {
	for i, c := range b {
		switch {
		case x.escaped:
			x.escaped = false
		case x.str:
			x.escaped = c == '\\'
			if c == '"' {
				if x.str = false; len(x.open) == 0 {
					return i + 1, true, nil
				}
			}
		case x.scalar && (c == ',' || c == '}' || c == ']' || c == '{' || c == '[' || c == '"' || c == ':' || c <= ' '):
			return i, true, nil
		case c == '"':
			x.str = true
		case c == '{' || c == '[':
			if len(x.open) < deepest {
				x.open = append(x.open, c+2)
			} else {
				x.deeper++
			}
		case c == '}' || c == ']':
			if ends, err := x.leave(c); ends || err != nil {
				return i + 1, true, err
			}
		default:
			x.scalar = x.scalar || len(x.open) == 0
		}
	}
	return len(b), false, nil
}

// leave closes the innermost bracket and tells whether it was the last.
func (x *extent) leave(c byte) (bool, error) {
	if x.deeper > 0 {
		x.deeper--
		return false, nil
	}
	last := len(x.open) - 1
	if last < 0 || x.open[last] != c {
		return false, fmt.Errorf("%q closes nothing", c)
	}
	x.open = x.open[:last]
	return last == 0, nil
}
