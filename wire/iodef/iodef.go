// Package iodef reads and writes the Incident Object Description Exchange Format, version 2, as XML (RFC 7970) and as JSON
// (RFC 8727), both as the same types.
//
// A [Reader] takes a document incident by incident; [Read] takes one whole. An incident that is well-formed and breaks the
// schema is an error that wraps [ErrIncident] and says where and why; the reading goes on behind it. The order of elements
// is not held against a document. [WriteXML] and [WriteJSON] write what the schema agrees with. Input of strangers is
// bounded in size and depth; XML may have neither a document type nor entities of its own, and is UTF-8.
package iodef

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	// MaxIncident is how many octets an incident may have.
	MaxIncident = 16 << 20
	// MaxDepth is how many levels of elements may stand inside one another.
	MaxDepth = 64
)

// ErrIncident is wrapped by what is wrong with one incident; the reading can go on.
var ErrIncident = errors.New("no good incident")

// Reader reads a document incident by incident. Make it with NewReader.
type Reader struct {
	doc    Document
	of     source
	raw    []byte
	number int
	place  string
}

// source reads one of the two forms.
type source interface {
	// open reads what stands before the first incident.
	open(doc *Document) error
	// next gives the next incident, the octets it was read from, and its line, 0 if that is not known; io.EOF behind the
	// last. An error that is *invalid does not end the reading.
	next(doc *Document) (inc *Incident, raw []byte, line int, err error)
}

// NewReader reads up to the first incident of r, XML if it begins with "<", JSON if it begins with a brace.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{}
	br := bufio.NewReader(r)
	if err := in.choose(br); err != nil {
		return nil, fmt.Errorf("reading IODEF: %w", err)
	}
	if err := in.of.open(&in.doc); err != nil {
		return nil, fmt.Errorf("reading IODEF: %w", err)
	}
	return in, nil
}

// choose tells the form by the first octet.
func (r *Reader) choose(br *bufio.Reader) error {
	if start, _ := br.Peek(3); bytes.Equal(start, []byte("\xef\xbb\xbf")) {
		_, _ = br.Discard(3)
	}
	for range 1 << 16 {
		c, err := br.ReadByte()
		switch {
		case errors.Is(err, io.EOF):
			return errors.New("it is empty")
		case err != nil:
			return err
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		}
		_ = br.UnreadByte()
		switch c {
		case '<':
			r.of = newXMLReader(br)
		case '{':
			r.of = newJSONReader(br)
		case 0xfe, 0xff, 0:
			return errors.New("it is written in UTF-16 or UTF-32, only UTF-8 is read")
		default:
			return errors.New("it is neither XML nor a JSON object")
		}
		return nil
	}
	return errors.New("it begins with too much space")
}

// Next gives the next incident, io.EOF behind the last, an error that wraps ErrIncident for one that is not good, or
// what ends the reading.
func (r *Reader) Next() (*Incident, error) {
	inc, raw, line, err := r.of.next(&r.doc)
	r.raw = raw
	if errors.Is(err, io.EOF) {
		if r.number == 0 {
			return nil, errors.New("reading IODEF: it has no incident")
		}
		return nil, io.EOF
	}
	r.number++
	r.place = fmt.Sprintf("incident %d", r.number)
	if line > 0 {
		r.place += fmt.Sprintf(", line %d", line)
	}
	var bad *invalid
	switch {
	case err == nil:
		return inc, nil
	case errors.As(err, &bad):
		return nil, fmt.Errorf("%w: %w", ErrIncident, bad.reason)
	}
	return nil, fmt.Errorf("reading IODEF: %w", err)
}

// Raw gives what the incident was read from that Next gave last, or told is not good. It is valid until the next call.
func (r *Reader) Raw() []byte { return r.raw }

// Place says where that incident stands: "incident 2, line 40".
func (r *Reader) Place() string { return r.place }

// Document gives what is known of the document without its incidents: what stood before the incident that Next gave last.
func (r *Reader) Document() *Document { return &r.doc }

// Read reads a document whole. Its first incident that is not good is the error.
func Read(r io.Reader) (*Document, error) {
	in, err := NewReader(r)
	if err != nil {
		return nil, err
	}
	var list []Incident
	for {
		inc, err := in.Next()
		if errors.Is(err, io.EOF) {
			doc := *in.Document()
			doc.Incident = list
			return &doc, nil
		}
		if err != nil {
			return nil, err
		}
		list = append(list, *inc)
	}
}
