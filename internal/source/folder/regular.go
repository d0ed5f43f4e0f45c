package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// errIrregular says that a name stands for a folder, a pipe or a device.
var errIrregular = errors.New("it is not a regular file")

// OpenRegular opens a file for reading. A pipe or a device, which could keep the reader waiting or never end, is an
// error, and is not waited for.
func OpenRegular(path string) (*os.File, error) {
	return regularOnly(path, func(flag int) (*os.File, error) { return os.OpenFile(path, flag, 0) })
}

// openBelow is OpenRegular for a name below root.
func openBelow(root *os.Root, name string) (*os.File, error) {
	return regularOnly(name, func(flag int) (*os.File, error) { return root.OpenFile(name, flag, 0) })
}

func regularOnly(name string, open func(flag int) (*os.File, error)) (*os.File, error) {
	file, err := open(os.O_RDONLY | syscall.O_NONBLOCK) // else the opening of a pipe waits for its writer
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &fs.PathError{Op: "open", Path: name, Err: errIrregular}
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// ReadRegular reads a whole regular file of at most limit bytes.
func ReadRegular(path string, limit int64) ([]byte, error) {
	file, err := OpenRegular(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAtMost(file, limit)
}

func readAtMost(file *os.File, limit int64) ([]byte, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("it is larger than %d bytes", limit)
	}
	text := make([]byte, info.Size())
	n, err := file.ReadAt(text, 0)
	if n < len(text) && err != nil {
		return nil, fmt.Errorf("reading %s: %w", file.Name(), err)
	}
	return text, nil
}
