package spool

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"pahra/internal/source/durable"
)

// The files in the folder that say whose key reports are encrypted with.
const (
	ownKey    = "reports.key" // the key itself, made where none is set
	ownerFile = "owner.pub"   // the public half of the key that was set last
)

// ErrKey is wrapped by the error where reports are encrypted with a key that is not given.
var ErrKey = errors.New("reports in this folder are encrypted with a key that is not given")

// OpenOwned opens the folder, and makes it where it is missing. Reports that come are encrypted with the key in a file that
// age-keygen made; without one, with a key that is made and kept in the folder, reports.key, which goes on to open what was
// encrypted with it. Once a key was set the folder is not opened without one, so that every process encrypts with the same.
func OpenOwned(dir, key string) (*Spool, error) {
	s, err := Open(dir)
	if err == nil {
		s.seal, err = sealOf(dir, ownKey, key)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the spool: %w", err)
	}
	return s, nil
}

// OwnSeal gives a seal with a key of its own, which is made and kept in a folder under a name.
func OwnSeal(dir, name string) (*Seal, error) {
	err := durable.MakeFolder(dir)
	if err == nil {
		var seal *Seal
		if seal, err = sealOf(dir, name, ""); err == nil {
			return seal, nil
		}
	}
	return nil, fmt.Errorf("opening the key %s: %w", filepath.Join(dir, name), err)
}

func sealOf(dir, name, key string) (*Seal, error) {
	own, owner := filepath.Join(dir, name), filepath.Join(dir, ownerFile)
	set, err := os.ReadFile(owner)
	switch {
	case err != nil && !errors.Is(err, os.ErrNotExist):
		return nil, err
	case key == "" && err == nil:
		return nil, fmt.Errorf("%w: %s (desk.key in the settings)", ErrKey, strings.TrimSpace(string(set)))
	case key == "":
		if err := makeOwn(own); err != nil {
			return nil, err
		}
		return readSealFile(own)
	}
	seal, err := readSealFile(key)
	if err != nil {
		return nil, err
	}
	if before, err := readSealFile(own); err == nil {
		seal.before = before.owner
	} else if !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	if text := seal.owner.Recipient().String() + "\n"; text != string(set) {
		return seal, writeFile(owner, text)
	}
	return seal, nil
}

func readSealFile(path string) (*Seal, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	seal, err := ReadSeal(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return seal, nil
}

// makeOwn makes the folder's own key, if it is not there: of several processes that do so at once one has its way.
func makeOwn(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	mine := fmt.Sprintf("%s-%d", path, os.Getpid())
	f, err := durable.CreatePrivate(mine)
	if err != nil {
		return err
	}
	if err := writeTo(f, k.String()+"\n"); err != nil {
		return err
	}
	if err := os.Link(mine, path); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	if err := os.Remove(mine); err != nil {
		return err
	}
	return durable.SyncFolder(filepath.Dir(path))
}

func writeFile(path, text string) error {
	f, err := durable.Create(path)
	if err != nil {
		return err
	}
	return writeTo(f, text)
}

func writeTo(f *durable.File, text string) error {
	if _, err := f.WriteString(text); err != nil {
		f.Abandon()
		return err
	}
	return f.Commit()
}
