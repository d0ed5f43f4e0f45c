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
	"slices"
	"strings"
	"time"

	"pahra/internal/source/durable"
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
	return durable.WriteFile(root, name, append(text, '\n'))
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
