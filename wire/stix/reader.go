package stix

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"pahra/wire/jsontree"
)

// BadObject is an object that could not be read. Reading goes on behind it.
type BadObject struct {
	Number int    // which one it is, from 1
	Reason error  // why
	Text   []byte // what stands there, if it is not too long
}

// Error gives "object 3: reason".
func (b *BadObject) Error() string { return fmt.Sprintf("object %d: %v", b.Number, b.Reason) }

// Unwrap gives the reason.
func (b *BadObject) Unwrap() error { return b.Reason }

// Reader takes objects out of a bundle (section 8), an envelope of TAXII, a list of objects, or any number of these and of
// single objects one behind the other. It holds one object, of at most 32 MiB.
type Reader struct {
	s       *jsontree.Stream
	number  int
	inList  bool   // in a list of objects
	inOuter bool   // inside a bundle, or what may turn out to be one object
	list    bool   // a list of objects was in it
	rest    []byte // the members around it
	raw     []byte // the last object's text
}

// NewReader reads from r.
func NewReader(r io.Reader) *Reader { return &Reader{s: jsontree.NewStream(r, limits.Size)} }

// Number is the number of the object that Next gave last, from 1.
func (r *Reader) Number() int { return r.number }

// Text is the text of the object that Next gave last, until the next call.
func (r *Reader) Text() []byte { return r.raw }

// Next gives the next object. It gives io.EOF behind the last, a *BadObject for one that cannot be read, and any other
// error for a text that cannot be read further.
func (r *Reader) Next() (*Object, error) {
	for {
		var err error
		var raw []byte
		switch {
		case r.inList:
			raw, err = r.item()
		case r.inOuter:
			raw, err = r.member()
		default:
			err = r.begin()
		}
		if long := errors.Is(err, jsontree.ErrTooLong); err != nil && !long {
			return nil, err
		} else if raw == nil && !long {
			continue
		}
		r.number++
		r.raw = raw
		if err == nil {
			var o *Object
			if o, err = Parse(raw); err == nil {
				return o, nil
			}
		}
		return nil, &BadObject{r.number, err, raw}
	}
}

// begin enters what comes next at the top.
func (r *Reader) begin() error {
	c, err := r.s.Peek()
	if err != nil {
		return err
	}
	if c == '[' {
		r.inList = true
		return r.s.Enter(c)
	}
	r.inOuter, r.list, r.rest = true, false, append(r.rest[:0], '{')
	return r.s.Enter('{')
}

// item takes the next object of a list.
func (r *Reader) item() ([]byte, error) {
	more, err := r.s.More()
	if err != nil || !more {
		r.inList = false
		return nil, err
	}
	return r.s.Raw()
}

// member takes the next member of a bundle or of an object. At the end of an object it gives the object.
func (r *Reader) member() ([]byte, error) {
	more, err := r.s.More()
	if err != nil {
		return nil, err
	}
	if !more {
		r.inOuter = false
		return r.outer()
	}
	key, err := r.s.Key()
	if err != nil {
		return nil, err
	}
	if c, err := r.s.Peek(); err == nil && c == '[' && key == "objects" {
		r.inList, r.list = true, true
		return nil, r.s.Enter('[')
	}
	raw, err := r.s.Raw()
	if err == nil && len(r.rest)+len(raw) > limits.Size {
		err = errors.New("what stands around the objects is longer than is allowed")
	}
	if err != nil {
		return nil, fmt.Errorf("%.60q: %w", key, noObject{err})
	}
	if len(r.rest) > 1 {
		r.rest = append(r.rest, ',')
	}
	r.rest = append(append(jsontree.AppendString(r.rest, key), ':'), raw...)
	return nil, nil
}

// noObject keeps an error from being taken for that of a single object.
type noObject struct{ error }

// outer gives what was left at the end of an object: the object itself, or nothing if it was a bundle or an envelope.
func (r *Reader) outer() ([]byte, error) {
	r.rest = append(r.rest, '}')
	if r.list {
		return nil, nil
	}
	around, err := jsontree.Parse(r.rest, limits)
	typ := around.Get("type")
	if err == nil && (typ.Str() == "bundle" || typ == nil && (len(around.Members) == 0 || around.Get("more") != nil)) {
		return nil, nil
	}
	return bytes.Clone(r.rest), nil
}
