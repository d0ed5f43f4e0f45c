package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles have 256 hashes, which are eight levels of the tree.
const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

// OpenToRead opens the log in a folder as it was last signed, beside a process that writes it.
func OpenToRead(dir string) (*Log, error) {
	l := &Log{Dir: dir, opt: Options{Told: func(string) {}}}
	err := l.files(os.O_RDONLY)
	if err == nil {
		err = l.recognise()
	}
	if err == nil {
		err = l.index()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the ledger %s: %w", dir, err), l.shut())
	}
	return l, nil
}

// index finds where the signed entries lie. What they say is not looked at.
func (l *Log) index() error {
	from := newFrames(io.NewSectionReader(l.entries, 0, 1<<62))
	for l.edge.n < l.signed.N {
		if l.edge.n%tileWidth == 0 {
			l.starts = append(l.starts, from.at)
		}
		if _, err := from.next(); err != nil {
			return fmt.Errorf("%w: entry %d at octet %d of %s: %w", ErrDamaged, l.edge.n, from.at, entriesFile, err)
		}
		l.edge.n++
	}
	l.end = from.at
	return nil
}

// Read gives a resource of c2sp.org/tlog-tiles by its path: "checkpoint", "tile/L/N" and "tile/entries/N", each also with ".p/W"; and
// "key", the public key. For what does not exist the error wraps fs.ErrNotExist. Nothing is given that is not signed.
func (l *Log) Read(_ context.Context, path string) ([]byte, error) {
	switch path {
	case "checkpoint":
		return l.Checkpoint()
	case "key":
		return []byte(l.public + "\n"), nil
	}
	level, n, width, err := parseTile(path)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	signed := l.signed.N
	l.mu.Unlock()
	if n > signed>>tileHeight || n*tileWidth+int64(width) > signed>>(tileHeight*max(level, 0)) {
		return nil, fmt.Errorf("%s: %w", path, fs.ErrNotExist)
	}
	if level < 0 {
		return l.bundle(n, width)
	}
	return tlog.ReadTileData(tlog.Tile{H: tileHeight, L: level, N: n, W: width}, tlog.HashReaderFunc(l.readHashes))
}

// parseTile reads a path. Entries are of level -1.
func parseTile(path string) (level int, n int64, width int, err error) {
	rest, is := strings.CutPrefix(path, "tile/")
	if was := rest; is {
		if rest, is = strings.CutPrefix(rest, "entries/"); is {
			rest = "data/" + rest
		} else {
			rest, is = was, !strings.HasPrefix(was, "data/")
		}
	}
	t, err := tlog.ParseTilePath("tile/" + strconv.Itoa(tileHeight) + "/" + rest)
	if !is || err != nil || t.L > 63/tileHeight || t.N > 1<<54 {
		return 0, 0, 0, fmt.Errorf("%q is no path of a log: %w", path, fs.ErrNotExist)
	}
	return t.L, t.N, t.W, nil
}

// tilePath writes a path.
func tilePath(t tlog.Tile) string {
	_, rest, _ := strings.Cut(strings.TrimPrefix(t.Path(), "tile/"), "/")
	if entries, is := strings.CutPrefix(rest, "data/"); is {
		rest = "entries/" + entries
	}
	return "tile/" + rest
}

// readHashes reads stored hashes.
func (l *Log) readHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if _, err := l.hashes.ReadAt(out[i][:], x*tlog.HashSize); err != nil {
			return nil, fmt.Errorf("reading %s at octet %d: %w", hashesFile, x*tlog.HashSize, err)
		}
	}
	return out, nil
}

// bundle gives entries, each behind its length in two octets.
func (l *Log) bundle(n int64, width int) ([]byte, error) {
	l.mu.Lock()
	start, end := l.starts[n], l.end
	l.mu.Unlock()
	from := newFrames(io.NewSectionReader(l.entries, start, end-start))
	var out []byte
	for i := range width {
		entry, err := from.next()
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d at octet %d of %s: %w", ErrDamaged, n*tileWidth+int64(i), start+from.at, entriesFile, err)
		}
		out = append(binary.BigEndian.AppendUint16(out, uint16(len(entry))), entry...)
	}
	return out, nil
}
