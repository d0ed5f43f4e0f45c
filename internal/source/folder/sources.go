package folder

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// sourcesName is the file that overrides names. It is YAML, strict: an unknown key is an error. Either a list of
// entries, or a mapping of root and files:
//
//	root: ${HOME}/archive         # optional: where paths start; relative to this file; ${NAME} is the environment's
//	files:
//	  - path: rrc06/2021*/*.gz    # * ? [a-z] within a name, ** over any number of folders; the first match wins
//	    kind: mrt                 # a kind, or ignore; may be left out where the name tells it
//	    collector: rrc06          # MRT
//	    source: RADB              # IRR
//	    format: updates           # where the name does not tell it
//	    time: 2021-01-02T05:05Z   # RFC 3339, 2021-01-02T05:05Z or 2021-01-02; may be left out
//
// With a root, only the listed files are read from there, and the folder's own files by their names beside them.
const sourcesName = "sources.yaml"

// sources is the content of sources.yaml.
type sources struct {
	root    string // absolute or relative to the working folder; "" for the folder itself
	entries []*entry
}

// entry is one item of the list.
type entry struct {
	Path      string `yaml:"path"`
	Kind      Kind   `yaml:"kind"`
	Format    string `yaml:"format"`
	Collector string `yaml:"collector"`
	Source    string `yaml:"source"`
	Time      string `yaml:"time"`

	time time.Time
	line int
	used bool
}

// readSources reads dir/sources.yaml; a folder without one has no rules.
func readSources(dir string) (sources, error) {
	text, err := readBounded(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return sources{}, nil
	}
	if err != nil {
		return sources{}, fmt.Errorf("%s: %w", sourcesName, err)
	}
	rules, err := parseSources(text, os.LookupEnv)
	if err != nil {
		return sources{}, fmt.Errorf("%s: %w", sourcesName, err)
	}
	if rules.root != "" && !filepath.IsAbs(rules.root) {
		rules.root = filepath.Join(dir, rules.root)
	}
	if rules.root != "" && filepath.Clean(rules.root) == filepath.Clean(dir) {
		rules.root = ""
	}
	return rules, nil
}

func readBounded(dir string) ([]byte, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	file, err := openBelow(root, sourcesName)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxSources+1))
	if err == nil && len(text) > maxSources {
		err = fmt.Errorf("it is larger than %d bytes", maxSources)
	}
	return text, err
}

// parseSources reads the text of sources.yaml, with lookup for the environment.
func parseSources(text []byte, lookup func(string) (string, bool)) (sources, error) {
	var node yaml.Node // for the shape and the lines; the values are decoded apart, because only a Decoder is strict
	if err := yaml.Unmarshal(text, &node); err != nil {
		return sources{}, err
	}
	if len(node.Content) == 0 {
		return sources{}, nil
	}
	var form struct {
		Root  string   `yaml:"root"`
		Files []*entry `yaml:"files"`
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var err error
	if node.Content[0].Kind == yaml.SequenceNode {
		err = decoder.Decode(&form.Files)
	} else {
		err = decoder.Decode(&form)
	}
	if err != nil {
		return sources{}, err
	}
	if err := checkAll(form.Files, itemLines(node.Content[0])); err != nil {
		return sources{}, err
	}
	root, err := expand(form.Root, lookup)
	return sources{root, form.Files}, err
}

// itemLines gives the line of each entry, from the list itself or the mapping's files.
func itemLines(top *yaml.Node) []int {
	list := top
	for i := 0; top.Kind == yaml.MappingNode && i+1 < len(top.Content); i += 2 {
		if top.Content[i].Value == "files" {
			list = top.Content[i+1]
		}
	}
	var lines []int
	for _, item := range list.Content {
		lines = append(lines, item.Line)
	}
	return lines
}

func checkAll(entries []*entry, lines []int) error {
	for i, e := range entries {
		if i >= len(lines) || e == nil {
			return fmt.Errorf("item %d is empty", i+1)
		}
		e.line = lines[i]
		if err := e.check(); err != nil {
			return fmt.Errorf("line %d: %w", e.line, err)
		}
	}
	return nil
}

// check refuses what cannot be meant, and parses the time.
func (e *entry) check() (err error) {
	switch {
	case e.Path == "":
		return errors.New("path is missing")
	case !filepath.IsLocal(filepath.FromSlash(e.Path)):
		return fmt.Errorf("path %q leaves the folder; use root for data elsewhere", e.Path)
	case e.Kind != "" && !slices.Contains(kinds, e.Kind):
		return fmt.Errorf("kind %q is none of %s", e.Kind, kindList())
	}
	if err := checkPattern(e.Path); err != nil {
		return fmt.Errorf("path %q: %w", e.Path, err)
	}
	if e.Time == "" {
		return nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly, "20060102T1504Z", "20060102"} {
		if e.time, err = time.Parse(layout, e.Time); err == nil {
			e.time = e.time.UTC()
			return nil
		}
	}
	return fmt.Errorf("time %q is neither RFC 3339 nor YYYY-MM-DD", e.Time)
}

func kindList() string {
	var names []string
	for _, k := range kinds {
		names = append(names, string(k))
	}
	return strings.Join(names, ", ")
}

// apply gives f what the entry says, over what its name says.
func (e *entry) apply(f File) (File, bool) {
	known := byPlace(&f)
	if e.Kind != "" && (!known || e.Kind != f.Kind) {
		f = File{Path: f.Path, Size: f.Size}
		f.as(e.Kind, plainName(f.Path))
		known = true
	}
	set := func(to *string, value string) {
		if value != "" {
			*to = value
		}
	}
	set(&f.Format, e.Format)
	set(&f.Collector, e.Collector)
	set(&f.Source, e.Source)
	if f.Kind == IRR {
		f.Source = strings.ToUpper(f.Source)
	}
	if !e.time.IsZero() {
		f.Time = e.time
	}
	return f, known
}

// expand replaces ${NAME} by the environment's value; one that is not set is an error, not an empty path.
func expand(s string, lookup func(string) (string, bool)) (string, error) {
	var missing string
	out := os.Expand(s, func(name string) string {
		value, ok := lookup(name)
		if !ok || value == "" {
			missing = name
		}
		return value
	})
	if missing != "" {
		return "", fmt.Errorf("root: the environment has no %s", missing)
	}
	return out, nil
}
