package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"pahra/wire/compressed"
	"pahra/wire/shadowserver"
)

// PulledSchema gives the newest of Shadowserver's schemas in a folder of data; "" where there is none.
func PulledSchema(data string) string {
	// the names hold their day, and so the last is the newest
	files, err := filepath.Glob(filepath.Join(data, "reports", "shadowserver-schema.*.json*"))
	if err != nil || len(files) == 0 {
		return ""
	}
	return files[len(files)-1]
}

// ReadSchema reads Shadowserver's schema from a file.
func ReadSchema(path string) (*shadowserver.Schema, error) {
	text, err := ReadSmall(path)
	if err != nil {
		return nil, err
	}
	schema, err := shadowserver.ReadSchema(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return schema, nil
}

// ReadSmall reads a file of settings, plain or compressed, of at most 16 MiB.
func ReadSmall(path string) ([]byte, error) {
	const most = 16 << 20
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	plain, _, err := compressed.NewReader(file, compressed.Options{})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer plain.Close()
	text, err := io.ReadAll(io.LimitReader(plain, most+1))
	if err == nil && len(text) > most {
		err = errors.New("more than 16 MiB")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return text, nil
}
