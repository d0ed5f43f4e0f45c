package lines

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"pahra/wire/values"
)

// ErrSkip says of a line, in place of what is wrong with it, that it is neither good nor bad: a comment.
var ErrSkip = errors.New("not a record")

// giveUp is so many bad lines without a single good one that the input is taken to be of another format.
const giveUp = 100

// Each calls data with every line of r that is not blank, without the space around it, and its number. data returns
// what is wrong with the line, or [ErrSkip], and apart from that what ends the reading. Bad and over-long lines go to
// report. Each returns that fatal error, the error of r, or format where all lines are bad.
func Each(r io.Reader, max int, format error, report func(values.Problem), data func(line []byte, number int) (bad, fatal error)) error {
	lr := NewReader(r, max)
	good, refused := 0, 0
	for good > 0 || refused < giveUp {
		line, bad := lr.Next()
		if errors.Is(bad, io.EOF) {
			break
		}
		if bad != nil && !errors.Is(bad, ErrTooLong) {
			return fmt.Errorf("reading line %d: %w", lr.Number()+1, bad)
		}
		if bad == nil {
			line = bytes.TrimSpace(line)
			if len(line) == 0 {
				continue
			}
			var fatal error
			if bad, fatal = data(line, lr.Number()); fatal != nil {
				return fatal
			}
		}
		switch {
		case bad == nil:
			good++
		case bad != ErrSkip:
			refused++
			report(values.Problem{Line: lr.Number(), Reason: bad.Error()})
		}
	}
	if good == 0 && refused > 0 {
		return format
	}
	return nil
}

// Clip keeps foreign text that is quoted in a reason short.
func Clip(b []byte) string {
	if len(b) > 60 {
		return string(b[:60]) + "..."
	}
	return string(b)
}
