package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pahra/internal/source/durable"
)

// outputFile is a file that a command was asked to write. It appears under its name when it is complete; a device or a
// pipe is written as it is.
type outputFile struct {
	*os.File
	whole *durable.File // nil of a device or a pipe
}

// writeOutput has a file written whole.
func writeOutput(path string, write func(io.Writer) error) error {
	out, err := createOutput(path)
	if err != nil {
		return fmt.Errorf("creating the output: %w", err)
	}
	if err := write(out); err != nil {
		out.abandon()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return out.commit()
}

// createOutput begins a file at path. Through a link, the file that it leads to is replaced.
func createOutput(path string) (*outputFile, error) {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		return &outputFile{File: file}, err
	} else if err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	whole, err := durable.Create(path)
	if err != nil {
		return nil, err
	}
	return &outputFile{whole.File, whole}, nil
}

// commit finishes the file.
func (o *outputFile) commit() error {
	if o.whole == nil {
		return o.Close()
	}
	return o.whole.Commit()
}

// abandon gives the file up; what was there before stays.
func (o *outputFile) abandon() {
	if o.whole == nil {
		o.Close()
		return
	}
	o.whole.Abandon()
}

// notAnInput refuses an output that is one of the inputs: it would be lost.
func notAnInput(output string, inputs []string, stdin io.Reader) error {
	out, err := os.Stat(output)
	if err != nil || !out.Mode().IsRegular() {
		return nil // there is nothing to lose
	}
	for _, name := range inputs {
		in, err := os.Stat(name)
		if name == "-" {
			in, err = statOf(stdin)
		}
		if err == nil && os.SameFile(in, out) {
			return usageError(fmt.Errorf("the output %s is also an input", output))
		}
	}
	return nil
}

func statOf(r io.Reader) (os.FileInfo, error) {
	if file, ok := r.(*os.File); ok {
		return file.Stat()
	}
	return nil, os.ErrInvalid
}
