// Package folder reads a folder of routing data as "pahra observe --data DIR" defines it: it tells from each file's
// place and name what it is, and opens and hashes it.
//
// [Scan] is the way in. It walks DIR, takes names first and an optional DIR/sources.yaml over them (see sources.go for
// its form), and gives every file with its [Kind]; what no rule knows is in [Folder.Unrecognised], and what must not
// be followed (a link out of the folder, a device) in [Folder.Refused], for the caller to print.
// [Folder.Hash] fills in each file's SHA-256, [Folder.Open] gives its raw bytes.
//
// Invariants: Files, Unrecognised and Refused are sorted by path and hold each path once; the same tree gives the same
// result. Nothing is opened outside DIR, except below the root that sources.yaml names. A missing kind is no error.
//
// The package does not decompress and does not read any format: the times it gives come from names and sources.yaml
// alone.
package folder

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Kind says what a file holds.
type Kind string

// The kinds of file, with the place that says so. Extensions .gz, .bz2, .zst and .xz may follow any name but those of
// YAML files, accepted.json and pulled.json.
const (
	MRT            Kind = "mrt"            // mrt/<collector>/…/{rib,bview,updates}.YYYYMMDD.HHMM
	VRP            Kind = "vrp"            // vrp/YYYYMMDDTHHMMZ.{json,csv}; under another name Time is zero
	IRR            Kind = "irr"            // irr/<SOURCE>.db, irr/<SOURCE>/*.db
	Registry       Kind = "registry"       // registry/: delegated statistics and names of networks
	Relations      Kind = "relations"      // relations/YYYYMMDD.as-rel[2].txt
	Organisations  Kind = "organisations"  // relations/YYYYMMDD.as-org2info.{jsonl,txt}
	Bogons         Kind = "bogons"         // bogons/*.txt
	PeeringDB      Kind = "peeringdb"      // peeringdb/*.json
	Spoofer        Kind = "spoofer"        // spoofer/*.{csv,json,jsonl}
	Reports        Kind = "reports"        // reports/*.json: by what reports of security incidents are read; no input of a run
	Neighbourhoods Kind = "neighbourhoods" // neighbourhoods/*.{yaml,csv}
	Overrides      Kind = "overrides"      // overrides/*.json: signed decisions; overrides/keys.txt: whose signatures count
	Sources        Kind = "sources"        // sources.yaml itself: it decides what is read, so it is an input too
	Accepted       Kind = "accepted"       // accepted.json: the terms accepted, by "pahra data pull"
	Pulled         Kind = "pulled"         // pulled.json: what was fetched when, by "pahra data pull"
)

// ignored is the kind in sources.yaml that leaves a file out without a word.
const ignored Kind = "ignore"

// kinds are those that sources.yaml may give.
var kinds = []Kind{MRT, VRP, IRR, Registry, Relations, Organisations, Bogons, PeeringDB, Spoofer, Neighbourhoods, ignored}

// File is one file of the folder.
type File struct {
	Path      string    // below the folder or the root of sources.yaml, with slashes
	Kind      Kind      // what it holds
	Format    string    // which of the kind's forms, where the name tells it (see names.go), else ""
	Collector string    // MRT: the collector, in its own spelling
	Source    string    // IRR: the registry, in upper case; delegated statistics: the RIR as the name spells it
	Time      time.Time // the moment the content stands for, UTC; zero where neither name nor sources.yaml tells
	Size      int64     // bytes on disk
	SHA256    string    // of the bytes on disk, lower-case hex; empty before Hash
}

// Refusal is a file that was not read, and why.
type Refusal struct {
	Path   string
	Reason string
}

// Folder is what a folder holds.
type Folder struct {
	Files        []File    // sorted by path
	Unrecognised []string  // paths of files that no rule knows, sorted
	Refused      []Refusal // sorted by path

	bases map[string]string    // path → the folder on disk it lies below
	mods  map[string]time.Time // path → when it was last changed, as Scan saw it
}

// Limits on what a folder may hold: far above any real one, so that a wrong path ends in words.
const (
	maxFiles   = 1_000_000
	maxDepth   = 16
	maxSources = 1 << 20 // bytes of sources.yaml
)

// Open gives the raw bytes of f, which Scan returned. The caller closes it.
func (d *Folder) Open(f File) (io.ReadCloser, error) {
	file, err := d.open(f)
	if err != nil {
		return nil, err
	}
	return file, nil
}

func (d *Folder) open(f File) (*os.File, error) {
	base, ok := d.bases[f.Path]
	if !ok {
		return nil, fmt.Errorf("opening %s: it is no file of this folder", f.Path)
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", f.Path, err)
	}
	defer root.Close()
	file, err := openBelow(root, f.Path)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", f.Path, err)
	}
	return file, nil
}

// Unchanged makes sure that no file was changed since Scan, as far as its size and time tell: what was hashed is then
// what was read in between.
func (d *Folder) Unchanged() error {
	for _, f := range d.Files {
		file, err := d.open(f)
		if err != nil {
			return err
		}
		info, err := file.Stat()
		if err = errors.Join(err, file.Close()); err != nil {
			return fmt.Errorf("looking at %s again: %w", f.Path, err)
		}
		if info.Size() != f.Size || !info.ModTime().Equal(d.mods[f.Path]) {
			return fmt.Errorf("%s was changed while it was read", f.Path)
		}
	}
	return nil
}

// Of gives the files of one kind, in the order of Files.
func (d *Folder) Of(kind Kind) []File {
	var files []File
	for _, f := range d.Files {
		if f.Kind == kind {
			files = append(files, f)
		}
	}
	return files
}

// File gives the file with a path; false where the folder has none.
func (d *Folder) File(path string) (File, bool) {
	i, found := slices.BinarySearchFunc(d.Files, path, func(f File, path string) int { return strings.Compare(f.Path, path) })
	if !found {
		return File{}, false
	}
	return d.Files[i], true
}

func (d *Folder) sort() {
	slices.SortFunc(d.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	slices.Sort(d.Unrecognised)
	slices.SortFunc(d.Refused, func(a, b Refusal) int { return strings.Compare(a.Path, b.Path) })
}
