package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// The folder's books.
const (
	acceptedName = "accepted.json"
	pulledName   = "pulled.json"
	maxLedger    = 256 << 20
)

// Acceptance records that the terms of a source were accepted.
type Acceptance struct {
	Name   string    `json:"name"`
	Terms  string    `json:"terms"`  // URL
	SHA256 string    `json:"sha256"` // of the terms as the catalogue states them: accepting lapses when they change
	Time   time.Time `json:"time"`
}

// Pulled records where a file of the folder came from.
type Pulled struct {
	Path     string    `json:"path"`
	Name     string    `json:"name"` // of the source
	URL      string    `json:"url"`
	Time     time.Time `json:"time"`              // when it was complete
	Modified time.Time `json:"modified,omitzero"` // Last-Modified of the server
	ETag     string    `json:"etag,omitempty"`    // of the server
	SHA256   string    `json:"sha256"`
	Bytes    int64     `json:"bytes"`
	Checked  string    `json:"checked,omitempty"` // the published checksum that it matched: "md5 …"
}

// termsHash identifies what is accepted: the terms' URL, the licence and the statement.
func (s Source) termsHash() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{s.Name, s.Terms, s.Licence, s.Statement}, "\n")))
	return hex.EncodeToString(sum[:])
}

// ReadAccepted gives what the folder's accepted.json says; none where there is no such file.
func ReadAccepted(dir string) (list []Acceptance, err error) {
	return list, readBook(dir, acceptedName, "accepted", &list)
}

// ReadPulled gives what the folder's pulled.json says, sorted by path; none where there is no such file.
func ReadPulled(dir string) (list []Pulled, err error) {
	return list, readBook(dir, pulledName, "pulled", &list)
}

func readBook[T any](dir, name, key string, into *[]T) error {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var book map[string][]T
	if err := json.NewDecoder(io.LimitReader(f, maxLedger)).Decode(&book); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	*into = book[key]
	return nil
}

func writeBook[T any](root *os.Root, name, key string, list []T) error {
	text, err := json.MarshalIndent(map[string][]T{key: list}, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(root, name, append(text, '\n'))
}

// recordAcceptance puts a, in place of an earlier one of the same source, into accepted.json.
func recordAcceptance(root *os.Root, a Acceptance) error {
	list, err := ReadAccepted(root.Name())
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(b Acceptance) bool { return b.Name == a.Name })
	list = append(list, a)
	slices.SortFunc(list, func(a, b Acceptance) int { return strings.Compare(a.Name, b.Name) })
	return writeBook(root, acceptedName, "accepted", list)
}

// writeFile writes a small file durably: temporary name, sync, rename, sync of the folder.
func writeFile(root *os.Root, name string, content []byte) error {
	temporary := path.Join(path.Dir(name), "."+path.Base(name)+".tmp")
	f, err := root.Create(temporary)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return rename(root, temporary, name)
}

// rename gives a synced file its final name and makes that survive a power cut.
func rename(root *os.Root, from, to string) error {
	if dir := path.Dir(to); dir != "." {
		if err := root.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := root.Rename(from, to); err != nil {
		return err
	}
	folder, err := root.Open(path.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
