package spoofer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"pahra/wire/lines"
	"pahra/wire/values"
)

// maxRecord bounds the bytes of one session or line. Real ones have some 400.
const maxRecord = 1 << 20

// ErrFormat says that the input is none of the formats that Read knows.
var ErrFormat = errors.New("neither the JSON nor the CSV of Spoofer sessions")

// Read yields each session in the order of the input and reports each record that it refuses; a nil report drops them.
// It fails on malformed JSON outside JSON lines, on what is no list of sessions (ErrFormat), on errors of r and of yield.
func Read(r io.Reader, report func(values.Problem), yield func(Session) error) error {
	if report == nil {
		report = func(values.Problem) {}
	}
	out := sink{report, yield}
	br := bufio.NewReaderSize(r, 1<<16)
	head, err := br.Peek(1 << 16)
	if err != nil && err != io.EOF {
		return fmt.Errorf("reading sessions: %w", err)
	}
	trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	br.Discard(len(head) - len(trimmed))
	switch {
	case len(trimmed) == 0:
		err = fmt.Errorf("empty input: %w", ErrFormat)
	case trimmed[0] == '{' && isLines(trimmed):
		err = readLines(br, out)
	case trimmed[0] == '{' || trimmed[0] == '[':
		err = readDocument(br, int64(len(head)-len(trimmed)), out)
	default:
		err = readCSV(br, out)
	}
	if err != nil {
		return fmt.Errorf("reading sessions: %w", err)
	}
	return nil
}

// sink is where sessions and problems go.
type sink struct {
	report func(values.Problem)
	yield  func(Session) error
}

// record converts and yields one record.
func (o sink) record(fields map[string]string, at values.Problem) error {
	s, err := convert(fields)
	if err != nil {
		return o.bad(at, err)
	}
	return o.yield(s)
}

func (o sink) bad(at values.Problem, err error) error {
	at.Reason = err.Error()
	o.report(at)
	return nil
}

// isLines tells JSON lines from one document: the first line is a whole session.
func isLines(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	var session struct {
		Session *json.RawMessage `json:"session"`
	}
	return json.Unmarshal(line, &session) == nil && session.Session != nil
}

func readLines(r io.Reader, out sink) error {
	return eachLine(r, out, func(text []byte, at values.Problem) error { return out.object(text, at) })
}

// errLong says that an element of a document is longer than maxRecord.
var errLong = fmt.Errorf("a record of more than %d bytes", maxRecord)

// eachLine gives every line that is not blank, and reports those that are too long.
func eachLine(r io.Reader, out sink, visit func(text []byte, at values.Problem) error) error {
	for in := lines.NewReader(r, maxRecord); ; {
		text, err := in.Next()
		at := values.Problem{Line: in.Number()}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, lines.ErrTooLong):
			out.bad(at, err)
			continue
		case err != nil:
			return err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			if err := visit(text, at); err != nil {
				return err
			}
		}
	}
}

// object reads one session as JSON text.
func (o sink) object(text []byte, at values.Problem) error {
	fields, err := objectFields(text)
	if err != nil {
		return o.bad(at, err)
	}
	return o.record(fields, at)
}

// objectFields gives the members of an object that are no arrays or objects themselves, as text; null as "".
func objectFields(text []byte) (map[string]string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return nil, err
	}
	if members == nil {
		return nil, errors.New("not an object")
	}
	fields := make(map[string]string, len(members))
	for name, raw := range members {
		var s string
		switch {
		case len(raw) > 0 && raw[0] == '"':
			if err := json.Unmarshal(raw, &s); err != nil {
				return nil, err
			}
			fields[name] = s
		case len(raw) > 0 && (raw[0] == '{' || raw[0] == '['):
			fields[name] = "(not a plain value)"
		case string(raw) == "null":
			fields[name] = ""
		default:
			fields[name] = string(raw)
		}
	}
	return fields, nil
}
