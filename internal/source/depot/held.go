package depot

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/durable"
)

// ErrNotHeld says that no fact is held under an id: it was released, discarded, or replaced by a later one.
var ErrNotHeld = errors.New("no fact is held under this id")

// maxRecord bounds the record of a held fact.
const maxRecord = 1 << 20

// Held is a fact that shrank too far to be judged with. Of one series of a source only the latest is kept.
type Held struct {
	ID     string         `json:"id"`
	Source string         `json:"source"`
	Kind   string         `json:"kind"`
	Series string         `json:"series,omitempty"`
	Format string         `json:"format"`
	Time   time.Time      `json:"time"`  // when it was known
	Since  time.Time      `json:"since"` // when the first of an unbroken row was held
	Times  int            `json:"times"` // how many of the row were held so far
	Shrunk []Shrink       `json:"shrunk"`
	Counts map[string]int `json:"counts"`
	Bytes  int64          `json:"bytes"`
	SHA256 string         `json:"sha256"`
}

func (h Held) of(f source.Fact) bool {
	return h.Source == f.Source && h.Kind == f.Kind && h.Series == f.Series
}

// Each held fact is a folder STATE/held/ID of a file and a record; the record comes last.
func (h Held) file() string   { return path.Join(heldDir, h.ID, "fact.gz") }
func (h Held) record() string { return path.Join(heldDir, h.ID, "record.json") }

func (h Held) err() error {
	return &source.HeldError{Part: h.Shrunk[0].Part, Before: h.Shrunk[0].Before, Now: h.Shrunk[0].Now}
}

// Held gives the facts that wait for a person's word, sorted by id.
func (d *Depot) Held() []Held {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.held)
}

// Alarm says which facts of a source are held and why; empty where none is. It implements source.Depot.
func (d *Depot) Alarm(name string) string {
	var list []string
	for _, h := range d.Held() {
		if h.Source == name {
			list = append(list, strings.TrimSpace(h.Kind+" "+h.Series)+" "+h.err().Error())
		}
	}
	return strings.Join(list, "; ")
}

// hold keeps a fact aside, in place of an earlier one of its series.
func (d *Depot) hold(f source.Fact, w written, s []Shrink) error {
	at := f.Time.UTC().Truncate(time.Second)
	h := Held{Source: f.Source, Kind: f.Kind, Series: f.Series, Format: f.Format, Time: at, Since: at, Times: 1,
		Shrunk: s, Counts: maps.Clone(f.Counts), Bytes: w.bytes, SHA256: w.sha256}
	for _, old := range d.held {
		if old.of(f) {
			h.Since, h.Times = old.Since, old.Times+1
		}
	}
	h.ID = strings.Trim(f.Kind+"-"+f.Series, "-") + "-" + f.Source + "-" + at.Format(stampLayout)
	if slices.ContainsFunc(d.held, func(o Held) bool { return o.ID == h.ID }) {
		h.ID += fmt.Sprintf("-%d", h.Times)
	}
	text, err := json.MarshalIndent(h, "", " ")
	if err != nil {
		return err
	}
	if err := durable.Rename(d.root, w.name, h.file()); err != nil {
		return err
	}
	if err := durable.WriteFile(d.root, h.record(), append(text, '\n')); err != nil {
		return err
	}
	if err := d.drop(func(o Held) bool { return o.of(f) }, "a later one that shrank too takes its place"); err != nil {
		return err
	}
	d.held = append(d.held, h)
	slices.SortFunc(d.held, func(a, b Held) int { return strings.Compare(a.ID, b.ID) })
	d.log.Warn("held a fact that shrank", "source", h.Source, "id", h.ID, "part", s[0].Part, "before", s[0].Before, "now", s[0].Now)
	return h.err()
}

// Release lets a held fact in: it is judged with from now on, and later ones are held against it. Of a series that was
// held again since, only the latest is there to release.
func (d *Depot) Release(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.IndexFunc(d.held, func(h Held) bool { return h.ID == id })
	if i < 0 {
		return fmt.Errorf("releasing %s: %w", id, ErrNotHeld)
	}
	h := d.held[i]
	f := source.Fact{Source: h.Source, Kind: h.Kind, Series: h.Series, Format: h.Format, Time: d.now(), Counts: h.Counts}
	if err := d.accept(f, written{h.file(), h.Bytes, h.SHA256}, true); err != nil {
		return fmt.Errorf("releasing %s: %w", id, err)
	}
	return d.drop(func(o Held) bool { return o.ID == id }, "released")
}

// Discard removes a held fact.
func (d *Depot) Discard(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.ContainsFunc(d.held, func(h Held) bool { return h.ID == id }) {
		return fmt.Errorf("discarding %s: %w", id, ErrNotHeld)
	}
	return d.drop(func(h Held) bool { return h.ID == id }, "discarded")
}

// drop removes held facts, the record first: a file without one counts for nothing.
func (d *Depot) drop(which func(Held) bool, why string) error {
	for _, h := range slices.Clone(d.held) {
		if !which(h) {
			continue
		}
		if err := d.root.Remove(h.record()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("removing held %s: %w", h.ID, err)
		}
		d.held = slices.DeleteFunc(d.held, func(o Held) bool { return o.ID == h.ID })
		d.log.Info("a held fact is done with", "source", h.Source, "id", h.ID, "why", why, "sha256", h.SHA256)
		if err := d.root.RemoveAll(path.Join(heldDir, h.ID)); err != nil {
			return fmt.Errorf("removing held %s: %w", h.ID, err)
		}
	}
	return nil
}

// readHeld finds what is held, and removes what a process that died left without a record or without its file.
func (d *Depot) readHeld() error {
	entries, err := fs.ReadDir(d.root.FS(), heldDir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		h, err := d.readRecord(e.Name())
		if errors.Is(err, fs.ErrNotExist) {
			if err := d.root.RemoveAll(path.Join(heldDir, e.Name())); err != nil {
				return err
			}
			d.log.Warn("removed what was left of a held fact", "id", e.Name())
			continue
		}
		if err != nil {
			return err
		}
		d.held = append(d.held, h)
	}
	return nil
}

func (d *Depot) readRecord(id string) (h Held, err error) {
	text, err := d.read(path.Join(heldDir, id, "record.json"), maxRecord)
	if err != nil {
		return h, err
	}
	if err := json.Unmarshal(text, &h); err != nil {
		return h, fmt.Errorf("reading the record of held %s: %w", id, err)
	}
	if h.ID != id || len(h.Shrunk) == 0 {
		return h, fmt.Errorf("reading the record of held %s: it is of %q, or says nothing that shrank", id, h.ID)
	}
	if _, err := d.root.Stat(h.file()); err != nil {
		return h, err
	}
	return h, nil
}
