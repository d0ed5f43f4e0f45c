package reports

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pahra/internal/desk/duty"
	"pahra/internal/source/durable"
)

// secretsKey is the name of the file with the key of the hashes that stand for secrets and persons, in the desk's folder.
const secretsKey = "secrets.key"

// SecretsOf gives what takes secrets out of events, with the key that lies in the desk's folder; the first time one is made. Without
// that file nobody can tell any more which hash stands for what.
func SecretsOf(folder string) (s *duty.Secrets, key []byte, err error) {
	path := filepath.Join(folder, secretsKey)
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		text, err = makeKey(path)
	}
	if err == nil {
		key, err = hex.DecodeString(strings.TrimSpace(string(text)))
	}
	if err == nil && len(key) != 32 {
		err = errors.New("it is not 32 octets in hexadecimal")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the key of secrets, %s: %w", path, err)
	}
	s, err = duty.NewSecrets(key)
	return s, key, err
}

func makeKey(path string) ([]byte, error) {
	if err := durable.MakeFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	f, err := durable.CreatePrivate(path)
	if err != nil {
		return nil, err
	}
	text := []byte(hex.EncodeToString(key) + "\n")
	if _, err := f.Write(text); err != nil {
		f.Abandon()
		return nil, err
	}
	return text, f.Commit()
}
