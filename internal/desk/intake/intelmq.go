package intake

import (
	"errors"
	"fmt"
	"io"

	"pahra/wire/intelmq"
	"pahra/wire/objects"
)

// readIntelMQ reads IntelMQ's events: a list of them, or one a line.
func readIntelMQ(r io.Reader, _ Options, out Out) error {
	const longest = 4 << 20
	in := objects.NewReader(r, longest)
	for {
		text, err := in.Next()
		var e *intelmq.Event
		switch {
		case err == nil:
			e, err = intelmq.Parse(text)
		case !errors.Is(err, objects.ErrObject):
			return end(err)
		}
		if err == nil {
			err = out.Event(e, text)
		} else {
			err = out.Bad(fmt.Sprintf("line %d, event %d", in.Line(), in.Number()), err, cut(string(text)))
		}
		if err != nil {
			return err
		}
	}
}
