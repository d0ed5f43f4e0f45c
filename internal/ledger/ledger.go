// Package ledger keeps append-only logs whose growth others can verify: what left, entry by entry, under one Merkle tree (RFC 6962).
//
// [Open] opens a log for writing; [Log.Append] adds an entry and returns when it is on disk. [Log.Checkpoint] gives the signed size and
// root; [Log.Read] and [Log.ServeHTTP] give it, the tree and the entries in the form of c2sp.org/tlog-tiles. [Verify] checks a log from
// outside, in a folder ([OpenToRead]) or at an address ([Remote]); [Fsck] checks the files and makes the hashes anew. [Leaf] is an
// entry of the exchange, [Key.Root] what it says of objects without telling them.
//
// A folder holds "entries", which alone cannot be made again; "hashes", which can; "checkpoint", the newest that was signed; "key" and
// "key.pub". An entry counts once it is whole in "entries". Entries that come at once share one write and one sync. Several processes
// may write one log: a lock on "entries" orders them, and each takes up what the others wrote. An entry cut short by a crash, which
// nobody was told of, is cut off when the log is next written to; entries that are damaged or missing behind what is signed or hashed
// are never cut: the log does not open, and Fsck says where. The package reads no clock, and judges nothing of what entries say.
package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"pahra/internal/source/durable"
)

// The files of a log.
const (
	entriesFile    = "entries"
	hashesFile     = "hashes"
	checkpointFile = "checkpoint"
	keyFile        = "key"
	publicFile     = "key.pub"
)

var (
	// ErrDamaged says that entries are not what was signed or hashed.
	ErrDamaged = errors.New("the log is damaged")
	// ErrEntry says that an entry is empty or too long.
	ErrEntry = errors.New("an entry has from 1 to 65535 octets")
	// ErrClosed says that the log was closed, or was opened to read.
	ErrClosed = errors.New("the log is not open to write")
)

// Options say what a log is.
type Options struct {
	Origin string            // the name of the log, which its checkpoints and its key bear; no spaces and no plus
	Told   func(what string) // told what was mended; may be nil
}

// Log is one log. Safe for concurrent use.
type Log struct {
	Dir             string // its folder
	opt             Options
	entries, hashes *os.File
	signer          note.Signer // nil: it was opened to read
	verifier        note.Verifier
	public          string // the key that verifies

	queue sync.Mutex
	next  *batch // the one that entries join

	mu         sync.Mutex // of the files and what follows
	edge       edge
	end        int64   // octets of entries
	starts     []int64 // where each bundle of entries begins
	checkpoint []byte  // the newest
	signed     tlog.Tree
}

// Open opens the log in a folder, which is made if need be, reads all of it, and mends what a crash left.
func Open(dir string, opt Options) (*Log, error) {
	l, err := open(dir, opt)
	if err != nil {
		return nil, fmt.Errorf("opening the ledger %s: %w", dir, err)
	}
	return l, nil
}

func open(dir string, opt Options) (_ *Log, err error) {
	if opt.Told == nil {
		opt.Told = func(string) {}
	}
	if err := durable.MakeFolder(dir); err != nil {
		return nil, err
	}
	l := &Log{Dir: dir, opt: opt}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.shut())
		}
	}()
	if err := l.files(os.O_RDWR | os.O_CREATE); err != nil {
		return nil, err
	}
	if err := errors.Join(durable.SyncFolder(dir), lock(l.entries)); err != nil {
		return nil, err
	}
	defer unlock(l.entries)
	if err := l.identify(); err != nil {
		return nil, err
	}
	return l, l.recover()
}

// files opens the files.
func (l *Log) files(flag int) (err error) {
	if l.entries, err = os.OpenFile(filepath.Join(l.Dir, entriesFile), flag, 0o600); err != nil {
		return err
	}
	l.hashes, err = os.OpenFile(filepath.Join(l.Dir, hashesFile), flag, 0o600)
	return err
}

// recover reads the log. Hashes that are wrong or missing are made anew, an entry that is not whole is cut.
func (l *Log) recover() error {
	s, err := l.scan()
	if err != nil {
		return err
	}
	for _, f := range s.faults {
		if f.Fatal {
			return fmt.Errorf("%w: %s", ErrDamaged, f)
		}
		l.opt.Told(f.String())
	}
	return l.mend(s)
}

// mend takes up what was read; it cuts what a crash cut short and writes hashes anew that are wrong or missing.
func (l *Log) mend(s *scanned) error {
	l.edge, l.end, l.starts = s.edge, s.end, s.starts
	if s.torn > 0 {
		if err := errors.Join(l.entries.Truncate(l.end), l.entries.Sync()); err != nil {
			return err
		}
	}
	if s.rehash {
		return l.rehash()
	}
	return nil
}

// rehash writes the hashes of all entries anew.
func (l *Log) rehash() error {
	if err := l.hashes.Truncate(0); err != nil {
		return err
	}
	from := newFrames(io.NewSectionReader(l.entries, 0, l.end))
	e, at, buf := edge{}, int64(0), []byte(nil)
	for {
		entry, err := from.next()
		if err != nil && err != io.EOF {
			return err
		}
		if err == nil {
			for _, h := range e.add(tlog.RecordHash(entry)) {
				buf = append(buf, h[:]...)
			}
		}
		if len(buf) >= 1<<16 || err == io.EOF {
			if _, err := l.hashes.WriteAt(buf, at); err != nil {
				return err
			}
			at, buf = at+int64(len(buf)), buf[:0]
		}
		if err == io.EOF {
			return l.hashes.Sync()
		}
	}
}

// Close signs what is there and closes the log.
func (l *Log) Close() error {
	var err error
	if l.signer != nil {
		_, err = l.Checkpoint()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.signer = nil
	return errors.Join(err, l.shut())
}

func (l *Log) shut() error {
	var err error
	for _, f := range []*os.File{l.entries, l.hashes} {
		if f != nil {
			err = errors.Join(err, f.Close())
		}
	}
	return err
}

// Size is how many entries there are.
func (l *Log) Size() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.edge.n
}

// PublicKey is what checkpoints are verified with, as c2sp.org/signed-note writes it.
func (l *Log) PublicKey() string { return l.public }

// edge is the right side of a tree that grows: its size, and the roots of the whole subtrees, largest first.
type edge struct {
	n     int64
	roots []tlog.Hash
}

// add adds an entry and gives the hashes to store for it.
func (e *edge) add(leaf tlog.Hash) []tlog.Hash {
	gone := 0
	stored, err := tlog.StoredHashesForRecordHash(e.n, leaf, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		gone = len(indexes)
		return e.roots[len(e.roots)-gone:], nil
	}))
	if err != nil {
		panic("ledger: " + err.Error()) // the reader gives as many as are asked for
	}
	e.roots = append(e.roots[:len(e.roots)-gone], stored[len(stored)-1])
	e.n++
	return stored
}

// root gives the root of the tree.
func (e *edge) root() tlog.Hash {
	root, err := tlog.TreeHash(e.n, tlog.HashReaderFunc(func([]int64) ([]tlog.Hash, error) { return e.roots, nil }))
	if err != nil {
		panic("ledger: " + err.Error()) // there is one for each whole subtree
	}
	return root
}
