package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// outputFile is a file that a command was asked to write. It appears under its name when it is complete; a device or a
// pipe is written as it is.
type outputFile struct {
	*os.File
	path string // the final name; empty where the file has it already
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
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, err
	}
	return &outputFile{file, path}, nil
}

// commit finishes the file.
func (o *outputFile) commit() error {
	if o.path == "" {
		return o.Close()
	}
	err := errors.Join(o.Chmod(0o644), o.Sync(), o.Close())
	if err == nil {
		err = os.Rename(o.Name(), o.path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(o.Name()))
	}
	return err
}

// abandon gives the file up; what was there before stays.
func (o *outputFile) abandon() {
	o.Close()
	if o.path != "" {
		os.Remove(o.Name())
	}
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
