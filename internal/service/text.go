package service

import (
	"fmt"
	"io"
	"strings"

	"pahra/internal/norms"
	"pahra/internal/routes"
	"pahra/internal/source/folder"
	"pahra/internal/watch"
)

func joinIDs(ids []string) string { return strings.Join(ids, "; ") }

func pathString(u watch.Update) string { return routes.PathString(u.Path) }

// readProfile reads a profile of the norms from a file.
func readProfile(path string) (*norms.Profile, error) {
	f, err := folder.OpenRegular(path)
	if err != nil {
		return nil, fmt.Errorf("profile %s is neither built in (%s) nor a file: %w", path, strings.Join(norms.EmbeddedIDs(), ", "), err)
	}
	defer f.Close()
	p, err := norms.ReadProfile(f)
	if err != nil {
		return nil, fmt.Errorf("reading profile %s: %w", path, err)
	}
	return p, nil
}

// maxAccepted bounds accepted.json.
const maxAccepted = 1 << 20

// accepted gives what the folder records of the terms accepted for its files; nil where it records nothing.
func (r *run) accepted() ([]byte, error) {
	files := r.dir.Of(folder.Accepted)
	if len(files) == 0 {
		return nil, nil
	}
	in, err := r.dir.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer in.Close()
	text, err := io.ReadAll(io.LimitReader(in, maxAccepted))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", files[0].Path, err)
	}
	return text, nil
}
