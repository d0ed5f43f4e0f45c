package exchange

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// What the signs of encodings stand for; other octets have 0xff.
const (
	none8   = "\xff\xff\xff\xff\xff\xff\xff\xff"
	none64  = none8 + none8 + none8 + none8 + none8 + none8 + none8 + none8
	decimal = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09"
	hexabc  = "\x0a\x0b\x0c\x0d\x0e\x0f"
	atoz    = decimal + hexabc + "\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19"
	atoz26  = "\x1a\x1b\x1c\x1d\x1e\x1f\x20\x21\x22\x23\x24\x25\x26\x27\x28\x29\x2a\x2b\x2c\x2d\x2e\x2f\x30\x31\x32\x33"
	none7   = "\xff\xff\xff\xff\xff\xff\xff"

	// base64 in either alphabet: + and - are 62, / and _ are 63.
	sextets = none8 + none8 + none8 + none8 + none8 + "\xff\xff\xff\x3e\xff\x3e\xff\x3f" + "\x34\x35\x36\x37\x38\x39\x3a\x3b\x3c\x3d" + none7 +
		atoz + "\xff\xff\xff\xff\x3f\xff" + atoz26 + "\xff\xff\xff\xff\xff" + none64 + none64
	// base32, in capitals or not.
	quintets = none8 + none8 + none8 + none8 + none8 + none8 + "\xff\xff\x1a\x1b\x1c\x1d\x1e\x1f" + none8 + "\xff" +
		atoz + "\xff\xff\xff\xff\xff\xff" + atoz + "\xff\xff\xff\xff\xff" + none64 + none64
	nibbles = none8 + none8 + none8 + none8 + none8 + none8 + decimal + none7 + hexabc + none8 + none8 + none8 + "\xff\xff" + hexabc + none8 + none8 + none8 + "\xff" + none64 + none64
)

// unpacked looks into hexadecimal, base64 and base32, and into gzip within them, whatever stands right before. White space inside
// does not matter. It decodes only what may hold something: few texts do.
func (s *Search) unpacked(text string, depth int) bool {
	stripped := withoutSpace(text)
	if len(stripped) < leastPacked {
		return false
	}
	if s.tire(2 * len(text)) {
		return true
	}
	for _, a := range encodings() {
		if s.inRuns(&a, stripped, depth) {
			return true
		}
	}
	return s.inTexts(text, depth) || len(stripped) < len(text) && s.inTexts(stripped, depth)
}

// withoutSpace takes the white space out of a text.
func withoutSpace(text string) string {
	at := strings.IndexFunc(text, unicode.IsSpace)
	if at < 0 {
		return text
	}
	b := append(make([]byte, 0, len(text)), text[:at]...)
	for _, r := range text[at:] {
		switch {
		case r < utf8.RuneSelf && r > ' ':
			b = append(b, byte(r))
		case !unicode.IsSpace(r):
			b = utf8.AppendRune(b, r)
		}
	}
	return string(b)
}

// encoding is a way to write octets: what its signs stand for, in how many bits, how many of them are whole octets, and how many it
// takes for three octets that are whole wherever they begin.
type encoding struct {
	signs               string
	width, block, group int
	decode              func(into []byte, run string) []byte
}

func encodings() [3]encoding {
	return [...]encoding{{sextets, 6, 4, 4, decode64}, {quintets, 5, 8, 5, decode32}, {nibbles, 4, 2, 6, decodeHex}}
}

// inRuns decodes each run of signs from each place from which it may hold a form or something packed by gzip: where a group of signs
// has three octets of either. A run that is too long to be looked through counts as one that holds something.
func (s *Search) inRuns(a *encoding, text string, depth int) bool {
	v, n := uint32(0), 0
	var tried uint8 // the places of this run
	for i := range len(text) {
		d := a.signs[text[i]]
		if d == 0xff {
			n, tried = 0, 0
			continue
		}
		v, n = v<<a.width|uint32(d), n+1
		if n < a.group {
			continue
		}
		behind, before := s.suspects(a, v)
		if behind && s.inRun(a, text, i+1-n, (n-a.group)%a.block, &tried, depth) || before && s.inRun(a, text, i+1-n, n%a.block, &tried, depth) || n > mostUnpacked {
			return true
		}
	}
	return false
}

