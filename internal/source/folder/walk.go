package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"
)

// Scan reads the folder dir. It fails where dir cannot be read or sources.yaml is wrong; a single file that may not be
// followed is in Refused instead.
func Scan(dir string) (*Folder, error) {
	d := &Folder{bases: map[string]string{}, mods: map[string]time.Time{}}
	if info, err := os.Stat(dir); err == nil && !info.IsDir() { // a pipe would be waited for
		return nil, fmt.Errorf("reading data folder %s: it is not a folder", dir)
	}
	own, err := d.walk(dir, ".")
	if err != nil {
		return nil, fmt.Errorf("reading data folder %s: %w", dir, err)
	}
	rules, err := readSources(dir)
	if err != nil {
		return nil, fmt.Errorf("reading data folder %s: %w", dir, err)
	}
	if rules.root == "" {
		d.takeOwn(dir, own, rules.entries)
	} else {
		d.takeOwn(dir, own, nil)
		if err := d.takeRoot(rules); err != nil {
			return nil, fmt.Errorf("reading data folder %s: %w", dir, err)
		}
	}
	for _, e := range rules.entries {
		if !e.used {
			return nil, fmt.Errorf("reading data folder %s: %s: line %d: %s matches no file", dir, sourcesName, e.line, e.Path)
		}
	}
	d.sort()
	return d, nil
}

// found is a regular file that walk met.
type found struct {
	path string
	size int64
	mod  time.Time
}

// takeOwn classifies the folder's own files: by the first entry that matches, else by name.
func (d *Folder) takeOwn(base string, files []found, entries []*entry) {
	for _, f := range files {
		file := File{Path: f.path, Size: f.size}
		known := byReservedName(&file)
		if !known {
			file, known = classify(file, entries)
		}
		d.take(base, file, known)
		d.mods[f.path] = f.mod
	}
}

// takeRoot takes in what the entries name below the root. Only listed files are read from there; where the folder
// itself holds a file of the same path, that one stays.
func (d *Folder) takeRoot(rules sources) error {
	info, err := os.Stat(rules.root)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is not a folder", rules.root)
	}
	if err != nil {
		return fmt.Errorf("%s: root: %w", sourcesName, err)
	}
	seen := map[string]bool{}
	for _, e := range rules.entries {
		files, err := d.walk(rules.root, fixedPart(e.Path))
		if errors.Is(err, fs.ErrNotExist) {
			continue // the entry stays unused, which Scan reports with its line
		}
		if err != nil {
			return fmt.Errorf("%s: line %d: %w", sourcesName, e.line, err)
		}
		for _, f := range files {
			if !match(e.Path, f.path) {
				continue
			}
			e.used = true
			if seen[f.path] {
				continue
			}
			seen[f.path] = true
			if _, taken := d.bases[f.path]; taken {
				d.refuse(f.path, "the folder and the root of "+sourcesName+" both hold it; the folder's is read")
				continue
			}
			file, known := e.apply(File{Path: f.path, Size: f.size})
			d.take(rules.root, file, known)
			d.mods[f.path] = f.mod
		}
	}
	return nil
}

// take files away a classified file that lies below base.
func (d *Folder) take(base string, f File, known bool) {
	switch {
	case f.Kind == ignored:
	case known:
		d.Files = append(d.Files, f)
		d.bases[f.Path] = base
	default:
		d.Unrecognised = append(d.Unrecognised, f.Path)
	}
}

// walk lists the regular files of base below start, which is a folder or a file. Names with a leading dot are left out.
func (d *Folder) walk(base, start string) ([]found, error) {
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var files []found
	err = fs.WalkDir(root.FS(), start, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name == start:
			return err
		case err != nil:
			d.refuse(name, err.Error())
			return nil
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			if strings.Count(name, "/") >= maxDepth {
				d.refuse(name, fmt.Sprintf("it lies more than %d folders deep", maxDepth))
				return fs.SkipDir
			}
			return nil
		case len(files) >= maxFiles:
			return fmt.Errorf("it holds more than %d files", maxFiles)
		}
		if info, reason := regular(root, name); reason != "" {
			d.refuse(name, reason)
		} else {
			files = append(files, found{name, info.Size(), info.ModTime()})
		}
		return nil
	})
	return files, err
}

// refuse records name once: entries of sources.yaml may walk the same folder again.
func (d *Folder) refuse(name, reason string) {
	for _, r := range d.Refused {
		if r.Path == name {
			return
		}
	}
	d.Refused = append(d.Refused, Refusal{name, reason})
}

// regular tells of a regular file, or why it is not read. Links are followed as long as they stay inside.
func regular(root *os.Root, name string) (fs.FileInfo, string) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		var perr *fs.PathError
		if errors.As(err, &perr) {
			return nil, perr.Err.Error()
		}
		return nil, err.Error()
	case info.IsDir():
		return nil, "it is a link to a folder; name that folder as root in sources.yaml"
	case !info.Mode().IsRegular():
		return nil, "it is not a regular file"
	}
	return info, ""
}
