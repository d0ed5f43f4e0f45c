package arf

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"strings"
	"unicode"
)

// The bounds of a mail.
const (
	// MaxSize is how many octets a mail may have.
	MaxSize = 32 << 20
	// MaxParts is how many parts a mail may have, those that hold others included.
	MaxParts = 100
	// MaxDepth is how deep parts may hold others.
	MaxDepth = 10

	maxHeader = 256 << 10 // octets of the header of a part
	maxFields = 1000      // of a header
)

// Field is a field of a header: its name, capitals at the beginning of words alone, and its value, unfolded, words of RFC 2047 decoded.
type Field struct{ Name, Value string }

// Header are the fields of a header in their order.
type Header []Field

// Get gives the value of the first field of a name; "" if there is none.
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// All gives the values of all fields of a name.
func (h Header) All(name string) []string {
	var all []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			all = append(all, f.Value)
		}
	}
	return all
}

// Part is a part of a mail that holds no others.
type Part struct {
	Header Header
	Type   string // its media type in lower case
	Params map[string]string
	Body   []byte // its transfer encoding undone
}

// Filename gives the name that the part's content is to be saved under.
func (p *Part) Filename() string {
	if _, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err == nil && params["filename"] != "" {
		return params["filename"]
	}
	return p.Params["name"]
}

// Mail is a mail taken apart.
type Mail struct {
	Header Header
	Type   string // the media type of the whole
	Params map[string]string
	Parts  []Part // in the order they stand in, without those that hold others; one if the mail is of one piece
}

// ReadMail takes a mail apart. What a part of the type message/rfc822 holds is not taken apart: its body is that mail.
func ReadMail(r io.Reader) (*Mail, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("reading a mail: %w", err)
	}
	if len(b) > MaxSize {
		return nil, fmt.Errorf("reading a mail: it has more than %d octets", MaxSize)
	}
	m, err := parseMail(b)
	if err != nil {
		return nil, fmt.Errorf("reading a mail: %w", err)
	}
	return m, nil
}

func parseMail(b []byte) (*Mail, error) {
	if bytes.HasPrefix(b, []byte("From ")) { // of a mailbox file
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	header, body, err := ParseHeader(b)
	if err != nil {
		return nil, err
	}
	m := &Mail{Header: header}
	m.Type, m.Params = mediaType(header)
	s := splitter{mail: m}
	if err := s.take(header, body, 0); err != nil {
		return nil, err
	}
	return m, nil
}

// ParseHeader reads a header up to the blank line behind it, and gives what follows.
func ParseHeader(b []byte) (h Header, rest []byte, err error) {
	var value []byte // of the last field, which may go on
	size := 0
	for rest = b; len(rest) > 0; {
		before := len(rest)
		var line []byte
		if line, rest = cutLine(rest); len(line) == 0 {
			break
		}
		if size += before - len(rest); size > maxHeader {
			return nil, nil, fmt.Errorf("a header has more than %d octets", maxHeader)
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(h) == 0 {
				return nil, nil, errors.New("the header begins with a folded line")
			}
			value = append(append(value, ' '), bytes.TrimSpace(line)...)
			continue
		}
		name, first, found := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		if !found || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, nil, fmt.Errorf("%.60q is no field of a header", line)
		}
		if len(h) == maxFields {
			return nil, nil, fmt.Errorf("a header has more than %d fields", maxFields)
		}
		h.end(value)
		h, value = append(h, Field{Name: canonical(name)}), append(value[:0], bytes.TrimSpace(first)...)
	}
	h.end(value)
	return h, rest, nil
}

// canonical gives a field's name with capitals at the beginning of its words alone: "Message-Id".
func canonical(name []byte) string {
	first := true
	return strings.Map(func(r rune) rune {
		up := first
		first = r == '-'
		if up {
			return unicode.ToUpper(r)
		}
		return unicode.ToLower(r)
	}, string(name))
}

// end gives the last field its value: words of RFC 2047 decoded, valid UTF-8.
func (h Header) end(value []byte) {
	if len(h) == 0 {
		return
	}
	words := mime.WordDecoder{CharsetReader: func(string, io.Reader) (io.Reader, error) { return nil, errors.ErrUnsupported }}
	s, err := words.DecodeHeader(string(value))
	if err != nil {
		s = string(value)
	}
	h[len(h)-1].Value = strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd"))
}

// cutLine gives the first line of b without its end, and what follows.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// mediaType gives a part's media type; what says none, or says it wrong, is plain text.
func mediaType(h Header) (string, map[string]string) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || !strings.Contains(kind, "/") {
		return "text/plain", nil
	}
	return kind, params
}

// splitter takes the parts of a mail apart.
type splitter struct {
	mail  *Mail
	count int
}

func (s *splitter) take(header Header, body []byte, depth int) error {
	if s.count++; s.count > MaxParts {
		return fmt.Errorf("it has more than %d parts", MaxParts)
	}
	kind, params := mediaType(header)
	boundary := params["boundary"]
	if !strings.HasPrefix(kind, "multipart/") || boundary == "" {
		s.mail.Parts = append(s.mail.Parts, Part{header, kind, params, undo(header.Get("Content-Transfer-Encoding"), body)})
		return nil
	}
	if depth == MaxDepth {
		return fmt.Errorf("its parts are deeper than %d levels", MaxDepth)
	}
	for piece := range pieces(body, boundary) {
		h, rest, err := ParseHeader(piece)
		if err != nil {
			return err
		}
		if err := s.take(h, rest, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// pieces gives what stands between the boundaries of a multipart body, in order (RFC 2046, section 5.1.1). The last may
// lack its end, as mails that were cut do.
func pieces(body []byte, boundary string) func(yield func(piece []byte) bool) {
	return func(yield func(piece []byte) bool) {
		dash := []byte("--" + boundary)
		start := -1 // of the piece that is open
		for at := 0; at < len(body); {
			line, rest := cutLine(body[at:])
			end := at
			at = len(body) - len(rest)
			after, found := bytes.CutPrefix(line, dash)
			last := bytes.HasPrefix(after, []byte("--"))
			if !found || len(bytes.TrimRight(bytes.TrimPrefix(after, []byte("--")), " \t")) > 0 {
				continue
			}
			if start >= 0 && !yield(trimEnd(body[start:end])) {
				return
			}
			if start = at; last {
				return
			}
		}
		if start >= 0 && start < len(body) {
			yield(body[start:])
		}
	}
}

// trimEnd takes off the line's end that belongs to the boundary.
func trimEnd(b []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(b, []byte("\n")), []byte("\r"))
}

// undo undoes a transfer encoding; of what is broken, what came before.
func undo(encoding string, body []byte) []byte {
	switch strings.ToLower(strings.TrimSpace(encoding)) {
	case "base64":
		b := bytes.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == ' ' || r == '\t' {
				return -1
			}
			return r
		}, body)
		out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
		n, _ := base64.StdEncoding.Decode(out, b)
		return out[:n]
	case "quoted-printable":
		out, _ := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
		return out
	}
	return body
}
