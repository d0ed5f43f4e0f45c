package taxii

import (
	"errors"
	"fmt"
	"io"

	"pahra/wire/jsontree"
)

// The bounds of an envelope that is read.
const (
	MaxObjectSize = 8 << 20 // of one object, in octets
	maxMembers    = 1000    // names in the envelope itself
)

// ErrNoEnvelope says that a text is no envelope of TAXII.
var ErrNoEnvelope = errors.New("it is no envelope of TAXII")

// Envelope is what stands around the objects.
type Envelope struct {
	More bool
	Next string
}

// ReadEnvelope hands over the objects of an envelope one by one, each as it is written and good until the next, and gives what
// stands around them. Of an object that is longer than MaxObjectSize the text is nil. It stops at the first error of each. What it
// cannot read is [ErrNoEnvelope], or the error of r.
func ReadEnvelope(r io.Reader, each func(text []byte) error) (e Envelope, err error) {
	s := jsontree.NewStream(r, MaxObjectSize)
	c, err := s.Peek()
	if err != nil {
		return e, noEnvelope(err)
	}
	if c != '{' {
		return e, fmt.Errorf("%w: it does not begin with {", ErrNoEnvelope)
	}
	if err := s.Enter('{'); err != nil {
		return e, noEnvelope(err)
	}
	if err := e.members(s, each); err != nil {
		return e, err
	}
	if _, err := s.Peek(); err == nil {
		return e, fmt.Errorf("%w: something follows it", ErrNoEnvelope)
	} else if !errors.Is(err, io.EOF) {
		return e, noEnvelope(err)
	}
	return e, nil
}

// members takes in the members of an envelope.
func (e *Envelope) members(s *jsontree.Stream, each func([]byte) error) error {
	seen := map[string]bool{}
	for {
		more, err := s.More()
		if err != nil {
			return noEnvelope(err)
		}
		if !more {
			return nil
		}
		name, err := s.Key()
		if err != nil {
			return noEnvelope(err)
		}
		if seen[name] || len(seen) == maxMembers {
			return fmt.Errorf("%w: %.60q is there twice, or there are more than %d names", ErrNoEnvelope, name, maxMembers)
		}
		seen[name] = true
		if err := e.member(s, name, each); err != nil {
			return err
		}
	}
}

// member takes in one member of an envelope.
func (e *Envelope) member(s *jsontree.Stream, name string, each func([]byte) error) error {
	if name == "objects" {
		return objects(s, each)
	}
	raw, err := s.Raw()
	if err != nil {
		return noEnvelope(err)
	}
	if name != "more" && name != "next" {
		return nil
	}
	v, err := jsontree.Parse(raw, jsontree.Limits{Size: 1 << 16, Depth: 1, Values: 1})
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNoEnvelope, name, err)
	}
	if name == "more" {
		e.More = v.True()
	} else {
		e.Next = v.Str()
	}
	return nil
}

func objects(s *jsontree.Stream, each func([]byte) error) error {
	if c, err := s.Peek(); err != nil || c != '[' {
		return fmt.Errorf("%w: objects is no list", errors.Join(ErrNoEnvelope, err))
	}
	if err := s.Enter('['); err != nil {
		return noEnvelope(err)
	}
	for {
		more, err := s.More()
		if err != nil {
			return noEnvelope(err)
		}
		if !more {
			return nil
		}
		raw, err := s.Raw()
		if errors.Is(err, jsontree.ErrTooLong) {
			raw, err = nil, nil
		}
		if err != nil {
			return noEnvelope(err)
		}
		if err := each(raw); err != nil {
			return err
		}
	}
}

func noEnvelope(err error) error { return fmt.Errorf("%w: %w", ErrNoEnvelope, err) }

// AppendEnvelope appends an envelope with objects as they are written. Without any and without more it is {}.
func AppendEnvelope(b []byte, e Envelope, bodies [][]byte) []byte {
	b = append(b, '{')
	comma := ""
	if e.More {
		b, comma = append(b, `"more":true`...), ","
	}
	if e.Next != "" {
		b = jsontree.AppendString(append(b, comma+`"next":`...), e.Next)
		comma = ","
	}
	if len(bodies) > 0 {
		b = append(b, comma+`"objects":[`...)
		for i, body := range bodies {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(b, body...)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}
