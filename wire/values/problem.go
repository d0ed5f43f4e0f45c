package values

import "fmt"

// Problem is one malformed place in an input: it was refused, and reading went on behind it.
type Problem struct {
	Line   int   // line number from 1, or 0 where the format has no lines
	Offset int64 // byte offset in the decompressed stream, where Line is 0
	Reason string
}

// String gives "line 12: reason" or "offset 3400: reason". The file's name is the caller's to add.
func (p Problem) String() string {
	if p.Line > 0 {
		return fmt.Sprintf("line %d: %s", p.Line, p.Reason)
	}
	return fmt.Sprintf("offset %d: %s", p.Offset, p.Reason)
}
