package pattern

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is what a token is; an operator, a keyword or a mark is its own text.
type kind byte

const (
	end        kind = 0
	word       kind = 'w' // a keyword
	identifier kind = 'a' // letters, digits and underscores
	hyphenated kind = 'y' // with hyphens too
	mark       kind = 'm'
	literal    kind = 'l'
)

type token struct {
	kind kind
	text string
	lit  Literal
	at   int
}

// keywords are the words of the language, in capitals but for the two values.
var keywords = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "FOLLOWEDBY": true, "LIKE": true, "MATCHES": true, "ISSUPERSET": true, "ISSUBSET": true, "EXISTS": true,
	"LAST": true, "IN": true, "START": true, "STOP": true, "SECONDS": true, "true": true, "false": true, "WITHIN": true, "REPEATS": true, "TIMES": true,
}

type lexer struct {
	s string
	i int
}

func (l *lexer) wrong(at int, what string) error {
	return fmt.Errorf("at character %d: %s", at+1, what)
}

// space skips white space and comments.
func (l *lexer) space() error {
	for l.i < len(l.s) {
		rest := l.s[l.i:]
		switch {
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexAny(rest, "\r\n")
			if n < 0 {
				n = len(rest)
			}
			l.i += n
			continue
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return l.wrong(l.i, "a comment has no end")
			}
			l.i += n + 4
			continue
		}
		r, n := utf8.DecodeRuneInString(rest)
		if !strings.ContainsRune(" \t\r\n\u000b\u000c\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000", r) {
			return nil
		}
		l.i += n
	}
	return nil
}

func (l *lexer) next() (token, error) {
	if err := l.space(); err != nil {
		return token{}, err
	}
	t := token{at: l.i}
	if l.i == len(l.s) {
		return t, nil
	}
	rest := l.s[l.i:]
	c := rest[0]
	if n := identifierLength(rest); n > 0 {
		return l.named(t, rest, n)
	}
	if c == '\'' {
		text, n, err := l.quoted(l.i)
		t.kind, t.text, t.lit = literal, rest[:n], Literal{Text, text}
		l.i += n
		return t, err
	}
	if number, isFloat := numberLength(rest); number > 0 {
		t.kind, t.text, t.lit = literal, rest[:number], Literal{Integer, rest[:number]}
		if isFloat {
			t.lit.Kind = Float
		}
		l.i += number
		return t, nil
	}
	for _, m := range [...]string{"==", "!=", "<>", "<=", ">=", "=", "<", ">", ":", ".", ",", "(", ")", "[", "]", "*"} {
		if strings.HasPrefix(rest, m) {
			t.kind, t.text = mark, m
			l.i += len(m)
			return t, nil
		}
	}
	return t, l.wrong(l.i, fmt.Sprintf("%.10q means nothing", rest))
}

// named reads what begins with a letter: t'…', h'…', b'…', a keyword or a name.
func (l *lexer) named(t token, rest string, n int) (token, error) {
	if n == 1 && len(rest) > 1 && rest[1] == '\'' && strings.IndexByte("tbh", rest[0]) >= 0 {
		to := strings.IndexByte(rest[2:], '\'')
		if to < 0 {
			return t, l.wrong(t.at, "a quote is missing")
		}
		t.kind, t.text, t.lit = literal, rest[:to+3], Literal{LiteralKind(rest[0]), rest[2 : 2+to]}
		l.i += to + 3
		if !t.lit.wellFormed() {
			return t, l.wrong(t.at, fmt.Sprintf("%.60s is no value of its kind", t.text))
		}
		return t, nil
	}
	l.i += n
	switch t.text = rest[:n]; {
	case t.text == "true" || t.text == "false":
		t.kind, t.lit = literal, Literal{Truth, t.text}
	case keywords[t.text]:
		t.kind = word
	case strings.Contains(t.text, "-"):
		t.kind = hyphenated
	default:
		t.kind = identifier
	}
	return t, nil
}

// quoted reads a string in single quotes, in which a backslash stands before a quote or a backslash.
func (l *lexer) quoted(from int) (text string, n int, err error) {
	var b []byte
	for i := from + 1; i < len(l.s); i++ {
		switch c := l.s[i]; c {
		case '\'':
			return string(b), i + 1 - from, nil
		case '\\':
			if i++; i == len(l.s) || l.s[i] != '\'' && l.s[i] != '\\' {
				return "", 0, l.wrong(i, "a backslash stands before what is neither a quote nor a backslash")
			}
			b = append(b, l.s[i])
		default:
			b = append(b, c)
		}
	}
	return "", 0, l.wrong(from, "a string has no end")
}

func identifierLength(s string) int {
	n := 0
	for n < len(s) {
		c := s[n]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
		if !letter && (n == 0 || (c < '0' || c > '9') && c != '-') {
			break
		}
		n++
	}
	return n
}

func isIdentifier(s string) bool {
	return s != "" && identifierLength(s) == len(s) && !strings.Contains(s, "-")
}

// numberLength tells how long the number is that s begins with.
func numberLength(s string) (n int, isFloat bool) {
	if s[0] == '+' || s[0] == '-' {
		n++
	}
	from := n
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if fraction := digitsAfterDot(s[n:]); fraction > 0 {
		return n + fraction, true
	}
	if n == from {
		return 0, false
	}
	if s[from] == '0' { // 01 is two numbers, which is no pattern anywhere
		return from + 1, false
	}
	return n, false
}

func digitsAfterDot(s string) int {
	n := 1
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == 1 || s[0] != '.' {
		return 0
	}
	return n
}

func (l Literal) wellFormed() bool {
	switch l.Kind {
	case Timestamp:
		_, err := ParseTime(l.Text)
		return err == nil
	case Hex:
		return len(l.Text)%2 == 0 && strings.Trim(l.Text, "0123456789abcdefABCDEF") == ""
	}
	body := strings.TrimSuffix(strings.TrimSuffix(l.Text, "="), "=")
	return l.Text != "" && len(l.Text)%4 == 0 && len(body)%4 != 1 &&
		strings.Trim(body, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") == ""
}
