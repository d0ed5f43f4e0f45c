package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// ErrUnread is wrapped by errors of logs at addresses that say nothing of the log itself.
var ErrUnread = errors.New("the ledger could not be read")

// Source gives the resources of a log by their paths, see [Log.Read].
type Source interface {
	Read(ctx context.Context, path string) ([]byte, error)
}

// Seen is what one who verifies a log remembers of it. The zero value is nothing.
type Seen struct {
	Key  string    `json:"key"` // that signs
	Size int64     `json:"size"`
	Root tlog.Hash `json:"root"`
}

// Verdict is what [Verify] found.
type Verdict struct {
	Origin  string  `json:"origin"`
	Size    int64   `json:"size"`
	Root    string  `json:"root"`
	Before  int64   `json:"before"`  // the size that was seen last
	Entries int64   `json:"entries"` // looked at: those that are new
	Faults  []Fault `json:"faults"`
}

func (v *Verdict) add(entry int64, reason string) {
	if len(v.Faults) < mostFaults {
		v.Faults = append(v.Faults, Fault{"log", entry, -1, reason, true})
	}
}

// Verify makes sure that a log is signed by the key that was seen, or by its own where none was; that it only grew since; and that
// every new entry is in it. look is called with each of these; an error is a fault. It gives what to remember: what was seen before
// where something is wrong.
func Verify(ctx context.Context, from Source, seen Seen, look func(entry []byte) error) (*Verdict, Seen, error) {
	v := &Verdict{Before: seen.Size, Faults: []Fault{}}
	now, err := v.verify(ctx, from, seen, look)
	if errors.Is(err, ErrUnread) || ctx.Err() != nil {
		return nil, seen, fmt.Errorf("verifying a ledger: %w", err)
	}
	if err != nil {
		v.add(-1, err.Error())
	}
	if len(v.Faults) > 0 {
		return v, seen, nil
	}
	return v, now, nil
}

func (v *Verdict) verify(ctx context.Context, from Source, seen Seen, look func(entry []byte) error) (Seen, error) {
	if seen.Key == "" {
		key, err := from.Read(ctx, "key")
		if err != nil {
			return seen, err
		}
		seen.Key = strings.TrimSpace(string(key))
	}
	key, err := note.NewVerifier(seen.Key)
	if err != nil {
		return seen, fmt.Errorf("the key: %w", err)
	}
	text, err := from.Read(ctx, "checkpoint")
	if err != nil {
		return seen, err
	}
	tree, err := parseCheckpoint(text, key)
	if err != nil {
		return seen, fmt.Errorf("the checkpoint: %w", err)
	}
	v.Origin, v.Size, v.Root = key.Name(), tree.N, tree.Hash.String()
	hashes := tlog.TileHashReader(tree, &tiles{ctx, from, map[tlog.Tile][]byte{}})
	if err := v.grew(tree, seen, hashes); err != nil {
		return seen, err
	}
	for n := seen.Size / tileWidth; n*tileWidth < tree.N; n++ {
		if err := v.bundle(ctx, from, tree, n, hashes, look); err != nil {
			return seen, err
		}
	}
	return Seen{seen.Key, tree.N, tree.Hash}, nil
}

// grew makes sure that a tree begins with the one that was seen.
func (v *Verdict) grew(tree tlog.Tree, seen Seen, hashes tlog.HashReader) error {
	if tree.N < seen.Size {
		return fmt.Errorf("it has %d entries, it had %d", tree.N, seen.Size)
	}
	if seen.Size == 0 {
		empty, _ := tlog.TreeHash(0, nil) // of nothing it cannot fail
		if tree.N == 0 && tree.Hash != empty {
			return errors.New("it is empty, its root is not")
		}
		return nil
	}
	proof, err := tlog.ProveTree(tree.N, seen.Size, hashes)
	if err != nil {
		return err
	}
	if tlog.CheckTree(proof, tree.N, tree.Hash, seen.Size, seen.Root) != nil {
		return fmt.Errorf("its first %d entries are not those that were seen before", seen.Size)
	}
	return nil
}

// bundle makes sure that the entries of a bundle that are new are in the tree.
func (v *Verdict) bundle(ctx context.Context, from Source, tree tlog.Tree, n int64, hashes tlog.HashReader, look func(entry []byte) error) error {
	t := tlog.Tile{H: tileHeight, L: -1, N: n, W: int(min(tileWidth, tree.N-n*tileWidth))}
	data, err := from.Read(ctx, tilePath(t))
	if err != nil {
		return err
	}
	indexes := make([]int64, t.W)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, n*tileWidth+int64(i))
	}
	want, err := hashes.ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i := range want {
		number := n*tileWidth + int64(i)
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return fmt.Errorf("entry %d: its bundle ends before it", number)
		}
		entry := data[2 : 2+binary.BigEndian.Uint16(data)]
		data = data[2+len(entry):]
		if number < v.Before {
			continue
		}
		v.Entries++
		if tlog.RecordHash(entry) != want[i] {
			v.add(number, "it is not the one that the tree holds")
		} else if err := look(entry); err != nil {
			v.add(number, err.Error())
		}
	}
	return nil
}

// tiles reads tiles; it keeps those above the lowest level, which are asked for again and again.
type tiles struct {
	ctx  context.Context
	from Source
	kept map[tlog.Tile][]byte
}

// Height is that of tiles.
func (t *tiles) Height() int { return tileHeight }

// ReadTiles reads tiles.
func (t *tiles) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i, tile := range list {
		if out[i] = t.kept[tile]; out[i] != nil {
			continue
		}
		data, err := t.from.Read(t.ctx, tilePath(tile))
		if err != nil {
			return nil, err
		}
		if len(data) != tile.W*tlog.HashSize {
			return nil, fmt.Errorf("%s has %d octets", tilePath(tile), len(data))
		}
		out[i] = data
	}
	return out, nil
}

// SaveTiles keeps tiles that were found to be right.
func (t *tiles) SaveTiles(list []tlog.Tile, data [][]byte) {
	for i, tile := range list {
		if tile.L > 0 {
			t.kept[tile] = data[i]
		}
	}
}
