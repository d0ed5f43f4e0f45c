package spoofer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"pahra/wire/values"
)

// bounded lets through at most maxRecord bytes, and what the reader buffers ahead, between two marks. It keeps
// encoding/json from holding a value of any size.
type bounded struct {
	r    io.Reader
	left int
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errLong
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

func (b *bounded) mark() { b.left = maxRecord }

// readDocument reads a collection, or several one behind the other (the API's pages), an array, or one session. base is
// the offset of r's first byte.
func readDocument(r io.Reader, base int64, out sink) error {
	limit := &bounded{r, maxRecord}
	d := documents{json.NewDecoder(limit), limit, base, out}
	for known := false; ; {
		limit.mark()
		token, err := d.json.Token()
		if err == io.EOF && known {
			return nil
		}
		if err != nil {
			return d.failed(err)
		}
		switch token {
		case json.Delim('['):
			err = d.members()
		case json.Delim('{'):
			err = d.collection()
		default:
			err = ErrFormat
		}
		if err != nil {
			return err
		}
		known = true
	}
}

type documents struct {
	json  *json.Decoder
	limit *bounded
	base  int64
	out   sink
}

func (d documents) failed(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("offset %d: %w", d.base+d.json.InputOffset(), err)
}

// collection reads an object whose opening brace is consumed: a collection's members, or the fields of one session.
func (d documents) collection() error {
	at := values.Problem{Offset: d.base + d.json.InputOffset() - 1}
	fields, isCollection := map[string]string{}, false
	for d.json.More() {
		key, err := d.json.Token()
		if err != nil {
			return d.failed(err)
		}
		name, _ := key.(string)
		if name == "hydra:member" || name == "member" {
			isCollection = true
			if token, err := d.json.Token(); err != nil || token != json.Delim('[') {
				return d.failed(errors.Join(err, fmt.Errorf("%s is not an array: %w", name, ErrFormat)))
			}
			if err := d.members(); err != nil {
				return err
			}
			continue
		}
		d.limit.mark()
		var raw json.RawMessage
		if err := d.json.Decode(&raw); err != nil {
			return d.failed(err)
		}
		if one, err := objectFields(fmt.Appendf(nil, "{%q:%s}", "x", raw)); err == nil && len(fields) < 100 {
			fields[name] = one["x"]
		}
	}
	if _, err := d.json.Token(); err != nil {
		return d.failed(err)
	}
	switch {
	case isCollection:
		return nil
	case fields["session"] == "":
		return d.failed(fmt.Errorf("an object with neither hydra:member nor session: %w", ErrFormat))
	}
	return d.out.record(fields, at)
}

// members reads an array whose opening bracket is consumed.
func (d documents) members() error {
	for d.json.More() {
		d.limit.mark()
		at := values.Problem{Offset: d.base + d.json.InputOffset()}
		var raw json.RawMessage
		if err := d.json.Decode(&raw); err != nil {
			return d.failed(err)
		}
		if err := d.out.object(raw, at); err != nil {
			return err
		}
	}
	if _, err := d.json.Token(); err != nil {
		return d.failed(err)
	}
	return nil
}
