package archive

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"pahra/internal/source/durable"
	"pahra/internal/source/folder"
)

const (
	manifestName   = "manifest.json"
	manifestFormat = "pahra-archive/1"
	// manifestLimit bounds what ReadManifest takes into memory: some 300,000 segments.
	manifestLimit = 64 << 20
)

// Manifest lists the segments of an archive. Its presence says that all of them are complete.
type Manifest struct {
	// Snapshot is the identity of the inputs that the rows were computed from; empty where there is none.
	Snapshot string `json:"snapshot,omitempty"`
	// Inputs are the files that the rows come from, in order of name; none where Snapshot tells.
	Inputs []Input `json:"inputs,omitempty"`
	// Segments are in order of name.
	Segments []Segment `json:"segments"`
}

// Input is a file whose first octets, so many of them, are in an archive.
type Input struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// manifestFile is the manifest as it lies on disk.
type manifestFile struct {
	Format string `json:"format"`
	Manifest
}

// WriteManifest writes dir/manifest.json, durably and with segments and inputs in order of name. Call it last, when every
// segment is in place.
func WriteManifest(dir string, m Manifest) error {
	m.Segments, m.Inputs = slices.Clone(m.Segments), slices.Clone(m.Inputs)
	slices.SortFunc(m.Segments, func(a, b Segment) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(m.Inputs, func(a, b Input) int { return cmp.Compare(a.Name, b.Name) })
	if err := m.check(); err != nil {
		return fmt.Errorf("writing the manifest of %s: %w", dir, err)
	}
	text, err := json.MarshalIndent(manifestFile{manifestFormat, m}, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the manifest of %s: %w", dir, err)
	}
	if err := durable.MakeFolder(dir); err != nil {
		return fmt.Errorf("making the folder of %s: %w", dir, err)
	}
	file, err := durable.Create(filepath.Join(dir, manifestName))
	if err != nil {
		return err
	}
	if _, err := file.Write(append(text, '\n')); err != nil {
		file.Abandon()
		return fmt.Errorf("writing the manifest of %s: %w", dir, err)
	}
	return file.Commit()
}

// ReadManifest reads dir/manifest.json. An archive without one is unfinished: the error is then fs.ErrNotExist.
func ReadManifest(dir string) (Manifest, error) {
	file, err := folder.OpenRegular(filepath.Join(dir, manifestName))
	if err != nil {
		return Manifest{}, fmt.Errorf("reading the manifest: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, manifestLimit+1))
	if err != nil {
		return Manifest{}, fmt.Errorf("reading the manifest of %s: %w", dir, err)
	}
	m, err := parseManifest(text)
	if err != nil {
		return Manifest{}, &CorruptError{manifestName, err.Error()}
	}
	return m, nil
}

func parseManifest(text []byte) (Manifest, error) {
	if len(text) > manifestLimit {
		return Manifest{}, fmt.Errorf("it is larger than %d bytes", manifestLimit)
	}
	var m manifestFile
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return Manifest{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Manifest{}, errors.New("there is something after its end")
	}
	if m.Format != manifestFormat {
		return Manifest{}, fmt.Errorf("its format is %q, not %q", m.Format, manifestFormat)
	}
	return m.Manifest, m.check()
}

// check wants names that are local, in order and unique, and hashes and counts of the right form.
func (m Manifest) check() error {
	for i, in := range m.Inputs {
		if in.Bytes < 0 || i > 0 && m.Inputs[i-1].Name >= in.Name {
			return fmt.Errorf("input %q has a negative size, appears twice or out of order", in.Name)
		}
	}
	for i, s := range m.Segments {
		switch {
		case !filepath.IsLocal(filepath.FromSlash(s.Name)) || strings.Contains(s.Name, `\`):
			return fmt.Errorf("segment name %q leads out of the folder", s.Name)
		case i > 0 && m.Segments[i-1].Name >= s.Name:
			return fmt.Errorf("segment %q appears twice or out of order", s.Name)
		case s.Rows < 0 || s.Bytes < 0:
			return fmt.Errorf("segment %q has a negative count", s.Name)
		case len(s.SHA256) != 64 || strings.Trim(s.SHA256, "0123456789abcdef") != "":
			return fmt.Errorf("segment %q has no valid SHA-256", s.Name)
		}
	}
	return nil
}
