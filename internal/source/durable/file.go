package durable

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// File is a file of any size that appears under its name, in place of an earlier one, when it is committed. It must be
// committed or abandoned.
type File struct {
	*os.File
	path string
	mode os.FileMode
}

// Create begins the file that will be at path, as a hidden one beside it whose name ends in ".tmp". The folder must be
// there: see [MakeFolder].
func Create(path string) (*File, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary file for %s: %w", path, err)
	}
	return &File{f, path, 0o644}, nil
}

// CreatePrivate is [Create] for a file that its owner alone may read, such as one with a key.
func CreatePrivate(path string) (*File, error) {
	f, err := Create(path)
	if err == nil {
		f.mode = 0o600
	}
	return f, err
}

// Commit syncs the file, gives it its name and syncs the folder. Where it fails nothing is left under the temporary name.
func (f *File) Commit() error { return f.CommitAs(f.path) }

// CommitAs is Commit for a file whose name was not known before: path is in the folder that Create was given, or in one
// of the same disk.
func (f *File) CommitAs(path string) error {
	err := errors.Join(f.Chmod(f.mode), f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		err = errors.Join(err, os.Remove(f.Name()))
	} else {
		err = SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		return fmt.Errorf("finishing %s: %w", path, err)
	}
	return nil
}

// Abandon gives the file up; what was at its path stays.
func (f *File) Abandon() {
	f.Close()
	os.Remove(f.Name())
}

// MakeFolder makes a folder and those above it, where missing, each durably.
func MakeFolder(dir string) error {
	if isFolder(dir) {
		return nil
	}
	parent := filepath.Dir(dir)
	if parent != dir {
		if err := MakeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, 0o755); err != nil && !isFolder(dir) { // unless another made it meanwhile
		return err
	}
	return SyncFolder(parent)
}

// Move gives a synced file, or a folder of synced files, another path on the same file system. What is at the new path
// must be a file or nothing; the folder of it is made where missing.
func Move(from, to string) error {
	above, below := filepath.Dir(from), filepath.Dir(to)
	if above == below {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		return SyncFolder(below)
	}
	if err := MakeFolder(below); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return errors.Join(SyncFolder(below), SyncFolder(above))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// SyncFolder makes the names in a folder survive a power cut.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
