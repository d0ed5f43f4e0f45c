// Package overrides keeps signed decisions where runs read them: DIR/overrides/INCIDENT-ASn.json below a folder of data,
// with DIR/overrides/keys.txt naming the keys whose signatures count.
//
// [Open] makes the folder and lists a key there, [Dir.Put] adds a decision. [Key] gives the signing key of an
// installation, made at its first start. All writes are durable. The package decides nothing and reads no decision
// back: package service does, as one of a run's inputs.
package overrides

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"pahra/internal/publication"
	"pahra/internal/source/durable"
)

const (
	folderName = "overrides"
	keysName   = folderName + "/keys.txt"
	keyFile    = "publication-key.pem"
)

// Dir is a folder of decisions. Safe for concurrent use.
type Dir struct {
	data string
	mu   sync.Mutex
}

// Open makes the folder below a folder of data, and lists the public key of key in it.
func Open(data string, key ed25519.PrivateKey) (*Dir, error) {
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of overrides: %w", err)
	}
	d := &Dir{data: data}
	if err := d.trust(base64.StdEncoding.EncodeToString(key.Public().(ed25519.PublicKey))); err != nil {
		return nil, fmt.Errorf("listing the key of overrides: %w", err)
	}
	return d, nil
}

// trust adds a key to the list, if it is not there.
func (d *Dir) trust(key string) error {
	root, err := os.OpenRoot(d.data)
	if err != nil {
		return err
	}
	defer root.Close()
	text, err := root.ReadFile(keysName)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("# Ed25519 keys whose signatures on overrides count, base64, one a line.\n"), nil
	}
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if strings.TrimSpace(line) == key {
			return nil
		}
	}
	if len(text) > 0 && !bytes.HasSuffix(text, []byte("\n")) {
		text = append(text, '\n')
	}
	return durable.WriteFile(root, keysName, append(text, key+"\n"...))
}

// Put adds a decision, in place of an earlier one about the same network and incident.
func (d *Dir) Put(_ context.Context, o publication.Override) error {
	text, err := o.Canonical()
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	root, err := os.OpenRoot(d.data)
	if err != nil {
		return fmt.Errorf("keeping an override: %w", err)
	}
	defer root.Close()
	return durable.WriteFile(root, folderName+"/"+o.Name(), text)
}

// Holds says whether a decision lies there as it is.
func (d *Dir) Holds(o publication.Override) bool {
	text, err := o.Canonical()
	if err != nil {
		return false
	}
	root, err := os.OpenRoot(d.data)
	if err != nil {
		return false
	}
	defer root.Close()
	was, err := root.ReadFile(folderName + "/" + o.Name())
	return err == nil && bytes.Equal(was, text)
}

// Key gives the signing key of the installation whose state lies in the folder. Where there is none it makes one from
// random, and keeps it readable by its owner alone.
func Key(state string, random io.Reader) (ed25519.PrivateKey, error) {
	if err := os.MkdirAll(state, 0o755); err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(state, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return makeKey(state, random)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "PRIVATE KEY" {
		return nil, fmt.Errorf("reading the signing key: %s holds no private key in PEM", keyFile)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("reading the signing key: %w", err)
	}
	signing, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("reading the signing key: %s holds a key of another kind than Ed25519", keyFile)
	}
	return signing, nil
}

// makeKey makes a key. Of two processes that do so at once one wins, and the other takes its key.
func makeKey(state string, random io.Reader) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(random)
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	temporary, err := os.CreateTemp(state, "."+keyFile+"-") // 0600
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err = errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	err = os.Link(temporary.Name(), filepath.Join(state, keyFile))
	if errors.Is(err, fs.ErrExist) {
		return Key(state, random)
	}
	if err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	if err := durable.SyncFolder(state); err != nil {
		return nil, fmt.Errorf("making a signing key: %w", err)
	}
	return key, nil
}
