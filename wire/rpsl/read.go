package rpsl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// The bounds on one input. RIPE's largest objects have some hundred thousand octets.
const (
	maxLine    = 1 << 20 // octets in a line
	maxObject  = 4 << 20 // octets in an object
	maxAttrs   = 1 << 18 // attributes in an object
	maxSources = 4096    // distinct registry names that are remembered
	giveUp     = 100     // bad lines before the first good object that show another format
)

// ErrFormat says that the input is not RPSL at all.
var ErrFormat = errors.New("not RPSL: no object found")

// Reader says how to read. The zero value reads every class and trusts the objects' own source:.
type Reader struct {
	// Source is the registry of objects that do not name one, such as the name of the dump's file.
	Source string
	// At is when the dump was made, by which a registry is authenticated or not; zero: now.
	At time.Time
	// Classes, if not empty, limits reading to these, in lower case; others are passed over fast and unchecked.
	Classes []string
}

// Read reads every object with the zero [Reader].
func Read(r io.Reader, report func(values.Problem), yield func(*Object) error) error {
	return Reader{}.Read(r, report, yield)
}

// Read reads a dump: objects parted by blank lines, comment lines that begin with % or #, values continued on lines that
// begin with space, tab or + (RFC 2622 section 2). The object that yield gets is valid until yield returns. An object
// with a malformed line, or past the bounds, is refused as a whole and reported. Read returns what yield returns, the
// error of r, or [ErrFormat].
func (rd Reader) Read(r io.Reader, report func(values.Problem), yield func(*Object) error) error {
	p := parser{reader: rd, report: report, yield: yield, sources: map[string]origin{}}
	lr := lines.NewReader(r, maxLine)
	for p.good > 0 || p.bad < giveUp {
		line, err := lr.Next()
		switch {
		case err == nil:
			err = p.line(line, lr.Number())
		case errors.Is(err, lines.ErrTooLong):
			p.refuse(lr.Number(), fmt.Sprintf("line longer than %d octets", maxLine))
			err = nil
		case errors.Is(err, io.EOF):
			return p.finish()
		default:
			return fmt.Errorf("reading line %d: %w", lr.Number()+1, err)
		}
		if err != nil {
			return err
		}
	}
	return ErrFormat
}

// parser gathers one object at a time. Names and values are kept as offsets into text until the object is whole.
type parser struct {
	reader  Reader
	report  func(values.Problem)
	yield   func(*Object) error
	sources map[string]origin

	text  []byte
	spans []span
	obj   Object
	state state
	first int // line of the object's first attribute
	good  int // objects read
	bad   int // lines refused
}

// span is where an attribute lies in text.
type span struct{ name, value, end int }

// state is what the parser does with the lines up to the next blank one.
type state uint8

const (
	between  state = iota // no object yet
	gather                // in an object that is wanted
	pass                  // in one of a class not wanted
	refusing              // in one that was refused
)

// origin is a registry's name as interned, and whether it is authenticated.
type origin struct {
	name          string
	authenticated bool
}

// finish ends the last object and tells whether there was any.
func (p *parser) finish() error {
	if err := p.end(); err != nil {
		return err
	}
	if p.good == 0 && p.bad > 0 {
		return ErrFormat
	}
	return nil
}

// line takes in one line.
func (p *parser) line(line []byte, number int) error {
	if len(line) == 0 {
		return p.end()
	}
	switch c := line[0]; {
	case c == '%' || c == '#':
		return nil
	case p.state == pass || p.state == refusing:
		return nil
	case c == ' ' || c == '\t' || c == '+':
		p.continued(line[1:], number)
	default:
		p.attribute(line, number)
	}
	if len(p.text) > maxObject || len(p.spans) > maxAttrs {
		p.refuse(number, fmt.Sprintf("object longer than %d octets or %d attributes", maxObject, maxAttrs))
	}
	return nil
}

// continued adds a line to the last attribute's value.
func (p *parser) continued(line []byte, number int) {
	line = bytes.TrimSpace(withoutComment(line))
	if p.state == between {
		if len(line) > 0 {
			p.refuse(number, "continuation line without an attribute before it")
		}
		return
	}
	last := &p.spans[len(p.spans)-1]
	if len(line) > 0 && last.end > last.value {
		p.text = append(p.text, '\n')
	}
	p.text = append(p.text, line...)
	last.end = len(p.text)
}

// attribute begins an attribute, and with it an object where there is none.
func (p *parser) attribute(line []byte, number int) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || !isName(line[:colon]) {
		p.refuse(number, "neither an attribute nor a continuation") // unquoted: it may name a person
		return
	}
	at := len(p.text)
	p.text = append(p.text, line[:colon]...)
	lower(p.text[at:])
	if p.state == between {
		p.first = number
		if len(p.reader.Classes) > 0 && !slices.Contains(p.reader.Classes, string(p.text[at:])) {
			p.state, p.text = pass, p.text[:at]
			return
		}
		p.state = gather
	}
	value := len(p.text)
	p.text = append(p.text, bytes.TrimSpace(withoutComment(line[colon+1:]))...)
	p.spans = append(p.spans, span{at, value, len(p.text)})
}

// refuse reports a line and gives up the object it belongs to.
func (p *parser) refuse(number int, reason string) {
	p.bad++
	p.report(values.Problem{Line: number, Reason: reason})
	p.state = refusing
	p.text, p.spans = p.text[:0], p.spans[:0]
}

// end ends the object, if there is one, and hands it on.
func (p *parser) end() error {
	was := p.state
	p.state = between
	if was == pass {
		p.good++
	}
	if was != gather {
		return nil
	}
	p.good++
	p.assemble()
	err := p.yield(&p.obj)
	p.text, p.spans = p.text[:0], p.spans[:0]
	return err
}

// assemble makes the Object of the spans.
func (p *parser) assemble() {
	o := &p.obj
	o.Attrs = o.Attrs[:0]
	for _, s := range p.spans {
		o.Attrs = append(o.Attrs, Attr{p.text[s.name:s.value:s.value], p.text[s.value:s.end:s.end]})
	}
	o.Class, o.Key, o.Line = o.Attrs[0].Name, o.Attrs[0].Value, p.first
	from := p.origin(firstWord(o.Get("source")))
	o.Source, o.Authenticated = from.name, from.authenticated
}

// origin interns a registry's name; an empty one gives the reader's.
func (p *parser) origin(name []byte) origin {
	if known, ok := p.sources[string(name)]; ok {
		return known
	}
	text := string(name)
	if text == "" {
		text = p.reader.Source
	}
	text = strings.ToUpper(text)
	o := origin{text, Authenticated(text, p.reader.At)}
	if len(p.sources) < maxSources {
		p.sources[string(name)] = o
	}
	return o
}

// withoutComment cuts a line at its comment.
func withoutComment(line []byte) []byte {
	if i := bytes.IndexByte(line, '#'); i >= 0 {
		return line[:i]
	}
	return line
}

// firstWord gives what stands before the first space.
func firstWord(value []byte) []byte {
	if i := bytes.IndexFunc(value, isSeparator); i >= 0 {
		return value[:i]
	}
	return value
}

// isName tells whether an attribute may have this name: letters, digits, - and _, beginning with a letter or digit.
func isName(name []byte) bool {
	for i, c := range name {
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || i > 0 && (c == '-' || c == '_')) {
			return false
		}
	}
	return len(name) > 0 && len(name) < 64
}

// lower makes ASCII letters small, in place.
func lower(name []byte) {
	for i, c := range name {
		if 'A' <= c && c <= 'Z' {
			name[i] = c | 0x20
		}
	}
}
