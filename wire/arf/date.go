package arf

import (
	"fmt"
	"strings"
	"time"
)

// zones are the offsets of the zones that old mail names (RFC 5322, section 4.3). All other names say nothing.
var zones = map[string]string{"UT": "+0000", "GMT": "+0000", "UTC": "+0000", "Z": "+0000", "EST": "-0500", "EDT": "-0400", "CST": "-0600", "CDT": "-0500",
	"MST": "-0700", "MDT": "-0600", "PST": "-0800", "PDT": "-0700"}

// ParseDate reads a date of a mail (RFC 5322, section 3.3): the weekday and the seconds may be missing, years have two or
// four digits, and comments stand in brackets.
func ParseDate(s string) (time.Time, error) {
	bad := fmt.Errorf("%.60q is no date", s)
	words := strings.Fields(withoutComments(s))
	if len(words) > 0 && (strings.HasSuffix(words[0], ",") || len(words) == 6) {
		words = words[1:]
	}
	if len(words) != 5 {
		return time.Time{}, bad
	}
	if offset, named := zones[strings.ToUpper(words[4])]; named {
		words[4] = offset
	}
	text := strings.Join(words, " ")
	for _, layout := range []string{"2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04 -0700", "2 Jan 06 15:04:05 -0700", "2 Jan 06 15:04 -0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, bad
}

// withoutComments takes out what stands in brackets.
func withoutComments(s string) string {
	depth := 0
	return strings.Map(func(r rune) rune {
		switch {
		case r == '(':
			depth++
			return -1
		case r == ')' && depth > 0:
			depth--
			return -1
		case depth > 0:
			return -1
		}
		return r
	}, s)
}
