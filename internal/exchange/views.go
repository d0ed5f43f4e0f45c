package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
)

// The bounds of unpacking.
const (
	mostDepth     = 3
	mostUnpacked  = 4 << 20 // octets
	mostEffort    = 1 << 28 // octets, of all texts of an object
	leastPacked   = 7       // signs of base64, base32 or hexadecimal
	leastReadable = 6       // octets of a text that, decoded, holds a form and something in between
)

// inViews looks through a text as its reader may understand it: without escapes and percent signs, refanged, with names in Punycode.
// What it is as it stands, in small letters, has been looked through.
func (s *Search) inViews(text, low string) bool {
	if strings.Contains(text, `\`) && s.contains(strings.ToLower(unescaped(text))) {
		return true
	}
	for range 3 { // encoded more than once
		if !strings.Contains(text, "%") {
			break
		}
		next, err := url.PathUnescape(lenient(text))
		if err != nil || next == text {
			break
		}
		text, low = next, strings.ToLower(next)
		if s.contains(low) {
			return true
		}
	}
	if isFanged(low) {
		low = refang(low)
		if s.contains(low) {
			return true
		}
	}
	return strings.IndexFunc(low, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 && s.contains(puny(low))
}

// lenient doubles the percent signs that begin no escape, so that those that do can be read.
func lenient(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		b.WriteByte(s[i])
		if s[i] == '%' && (i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])) {
			b.WriteString("25")
		}
	}
	return b.String()
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// unescaped reads the escapes of JSON, inside quotes or not; what is no JSON loses its backslashes.
func unescaped(s string) string {
	for _, try := range []string{s, `"` + s + `"`} {
		if v, err := jsontree.Parse([]byte(try), jsontree.Limits{Size: mostUnpacked, Depth: 64, Values: 100_000}); err == nil {
			return string(v.Append(nil))
		}
	}
	return strings.ReplaceAll(s, `\`, "")
}

// isFanged tells whether a text, in small letters, has anything that refang changes.
func isFanged(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ' ' && i+3 < len(s) && (s[i+1] == 'd' && strings.HasPrefix(s[i:], " dot ") || s[i+1] == 'a' && strings.HasPrefix(s[i:], " at ")):
			return true
		case isBracket(c), c == 'h' && i+3 < len(s) && s[i+1] == 'x' && strings.HasPrefix(s[i:], "hxxp"):
			return true
		}
	}
	return false
}

func isBracket(c byte) bool {
	return c == '[' || c == ']' || c == '(' || c == ')' || c == '{' || c == '}' || c == '<' || c == '>'
}

// refang takes out what keeps links from being followed: of a text in small letters.
func refang(s string) string {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		c := s[i]
		plain := !isBracket(c)
		if next := i + 1; plain && next < len(s) {
			plain = (c != 'h' || s[next] != 'x') && (c != ' ' || s[next] != 'd' && s[next] != 'a')
		}
		if plain {
			b, i = append(b, c), i+1
			continue
		}
		means, length := refanged(s[i:])
		b, i = append(b, means...), i+length
	}
	return string(b)
}

// refanged gives what the begin of a text means, and how long that is.
func refanged(s string) (means string, length int) {
	for _, f := range [...][2]string{{"hxxp", "http"}, {"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."}, {" dot ", "."}, {"[at]", "@"}, {"(at)", "@"}, {"{at}", "@"}, {" at ", "@"}} {
		if strings.HasPrefix(s, f[0]) {
			return f[1], len(f[0])
		}
	}
	if isBracket(s[0]) {
		return "", 1
	}
	return s[:1], 1
}

// puny writes each name in a text as the DNS has it.
func puny(s string) string {
	format, _ := intelmq.FormatOf("source.fqdn")
	words := strings.FieldsFunc(s, func(r rune) bool { return r < utf8.RuneSelf && !isName(r) })
	var b strings.Builder
	for _, w := range words {
		if v, err := format(w); err == nil {
			w = v.Text
		}
		b.WriteString(w)
		b.WriteByte(' ')
	}
	return b.String()
}

func isName(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '.'
}

// decode64 decodes base64 in either alphabet as far as there are whole octets.
func decode64(into []byte, run string) []byte {
	bits, n := uint32(0), 0
	for i := range len(run) {
		c := run[i]
		switch {
		case c >= 'A' && c <= 'Z':
			c -= 'A'
		case c >= 'a' && c <= 'z':
			c -= 'a' - 26
		case c >= '0' && c <= '9':
			c += 52 - '0'
		case c == '+' || c == '-':
			c = 62
		default:
			c = 63
		}
		bits, n = bits<<6|uint32(c), n+6
		if n >= 8 {
			n -= 8
			into = append(into, byte(bits>>n))
		}
	}
	return into
}

// decode32 decodes base32, in capitals or not.
func decode32(into []byte, run string) []byte {
	bits, n := uint32(0), 0
	for i := range len(run) {
		c := run[i]
		if c <= '7' {
			c = c - '2' + 26
		} else {
			c = (c | 0x20) - 'a'
		}
		bits, n = bits<<5|uint32(c), n+5
		if n >= 8 {
			n -= 8
			into = append(into, byte(bits>>n))
		}
	}
	return into
}

func decodeHex(into []byte, run string) []byte {
	into, _ = hex.AppendDecode(into, []byte(run[:len(run)&^1])) // it is hexadecimal
	return into
}

// inOctets looks through octets, and through what gzip packed in them.
func (s *Search) inOctets(octets []byte, depth int) bool {
	s.room = octets[:0]
	if len(octets) < leastLong || s.tire(len(octets)) {
		return s.tired()
	}
	packed := bytes.Contains(octets, gzipMark())
	if !packed && !readable(octets) {
		return s.inFolded(octets)
	}
	deeper := *s // it needs room of its own
	deeper.room = nil
	for rest := octets; packed; {
		at := bytes.Index(rest, gzipMark())
		if at < 0 {
			break
		}
		if z, err := gzip.NewReader(bytes.NewReader(rest[at:])); err == nil {
			plain, _ := io.ReadAll(io.LimitReader(z, int64(s.spent.left)+1)) // what was read of a damaged one counts
			if s.spend(len(plain)) || deeper.within(string(plain), depth+1) {
				return true
			}
		}
		rest = rest[at+1:]
	}
	return s.spend(len(octets)) || deeper.within(string(octets), depth+1)
}

// spend counts octets that are looked through, and tells whether they are too many.
func (s *Search) spend(octets int) bool {
	s.spent.left -= octets
	return s.spent.left < 0
}

// inFolded looks through octets, which it puts in small letters.
func (s *Search) inFolded(octets []byte) bool {
	for i, c := range octets {
		if c >= 'A' && c <= 'Z' {
			octets[i] = c | 0x20
		}
	}
	return s.contains(string(octets))
}

func gzipMark() []byte { return []byte{0x1f, 0x8b, 8} }

// readable says whether octets are a text, and not bits that happen to decode.
func readable(octets []byte) bool {
	return !slices.ContainsFunc(octets, func(c byte) bool { return !isReadable(c) })
}

func isReadable(c byte) bool {
	return c >= ' ' && c <= '~' || c == '\n' || c == '\t' || c == '\r'
}
