package cli

import (
	"strings"
	"unicode"
)

// harmless makes visible what could steer a terminal or turn the reading direction: names of files, of networks and of
// neighbourhoods, and pieces of input, are foreign text.
func harmless(text string) string { return strings.Map(harmlessRune, text) }

// harmlessLines does the same and keeps the ends of lines.
func harmlessLines(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return harmlessRune(r)
	}, text)
}

func harmlessRune(r rune) rune {
	if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
		return unicode.ReplacementChar
	}
	return r
}
