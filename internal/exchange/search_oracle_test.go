package exchange

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"pahra/internal/exchange/agreement"
)

// oracle is a [Search] that compares every form with every text, and decodes every run of signs from every place.
type oracle struct {
	values []value
	plain  []string
	short  []string
	octets [][]byte
	least  int
	room   []byte
	left   *int
	effort int
}

func (s *oracle) add(kind agreement.Kind, text string) {
	s.values = append(s.values, value{kind, text})
	for _, form := range plainForms(kind, text) {
		if len(form) >= leastLong {
			form = strings.ToLower(form)
			s.plain, s.octets = append(s.plain, form), append(s.octets, []byte(form))
		} else {
			s.short = append(s.short, form)
		}
	}
	s.least = leastLong
}

// In tells whether a text of a kind holds a value in any form. One that has more packed in it than can be looked through counts as
// one that does, and so do all that come when an object has taken too much effort.
func (s *oracle) In(kind agreement.Kind, text string) bool {
	if len(s.values) == 0 || text == "" {
		return false
	}
	left := mostUnpacked
	s.left = &left
	if s.effort > mostEffort {
		return true
	}
	switch kind {
	case agreement.Word, agreement.ASN, agreement.Coordinate, agreement.Place:
		return len(text) >= leastLong && slices.Contains(s.plain, strings.ToLower(text))
	case agreement.Text, agreement.Name, agreement.URL, agreement.Blob:
		return s.word(text) || s.within(text, 0)
	}
	return s.within(text, 0)
}

// within looks through the views of a text, for hashes, and into what is packed in it.
func (s *oracle) within(text string, depth int) bool {
	low := strings.ToLower(text)
	if s.contains(low, s.plain) || s.inViews(text, low) || s.hashed(low) {
		return true
	}
	return depth < mostDepth && s.unpacked(text, depth)
}

func (s *oracle) contains(text string, list []string) bool {
	return s.tire(len(text)*len(list)) || slices.ContainsFunc(list, func(n string) bool { return strings.Contains(text, n) })
}

// tire counts octets that are compared, and tells whether they are too many.
func (s *oracle) tire(octets int) bool {
	s.effort += octets
	return s.effort > mostEffort
}

// word looks for short values as words of their own, with the letters as they are.
func (s *oracle) word(text string) bool {
	for _, short := range s.short {
		for from := 0; ; {
			at := strings.Index(text[from:], short)
			if at < 0 {
				break
			}
			at += from
			before, _ := utf8.DecodeLastRuneInString(text[:at])
			after, _ := utf8.DecodeRuneInString(text[at+len(short):])
			if !joins(before) && !joins(after) {
				return true
			}
			from = at + 1
		}
	}
	return false
}

