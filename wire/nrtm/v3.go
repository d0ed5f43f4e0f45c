package nrtm

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"pahra/wire/lines"
)

// Query is the line that asks for the changes of a registry from a serial on: up to a serial, or up to the latest where
// to is 0.
func Query(source string, from, to uint64) string {
	last := "LAST"
	if to > 0 {
		last = strconv.FormatUint(to, 10)
	}
	return fmt.Sprintf("-g %s:3:%d-%s\n", source, from, last)
}

// Start is the head of an answer.
type Start struct {
	Source      string // in upper case
	First, Last uint64
	Filtered    bool // the server says that it leaves things out
}

// ErrNothingNew says that the server has nothing behind the serials that were asked for.
var ErrNothingNew = errors.New("nothing new")

// ServerError is what a server says in place of an answer.
type ServerError struct {
	Code int // 401 is a range that it does not have; 0 where it gives none
	Text string
	// First and Last are the serials that it has, where it says so.
	First, Last uint64
}

// Error gives the server's words.
func (e *ServerError) Error() string { return "the server says: " + e.Text }

// ReadV3 reads the answer to a query. yield gets each change in order; what it gets may be kept. It fails with a
// *ServerError, ErrNothingNew, the error of r or of yield, or where the answer is malformed or ends before its end line
// (io.ErrUnexpectedEOF): then nothing of it may be relied on.
func ReadV3(r io.Reader, yield func(Change) error) (Start, error) {
	a := answer{in: lines.NewReader(r, maxLine), yield: yield}
	if err := a.read(); err != nil {
		return a.start, fmt.Errorf("reading an answer of NRTM version 3: line %d: %w", a.in.Number(), err)
	}
	return a.start, nil
}

// answer is an answer under way.
type answer struct {
	in    *lines.Reader
	yield func(Change) error
	start Start
	last  uint64 // serial
}

func (a *answer) next() (string, error) {
	line, err := a.in.Next()
	if err == io.EOF {
		return "", io.ErrUnexpectedEOF
	}
	return strings.TrimRight(string(line), " \t"), err
}

func (a *answer) read() error {
	if err := a.head(); err != nil {
		return err
	}
	for {
		line, err := a.next()
		switch {
		case err != nil:
			return err
		case line == "" || strings.HasPrefix(line, "#"):
			continue
		case strings.HasPrefix(line, "%END"):
			if fields := strings.Fields(line); len(fields) > 1 && !strings.EqualFold(fields[1], a.start.Source) {
				return fmt.Errorf("the end is that of %s", fields[1])
			}
			return nil
		case strings.HasPrefix(line, "%"):
			if err := serverError(line); err != nil {
				return err
			}
			continue
		}
		if err := a.change(line); err != nil {
			return err
		}
	}
}

// head reads up to "%START Version: 3 SOURCE FIRST-LAST".
func (a *answer) head() error {
	for range maxHeadLines {
		line, err := a.next()
		if err != nil {
			return err
		}
		fields := strings.Fields(line)
		if len(fields) == 0 || !strings.EqualFold(fields[0], "%START") {
			if err := serverError(line); err != nil {
				return err
			}
			continue
		}
		if len(fields) < 5 || !strings.EqualFold(fields[1], "Version:") || fields[2] != "3" {
			return fmt.Errorf("%.100q is not the beginning of version 3", line)
		}
		first, last, ok := strings.Cut(fields[4], "-")
		a.start = Start{Source: strings.ToUpper(fields[3]), Filtered: len(fields) > 5 && strings.EqualFold(fields[5], "FILTERED")}
		var err1, err2 error
		a.start.First, err1 = strconv.ParseUint(first, 10, 64)
		a.start.Last, err2 = strconv.ParseUint(last, 10, 64)
		if !ok || err1 != nil || err2 != nil || a.start.First > a.start.Last {
			return fmt.Errorf("%.100q is not a range of serials", fields[4])
		}
		return nil
	}
	return errors.New("no %START")
}

// serverError tells an error among the lines with a % from comments.
func serverError(line string) error {
	text := strings.TrimSpace(strings.TrimLeft(line, "% "))
	lower := strings.ToLower(text)
	if strings.Contains(lower, "no newer updates available") {
		return ErrNothingNew
	}
	if !strings.HasPrefix(line, "%") || !strings.HasPrefix(lower, "error") {
		return nil
	}
	e := &ServerError{Text: lines.Clip([]byte(text))}
	if rest := strings.TrimLeft(lower[len("error"):], ": "); len(rest) >= 3 {
		if n, err := strconv.Atoi(rest[:3]); err == nil {
			e.Code = n
		}
	}
	if _, span, ok := strings.Cut(lower, "not within "); ok {
		first, last, _ := strings.Cut(strings.TrimRight(strings.Fields(span + " x")[0], ").,"), "-")
		e.First, _ = strconv.ParseUint(first, 10, 64)
		e.Last, _ = strconv.ParseUint(last, 10, 64)
	}
	return e
}

// change reads one operation, of which line is the first.
func (a *answer) change(line string) error {
	fields := strings.Fields(line)
	if len(fields) != 2 || fields[0] != "ADD" && fields[0] != "DEL" {
		return fmt.Errorf("%s where ADD or DEL and a serial are due", lines.Clip([]byte(line)))
	}
	serial, err := strconv.ParseUint(fields[1], 10, 64)
	switch {
	case err != nil:
		return fmt.Errorf("%.40q is not a serial", fields[1])
	case serial < a.start.First || serial > a.start.Last:
		return fmt.Errorf("serial %d is not within %d-%d", serial, a.start.First, a.start.Last)
	case serial <= a.last:
		return fmt.Errorf("serial %d behind %d", serial, a.last)
	}
	a.last = serial
	text, err := a.object()
	if err != nil {
		return fmt.Errorf("the object of serial %d: %w", serial, err)
	}
	c := Change{Delete: fields[0] == "DEL", Serial: serial, Object: text}
	if c.Class, c.Key, err = KeyOf(text); err != nil {
		return fmt.Errorf("the object of serial %d: %w", serial, err)
	}
	return a.yield(c)
}

// object reads an object, which a blank line before may part from its operation, up to the blank line behind it.
func (a *answer) object() ([]byte, error) {
	var text []byte
	for {
		line, err := a.in.Next()
		switch {
		case err == io.EOF:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case len(bytes.TrimSpace(line)) == 0 && len(text) > 0:
			return text, nil
		case len(bytes.TrimSpace(line)) == 0:
			continue
		case line[0] == '%' && len(text) == 0:
			return nil, errors.New("there is none")
		case len(text)+len(line)+1 > maxObject:
			return nil, fmt.Errorf("longer than %d octets", maxObject)
		}
		text = append(append(text, line...), '\n')
	}
}

// AppendV3 writes the answer to a query: the head, each change, the end.
func AppendV3(b []byte, start Start, changes []Change) []byte {
	filtered := ""
	if start.Filtered {
		filtered = " FILTERED"
	}
	b = fmt.Appendf(b, "%%START Version: 3 %s %d-%d%s\n\n", start.Source, start.First, start.Last, filtered)
	for _, c := range changes {
		operation := "ADD"
		if c.Delete {
			operation = "DEL"
		}
		b = fmt.Appendf(b, "%s %d\n\n%s\n", operation, c.Serial, c.Object)
	}
	return fmt.Appendf(b, "%%END %s\n", start.Source)
}
