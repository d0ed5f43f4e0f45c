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
// of their own alone. The zero value looks for nothing. How long it takes does not grow with how many values there are.
type Search struct {
	values  []value
	seen    map[value]bool // of more than a few values
	plain   []string       // forms in small letters, which are looked for in every text
	needles *needles       // of plain; nil: not made yet
	short   shorts
	sums    sums   // made when a text has something that could be one
	room    []byte // for what is decoded
	spent   *spent // nil: nothing
}

// value is what must not be found.
type value struct {
	kind agreement.Kind
	text string
}

// spent counts what a search took.
type spent struct {
	left   int // how many octets of what is packed in a text may still be looked through
	effort int // octets that were looked through since the first text
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
	if text == "" || s.has(value{kind, text}) {
		return
	}
	s.values = append(s.values, value{kind, text})
	s.needles, s.sums = nil, sums{}
	for _, form := range plainForms(kind, text) {
		if len(form) >= leastLong {
			s.plain = append(s.plain, strings.ToLower(form))
		} else if form != "" {
			s.short.add(form)
		}
	}
}

// has tells whether a value is on the list, and puts it on the map where there is one.
func (s *Search) has(v value) bool {
	const few = 16
	if len(s.values) < few {
		return slices.Contains(s.values, v)
	}
	if s.seen == nil {
		s.seen = make(map[value]bool, 2*few)
		for _, was := range s.values {
			s.seen[was] = true
		}
	}
	had := s.seen[v]
	s.seen[v] = true
	return had
}

// In tells whether a text of a kind holds a value in any form. One that has more packed in it than can be looked through counts as
// one that does, and so do all that come when an object has taken too much effort.
func (s *Search) In(kind agreement.Kind, text string) bool {
	if len(s.values) == 0 || text == "" {
		return false
	}
	if s.ready(); s.tired() {
		return true
	}
	switch kind {
	case agreement.Word, agreement.ASN, agreement.Coordinate, agreement.Place:
		return len(text) >= leastLong && s.needles.is(strings.ToLower(text))
	case agreement.Text, agreement.Name, agreement.URL, agreement.Blob:
		return s.short.in(text) || s.within(text, 0)
	}
	return s.within(text, 0)
}

// ready makes what a search needs, and gives back what unpacking took.
func (s *Search) ready() {
	if s.needles == nil {
		s.needles = newNeedles(slices.Clone(s.plain))
	}
	if s.spent == nil {
		s.spent = new(spent)
	}
	s.spent.left = mostUnpacked
}

// within looks through the views of a text, for hashes, and into what is packed in it.
func (s *Search) within(text string, depth int) bool {
	if len(text) < leastLong {
		return false
	}
	return s.open(text) || s.packed(text, depth)
}

// open tells whether a text holds a value that can be read without decoding.
func (s *Search) open(text string) bool {
	low := strings.ToLower(text)
	return s.contains(low) || s.inViews(text, low)
}

// packed tells whether a text holds a hash of a value, or one that is encoded.
func (s *Search) packed(text string, depth int) bool {
	return s.hashed(strings.ToLower(text)) || depth < mostDepth && s.unpacked(text, depth)
}

// contains tells whether a text in small letters holds a form as it stands.
func (s *Search) contains(low string) bool { return s.tire(len(low)) || s.needles.in(low) }

// tire counts octets that are looked through, and tells whether they are too many.
func (s *Search) tire(octets int) bool {
	s.spent.effort += octets
	return s.tired()
}

func (s *Search) tired() bool { return s.spent.effort > mostEffort }

// shorts are values that are looked for as words of their own, with the letters as they are.
type shorts struct {
	set   map[string]bool
	first [4]uint64 // which octets they begin with
}

func (s *shorts) add(text string) {
	if s.set == nil {
		s.set = map[string]bool{}
	}
	s.set[text] = true
	s.first[text[0]>>6] |= 1 << (text[0] & 63)
}

// in tells whether one stands in a text, with nothing that joins words on either side.
func (s *shorts) in(text string) bool {
	if s.set == nil {
		return false
	}
	for i := range len(text) {
		if c := text[i]; s.first[c>>6]>>(c&63)&1 != 0 && s.begins(text, i) {
			return true
		}
	}
	return false
}

func (s *shorts) begins(text string, at int) bool {
	if before, _ := utf8.DecodeLastRuneInString(text[:at]); joins(before) {
		return false
	}
	for to := at + 1; to <= min(at+leastLong-1, len(text)); to++ {
		if after, _ := utf8.DecodeRuneInString(text[to:]); !joins(after) && s.set[text[at:to]] {
			return true
		}
	}
	return false
}

func joins(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// Rewrite puts [Withheld] in place of every word, between white space, that holds a value. It tells whether nothing is left then:
// a value may be spread over words.
func (s *Search) Rewrite(text string) (string, bool) {
	if len(s.values) == 0 {
		return text, true
	}
	s.ready()
	// What a word has packed the whole has as well, since white space does not matter; so has what is left when words are taken out, but for
	// runs that are readable only then.
	packed := s.packed(text, 0)
	tells := func(word string) bool {
		if packed {
			return s.In(agreement.Text, word)
		}
		return s.short.in(word) || len(word) >= leastLong && s.open(word)
	}
	var out strings.Builder
	out.Grow(len(text))
	from := -1
	flush := func(to int) {
		if from < 0 {
			return
		}
		word := text[from:to]
		if tells(word) {
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
	return rest, !tells(rest) && (packed || !s.inEdges(withoutSpace(rest)))
}
