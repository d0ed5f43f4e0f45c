package depot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/durable"
	"pahra/internal/source/folder"
)

// maxBook bounds the list of facts: some hundred bytes each.
const maxBook = 64 << 20

// Kept is a fact that stands.
type Kept struct {
	Path   string         `json:"path"` // below the data folder
	Source string         `json:"source"`
	Kind   string         `json:"kind"`
	Series string         `json:"series,omitempty"`
	Time   time.Time      `json:"time"` // from when on it is judged with
	Counts map[string]int `json:"counts,omitempty"`
	Bytes  int64          `json:"bytes"`  // of the file
	SHA256 string         `json:"sha256"` // of the file
	// Released is set where a person let it in though it had shrunk.
	Released bool `json:"released,omitempty"`
}

// of tells facts that are held against one another.
func (k Kept) of(f source.Fact) bool {
	return k.Source == f.Source && k.Kind == f.Kind && k.Series == f.Series
}

// readFacts reads the list and leaves out what is not there: a process died between writing the list and the file, or
// somebody removed the file.
func (d *Depot) readFacts() error {
	text, err := d.read(book, maxBook)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var form struct{ Facts []Kept }
	if err := json.Unmarshal(text, &form); err != nil {
		return fmt.Errorf("reading %s: %w", book, err)
	}
	for _, k := range form.Facts {
		if info, err := d.root.Stat(path.Join(dataDir, k.Path)); err == nil && info.Size() == k.Bytes {
			d.facts = append(d.facts, k)
		}
	}
	return nil
}

func (d *Depot) read(name string, limit int64) ([]byte, error) {
	return folder.ReadRegular(path.Join(d.root.Name(), name), limit)
}

// writeFacts makes the list durable as it is to be.
func (d *Depot) writeFacts(facts []Kept) error {
	text, err := json.MarshalIndent(map[string][]Kept{"facts": facts}, "", " ")
	if err != nil {
		return err
	}
	return durable.WriteFile(d.root, book, append(text, '\n'))
}

// last gives the last accepted fact that f is to be held against.
func (d *Depot) last(f source.Fact) (Kept, bool) {
	for _, k := range slices.Backward(d.facts) {
		if k.of(f) {
			return k, true
		}
	}
	return Kept{}, false
}

// accept gives a written fact its place. The list comes first: a process that dies in between leaves an entry without a
// file, which counts for nothing, and not a file of which nobody knows the counts.
func (d *Depot) accept(f source.Fact, w written, released bool) error {
	at := f.Time.UTC().Truncate(time.Second)
	for ; ; at = at.Add(time.Second) { // two sources may speak in one second
		name, err := place(f, at)
		if err != nil {
			return err
		}
		if _, err := d.root.Lstat(path.Join(dataDir, name)); err == nil {
			continue
		}
		k := Kept{Path: name, Source: f.Source, Kind: f.Kind, Series: f.Series, Time: at, Counts: maps.Clone(f.Counts),
			Bytes: w.bytes, SHA256: w.sha256, Released: released}
		facts := append(slices.Clone(d.facts), k)
		if err := d.writeFacts(facts); err != nil {
			return err
		}
		if err := durable.Rename(d.root, w.name, path.Join(dataDir, name)); err != nil {
			return err
		}
		d.facts = facts
		d.tell()
		if err := d.prune(); err != nil { // the fact stands all the same
			d.log.Error("old facts stay", "error", err)
		}
		return nil
	}
}

// prune removes the depot's facts that nobody needs any more; see Config.
func (d *Depot) prune() error {
	type series struct{ source, kind, series string }
	last := map[series]int{}
	daily := map[series]map[string]int{}
	for i, k := range d.facts {
		s := series{k.Source, k.Kind, k.Series}
		last[s] = i
		if daily[s] == nil {
			daily[s] = map[string]int{}
		}
		day := k.Time.Format(time.DateOnly)
		if j, ok := daily[s][day]; !ok || !k.Time.Before(d.facts[j].Time) {
			daily[s][day] = i
		}
	}
	var kept []Kept
	for i, k := range d.facts {
		s, age := series{k.Source, k.Kind, k.Series}, d.now().Sub(k.Time)
		if last[s] == i || age <= d.config.KeepAll || daily[s][k.Time.Format(time.DateOnly)] == i && age <= d.config.KeepDaily {
			kept = append(kept, k)
			continue
		}
		if err := d.root.Remove(path.Join(dataDir, k.Path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("pruning: %w", err)
		}
		d.log.Info("pruned an old fact", "source", k.Source, "path", k.Path, "sha256", k.SHA256)
	}
	if len(kept) == len(d.facts) {
		return nil
	}
	d.facts = kept
	return d.writeFacts(kept)
}
