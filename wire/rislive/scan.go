package rislive

import (
	"errors"
	"fmt"
)

// maxDepth is how deep values may be nested. A capability of an OPEN, the deepest there is, lies six deep.
const maxDepth = 32

var errJSON = errors.New("it is no JSON")

// scanner passes over JSON (RFC 8259) and checks it. It copies nothing: values are given as they stand.
//
// It is by hand because the stream is fast and most of each message is not wanted: see the benchmark against
// encoding/json, which also is its oracle.
type scanner struct {
	b     []byte
	i     int
	depth int
}

func (s *scanner) fail() error { return fmt.Errorf("%w at octet %d", errJSON, s.i) }

// peek passes over white space and gives the octet behind it, or 0 at the end.
func (s *scanner) peek() byte {
	for s.i < len(s.b) {
		switch c := s.b[s.i]; c {
		case ' ', '\t', '\n', '\r':
			s.i++
		default:
			return c
		}
	}
	return 0
}

// take passes over white space and c, if that comes next.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.i++
	return true
}

// members yields the keys and values of an object. Values must be taken by yield with s.value or s.members.
func (s *scanner) members(yield func(key []byte) error) error {
	if !s.take('{') {
		return s.fail()
	}
	if s.take('}') {
		return nil
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail()
	}
	for {
		if s.peek() != '"' {
			return s.fail()
		}
		key, err := s.value()
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.fail()
		}
		if err := yield(key[1 : len(key)-1]); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		s.depth--
		if !s.take('}') {
			return s.fail()
		}
		return nil
	}
}

// elements yields the values of an array, which yield must take as for members.
func (s *scanner) elements(yield func() error) error {
	if !s.take('[') {
		return s.fail()
	}
	if s.take(']') {
		return nil
	}
	if s.depth++; s.depth > maxDepth {
		return s.fail()
	}
	for {
		if err := yield(); err != nil {
			return err
		}
		if s.take(',') {
			continue
		}
		s.depth--
		if !s.take(']') {
			return s.fail()
		}
		return nil
	}
}

// value takes any value and gives it as it stands.
func (s *scanner) value() ([]byte, error) {
	c := s.peek()
	start := s.i
	err := error(nil)
	switch {
	case c == '"':
		err = s.text()
	case c == '{':
		err = s.members(func([]byte) error { _, err := s.value(); return err })
	case c == '[':
		err = s.elements(func() error { _, err := s.value(); return err })
	case c == '-' || c >= '0' && c <= '9':
		err = s.number()
	case !s.word("null") && !s.word("true") && !s.word("false"):
		err = s.fail()
	}
	if err != nil {
		return nil, err
	}
	return s.b[start:s.i], nil
}

func (s *scanner) word(w string) bool {
	if len(s.b)-s.i < len(w) || string(s.b[s.i:s.i+len(w)]) != w {
		return false
	}
	s.i += len(w)
	return true
}

// text takes a string.
func (s *scanner) text() error {
	for i := s.i + 1; i < len(s.b); i++ {
		switch c := s.b[i]; {
		case c == '"':
			s.i = i + 1
			return nil
		case c == '\\':
			if i++; i == len(s.b) {
				return s.fail()
			}
			switch s.b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(s.b)-i < 5 || !isHex(s.b[i+1:i+5]) {
					return s.fail()
				}
				i += 4
			default:
				return s.fail()
			}
		case c < ' ':
			return s.fail()
		}
	}
	return s.fail()
}

func isHex(b []byte) bool {
	for _, c := range b {
		if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
			return false
		}
	}
	return true
}

// number takes a number.
func (s *scanner) number() error {
	if s.b[s.i] == '-' {
		s.i++
	}
	first := s.i
	n := s.digits()
	if n == 0 || n > 1 && s.b[first] == '0' {
		return s.fail()
	}
	if s.i < len(s.b) && s.b[s.i] == '.' {
		s.i++
		if s.digits() == 0 {
			return s.fail()
		}
	}
	if s.i < len(s.b) && s.b[s.i]|0x20 == 'e' {
		s.i++
		if s.i < len(s.b) && (s.b[s.i] == '+' || s.b[s.i] == '-') {
			s.i++
		}
		if s.digits() == 0 {
			return s.fail()
		}
	}
	return nil
}

func (s *scanner) digits() (n int) {
	for ; s.i < len(s.b) && s.b[s.i] >= '0' && s.b[s.i] <= '9'; n++ {
		s.i++
	}
	return n
}
