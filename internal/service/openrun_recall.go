package service

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/source/folder"
)

// recalled is a registry read again from a run's inputs.
type recalled struct {
	registry *registry.Registry
	err      error
	done     bool
}

// recall reads again, from the folder of inputs, the facts about networks that hold at the run's end and that the
// archive must not hold: listed relations, organisations and exchange members. What the run inferred it holds itself. Each file must be as the snapshot says. The
// objects of routing registries are not read again: they are large, and their facts are in the archive.
func (r *Run) recall() (*registry.Registry, error) {
	if !r.recalled.done {
		r.recalled.registry, r.recalled.err = r.readRegistry()
		r.recalled.done = true
	}
	return r.recalled.registry, r.recalled.err
}

func (r *Run) readRegistry() (*registry.Registry, error) {
	dir, err := folder.Scan(r.Snapshot.Data)
	if err != nil {
		return nil, fmt.Errorf("the run's inputs are not at hand: %w", err)
	}
	book := &book{dir: dir, say: func(string, ...any) {}}
	build := registry.NewBuilder()
	for _, path := range r.lastUsed(authority.KindRelations, authority.KindOrganisations, authority.KindRegistry, authority.KindPeeringDB) {
		f, err := r.sameInput(dir, path)
		if err != nil {
			return nil, err
		}
		if err := book.register(build, f); err != nil {
			return nil, err
		}
	}
	if err := r.recallInferred(build); err != nil {
		return nil, err
	}
	return build.Build(), nil
}

// lastUsed gives the files of these kinds that were in use at the run's end. What a run inferred of its own tables is no
// file; the archive has it.
func (r *Run) lastUsed(kinds ...authority.Kind) (paths []string) {
	for _, k := range kinds {
		if _, none := r.Snapshot.NoData[string(k)]; none {
			continue
		}
		var last time.Time
		for _, u := range r.Snapshot.Used {
			if u.Kind == string(k) && u.From.After(last) {
				last = u.From
			}
		}
		for _, u := range r.Snapshot.Used {
			if u.Kind == string(k) && u.From.Equal(last) && !u.Inferred {
				paths = append(paths, u.Path)
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// sameInput finds an input, and makes sure that it is the one that the run read.
func (r *Run) sameInput(dir *folder.Folder, path string) (folder.File, error) {
	i := slices.IndexFunc(dir.Files, func(f folder.File) bool { return f.Path == path })
	if i < 0 {
		return folder.File{}, fmt.Errorf("input %s is no longer in %s", path, r.Snapshot.Data)
	}
	was := slices.IndexFunc(r.Snapshot.Inputs, func(in Input) bool { return in.Path == path })
	if was < 0 {
		return folder.File{}, fmt.Errorf("%s uses %s without listing it as an input", snapshotFile, path)
	}
	sum, err := hashOf(dir, dir.Files[i])
	if err != nil {
		return folder.File{}, err
	}
	if sum != r.Snapshot.Inputs[was].SHA256 {
		return folder.File{}, fmt.Errorf("input %s has changed since the run", path)
	}
	f := dir.Files[i]
	if t := r.Snapshot.Inputs[was].Time; t != nil {
		f.Time = *t
	}
	return f, nil
}

func hashOf(dir *folder.Folder, f folder.File) (string, error) {
	in, err := dir.Open(f)
	if err != nil {
		return "", err
	}
	defer in.Close()
	return hashReader(in)
}

// hashReader gives the SHA-256 of what is left to read, as lower-case hex.
func hashReader(in io.Reader) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, in); err != nil {
		return "", fmt.Errorf("hashing: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
