package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// durable is a file that comes into being under its final name all at once, or not at all.
type durable struct {
	*os.File
	path string
}

// createDurable opens a temporary file beside path, whose folder is made when missing.
func createDurable(path string) (*durable, error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the folder of %s: %w", path, err)
	}
	file, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary file for %s: %w", path, err)
	}
	return &durable{file, path}, nil
}

// commit syncs the file, gives it its final name and syncs the folder. On failure the temporary file is gone.
func (d *durable) commit() error {
	err := errors.Join(d.Chmod(0o644), d.Sync(), d.Close())
	if err == nil {
		err = os.Rename(d.Name(), d.path)
	}
	if err != nil {
		os.Remove(d.Name())
		return fmt.Errorf("finishing %s: %w", d.path, err)
	}
	if err := syncFolder(filepath.Dir(d.path)); err != nil {
		return fmt.Errorf("finishing %s: %w", d.path, err)
	}
	return nil
}

// abandon removes the temporary file.
func (d *durable) abandon() {
	d.Close()
	os.Remove(d.Name())
}

// syncFolder makes a rename in dir survive a power cut.
func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
