package ledger

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"pahra/internal/source/durable"
)

// identify reads the keys, which are made for a new log, and the newest checkpoint.
func (l *Log) identify() error {
	secret, err := os.ReadFile(filepath.Join(l.Dir, keyFile))
	if errors.Is(err, os.ErrNotExist) {
		secret, err = l.makeKeys()
	}
	if err != nil {
		return err
	}
	if l.signer, err = note.NewSigner(strings.TrimSpace(string(secret))); err != nil {
		return fmt.Errorf("%s: %w", keyFile, err)
	}
	if err := l.recognise(); err != nil {
		return err
	}
	if name := l.verifier.Name(); name != l.opt.Origin || l.signer.KeyHash() != l.verifier.KeyHash() {
		return fmt.Errorf("%s is that of %q, not of %q", publicFile, name, l.opt.Origin)
	}
	return nil
}

// makeKeys makes the keys of a new log: the public one is there before the one that signs.
func (l *Log) makeKeys() ([]byte, error) {
	secret, public, err := note.GenerateKey(rand.Reader, l.opt.Origin)
	if err != nil {
		return nil, err
	}
	if _, err := note.NewSigner(secret); err != nil {
		return nil, fmt.Errorf("the origin %q: %w", l.opt.Origin, err)
	}
	if info, err := l.entries.Stat(); err != nil || info.Size() > 0 {
		return nil, errors.Join(err, fmt.Errorf("there are entries, but no file %s to sign with", keyFile))
	}
	for _, f := range []struct {
		name, text string
		create     func(string) (*durable.File, error)
	}{{publicFile, public, durable.Create}, {keyFile, secret, durable.CreatePrivate}} {
		if err := write(filepath.Join(l.Dir, f.name), f.create, []byte(f.text+"\n")); err != nil {
			return nil, err
		}
	}
	return []byte(secret), nil
}

func write(path string, create func(string) (*durable.File, error), text []byte) error {
	f, err := create(path)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		f.Abandon()
		return err
	}
	return f.Commit()
}

// recognise reads the public key and the newest checkpoint.
func (l *Log) recognise() error {
	public, err := os.ReadFile(filepath.Join(l.Dir, publicFile))
	if err != nil {
		return err
	}
	l.public = string(bytes.TrimSpace(public))
	if l.verifier, err = note.NewVerifier(l.public); err != nil {
		return fmt.Errorf("%s: %w", publicFile, err)
	}
	text, err := os.ReadFile(filepath.Join(l.Dir, checkpointFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if l.signed, err = parseCheckpoint(text, l.verifier); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, checkpointFile, err)
	}
	l.checkpoint = text
	return nil
}

// Checkpoint gives the newest checkpoint, of all entries, as c2sp.org/tlog-checkpoint has it. It is on disk when it is given.
func (l *Log) Checkpoint() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.signer == nil {
		if l.checkpoint == nil {
			return nil, fmt.Errorf("the ledger %s: there is no checkpoint: %w", l.Dir, os.ErrNotExist)
		}
		return l.checkpoint, nil
	}
	if err := l.sign(); err != nil {
		return nil, fmt.Errorf("signing the ledger %s: %w", l.Dir, err)
	}
	return l.checkpoint, nil
}

func (l *Log) sign() error {
	if err := lock(l.entries); err != nil {
		return err
	}
	defer unlock(l.entries)
	if err := l.catchUp(); err != nil {
		return err
	}
	if l.checkpoint != nil && l.signed.N == l.edge.n {
		return nil
	}
	tree := tlog.Tree{N: l.edge.n, Hash: l.edge.root()}
	text, err := note.Sign(&note.Note{Text: fmt.Sprintf("%s\n%d\n%s\n", l.opt.Origin, tree.N, tree.Hash)}, l.signer)
	if err != nil {
		return err
	}
	if err := l.hashes.Sync(); err != nil {
		return err
	}
	if err := write(filepath.Join(l.Dir, checkpointFile), durable.Create, text); err != nil {
		return err
	}
	l.checkpoint, l.signed = text, tree
	return nil
}

// mostCheckpoint bounds a checkpoint, in octets.
const mostCheckpoint = 1 << 14

var errCheckpoint = errors.New("it is no checkpoint")

// parseCheckpoint reads a checkpoint and makes sure that the key of its origin signed it.
func parseCheckpoint(text []byte, key note.Verifier) (tlog.Tree, error) {
	n, err := note.Open(text, note.VerifierList(key))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(n.Text, "\n")
	if len(lines) < 4 {
		return tlog.Tree{}, errCheckpoint
	}
	if lines[0] != key.Name() {
		return tlog.Tree{}, fmt.Errorf("it is of the log %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || size > 1<<48 || strconv.FormatInt(size, 10) != lines[1] {
		return tlog.Tree{}, errCheckpoint
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return tlog.Tree{}, errCheckpoint
	}
	return tlog.Tree{N: size, Hash: tlog.Hash(root)}, nil
}