// suspects tells whether the last group of signs has octets of a form if an octet begins where the group does, or ends where it does. Five
// signs of base32 hold one bit more than three octets, and eight are five octets: every form holds a place where both begin, behind
// which three octets of it are whole if that is the form's first, second or third, else before.
func (s *Search) suspects(a *encoding, v uint32) (behind, before bool) {
	if a.group*a.width == 24 {
		return s.suspect(v & 0xffffff), false
	}
	return s.suspect(v >> 1 & 0xffffff), s.suspect(v & 0xffffff)
}

// suspect tells whether three octets may belong to a form, or to the 1f 8b 08 that gzip begins with.
func (s *Search) suspect(octets uint32) bool {
	return octets>>8 == 0x1f8b || octets>>8 == 0x8b08 || octets&0xffff == 0x1f8b || s.needles.window(octets)
}

// inRun decodes a run from a place on, unless it was tried.
func (s *Search) inRun(a *encoding, text string, from, skip int, tried *uint8, depth int) bool {
	if *tried>>skip&1 != 0 {
		return false
	}
	*tried |= 1 << skip
	to := from
	for to < len(text) && a.signs[text[to]] != 0xff {
		to++
	}
	return to-from > mostUnpacked || to-from-skip >= leastPacked && s.inOctets(a.decode(s.room[:0], text[from+skip:to]), depth)
}

// inTexts looks into runs of signs that decode to a readable text, which may hold something that is encoded once more. The signs of base64
// hold those of the others, so that these are looked for in its runs alone.
func (s *Search) inTexts(text string, depth int) bool {
	all := encodings()
	for from := 0; from < len(text); {
		to := from
		for to < len(text) && sextets[text[to]] != 0xff {
			to++
		}
		if run := text[from:to]; len(run)*all[0].width >= leastReadable*8 {
			for i := range all {
				if s.inTextRuns(&all[i], run, depth) {
					return true
				}
			}
		}
		from = to + 1
	}
	return false
}

// inEdges looks into the runs of signs that end at [Withheld], or begin behind it: they were part of longer ones.
func (s *Search) inEdges(text string) bool {
	parts := strings.Split(text, Withheld)
	for i, part := range parts {
		from, to := 0, len(part)
		for from < len(part) && sextets[part[from]] != 0xff {
			from++
		}
		for to > from && sextets[part[to-1]] != 0xff {
			to--
		}
		if i > 0 && s.inTexts(part[:from], 0) || i+1 < len(parts) && s.inTexts(part[to:], 0) || i+1 < len(parts) && to == from && s.inTexts(part[:from], 0) {
			return true
		}
	}
	return false
}

func (s *Search) inTextRuns(a *encoding, text string, depth int) bool {
	for from := 0; from < len(text); {
		to := from
		for to < len(text) && a.signs[text[to]] != 0xff {
			to++
		}
		for skip := 0; skip < a.block && (to-from-skip)*a.width >= leastReadable*8; skip++ {
			run := text[from+skip : to]
			first := byte((uint32(a.signs[run[0]])<<a.width | uint32(a.signs[run[1]])) >> (2*a.width - 8))
			if isReadable(first) && readableAs(run, a.signs, a.width) && s.inOctets(a.decode(s.room[:0], run), depth) {
				return true
			}
		}
		from = to + 1
	}
	return false
}

// readableAs tells whether all whole octets that signs stand for are of a readable text.
func readableAs(run, signs string, width int) bool {
	v, n := uint32(0), 0
	for i := range len(run) {
		v, n = v<<width|uint32(signs[run[i]]), n+width
		if n >= 8 {
			n -= 8
			if !isReadable(byte(v >> n)) {
				return false
			}
		}
	}
	return true
}