// inViews looks through a text as its reader may understand it: without escapes and percent signs, refanged, with names in Punycode.
// What it is as it stands, in small letters, has been looked through.
func (s *oracle) inViews(text, low string) bool {
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
	if oracleFanged(low) {
		low = oracleRefang(low)
		if s.contains(low, s.plain) {
			return true
		}
	}
	return strings.IndexFunc(low, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 && s.contains(puny(low), s.plain)
}

func oracleFanged(s string) bool {
	return strings.ContainsAny(s, "[](){}<>") || strings.Contains(s, "hxxp") || strings.Contains(s, " dot ") || strings.Contains(s, " at ")
}

// refang takes out what keeps links from being followed.
func oracleRefang(s string) string {
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

// unpacked looks into hexadecimal, base64 and base32, and into gzip within them, whatever stands right before. White space inside
// does not matter.
func (s *oracle) unpacked(text string, depth int) bool {
	if strings.ContainsAny(text, " \t\r\n") {
		if s.inRuns(text, depth) {
			return true
		}
		text = strings.Map(dropSpace, text)
	}
	return s.inRuns(text, depth)
}

// alphabet is an encoding: its signs, how many of them hold whole octets, and how they are read.
type oracleAlphabet struct {
	holds  func(c byte) bool
	block  int
	decode func(into []byte, run string) []byte
}

func oracleAlphabets() [3]oracleAlphabet {
	return [...]oracleAlphabet{{isBase64, 4, decode64}, {isBase32, 8, decode32}, {isHex, 2, decodeHex}}
}

// inRuns decodes each word that may be an encoding, from every place at which one may begin. One that is too long to be looked
// through counts as one that holds something.
func (s *oracle) inRuns(text string, depth int) bool {
	for _, a := range oracleAlphabets() {
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

// inOctets looks through octets, and through what gzip packed in them.
func (s *oracle) inOctets(octets []byte, depth int) bool {
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
func (s *oracle) spend(octets int) bool {
	*s.left -= octets
	return *s.left < 0
}

// inFolded looks through octets, which it puts in small letters.
func (s *oracle) inFolded(octets []byte) bool {
	for i, c := range octets {
		if c >= 'A' && c <= 'Z' {
			octets[i] = c | 0x20
		}
	}
	return s.tire(len(octets)*len(s.octets)) || slices.ContainsFunc(s.octets, func(form []byte) bool { return bytes.Contains(octets, form) })
}

// hashed looks for hashes and ids where the text, in small letters, has enough hexadecimal digits in a row.
func (s *oracle) hashed(low string) bool {
	var digests []string
	for kind := range len(sums{}) {
		for sum := range sumsOf(s.values, kind) {
			digests = append(digests, sum)
		}
	}
	return s.contains(strings.ReplaceAll(low, "-", ""), digests)
}

func dropSpace(r rune) rune {
	if unicode.IsSpace(r) {
		return -1
	}
	return r
}

func isBase32(c byte) bool {
	return c >= '2' && c <= '7' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isBase64(c byte) bool {
	return isHex(c) || c|0x20 >= 'g' && c|0x20 <= 'z' || c == '+' || c == '/' || c == '-' || c == '_'
}

// rewrite takes words out of a text.
func (s *oracle) rewrite(text string) (string, bool) {
	words := regexp.MustCompile(`[^\s]+`).ReplaceAllStringFunc(text, func(word string) string {
		if s.In(agreement.Text, word) {
			return Withheld
		}
		return word
	})
	return words, !s.In(agreement.Text, words)
}

// drawValue draws a value that may be withheld, of few signs, so that values are alike.
func drawValue(t *rapid.T) value {
	switch rapid.IntRange(0, 5).Draw(t, "sort") {
	case 0:
		return value{agreement.Address, rapid.StringMatching(`198\.51\.10[0-3]\.[0-9]`).Draw(t, "address")}
	case 1:
		return value{agreement.Domain, rapid.StringMatching(`[ab]{1,3}\.(xu|example)`).Draw(t, "domain")}
	case 2:
		return value{agreement.ASN, rapid.StringMatching(`6[0-9]{1,5}`).Draw(t, "asn")}
	case 3:
		return value{agreement.Time, "2026-03-24T12:34:5" + rapid.StringMatching(`[0-9]`).Draw(t, "second") + "Z"}
	case 4:
		return value{agreement.Text, rapid.StringMatching(`[A-Ca-c ./-]{1,9}`).Draw(t, "text")}
	}
	return value{agreement.Address, rapid.StringMatching(`2001:db8::[1-3]{1,2}`).Draw(t, "address6")}
}

// TestSearchOracle: the search finds what the oracle does, and nothing else.
func TestSearchOracle(t *testing.T) {
	found, all := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		var fast Search
		var slow oracle
		list := rapid.SliceOfN(rapid.Custom(drawValue), 1, 25).Draw(rt, "values")
		for _, v := range list {
			if v.text = strings.TrimSpace(v.text); v.text != "" {
				fast.Add(v.kind, v.text)
				slow.add(v.kind, v.text)
			}
		}
		for range 8 {
			secret := rapid.SampledFrom(list).Draw(rt, "of").text
			if rapid.Bool().Draw(rt, "another") {
				secret = rapid.Custom(drawValue).Draw(rt, "other").text
			}
			forms := told(secret)
			names := make([]string, 0, len(forms))
			for name := range forms {
				names = append(names, name)
			}
			form := forms[rapid.SampledFrom(sorted(names)).Draw(rt, "form")]
			switch rapid.IntRange(0, 3).Draw(rt, "again") {
			case 0:
				forms = told(form)
				form = forms[rapid.SampledFrom([]string{"hex", "base64 0", "base64 2", "base32 3", "gzip in hex", "percent"}).Draw(rt, "wrap")]
			case 1:
				form = form[:rapid.IntRange(0, len(form)).Draw(rt, "cut")]
			case 2:
				at := rapid.IntRange(0, len(form)).Draw(rt, "at")
				form = form[:at] + rapid.SampledFrom([]string{" ", "-", "A", "\n", "[", "=="}).Draw(rt, "between") + form[at:]
			}
			text := rapid.StringMatching(`([A-Za-z0-9 ./=]{0,12}|at dot \[at\] hxxp)`).Draw(rt, "before") + form + rapid.StringMatching(`[A-Za-z0-9 ./=]{0,12}`).Draw(rt, "behind")
			kind := rapid.SampledFrom([]agreement.Kind{agreement.Text, agreement.Text, agreement.Hash, agreement.Word}).Draw(rt, "kind")
			got, want := fast.In(kind, text), slow.In(kind, text)
			if got != want {
				rt.Fatalf("%q as %d of %q: %v, the oracle says %v", text, kind, list, got, want)
			}
			rest, clean := fast.Rewrite(text)
			if want, wantClean := slow.rewrite(text); rest != want || clean != wantClean {
				rt.Fatalf("%q of %q is rewritten to %q (%v), the oracle says %q (%v)", text, list, rest, clean, want, wantClean)
			}
			if all++; got {
				found++
			}
		}
	})
	if found < all/8 || found > all*19/20 {
		t.Errorf("%d of %d were found: the texts are too much alike", found, all)
	}
}

// TestSigns: the tables of encodings hold the signs that are decoded, and no others.
func TestSigns(t *testing.T) {
	for _, a := range []struct {
		signs  string
		holds  func(byte) bool
		decode func([]byte, string) []byte
		behind string
		shift  int
	}{{sextets, isBase64, decode64, "AAA", 2}, {quintets, isBase32, decode32, "A", 3}, {nibbles, isHex, decodeHex, "0", 4}} {
		if len(a.signs) != 256 {
			t.Fatalf("a table has %d entries", len(a.signs))
		}
		for c := range 256 {
			d := a.signs[c]
			if (d != 0xff) != a.holds(byte(c)) {
				t.Errorf("octet %d is %#x", c, d)
			}
			if d == 0xff {
				continue
			}
			if got := a.decode(nil, string([]byte{byte(c)})+a.behind); got[0]>>a.shift != d {
				t.Errorf("octet %d stands for %#x, decoded it is %x", c, d, got)
			}
		}
	}
	for v := range uint32(256) {
		want := v
		if v >= 'A' && v <= 'Z' {
			want |= 0x20
		}
		if folded(v<<16|v<<8|v) != want<<16|want<<8|want {
			t.Errorf("%#x is folded to %#x", v, folded(v<<16|v<<8|v))
		}
	}
}
