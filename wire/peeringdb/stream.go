package peeringdb

import (
	"encoding/json"
	"fmt"
	"io"

	"pahra/wire/values"
)

// stream walks JSON by tokens, so that only one record is in memory.
type stream struct {
	dec    *json.Decoder
	in     *bounded
	report func(values.Problem)
	each   record
}

// delim takes one bracket off the input.
func (s *stream) delim(want json.Delim) error {
	token, err := s.dec.Token()
	if err != nil {
		return fmt.Errorf("reading JSON at offset %d: %w", s.dec.InputOffset(), err)
	}
	if token != want {
		return fmt.Errorf("reading JSON at offset %d: %w", s.dec.InputOffset(), ErrFormat)
	}
	return nil
}

// object calls member with each key of an object; member takes the value off the input.
func (s *stream) object(member func(key string) error) error {
	s.in.spent = 0
	if err := s.delim('{'); err != nil {
		return err
	}
	for s.dec.More() {
		s.in.spent = 0
		key, err := s.dec.Token()
		if err != nil {
			return fmt.Errorf("reading JSON at offset %d: %w", s.dec.InputOffset(), err)
		}
		if err := member(key.(string)); err != nil {
			return err
		}
	}
	return s.delim('}')
}

// array gives each element to s.each.
func (s *stream) array() error {
	if err := s.delim('['); err != nil {
		return err
	}
	for s.dec.More() {
		s.in.spent = 0
		at := s.dec.InputOffset()
		bad, fatal := s.each(s.dec)
		if fatal != nil {
			return fmt.Errorf("reading the record at offset %d: %w", at, fatal)
		}
		if bad != nil {
			s.report(values.Problem{Offset: at, Reason: bad.Error()})
		}
	}
	return s.delim(']')
}

// skip passes over one value token by token, whatever its size.
func (s *stream) skip() error {
	for depth := 0; ; {
		s.in.spent = 0
		token, err := s.dec.Token()
		if err != nil {
			return fmt.Errorf("reading JSON at offset %d: %w", s.dec.InputOffset(), err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return fmt.Errorf("JSON is nested more than %d deep at offset %d", maxDepth, s.dec.InputOffset())
		}
	}
}

const maxDepth = 64

// bounded ends the reading where one record takes more than maxRecord bytes: the JSON decoder holds it in memory.
type bounded struct {
	r     io.Reader
	spent int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.spent > maxRecord {
		return 0, fmt.Errorf("a record takes more than %d bytes", maxRecord)
	}
	n, err := b.r.Read(p)
	b.spent += n
	return n, err
}
