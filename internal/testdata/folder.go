package testdata

import (
	"io"
	"os"
	"path/filepath"
)

// Folder takes the files of a made-up world into a folder on disk.
type Folder string

// Create makes a file and the folders above it.
func (f Folder) Create(path string) (io.WriteCloser, error) {
	name := filepath.Join(string(f), filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return nil, err
	}
	return os.Create(name)
}
