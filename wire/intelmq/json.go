package intelmq

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"
)

// document takes any JSON value.
func document(s string) (Value, error) {
	if !json.Valid([]byte(s)) {
		return bad(s, "is no JSON")
	}
	return Value{Text: s}, nil
}

// AppendJSON appends the event as one flat object, its keys in order, without a line's end.
func (e *Event) AppendJSON(b []byte) []byte {
	b = append(b, '{')
	for i := range e.fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = e.fields[i].appendJSON(b)
	}
	return append(b, '}')
}

func (f *Field) appendJSON(b []byte) []byte {
	b = append(appendString(b, f.Key), ':')
	if f.Value.Kind == String {
		return appendString(b, f.Value.Text)
	}
	return append(b, f.Value.Text...)
}

// MarshalJSON gives the flat object.
func (e *Event) MarshalJSON() ([]byte, error) { return e.AppendJSON(nil), nil }

// appendString appends a string as RFC 8785 writes it; what is no UTF-8 becomes U+FFFD.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	from := 0
	for i := plain(s, 0); i < len(s); i = plain(s, i) {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
		}
		b = appendEscaped(append(b, s[from:i]...), c)
		i++
		from = i
	}
	return append(append(b, s[from:]...), '"')
}

// plain gives the first place from i on whose octet does not stand in JSON as it is: a control character, a quote, a
// backslash, or one beyond ASCII, which must be looked at.
func plain(s string, i int) int {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	for ; i+8 <= len(s); i += 8 {
		t := s[i : i+8]
		w := uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		if (w|(w-ones*' ')|(quote-ones)|(slash-ones))&high != 0 { // true for each of them, and seldom for others
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			return i
		}
	}
	return i
}

func appendEscaped(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\n':
		return append(b, `\n`...)
	case '\r':
		return append(b, `\r`...)
	case '\t':
		return append(b, `\t`...)
	case '\b':
		return append(b, `\b`...)
	case '\f':
		return append(b, `\f`...)
	}
	if c >= utf8.RuneSelf {
		return append(b, "\ufffd"...)
	}
	return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

// most is how many fields an event may have.
const most = 1000

// Parse reads one flat object, of IntelMQ or of AppendJSON. Each field must be one that the format knows, or begin with
// Extra; "extra" may hold an object of them, and "__type", which IntelMQ adds, is passed over. Values are taken as Add takes
// them.
func Parse(line []byte) (*Event, error) {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	var m map[string]json.RawMessage
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("reading an event: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("reading an event: something follows the object")
	}
	if m == nil {
		return nil, errors.New("reading an event: it is null")
	}
	if len(m) > most {
		return nil, fmt.Errorf("reading an event: it has %d fields, %d are allowed", len(m), most)
	}
	delete(m, "__type")
	e := &Event{fields: make([]Field, 0, len(m))}
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		if err := e.addJSON(key, m[key]); err != nil {
			return nil, fmt.Errorf("reading an event: %w", err)
		}
	}
	return e, nil
}

func (e *Event) addJSON(key string, raw json.RawMessage) error {
	v, err := valueOf(raw)
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if key == "extra" {
		return e.addExtra(v.Text)
	}
	if len(key) > len(Extra) && key[:len(Extra)] == Extra {
		if v.Text != "" {
			e.Set(key, v)
		}
		return nil
	}
	return e.Add(key, v.Text)
}

// addExtra takes the object that older releases have extra as, or its text.
func (e *Event) addExtra(text string) error {
	if text == "" {
		return nil
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return errors.New("extra: it is no JSON object")
	}
	if len(m)+len(e.fields) > most {
		return fmt.Errorf("extra: it has %d fields, %d are allowed in all", len(m), most)
	}
	for key, raw := range m {
		if err := e.addJSON(Extra+key, raw); err != nil {
			return err
		}
	}
	return nil
}

// valueOf gives a JSON value; null is the empty string.
func valueOf(raw json.RawMessage) (Value, error) {
	switch c := raw[0]; {
	case c == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return Value{Text: s}, err
	case c == 't' || c == 'f':
		return Value{string(raw), Bool}, nil
	case c == 'n':
		return Value{}, nil
	case c == '{' || c == '[':
		var b bytes.Buffer
		err := json.Compact(&b, raw)
		return Value{b.String(), Raw}, err
	default:
		if _, err := strconv.ParseInt(string(raw), 10, 64); err == nil {
			return Value{string(raw), Int}, nil
		}
		return Value{string(raw), Float}, nil
	}
}
