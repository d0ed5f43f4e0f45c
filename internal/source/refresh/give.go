package refresh

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"pahra/internal/source"
	"pahra/internal/source/catalogue"
	"pahra/internal/source/durable"
	"pahra/internal/source/folder"
	"pahra/wire/compressed"
)

// book says which pulled files the depot was given: a process may die between pulling and giving.
type book struct {
	dir   string
	given map[string]given // by path below dir
}

type given struct {
	Name   string    `json:"name"` // of the source in the catalogue
	SHA256 string    `json:"sha256"`
	Time   time.Time `json:"time"` // when this content was given
}

const (
	bookName = ".given.json"
	maxBook  = 16 << 20
)

func openBook(dir string) (book, error) {
	b := book{dir, map[string]given{}}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return b, err
	}
	text, err := folder.ReadRegular(path.Join(dir, bookName), maxBook)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &b.given)
	}
	if err != nil {
		return b, fmt.Errorf("reading %s of %s: %w", bookName, dir, err)
	}
	return b, nil
}

// newest is when the depot was last given something new of a source.
func (b *book) newest(name string) (at time.Time) {
	for _, g := range b.given {
		if g.Name == name && g.Time.After(at) {
			at = g.Time
		}
	}
	return at
}

// find gives what the book says of a content of a source.
func (b *book) find(name, sum string) (given, bool) {
	for _, g := range b.given {
		if g.Name == name && g.SHA256 == sum {
			return g, true
		}
	}
	return given{}, false
}

