package vrp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"pahra/wire/values"
)

const (
	maxDepth  = 32      // nested arrays and objects
	maxString = 1 << 16 // bytes in one string or number
)

// errSyntax marks an error after which the scanner has lost its place in the JSON, so that reading on needs resync.
var errSyntax = errors.New("malformed JSON")

// scanner is a pull reader of JSON (RFC 8259) in constant memory that knows where it is. It is stricter than it is
// complete: strings are checked for control characters, and escapes decoded only where one occurs.
type scanner struct {
	r      io.Reader
	buf    []byte
	pos    int   // next byte in buf
	end    int   // bytes in buf
	base   int64 // offset in the input of buf[0]
	line   int   // newlines passed, plus one
	depth  int
	err    error  // the reader's error, io.EOF included, once it came
	quoted []byte // scratch for a string with escapes
	key    []byte // the innermost member's name
}

func newScanner(r io.Reader) *scanner {
	return &scanner{r: r, buf: make([]byte, 1<<17), line: 1}
}

// place is where the scanner stands. A file on a single line has no lines to speak of.
func (s *scanner) place() values.Problem {
	p := values.Problem{Offset: s.base + int64(s.pos)}
	if s.line > 1 {
		p.Line = s.line
	}
	return p
}

// fill reads more behind what is left, which it moves to the front. It returns false at the end of the input.
func (s *scanner) fill() bool {
	if s.err != nil {
		return false
	}
	s.base += int64(s.pos)
	s.end = copy(s.buf, s.buf[s.pos:s.end])
	s.pos = 0
	for tries := 0; tries < 100; tries++ {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		if err != nil {
			s.err = err
		}
		if n > 0 || err != nil {
			return n > 0
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// peek skips white space and gives the next byte without consuming it.
func (s *scanner) peek() (byte, error) {
	for {
		for s.pos < s.end {
			c := s.buf[s.pos]
			switch c {
			case '\n':
				s.line++
			case ' ', '\t', '\r':
			default:
				return c, nil
			}
			s.pos++
		}
		if !s.fill() {
			return 0, s.broken()
		}
	}
}

// broken is the error of an input that ends in the middle of a value.
func (s *scanner) broken() error {
	if s.err == io.EOF {
		return fmt.Errorf("the JSON breaks off at offset %d: %w", s.base+int64(s.pos), io.ErrUnexpectedEOF)
	}
	return s.err
}

func (s *scanner) syntax(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errSyntax, fmt.Sprintf(format, args...))
}

// expect consumes the byte c.
func (s *scanner) expect(c byte) error {
	got, err := s.peek()
	if err != nil {
		return err
	}
	if got != c {
		return s.syntax("%q where %q is due", got, c)
	}
	s.pos++
	return nil
}

// object calls member for each key of an object, standing before its value, which member must consume. The key is valid
// until the next call of object.
func (s *scanner) object(member func(key []byte) error) error {
	return s.list('{', '}', func() error {
		key, err := s.text()
		if err != nil {
			return err
		}
		s.key = append(s.key[:0], key...)
		if err := s.expect(':'); err != nil {
			return err
		}
		return member(s.key)
	})
}

// array calls element for each element of an array, standing before it; element must consume it.
func (s *scanner) array(element func() error) error { return s.list('[', ']', element) }

func (s *scanner) list(open, close byte, item func() error) error {
	if err := s.expect(open); err != nil {
		return err
	}
	if s.depth++; s.depth > maxDepth {
		return s.syntax("nested more than %d deep", maxDepth)
	}
	defer func() { s.depth-- }()
	c, err := s.peek()
	if err != nil {
		return err
	}
	for first := true; c != close || !first; first = false {
		if err := item(); err != nil {
			return err
		}
		if c, err = s.peek(); err != nil {
			return err
		}
		if c == close {
			break
		}
		if err := s.expect(','); err != nil {
			return err
		}
	}
	s.pos++
	return nil
}

// text reads a string. The bytes are valid until the next call of any method.
func (s *scanner) text() ([]byte, error) {
	if err := s.expect('"'); err != nil {
		return nil, err
	}
	for from := s.pos; ; {
		if i := bytes.IndexByte(s.buf[from:s.end], '"'); i >= 0 {
			raw := s.buf[s.pos : from+i]
			if n := trailingBackslashes(raw); n%2 == 1 {
				from += i + 1
				continue
			}
			return s.unquote(raw)
		}
		if from = s.end; s.end-s.pos > maxString {
			return nil, s.syntax("a string of more than %d bytes", maxString)
		}
		from -= s.pos // fill moves what is left to the front
		if !s.fill() {
			return nil, s.broken()
		}
	}
}

func trailingBackslashes(b []byte) (n int) {
	for n < len(b) && b[len(b)-1-n] == '\\' {
		n++
	}
	return n
}

// unquote checks the inside of a string and steps behind its closing quote.
func (s *scanner) unquote(raw []byte) ([]byte, error) {
	if len(raw) > maxString {
		return nil, s.syntax("a string of more than %d bytes", maxString)
	}
	escaped := false
	for _, c := range raw {
		if c < ' ' {
			return nil, s.syntax("a control character in a string")
		}
		escaped = escaped || c == '\\'
	}
	s.pos += len(raw) + 1
	if !escaped {
		return raw, nil
	}
	s.quoted = append(append(append(s.quoted[:0], '"'), raw...), '"')
	var decoded string
	if err := json.Unmarshal(s.quoted, &decoded); err != nil {
		return nil, s.syntax("a bad escape in a string")
	}
	return []byte(decoded), nil
}

// literal reads a number, true, false or null as it stands. The bytes are valid until the next call of any method.
func (s *scanner) literal() ([]byte, error) {
	if _, err := s.peek(); err != nil {
		return nil, err
	}
	n := 0
	for {
		for s.pos+n < s.end && literalByte(s.buf[s.pos+n]) {
			n++
		}
		if s.pos+n < s.end || n > maxString || !s.fill() {
			break
		}
	}
	if s.pos+n == s.end && s.err != nil {
		return nil, s.broken()
	}
	word := s.buf[s.pos : s.pos+n]
	if n == 0 || !natural(word) && !json.Valid(word) {
		return nil, s.syntax("%.20q is no value", s.buf[s.pos:min(s.end, s.pos+max(n, 1))])
	}
	s.pos += n
	return word, nil
}

// natural says that word is a natural number, the most frequent literal by far.
func natural(word []byte) bool {
	for _, c := range word {
		if c < '0' || c > '9' {
			return false
		}
	}
	return word[0] != '0'
}

func literalByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

// scalar reads a string (without its quotes), number, true, false or null. An array or object it skips, giving nil.
func (s *scanner) scalar() ([]byte, error) {
	c, err := s.peek()
	if err != nil {
		return nil, err
	}
	switch c {
	case '"':
		return s.text()
	case '{', '[':
		return nil, s.skip()
	}
	return s.literal()
}

// skip consumes one value of any kind.
func (s *scanner) skip() error {
	c, err := s.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{':
		return s.object(func([]byte) error { return s.skip() })
	case '[':
		return s.array(s.skip)
	}
	_, err = s.scalar()
	return err
}

// resync seeks, after a syntax error, the next object that follows a comma, and stands before it.
func (s *scanner) resync() error {
	comma := false
	for {
		c, err := s.peek()
		if err != nil {
			return err
		}
		if comma && c == '{' {
			return nil
		}
		comma = c == ','
		s.pos++
	}
}
