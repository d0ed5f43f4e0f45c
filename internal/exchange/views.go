package exchange

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pahra/wire/intelmq"
	"pahra/wire/jsontree"
)

// The bounds of unpacking.
const (
	mostDepth     = 3
	mostUnpacked  = 4 << 20 // octets
	mostEffort    = 1 << 31 // octets times forms, of all texts of an object
	leastPacked   = 7       // signs of base64, base32 or hexadecimal
	leastReadable = 8       // octets of a text that may be packed once more
)

// inViews looks through a text as its reader may understand it: without escapes and percent signs, refanged, with names in Punycode.
// What it is as it stands, in small letters, has been looked through.
func (s *Search) inViews(text, low string) bool {
	if strings.Contains(text, `\`) && s.contains(strings.ToLower(unescaped(text)), s.plain) {
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
		if s.contains(low, s.plain) {
			return true
		}
	}
	if isFanged(low) {
		low = refang(low)
		if s.contains(low, s.plain) {
			return true
		}
	}
	return strings.IndexFunc(low, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 && s.contains(puny(low), s.plain)
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

func isFanged(s string) bool {
	return strings.ContainsAny(s, "[](){}<>") || strings.Contains(s, "hxxp") || strings.Contains(s, " dot ") || strings.Contains(s, " at ")
}

// refang takes out what keeps links from being followed.
func refang(s string) string {
	for _, f := range [...][2]string{{"hxxp", "http"}, {"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."}, {" dot ", "."}, {"[at]", "@"}, {"(at)", "@"}, {"{at}", "@"}, {" at ", "@"}} {
		s = strings.ReplaceAll(s, f[0], f[1])
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("[](){}<>", r) {
			return -1
		}
		return r
	}, s)
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

// unpacked looks into hexadecimal, base64 and base32, and into gzip within them, whatever stands right before. White space inside
// does not matter.
func (s *Search) unpacked(text string, depth int) bool {
	if strings.ContainsAny(text, " \t\r\n") {
		if s.inRuns(text, depth) {
			return true
		}
		text = strings.Map(dropSpace, text)
	}
	return s.inRuns(text, depth)
}

func dropSpace(r rune) rune {
	if unicode.IsSpace(r) {
		return -1
	}
	return r
}

// alphabet is an encoding: its signs, how many of them hold whole octets, and how they are read.
type alphabet struct {
	holds  func(c byte) bool
	block  int
	decode func(into []byte, run string) []byte
}

func alphabets() [3]alphabet {
	return [...]alphabet{{isBase64, 4, decode64}, {isBase32, 8, decode32}, {isHex, 2, decodeHex}}
}

// inRuns decodes each word that may be an encoding, from every place at which one may begin. One that is too long to be looked
// through counts as one that holds something.
func (s *Search) inRuns(text string, depth int) bool {
	for _, a := range alphabets() {
		for from := 0; from < len(text); {
			to := from
			for to < len(text) && a.holds(text[to]) {
				to++
			}
			if to-from > mostUnpacked {
				return true
			}
			for skip := range a.block {
				if to-from-skip < leastPacked {
					break
				}
				if s.inOctets(a.decode(s.room[:0], text[from+skip:to]), depth) {
					return true
				}
			}
			from = to + 1
		}
	}
	return false
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

func isBase32(c byte) bool {
	return c >= '2' && c <= '7' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isBase64(c byte) bool {
	return isHex(c) || c|0x20 >= 'g' && c|0x20 <= 'z' || c == '+' || c == '/' || c == '-' || c == '_'
}

// inOctets looks through octets, and through what gzip packed in them.
func (s *Search) inOctets(octets []byte, depth int) bool {
	s.room = octets[:0]
	if len(octets) < s.least {
		return false
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
			plain, _ := io.ReadAll(io.LimitReader(z, int64(*s.left)+1)) // what was read of a damaged one counts
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
	*s.left -= octets
	return *s.left < 0
}

// inFolded looks through octets, which it puts in small letters.
func (s *Search) inFolded(octets []byte) bool {
	for i, c := range octets {
		if c >= 'A' && c <= 'Z' {
			octets[i] = c | 0x20
		}
	}
	return s.tire(len(octets)*len(s.octets)) || slices.ContainsFunc(s.octets, func(form []byte) bool { return bytes.Contains(octets, form) })
}

func gzipMark() []byte { return []byte{0x1f, 0x8b, 8} }

// readable says whether octets are a text, and not bits that happen to decode.
func readable(octets []byte) bool {
	for _, c := range octets {
		if (c < ' ' || c > '~') && c != '\n' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}
