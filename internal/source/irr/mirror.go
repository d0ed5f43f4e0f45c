package irr

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"pahra/internal/source/durable"
	"pahra/internal/source/fetch"
	"pahra/internal/source/folder"
	"pahra/wire/nrtm"
)

// maxPending bounds the octets of changes that are kept in memory.
const maxPending = 128 << 20

// position is up to where a copy goes.
type position struct {
	Serial  uint64 `json:"serial,omitempty"`  // NRTM version 3
	Session string `json:"session,omitempty"` // NRTM version 4
	Version uint64 `json:"version,omitempty"`
}

// state is what is known of a copy across restarts: state.json, which names the file that it speaks of.
type state struct {
	Base     string          `json:"base"` // the file; empty where there is none
	Objects  int             `json:"objects"`
	Position position        `json:"position"`
	Stored   time.Time       `json:"stored"`         // when the depot last got the copy
	Given    string          `json:"given"`          // the file that it got
	Dump     []fetch.Version `json:"dump,omitempty"` // of the files that it was loaded from
	// Of NRTM version 4: the keys, the time of the latest notification, the hashes that it gave.
	Configured string            `json:"configured,omitempty"` // the key that the configuration named when Key was set
	Key        string            `json:"key,omitempty"`
	NextKey    string            `json:"next_key,omitempty"`
	Timestamp  time.Time         `json:"timestamp,omitzero"`
	Seen       map[string]string `json:"seen,omitempty"`
}

// mirror is the copy: a file of all objects, and the changes since it was written.
type mirror struct {
	root    *os.Root
	classes []string
	state   state
	number  int // of the next file

	at      position // up to where file and changes go together
	changed bool     // since the depot last got it
	seed    maphash.Seed
	present map[uint64]uint8 // hash of class and key → class
	counts  []int            // by class
	pending map[string][]byte
	size    int // octets in pending
}

func openMirror(dir string, classes []string) (*mirror, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	m := &mirror{root: root, classes: classes, seed: maphash.MakeSeed()}
	m.forget()
	if err := m.restore(); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return m, nil
}

func (m *mirror) close() error { return m.root.Close() }

func (m *mirror) exists() bool { return m.state.Base != "" }

// forget empties what is in memory.
func (m *mirror) forget() {
	m.present, m.counts = map[uint64]uint8{}, make([]int, len(m.classes))
	m.pending, m.size = map[string][]byte{}, 0
}

const stateName = "state.json"

// restore reads the state and looks through the file. A file that is not what the state says counts as none: it is
// loaded again.
func (m *mirror) restore() error {
	text, err := folder.ReadRegular(m.root.Name()+"/"+stateName, 64<<20)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		if err := json.Unmarshal(text, &m.state); err != nil {
			return fmt.Errorf("reading %s: %w", stateName, err)
		}
	}
	if m.state.Base != "" {
		objects := 0
		err := m.each(context.Background(), func(_ []byte, class uint8, key string) error {
			objects++
			m.note(class, key)
			return nil
		})
		if err != nil || objects != m.state.Objects || len(m.present) != objects {
			m.state.Base = ""
			m.forget()
		}
	}
	m.at, m.changed = m.state.Position, m.state.Given != m.state.Base
	if m.state.Base == "" {
		m.at = position{}
	}
	return m.tidy()
}

// tidy removes files that the state does not name, and finds a number for the next.
func (m *mirror) tidy() error {
	entries, err := fs.ReadDir(m.root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), "objects-%d", &n); err == nil {
			m.number = max(m.number, n)
		}
		if e.Name() != stateName && e.Name() != m.state.Base {
			if err := m.root.RemoveAll(e.Name()); err != nil {
				return err
			}
		}
	}
	m.number++
	return nil
}

// save makes the state durable.
func (m *mirror) save() error {
	text, err := json.MarshalIndent(m.state, "", " ")
	if err != nil {
		return err
	}
	return durable.WriteFile(m.root, stateName, text)
}

func (m *mirror) hash(class uint8, key string) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	h.WriteByte(class)
	h.WriteString(key)
	return h.Sum64()
}

// note books an object as present; false where it was.
func (m *mirror) note(class uint8, key string) bool {
	h := m.hash(class, key)
	if _, ok := m.present[h]; ok {
		return false
	}
	m.present[h] = class
	m.counts[class]++
	return true
}

// class gives the number of a class; false where it is not kept.
func (m *mirror) class(name string) (uint8, bool) {
	i := slices.Index(m.classes, name)
	return uint8(i), i >= 0
}

// odd counts what does no harm and should not be.
type odd struct {
	notThere int // deletions of what is not there
	twice    int // objects of a dump whose key came before
	keyless  int // objects without a key
}

