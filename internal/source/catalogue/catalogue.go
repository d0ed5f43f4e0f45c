// Package catalogue knows where the public sources of routing data lie and under which terms, and pulls them into a data
// folder laid out as "pahra observe" reads it.
//
// [Embedded] gives the built-in catalogue, [Read] one from a file in the same form (catalogue.yaml). A [Puller] fetches:
// [Puller.Pull] refuses a source whose terms nobody accepted, resumes what broke off, checks what it can, and puts each
// file in place all at once. [Status] tells what of the catalogue a folder holds and how old it is.
//
// The folder's books: accepted.json says which terms were accepted when, pulled.json what came from where with its
// SHA-256. Work in progress lies in .pull/, and what failed a check in .pull/quarantine/ with the reason beside it.
//
// Invariants: a file under its final name is complete and passed its checks; nothing is written outside the folder; of
// two pulls into one folder at a time the later fails. The package does not read what it fetches.
package catalogue

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"pahra/internal/source/fetch"
)

//go:embed catalogue.yaml
var embedded []byte

// maxCatalogue bounds a catalogue's bytes.
const maxCatalogue = 4 << 20

// Source is one public source.
type Source struct {
	Name            string   `yaml:"name"`
	Title           string   `yaml:"title"`
	Kind            string   `yaml:"kind"`            // as in the data folder: mrt, vrp, irr, registry …
	Licence         string   `yaml:"licence"`         // its name or a short description; "not stated" where none was found
	Terms           string   `yaml:"terms"`           // URL of the terms; may be empty
	Statement       string   `yaml:"statement"`       // what accepting means, in a sentence
	Accept          bool     `yaml:"accept"`          // the terms must be accepted before the first pull
	Redistributable string   `yaml:"redistributable"` // yes or no: may the data be passed on
	Form            string   `yaml:"form"`            // file (default), sessions (the paged Spoofer API), manual (fetch by hand)
	Refresh         Duration `yaml:"refresh"`         // after which it counts as old
	Step            string   `yaml:"step"`            // the archive has one file each: a duration or "month"; none: only the latest
	Back            int      `yaml:"back"`            // how many steps to look back for the latest; default 3
	MaxBytes        int64    `yaml:"max_bytes"`       // of one file; default 4 GiB
	Collectors      Roots    `yaml:"collectors"`      // the pull names collectors; the folder in the URL of those that differ
	Files           []File   `yaml:"files"`
	Note            string   `yaml:"note"`
}

// File is one file of a source. The URL and path may hold the variables of expand.
type File struct {
	URL      string `yaml:"url"`
	Path     string `yaml:"path"`     // in the data folder
	Checksum string `yaml:"checksum"` // URL of its MD5 or SHA-256, published beside it; {url} is the file's own
	SHA256   string `yaml:"sha256"`   // the one content that is right
}

// Roots maps a collector to its folder in the URL, where that is not its own name.
type Roots map[string]string

// Duration is a time.Duration that YAML writes as "24h".
type Duration time.Duration

// UnmarshalYAML reads "24h".
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	parsed, err := time.ParseDuration(node.Value)
	if err != nil || parsed <= 0 {
		return fmt.Errorf("line %d: %q is not a duration like 24h", node.Line, node.Value)
	}
	*d = Duration(parsed)
	return nil
}

// Embedded gives the built-in catalogue, sorted by name.
func Embedded() ([]Source, error) { return Read(bytes.NewReader(embedded)) }

// Read reads a catalogue, strictly: an unknown or missing key is an error, with its source.
func Read(r io.Reader) ([]Source, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxCatalogue+1))
	if err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	if len(text) > maxCatalogue {
		return nil, fmt.Errorf("reading the catalogue: more than %d bytes", maxCatalogue)
	}
	var file struct {
		Sources []Source `yaml:"sources"`
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	seen := map[string]bool{}
	for i := range file.Sources {
		s := &file.Sources[i]
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("reading the catalogue: source %d (%s): %w", i+1, s.Name, err)
		}
		if seen[s.Name] {
			return nil, fmt.Errorf("reading the catalogue: %s is there twice", s.Name)
		}
		seen[s.Name] = true
	}
	slices.SortFunc(file.Sources, func(a, b Source) int { return strings.Compare(a.Name, b.Name) })
	return file.Sources, nil
}

var (
	validName      = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	validCollector = regexp.MustCompile(`^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$`)
	validSHA256    = regexp.MustCompile(`^([0-9a-f]{64})?$`)
)

// folders maps the kinds to their folder in the data folder.
func folders() map[string]string {
	return map[string]string{"mrt": "mrt", "vrp": "vrp", "irr": "irr", "registry": "registry", "relations": "relations",
		"organisations": "relations", "bogons": "bogons", "peeringdb": "peeringdb", "spoofer": "spoofer",
		"reports": "reports"}
}

func (s *Source) check() error {
	if s.Form == "" {
		s.Form = "file"
	}
	if s.Back == 0 {
		s.Back = 3
	}
	if s.MaxBytes == 0 {
		s.MaxBytes = 4 << 30
	}
	switch {
	case !validName.MatchString(s.Name):
		return errors.New("name is not lower-case words joined by -")
	case folders()[s.Kind] == "":
		return fmt.Errorf("there is no kind %q", s.Kind)
	case s.Title == "" || s.Licence == "":
		return errors.New("title or licence is missing")
	case s.Redistributable != "yes" && s.Redistributable != "no":
		return errors.New("redistributable is neither yes nor no")
	case s.Accept && (s.Terms == "" || s.Statement == ""):
		return errors.New("accept needs terms and a statement")
	case s.Form != "file" && s.Form != "sessions" && s.Form != "manual":
		return fmt.Errorf("form %q is none of file, sessions, manual", s.Form)
	case s.Refresh == 0 || s.MaxBytes < 0 || s.Back < 0 || s.Back > 100:
		return errors.New("refresh is missing, or max_bytes or back out of range")
	case len(s.Files) == 0:
		return errors.New("files is missing")
	}
	if _, err := parseStep(s.Step); err != nil {
		return err
	}
	for _, f := range s.Files {
		if err := s.checkFile(f); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) checkFile(f File) error {
	v := variables{collector: "rrc00", root: "rrc00/"}
	if s.Form != "manual" {
		for _, link := range []string{v.expand(f.URL), v.expand(strings.ReplaceAll(f.Checksum, "{url}", f.URL))} {
			if link == "" && link != v.expand(f.URL) {
				continue
			}
			if err := fetch.CheckURL(link, f.SHA256 != ""); err != nil { // pinned content may come by any way
				return err
			}
		}
	}
	local := v.expand(f.Path)
	switch {
	case strings.ContainsAny(local+v.expand(f.URL), "{}"):
		return fmt.Errorf("%s or %s holds a variable that there is not", f.URL, f.Path)
	case !filepath.IsLocal(filepath.FromSlash(local)) || path.Clean(local) != local:
		return fmt.Errorf("path %q does not stay in the folder", f.Path)
	case !strings.HasPrefix(local, folders()[s.Kind]+"/"):
		return fmt.Errorf("path %q is not below %s/", f.Path, folders()[s.Kind])
	case !validSHA256.MatchString(f.SHA256):
		return fmt.Errorf("sha256 %q is not 64 lower-case hexadecimal digits", f.SHA256)
	case (s.Collectors == nil) == strings.Contains(f.Path, "{collector}"):
		return errors.New("collectors and {collector} in the path go together")
	}
	return nil
}
