package ledger

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Check is what [Fsck] found of a log.
type Check struct {
	Dir     string  `json:"dir"`
	Origin  string  `json:"origin"`
	Entries int64   `json:"entries"` // whole ones
	Root    string  `json:"root"`    // of their tree, made anew
	Signed  int64   `json:"signed"`  // entries that the newest checkpoint signs
	Faults  []Fault `json:"faults"`
	Mended  bool    `json:"mended"` // something was made good
}

// Fsck reads the log in a folder, hashes all entries anew and says what is wrong. Hashes that are wrong are written anew, and what a
// crash cut short is cut off, unless something is wrong that cannot be made good. look is called with each entry; an error is a fault.
func Fsck(dir string, look func(entry []byte) error) (*Check, error) {
	c, err := fsck(dir, look)
	if err != nil {
		return nil, fmt.Errorf("checking the ledger %s: %w", dir, err)
	}
	return c, nil
}

func fsck(dir string, look func(entry []byte) error) (_ *Check, err error) {
	l := &Log{Dir: dir}
	defer func() { err = errors.Join(err, l.shut()) }()
	if err := l.files(os.O_RDWR); err != nil {
		return nil, err
	}
	if err := lock(l.entries); err != nil {
		return nil, err
	}
	defer unlock(l.entries)
	unknown := l.recognise()
	s, err := l.scan()
	if err != nil {
		return nil, err
	}
	if unknown != nil {
		s.add(Fault{checkpointFile, -1, -1, unknown.Error(), true})
	} else {
		l.opt.Origin = l.verifier.Name()
	}
	c := &Check{Dir: dir, Origin: l.opt.Origin, Entries: s.edge.n, Root: s.edge.root().String(), Signed: l.signed.N}
	if !slices.ContainsFunc(s.faults, func(f Fault) bool { return f.Fatal }) {
		c.Mended = s.rehash || s.torn > 0
		if err := l.mend(s); err != nil {
			return nil, err
		}
	}
	if err := lookAt(l, s, look); err != nil {
		return nil, err
	}
	c.Faults = append([]Fault{}, s.faults...)
	return c, nil
}

// lookAt calls look with each whole entry.
func lookAt(l *Log, s *scanned, look func(entry []byte) error) error {
	from := newFrames(io.NewSectionReader(l.entries, 0, s.end))
	for n := int64(0); ; n++ {
		at := from.at
		entry, err := from.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := look(entry); err != nil {
			s.add(Fault{entriesFile, n, at, err.Error(), true})
		}
	}
}

// Find gives the folders of logs in a folder, itself included, in order.
func Find(dir string) ([]string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == publicFile {
			found = append(found, filepath.Dir(path))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("looking for ledgers: %w", err)
	}
	return found, nil
}
