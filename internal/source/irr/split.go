package irr

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"pahra/wire/lines"
	"pahra/wire/nrtm"
)

// The bounds on a dump, which are those of package rpsl.
const (
	maxLine   = 1 << 20
	maxObject = 4 << 20
)

// split gives each object of a dump whose class is kept, as it stands there but for comment lines. The text is valid
// until yield returns. The key is empty where the object has none. An object past the bounds is left out; a text that has
// no attribute at all is refused.
func split(r io.Reader, classes []string, yield func(object []byte, class uint8, key string) error) error {
	in := lines.NewReader(r, maxLine)
	s := splitter{classes: classes, yield: yield}
	for {
		line, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			if err := s.end(); err != nil {
				return err
			}
			if !s.any && in.Number() > 0 {
				return errors.New("this is no dump of a registry")
			}
			return nil
		case errors.Is(err, lines.ErrTooLong):
			s.skip, s.text, s.any = true, s.text[:0], s.any || len(s.text) > 0
			continue
		case err != nil:
			return fmt.Errorf("line %d: %w", in.Number()+1, err)
		}
		if err := s.line(line); err != nil {
			return err
		}
	}
}

// splitter gathers one object at a time.
type splitter struct {
	classes []string
	yield   func([]byte, uint8, string) error
	text    []byte
	class   uint8
	skip    bool // up to the next blank line
	any     bool
}

func (s *splitter) line(line []byte) error {
	switch {
	case len(bytes.TrimSpace(line)) == 0:
		return s.end()
	case s.skip || line[0] == '%' || line[0] == '#':
		return nil
	case len(s.text) == 0:
		name, _, ok := bytes.Cut(line, []byte(":"))
		if !ok || bytes.ContainsAny(name, " \t<>{}\"") {
			s.skip = true
			return nil
		}
		s.any = true
		i := slices.IndexFunc(s.classes, func(class string) bool { return bytes.EqualFold(name, []byte(class)) })
		if i < 0 {
			s.skip = true
			return nil
		}
		s.class = uint8(i)
	}
	if len(s.text)+len(line) > maxObject {
		s.skip, s.text = true, s.text[:0]
		return nil
	}
	s.text = append(append(s.text, line...), '\n')
	return nil
}

// end hands on the object, if there is one.
func (s *splitter) end() error {
	text := s.text
	s.skip, s.text = false, s.text[:0]
	if len(text) == 0 {
		return nil
	}
	_, key, err := nrtm.KeyOf(text)
	if err != nil {
		key = ""
	}
	return s.yield(text, s.class, key)
}
