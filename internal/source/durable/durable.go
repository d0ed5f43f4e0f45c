// Package durable writes files that survive a power cut and appear under their names all at once: temporary name, sync,
// rename, sync of the folder.
//
// [WriteFile] writes a small file whole, [Rename] gives a file that was written and synced its final name. Both stay
// inside the folder that the caller opened, for names that others had a say in. [Create] begins a file of any size, and
// [Move] moves one, at paths of the program's own. None of them removes what a crash left under a temporary name.
package durable

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path"
)

// WriteFile writes a small file, in place of an earlier one of its name. Its folder is made where missing.
func WriteFile(root *os.Root, name string, content []byte) error {
	if err := makeFolder(root, path.Dir(name)); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	temporary := path.Join(path.Dir(name), "."+path.Base(name)+"."+rand.Text()+".tmp") // two processes may write at once
	f, err := root.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing %s: %w", name, err), root.Remove(temporary))
	}
	return Rename(root, temporary, name)
}

// Rename gives a synced file its final name and makes that survive a power cut. The folder is made where missing.
func Rename(root *os.Root, from, to string) error {
	if err := makeFolder(root, path.Dir(to)); err != nil {
		return err
	}
	if err := root.Rename(from, to); err != nil {
		return err
	}
	return syncFolder(root, path.Dir(to))
}

// makeFolder makes a folder and those above it, each durably.
func makeFolder(root *os.Root, dir string) error {
	if dir == "." || dir == path.Dir(dir) { // the root itself, or one that root refuses in a moment
		return nil
	}
	if info, err := root.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	if err := makeFolder(root, path.Dir(dir)); err != nil {
		return err
	}
	if err := root.Mkdir(dir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolder(root, path.Dir(dir))
}

func syncFolder(root *os.Root, dir string) error {
	folder, err := root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