func (o odd) err() error {
	if o == (odd{}) {
		return nil
	}
	return fmt.Errorf("odd: %d deletions of what was not there, %d objects twice, %d objects without a key", o.notThere, o.twice, o.keyless)
}

// apply takes in changes of the registry, up to a position.
func (m *mirror) apply(changes []nrtm.Change, at position) (o odd) {
	for _, c := range changes {
		class, kept := m.class(c.Class)
		switch {
		case c.Class == "" && c.Key == "":
			o.keyless++
			continue
		case !kept:
			continue
		}
		name := string([]byte{class}) + c.Key
		if c.Delete {
			h := m.hash(class, c.Key)
			if _, ok := m.present[h]; !ok {
				o.notThere++
				continue
			}
			delete(m.present, h)
			m.counts[class]--
			m.pend(name, nil)
		} else {
			m.note(class, c.Key)
			m.pend(name, c.Object)
		}
	}
	m.at = at
	return o
}

func (m *mirror) pend(name string, object []byte) {
	m.size += len(object) - len(m.pending[name]) + len(name) + 64
	m.pending[name] = object
	m.changed = true
}

// loader fills a copy that is loaded anew, object by object.
type loader func(yield func(object []byte, class uint8, key string) error) error

// load puts all that a loader gives in place of the copy.
func (m *mirror) load(ctx context.Context, from loader, at position) (o odd, err error) {
	old := *m
	m.forget()
	defer func() {
		if err != nil { // the old one stays, with what was pending
			m.present, m.counts, m.pending, m.size, m.changed = old.present, old.counts, old.pending, old.size, old.changed
		}
	}()
	m.changed = true
	err = m.replace(ctx, func(write func([]byte) error) error {
		return from(func(object []byte, class uint8, key string) error {
			if key == "" {
				o.keyless++
				return nil
			}
			if !m.note(class, key) {
				o.twice++
				return nil
			}
			return write(object)
		})
	}, at)
	return o, err
}

// merge writes the copy with what is pending.
func (m *mirror) merge(ctx context.Context) error {
	if len(m.pending) == 0 && m.at == m.state.Position {
		return nil
	}
	left := maps.Clone(m.pending)
	err := m.replace(ctx, func(write func([]byte) error) error {
		err := m.each(ctx, func(object []byte, class uint8, key string) error {
			name := string([]byte{class}) + key
			if change, ok := left[name]; ok {
				object = change
				delete(left, name)
			}
			if object == nil {
				return nil
			}
			return write(object)
		})
		for _, name := range slices.Sorted(maps.Keys(left)) {
			if object := left[name]; object != nil && err == nil {
				err = write(object)
			}
		}
		return err
	}, m.at)
	if err != nil {
		return fmt.Errorf("writing the copy anew: %w", err)
	}
	m.pending, m.size = map[string][]byte{}, 0
	return nil
}

// replace writes a new file of objects and has the state name it.
func (m *mirror) replace(ctx context.Context, fill func(write func([]byte) error) error, at position) (err error) {
	name := fmt.Sprintf("objects-%d.gz", m.number)
	m.number++
	file, err := m.root.Create(name)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			m.root.Remove(name)
		}
	}()
	buffer := bufio.NewWriterSize(file, 1<<18)
	packed, err := gzip.NewWriterLevel(buffer, gzip.BestSpeed)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	objects := 0
	err = fill(func(object []byte) error {
		objects++
		if _, err := packed.Write(object); err != nil {
			return err
		}
		_, err := packed.Write([]byte{'\n'})
		return errors.Join(err, ctx.Err())
	})
	if err == nil && objects == 0 {
		err = errors.New("it would be empty")
	}
	if err = errors.Join(err, packed.Close(), buffer.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	before := m.state
	m.state.Base, m.state.Objects, m.state.Position = name, objects, at
	if err := m.save(); err != nil {
		m.state = before
		return err
	}
	m.at = at
	if before.Base != "" {
		return m.root.Remove(before.Base)
	}
	return nil
}

// each gives every object of the file.
func (m *mirror) each(ctx context.Context, yield func(object []byte, class uint8, key string) error) error {
	return m.plain(func(r io.Reader) error {
		return split(r, m.classes, func(object []byte, class uint8, key string) error {
			return errors.Join(ctx.Err(), yield(object, class, key))
		})
	})
}

// plain reads the file.
func (m *mirror) plain(read func(io.Reader) error) error {
	file, err := m.root.Open(m.state.Base)
	if err != nil {
		return err
	}
	defer file.Close()
	packed, err := gzip.NewReader(bufio.NewReaderSize(file, 1<<18))
	if err != nil {
		return err
	}
	return read(packed)
}
