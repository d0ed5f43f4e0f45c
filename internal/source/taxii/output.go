package taxii

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// ErrOutput says that an output is not what a resume says of it.
var ErrOutput = errors.New("the output and the resume file do not belong together")

// Output is a file that a poll's objects are appended to, each on a line.
type Output struct{ file *os.File }

// OpenOutput opens the file at path to append behind so many octets. Where a resume file says how many, what lies behind them is of a
// poll that died before it noted it, and is cut off; without one (begun false) the file must be empty.
func OpenOutput(path string, octets int64, begun bool) (*Output, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	size, err := f.Seek(0, io.SeekEnd)
	switch {
	case err != nil:
	case size < octets:
		err = fmt.Errorf("%s has %d octets, and %d were written: %w", path, size, octets, ErrOutput)
	case size > 0 && !begun:
		err = fmt.Errorf("%s holds something else: %w", path, ErrOutput)
	default:
		if err = f.Truncate(octets); err == nil {
			_, err = f.Seek(octets, io.SeekStart)
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Output{f}, nil
}

// Append appends objects and gives the octets that there are now. They are on disk when it returns.
func (o *Output) Append(objects []json.RawMessage) (int64, error) {
	err := WriteLines(o.file, objects)
	if err == nil {
		err = o.file.Sync()
	}
	if err != nil {
		return 0, fmt.Errorf("writing %s: %w", o.file.Name(), err)
	}
	return o.file.Seek(0, io.SeekCurrent)
}

// Close closes the file.
func (o *Output) Close() error { return o.file.Close() }
