package query

import (
	"fmt"
	"regexp"
	"strings"
)

// boundary is what "_" stands for in a path expression of Cisco IOS: the start, the end, or what stands between AS
// numbers.
const boundary = `(?:^|$|[ ,{}()\[\]])`

// Path is an expression that an AS path, written as "701 64500 {64501,64502}", must match somewhere.
type Path struct {
	text   string
	regexp *regexp.Regexp
}

// ParsePath reads an RE2 expression in which "_" has the meaning that Cisco IOS gives it: it matches the start or the
// end of the path, a space, a comma, a brace, a bracket or a parenthesis. Inside a class ([...]) and behind a backslash it is
// itself.
func ParsePath(text string) (*Path, error) {
	compiled, err := regexp.Compile(expand(text))
	if err != nil {
		return nil, fmt.Errorf("%q is not a path expression (RE2, with _ between AS numbers): %w", text, err)
	}
	return &Path{text, compiled}, nil
}

// Match tells whether a path in text form matches.
func (p *Path) Match(path []byte) bool { return p.regexp.Match(path) }

// String gives the expression as it was typed.
func (p *Path) String() string { return p.text }

// expand puts boundary in place of each "_" outside of classes.
func expand(text string) string {
	var out strings.Builder
	inClass, classStart := false, 0
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && i+1 < len(text):
			out.WriteByte(c)
			i++
			c = text[i]
		case inClass:
			// "]" is an ordinary member where it stands first
			inClass = c != ']' || i == classStart+1 || i == classStart+2 && text[classStart+1] == '^'
		case c == '[':
			inClass, classStart = true, i
		case c == '_':
			out.WriteString(boundary)
			continue
		}
		out.WriteByte(c)
	}
	return out.String()
}