// set changes the book durably: what was given now, and which files are not needed any more, which are removed.
func (b *book) set(now map[string]given, unneeded []string) error {
	root, err := os.OpenRoot(b.dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for name, g := range now {
		b.given[name] = g
	}
	for _, name := range unneeded {
		delete(b.given, name)
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	text, err := json.MarshalIndent(b.given, "", " ")
	if err != nil {
		return err
	}
	return durable.WriteFile(root, bookName, text)
}

// parcel is the files that are one fact.
type parcel struct {
	kind, series, format string
	files                []catalogue.Pulled
}

// delegated tells statistics of an RIR from other files of a registry.
func (p *parcel) delegated() bool {
	return p.kind == "registry" && slices.Contains([]string{"afrinic", "apnic", "arin", "lacnic", "ripencc"}, p.series)
}

// pull pulls one source and gives the depot what it does not have.
func (c *Catalogue) pull(ctx context.Context, s catalogue.Source) error {
	var got []catalogue.Pulled
	puller := c.puller
	puller.Done = func(r catalogue.Result) {
		if r.Err == nil {
			got = append(got, r.Pulled)
		}
	}
	var failures []error
	if err := puller.Pull(ctx, []catalogue.Source{s}, catalogue.Options{Accept: []string{s.Name}}); err != nil {
		failures = append(failures, err)
	}
	for _, p := range parcels(got) {
		if p.kind == "irr" && len(p.files) < len(s.Files) {
			continue // a part of a registry is worse than none
		}
		if err := c.give(ctx, s, p); err != nil {
			failures = append(failures, err)
		}
	}
	if len(failures) == 0 {
		failures = append(failures, c.tidy(s, got))
	}
	return errors.Join(failures...)
}

// parcels sorts pulled files by the fact that they belong to: the files of one registry are one.
func parcels(got []catalogue.Pulled) []*parcel {
	var list []*parcel
	for _, f := range got {
		p := describe(f.Path)
		joined := false
		for _, other := range list {
			if p.kind == "irr" && other.kind == p.kind && other.series == p.series {
				other.files, joined = append(other.files, f), true
			}
		}
		if !joined {
			p.files = []catalogue.Pulled{f}
			list = append(list, &p)
		}
	}
	return list
}

// describe tells from a path of the data folder what the depot is to call it.
func describe(name string) parcel {
	kind, base := path.Dir(name), path.Base(name)
	switch path.Ext(base) {
	case ".gz", ".bz2", ".zst", ".xz":
		base = strings.TrimSuffix(base, path.Ext(base))
	}
	extension := strings.TrimPrefix(path.Ext(base), ".")
	has := func(part string) bool { return strings.Contains(base, part) }
	first, _, _ := strings.Cut(strings.ReplaceAll(base, "-", "."), ".")
	switch {
	case kind == "irr":
		return parcel{kind: "irr", series: strings.Split(base, ".")[0], format: "db"}
	case strings.HasPrefix(kind, "irr/"):
		return parcel{kind: "irr", series: strings.TrimPrefix(kind, "irr/"), format: "db"}
	case kind == "registry" && has("delegated-"):
		return parcel{kind: "registry", series: strings.Split(base, "-")[1], format: "txt"}
	case kind == "registry":
		return parcel{kind: "registry", series: first, format: extension}
	case kind == "bogons" && has("ipv6"):
		return parcel{kind: "bogons", series: "ipv6", format: extension}
	case kind == "bogons":
		return parcel{kind: "bogons", series: "ipv4", format: extension}
	case kind == "peeringdb":
		return parcel{kind: "peeringdb", series: first, format: extension}
	case kind == "relations" && has("org2info"):
		return parcel{kind: "organisations", format: extension}
	case kind == "relations" && has("as-rel2"):
		return parcel{kind: "relations", format: "as-rel2." + extension}
	case kind == "relations":
		return parcel{kind: "relations", format: "as-rel." + extension}
	}
	return parcel{kind: kind, format: extension}
}

// give puts a parcel into the depot, unless it was given before.
func (c *Catalogue) give(ctx context.Context, s catalogue.Source, p *parcel) error {
	now := map[string]given{}
	fresh := false
	for _, f := range p.files {
		g, known := c.book.find(s.Name, f.SHA256)
		if !known {
			fresh, g = true, given{s.Name, f.SHA256, time.Now().UTC().Truncate(time.Second)}
		}
		now[f.Path] = g
	}
	if !fresh { // the same content, perhaps under another name
		c.meter.Message(0, time.Time{})
		return c.note(now)
	}
	counts := map[string]int{}
	for _, f := range p.files {
		if err := c.open(f, func(r io.Reader) error { return p.count(r, counts) }); err != nil {
			return fmt.Errorf("%s cannot be read: %w", f.Path, err)
		}
		c.meter.Message(int(f.Bytes), time.Time{})
	}
	err := c.depot.Put(ctx, source.Fact{Source: c.name, Kind: p.kind, Series: p.series, Format: p.format, Time: time.Now(), Counts: counts,
		Write: func(w io.Writer) error {
			for _, f := range p.files {
				if err := c.open(f, func(r io.Reader) error { return copyText(w, r) }); err != nil {
					return err
				}
			}
			return nil
		}})
	var held *source.HeldError
	if err != nil && !errors.As(err, &held) {
		return err
	}
	return errors.Join(err, c.note(now))
}

func (c *Catalogue) note(now map[string]given) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book.set(now, nil)
}

// copyText copies, with a blank line behind, so that files of a registry can follow one another.
func copyText(w io.Writer, r io.Reader) error {
	if _, err := io.Copy(w, r); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// open reads a pulled file as plain text.
func (c *Catalogue) open(f catalogue.Pulled, read func(io.Reader) error) error {
	file, err := folder.OpenRegular(path.Join(c.puller.Dir, f.Path))
	if err != nil {
		return err
	}
	defer file.Close()
	plain, _, err := compressed.NewReader(file, compressed.Options{MaxBytes: maxPlain})
	if err != nil {
		return err
	}
	defer plain.Close()
	return read(plain)
}

// tidy removes the files of a source that later ones replaced.
func (c *Catalogue) tidy(s catalogue.Source, got []catalogue.Pulled) error {
	needed := map[string]bool{}
	for _, f := range got {
		needed[f.Path] = true
	}
	var old []string
	for name, g := range c.book.given {
		if g.Name == s.Name && !needed[name] {
			old = append(old, name)
		}
	}
	if len(old) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.book.set(nil, old)
}
