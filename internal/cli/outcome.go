package cli

import "io"

// outcome is standard output that remembers whether everything arrived.
type outcome struct {
	w   io.Writer
	err error // the first
}

func (o *outcome) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}
