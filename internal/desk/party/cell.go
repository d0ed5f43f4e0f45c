package party

import "strings"

// cell keeps a spreadsheet from taking a text for a formula: such a one gets an apostrophe in front, which uncell takes off again.
func cell(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

func uncell(s string) string {
	if rest, is := strings.CutPrefix(s, "'"); is && formula(rest) {
		return rest
	}
	return s
}

// formula says whether a text begins as formulas do, apostrophes aside.
func formula(s string) bool {
	s = strings.TrimLeft(s, "'")
	return s != "" && strings.IndexByte("=+-@\t\r", s[0]) >= 0
}
