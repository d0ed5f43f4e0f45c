package exchange

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pahra/internal/exchange/agreement"
)

// Search looks for withheld values in what is let through, in these forms: as they are, in capitals or not, percent-encoded,
// defanged, with a name's letters or its Punycode; addresses also with hyphens, reversed as in in-addr.arpa, as a number and written
// out; hexadecimal, base64 and base32 at every offset; MD5, SHA-1, SHA-256, SHA-512; the id that STIX gives to the observable; and
// all of these inside base64 or hexadecimal, and inside gzip within these. Values of fewer than five octets are looked for as words
// of their own alone. The zero value looks for nothing.
type Search struct {
	values  []value
	plain   []string // forms in small letters, which are looked for in every text
	short   []string
	octets  [][]byte // the same as plain
	least   int      // how long the shortest of these is
	digests []string // made when a text has something that could be one
	room    []byte   // for what is decoded
	left    *int     // how many octets of what is packed in a text may still be looked through
	effort  *int     // octets that were compared, times forms, since the first text
}

// value is what must not be found.
type value struct {
	kind agreement.Kind
	text string
}

// leastLong is how many octets a value has that is looked for within words.
const leastLong = 5

// add puts a value on the list. What Pahra notes for agreements says nothing of an event.
func (s *Search) add(kind agreement.Kind, key, text string) {
	switch key {
	case FieldConsent, FieldRecalled, FieldEmbargo, FieldExpires, "tlp":
		return
	}
	s.Add(kind, text)
}

// Add puts a value on the list.
func (s *Search) Add(kind agreement.Kind, text string) {
	text = strings.TrimSpace(text)
	if text == "" || slices.Contains(s.values, value{kind, text}) {
		return
	}
	s.values = append(s.values, value{kind, text})
	s.digests = nil
	for _, form := range plainForms(kind, text) {
		switch {
		case len(form) >= leastLong:
			form = strings.ToLower(form)
			s.plain, s.octets = append(s.plain, form), append(s.octets, []byte(form))
			if s.least == 0 || len(form) < s.least {
				s.least = len(form)
			}
		default:
			s.short = append(s.short, form)
		}
	}
}

// In tells whether a text of a kind holds a value in any form. One that has more packed in it than can be looked through counts as
// one that does, and so do all that come when an object has taken too much effort.
func (s *Search) In(kind agreement.Kind, text string) bool {
	if len(s.values) == 0 || text == "" {
		return false
	}
	left := mostUnpacked
	s.left = &left
	if s.effort == nil {
		s.effort = new(int)
	}
	if *s.effort > mostEffort {
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
func (s *Search) within(text string, depth int) bool {
	low := strings.ToLower(text)
	if s.contains(low, s.plain) || s.inViews(text, low) || s.hashed(low) {
		return true
	}
	return depth < mostDepth && s.unpacked(text, depth)
}

func (s *Search) contains(text string, list []string) bool {
	return s.tire(len(text)*len(list)) || slices.ContainsFunc(list, func(n string) bool { return strings.Contains(text, n) })
}

// tire counts octets that are compared, and tells whether they are too many.
func (s *Search) tire(octets int) bool {
	*s.effort += octets
	return *s.effort > mostEffort
}

// word looks for short values as words of their own, with the letters as they are.
func (s *Search) word(text string) bool {
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

func joins(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// hashed looks for hashes and ids where the text, in small letters, has enough hexadecimal digits in a row.
func (s *Search) hashed(low string) bool {
	const least = 32 // of MD5 and of a UUID
	run, longest := 0, 0
	for i := range len(low) {
		switch c := low[i]; {
		case isHex(c):
			run++
			longest = max(longest, run)
		case c != '-':
			run = 0
		}
	}
	if longest < least {
		return false
	}
	if s.digests == nil {
		s.digests = digests(s.values)
	}
	return s.contains(strings.ReplaceAll(low, "-", ""), s.digests)
}

// Rewrite puts [Withheld] in place of every word, between white space, that holds a value. It tells whether nothing is left then:
// a value may be spread over words.
func (s *Search) Rewrite(text string) (string, bool) {
	var out strings.Builder
	out.Grow(len(text))
	from := -1
	flush := func(to int) {
		if from < 0 {
			return
		}
		word := text[from:to]
		if s.In(agreement.Text, word) {
			word = Withheld
		}
		out.WriteString(word)
		from = -1
	}
	for i, r := range text {
		if unicode.IsSpace(r) {
			flush(i)
			out.WriteRune(r)
			continue
		}
		if from < 0 {
			from = i
		}
	}
	flush(len(text))
	rest := out.String()
	return rest, !s.In(agreement.Text, rest)
}
