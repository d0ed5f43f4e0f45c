package alert

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxForeign bounds a piece of foreign text, in runes.
const maxForeign = 200

// Harmless makes foreign text (names of networks, of registries, errors of others) fit for a line of plain text: what
// could steer a terminal, end a line or a header, turn the reading direction or hide becomes visible, and what is longer
// than 200 characters is cut.
func Harmless(text string) string {
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	if utf8.RuneCountInString(text) > maxForeign {
		text = string([]rune(text)[:maxForeign-1]) + "…"
	}
	return strings.Map(harmlessRune, text)
}

func harmlessRune(r rune) rune {
	switch {
	case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
		return unicode.ReplacementChar
	case unicode.IsSpace(r):
		return ' '
	}
	return r
}
