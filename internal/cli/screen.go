package cli

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// screenWidth is the widest line of a screen, in characters.
const screenWidth = 100

// screen gathers lines for a person to read, none wider than screenWidth where a space allows a break.
type screen struct{ text bytes.Buffer }

// line adds a line, wrapped; lines that follow are indented as far as the first was, and two more.
func (s *screen) line(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	indent := len(text) - len(strings.TrimLeft(text, " "))
	s.wrap(text, indent+2)
}

// blank adds an empty line.
func (s *screen) blank() { s.text.WriteByte('\n') }

// head adds a heading under an empty line.
func (s *screen) head(format string, args ...any) {
	s.blank()
	s.line(format, args...)
}

// wrap adds text broken at spaces, later lines indented by hang.
func (s *screen) wrap(text string, hang int) {
	text = strings.TrimRight(harmless(text), " ")
	for utf8.RuneCountInString(text) > screenWidth {
		cut := lastSpace(text, screenWidth, hang)
		if cut < 0 {
			break
		}
		s.text.WriteString(strings.TrimRight(text[:cut], " ") + "\n")
		text = strings.Repeat(" ", hang) + strings.TrimLeft(text[cut:], " ")
	}
	s.text.WriteString(text + "\n")
}

// lastSpace finds where to break: the last space within width characters and behind the indent, else the first after.
func lastSpace(text string, width, hang int) int {
	cut, n := -1, 0
	for i, c := range text {
		if c == ' ' && n > hang {
			if n > width && cut >= 0 {
				break
			}
			if strings.TrimSpace(text[:i]) != "" {
				cut = i
			}
			if n > width {
				break
			}
		}
		n++
	}
	return cut
}

// cells lays out a row: each cell padded to its width, the last one wrapped under itself.
func (s *screen) cells(widths []int, cells ...string) {
	var row strings.Builder
	hang := 0
	for i, c := range cells {
		row.WriteString(c)
		if i < len(widths) {
			pad := max(1, widths[i]-utf8.RuneCountInString(c))
			row.WriteString(strings.Repeat(" ", pad))
			hang += widths[i]
		}
	}
	s.wrap(row.String(), hang)
}
