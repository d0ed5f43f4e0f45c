package spool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"filippo.io/age"

	"pahra/internal/source/durable"
)

// Seal encrypts reports at rest with age: each source's day of intake has a key of its own, which lies beside its reports
// in day.key, itself encrypted to the owner's. To destroy that file is to make the day's reports unreadable, wherever
// copies of them are. Safe for concurrent use.
type Seal struct {
	owner  *age.X25519Identity
	before *age.X25519Identity // of which there may still be keys of days; nil: none

	mu    sync.Mutex
	known map[string]*age.X25519Identity // by path
}

// ReadSeal reads the owner's key: an identity file as age-keygen writes it, with one key.
func ReadSeal(r io.Reader) (*Seal, error) {
	list, err := age.ParseIdentities(io.LimitReader(r, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("reading the key for reports: %w", err)
	}
	owner, ok := list[0].(*age.X25519Identity)
	if !ok || len(list) != 1 {
		return nil, errors.New("reading the key for reports: one key such as age-keygen makes is needed")
	}
	return &Seal{owner: owner, known: make(map[string]*age.X25519Identity)}, nil
}

// dayKey is the name of the file with a day's key.
const dayKey = "day.key"

// key gives the key of the reports that lie in a folder; a new one where there is none and make is set.
func (s *Seal) key(folder string, make bool) (*age.X25519Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := filepath.Join(folder, dayKey)
	sealed, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) && make {
		return s.newKey(path)
	}
	if err != nil { // also where it was destroyed after it had been read
		return nil, err
	}
	if k := s.known[path]; k != nil {
		return k, nil
	}
	owners := []age.Identity{s.owner}
	if s.before != nil {
		owners = append(owners, s.before)
	}
	plain, err := age.Decrypt(bytes.NewReader(sealed), owners...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	list, err := age.ParseIdentities(plain)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	k, ok := list[0].(*age.X25519Identity)
	if !ok {
		return nil, fmt.Errorf("%s holds another kind of key", path)
	}
	s.known[path] = k
	return k, nil
}

func (s *Seal) newKey(path string) (*age.X25519Identity, error) {
	k, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	f, err := durable.CreatePrivate(path)
	if err != nil {
		return nil, err
	}
	w, err := age.Encrypt(f, s.owner.Recipient())
	if err == nil {
		_, err = io.WriteString(w, k.String()+"\n")
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		f.Abandon()
		return nil, err
	}
	if err := f.Commit(); err != nil {
		return nil, err
	}
	s.known[path] = k
	return k, nil
}

// encrypt gives what is to be written through to write to w sealed.
func (s *Seal) encrypt(w io.Writer, folder string) (io.WriteCloser, error) {
	k, err := s.key(folder, true)
	if err != nil {
		return nil, err
	}
	return age.Encrypt(w, k.Recipient())
}

// decrypt gives what is to be read through to read what is sealed.
func (s *Seal) decrypt(r io.Reader, folder string) (io.Reader, error) {
	k, err := s.key(folder, false)
	if err != nil {
		return nil, err
	}
	return age.Decrypt(r, k)
}

// Lock encrypts a small secret to the owner's key.
func (s *Seal) Lock(plain []byte) ([]byte, error) {
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, s.owner.Recipient())
	if err == nil {
		_, err = w.Write(plain)
		err = errors.Join(err, w.Close())
	}
	if err != nil {
		return nil, fmt.Errorf("encrypting a secret: %w", err)
	}
	return sealed.Bytes(), nil
}

// Unlock decrypts what Lock gave.
func (s *Seal) Unlock(sealed []byte) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(sealed), s.owner)
	if err != nil {
		return nil, fmt.Errorf("decrypting a secret: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(r, 64<<10))
	if err != nil {
		return nil, fmt.Errorf("decrypting a secret: %w", err)
	}
	return plain, nil
}

// suffixes of a report's file, plain and sealed.
const plainSuffix, sealedSuffix = ".zst", ".zst.age"

// reportPath gives where a report lies, sealed or not.
func (s *Spool) reportPath(source string, at time.Time, id string) (path string, sealed bool, err error) {
	for _, suffix := range []string{plainSuffix, sealedSuffix} {
		if path, err = s.pathOf("reports", at, source, id+suffix); err != nil {
			return "", false, err
		}
		if _, err = os.Stat(path); err == nil {
			return path, suffix == sealedSuffix, nil
		}
	}
	return "", false, err
}
