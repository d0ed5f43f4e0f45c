package nrtm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// FileHeader is the first record of a snapshot or delta.
type FileHeader struct {
	Source  string // in upper case
	Session string
	Version uint64
}

// header is its JSON.
type header struct {
	NRTMVersion int    `json:"nrtm_version"`
	Type        string `json:"type"`
	Source      string `json:"source"`
	Session     string `json:"session_id"`
	Version     uint64 `json:"version"`
}

// ReadSnapshot reads a Snapshot File (RFC 10063 section 7), plain as it is inside gzip, and makes sure that it is the one
// that is wanted. yield gets each object's text, which is valid until it returns.
func ReadSnapshot(r io.Reader, want FileHeader, yield func(object []byte) error) error {
	err := readFile(r, "snapshot", want, func(record []byte) error {
		var form struct {
			Object *string `json:"object"`
		}
		if err := json.Unmarshal(record, &form); err != nil {
			return err
		}
		if form.Object == nil {
			return errors.New("no object")
		}
		text, err := clean(*form.Object)
		if err != nil {
			return err
		}
		return yield(text)
	})
	if err != nil {
		return fmt.Errorf("reading a snapshot: %w", err)
	}
	return nil
}

// ReadDelta reads a Delta File (RFC 10063 section 8), as ReadSnapshot does. What yield gets may be kept. An object that
// has no key is given with an empty one: it changes nothing, and the delta counts all the same.
func ReadDelta(r io.Reader, want FileHeader, yield func(Change) error) error {
	changes := 0
	err := readFile(r, "delta", want, func(record []byte) error {
		c, err := readChange(record)
		if err != nil {
			return err
		}
		changes++
		return yield(c)
	})
	if err == nil && changes == 0 {
		err = errors.New("it holds no change")
	}
	if err != nil {
		return fmt.Errorf("reading a delta: %w", err)
	}
	return nil
}

func readChange(record []byte) (c Change, err error) {
	var form struct {
		Action string  `json:"action"`
		Object *string `json:"object"`
		Class  string  `json:"object_class"`
		Key    string  `json:"primary_key"`
	}
	if err := json.Unmarshal(record, &form); err != nil {
		return c, err
	}
	switch {
	case form.Action == "delete" && form.Class != "" && form.Key != "":
		return Change{Delete: true, Class: strings.ToLower(form.Class), Key: strings.ToUpper(strings.Join(strings.Fields(form.Key), " "))}, nil
	case form.Action == "add_modify" && form.Object != nil:
		if c.Object, err = clean(*form.Object); err != nil {
			return c, err
		}
		c.Class, c.Key, _ = KeyOf(c.Object) // empty where it has none
		return c, nil
	}
	return c, fmt.Errorf("action %.40q lacks its class, key or object", form.Action)
}

// clean gives an object's text with LF at the end of each line and without blank lines, which would part it in two.
func clean(object string) ([]byte, error) {
	if len(object) > maxObject {
		return nil, fmt.Errorf("an object of %d octets, and at most %d are read", len(object), maxObject)
	}
	text := make([]byte, 0, len(object)+1)
	for line := range strings.Lines(object) {
		if line = strings.TrimRight(line, "\r\n"); strings.TrimSpace(line) != "" {
			text = append(append(text, line...), '\n')
		}
	}
	return text, nil
}

// readFile reads the records of a file, the header first.
func readFile(r io.Reader, kind string, want FileHeader, yield func(record []byte) error) error {
	in, number := newSequence(r), 0
	for {
		record, err := in.next()
		if err == io.EOF && number > 0 {
			return nil
		}
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		number++
		if err == nil && number == 1 {
			err = checkHeader(record, kind, want)
		} else if err == nil {
			err = yield(record)
		}
		if err != nil {
			return fmt.Errorf("record %d: %w", number, err)
		}
	}
}

func checkHeader(record []byte, kind string, want FileHeader) error {
	var h header
	if err := json.Unmarshal(record, &h); err != nil {
		return err
	}
	got := FileHeader{strings.ToUpper(h.Source), h.Session, h.Version}
	if h.NRTMVersion != 4 || h.Type != kind || got != want {
		return fmt.Errorf("the header is that of a %.20s of version %d, %+v, and not %+v", h.Type, h.NRTMVersion, got, want)
	}
	return nil
}

// sequence reads JSON text sequences (RFC 7464): each text begins with a record separator and ends with LF. Files that
// have one text on each line without the separator are read too.
type sequence struct {
	r     *bufio.Reader
	begun bool
	until byte // what ends a text
}

const separator = 0x1e

func newSequence(r io.Reader) *sequence {
	return &sequence{r: bufio.NewReaderSize(r, 1<<16)}
}

// next gives the next text that is not blank, or io.EOF. It is valid until the call after it.
func (s *sequence) next() ([]byte, error) {
	if !s.begun {
		s.begun, s.until = true, '\n'
		if first, err := s.r.Peek(1); err == nil && first[0] == separator {
			s.until = separator
		}
	}
	for {
		text, err := s.upTo()
		text = bytes.TrimSpace(bytes.TrimRight(text, "\x1e"))
		if len(text) > 0 && (err == nil || err == io.EOF) {
			return text, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// upTo reads up to what ends a text, within bounds.
func (s *sequence) upTo() ([]byte, error) {
	part, err := s.r.ReadSlice(s.until)
	if err != bufio.ErrBufferFull {
		return part, err
	}
	var text []byte
	for err == bufio.ErrBufferFull {
		if len(text)+len(part) > maxRecord {
			return nil, fmt.Errorf("longer than %d octets", maxRecord)
		}
		text = append(text, part...)
		part, err = s.r.ReadSlice(s.until)
	}
	return append(text, part...), err
}

// AppendHeader writes the first record of a file: kind is "snapshot" or "delta".
func AppendHeader(b []byte, kind string, h FileHeader) []byte {
	return appendRecord(b, header{4, kind, h.Source, h.Session, h.Version})
}

// AppendObject writes a record of a snapshot.
func AppendObject(b, object []byte) []byte {
	return appendRecord(b, map[string]string{"object": string(object)})
}

// AppendChange writes a record of a delta.
func AppendChange(b []byte, c Change) []byte {
	if c.Delete {
		return appendRecord(b, map[string]string{"action": "delete", "object_class": c.Class, "primary_key": c.Key})
	}
	return appendRecord(b, map[string]string{"action": "add_modify", "object": string(c.Object)})
}

func appendRecord(b []byte, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers have no way to fail
	}
	return append(append(append(b, separator), text...), '\n')
}
