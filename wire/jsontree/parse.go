package jsontree

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Limits bound what is read.
type Limits struct {
	Size   int // octets of a text
	Depth  int // objects and arrays inside one another
	Values int // values in all
}

// The errors of a text that passes a limit.
var (
	ErrTooLong = errors.New("it is longer than is allowed")
	ErrTooDeep = errors.New("it is nested deeper than is allowed")
	ErrTooMany = errors.New("it has more values than are allowed")
)

// Parse reads one JSON text. Nothing but white space may follow it.
func Parse(text []byte, lim Limits) (Value, error) {
	if len(text) > lim.Size {
		return Value{}, ErrTooLong
	}
	p := parser{s: string(text), depth: lim.Depth, values: lim.Values}
	v, err := p.value()
	if err == nil {
		if p.space(); p.i < len(p.s) {
			err = p.wrong("something follows the value")
		}
	}
	if err != nil {
		return Value{}, err
	}
	return v, nil
}

type parser struct {
	s             string
	i             int
	depth, values int // how many more are allowed
}

func (p *parser) wrong(what string) error { return fmt.Errorf("at octet %d: %s", p.i, what) }

func (p *parser) space() {
	for p.i < len(p.s) && (p.s[p.i] == ' ' || p.s[p.i] == '\n' || p.s[p.i] == '\r' || p.s[p.i] == '\t') {
		p.i++
	}
}

// next skips white space and gives the octet behind it, 0 at the end.
func (p *parser) next() byte {
	p.space()
	if p.i == len(p.s) {
		return 0
	}
	return p.s[p.i]
}

func (p *parser) value() (v Value, err error) {
	if p.values--; p.values < 0 {
		return v, ErrTooMany
	}
	switch c := p.next(); {
	case c == '{' || c == '[':
		if p.depth--; p.depth < 0 {
			return v, ErrTooDeep
		}
		if p.i++; c == '{' {
			v, err = p.object()
		} else {
			v, err = p.array()
		}
		p.depth++
		return v, err
	case c == '"':
		v.Kind = String
		v.Text, err = p.str()
		return v, err
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	case c == 0:
		return v, p.wrong("a value is missing")
	}
	for kind, word := range [...]string{"null", "true", "false"} {
		if strings.HasPrefix(p.s[p.i:], word) {
			p.i += len(word)
			if kind == 0 {
				return v, nil
			}
			return Value{Kind: Bool, Text: word}, nil
		}
	}
	return v, p.wrong("this is no value")
}

func (p *parser) array() (v Value, err error) {
	v.Kind = Array
	if p.next() == ']' {
		p.i++
		return v, nil
	}
	for {
		item, err := p.value()
		if err != nil {
			return v, err
		}
		v.Items = append(v.Items, item)
		switch p.next() {
		case ',':
			p.i++
		case ']':
			p.i++
			return v, nil
		default:
			return v, p.wrong("a comma or ] is missing")
		}
	}
}

func (p *parser) object() (v Value, err error) {
	v.Kind = Object
	if p.next() == '}' {
		p.i++
		return v, nil
	}
	for {
		if p.next() != '"' {
			return v, p.wrong("a name is missing")
		}
		m := Member{}
		if m.Name, err = p.str(); err != nil {
			return v, err
		}
		if p.next() != ':' {
			return v, p.wrong("a colon is missing")
		}
		p.i++
		if m.Value, err = p.value(); err != nil {
			return v, err
		}
		v.Members = append(v.Members, m)
		switch p.next() {
		case ',':
			p.i++
		case '}':
			p.i++
			return v, p.once(v.Members)
		default:
			return v, p.wrong("a comma or } is missing")
		}
	}
}

// once tells whether a name stands twice.
func (p *parser) once(list []Member) error {
	if len(list) <= 24 {
		for i := range list {
			for j := range i {
				if list[i].Name == list[j].Name {
					return p.wrong(fmt.Sprintf("%.60q stands twice in an object", list[i].Name))
				}
			}
		}
		return nil
	}
	seen := make(map[string]struct{}, len(list))
	for i := range list {
		if _, twice := seen[list[i].Name]; twice {
			return p.wrong(fmt.Sprintf("%.60q stands twice in an object", list[i].Name))
		}
		seen[list[i].Name] = struct{}{}
	}
	return nil
}

func (p *parser) digits() bool {
	from := p.i
	for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
		p.i++
	}
	return p.i > from
}

func (p *parser) is(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *parser) number() (Value, error) {
	from := p.i
	p.is('-')
	if !p.is('0') && !p.digits() {
		return Value{}, p.wrong("a digit is missing")
	}
	if p.is('.') && !p.digits() {
		return Value{}, p.wrong("a digit is missing")
	}
	if p.is('e') || p.is('E') {
		if !p.is('+') {
			p.is('-')
		}
		if !p.digits() {
			return Value{}, p.wrong("a digit is missing")
		}
	}
	return Value{Kind: Number, Text: p.s[from:p.i]}, nil
}

// str reads a string, whose quote p stands at.
func (p *parser) str() (string, error) {
	p.i++
	from, plain := p.i, true
	for p.i < len(p.s) {
		switch c := p.s[p.i]; {
		case c == '"':
			s := p.s[from:p.i]
			p.i++
			if plain && utf8.ValidString(s) {
				return s, nil
			}
			return p.unescape(s)
		case c < ' ':
			return "", p.wrong("a control character in a string")
		case c == '\\':
			plain = false
			p.i++
		}
		p.i++
	}
	p.i = len(p.s)
	return "", p.wrong("a string has no end")
}

const escapes = "\"\"\\\\//b\bf\fn\nr\rt\t"

func (p *parser) unescape(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", p.wrong("a string is no UTF-8")
	}
	b := make([]byte, 0, len(s))
	for {
		at := strings.IndexByte(s, '\\')
		if at < 0 {
			return string(append(b, s...)), nil
		}
		b = append(b, s[:at]...)
		if s = s[at+1:]; s[0] != 'u' {
			e := strings.IndexByte(escapes, s[0])
			if e < 0 || e%2 == 1 {
				return "", p.wrong("an escape that is none")
			}
			b = append(b, escapes[e|1])
			s = s[1:]
			continue
		}
		r, ok := hex4(s[1:])
		if !ok {
			return "", p.wrong("an escape that is none")
		}
		s = s[5:]
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if ok = strings.HasPrefix(s, `\u`); ok {
				low, ok = hex4(s[2:])
			}
			if r = utf16.DecodeRune(r, low); !ok || r == utf8.RuneError {
				return "", p.wrong("half a surrogate pair")
			}
			s = s[6:]
		}
		b = utf8.AppendRune(b, r)
	}
}

func hex4(s string) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for _, c := range []byte(s[:4]) {
		at := strings.IndexByte("0123456789abcdef", c|0x20)
		if at < 0 || c < '0' {
			return 0, false
		}
		r = r<<4 | rune(at)
	}
	return r, true
}
