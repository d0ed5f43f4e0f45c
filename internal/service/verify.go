package service

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/source/folder"
)

// Difference is the first place in which a run is not what its snapshot says.
type Difference struct {
	Where string `json:"where"`
	What  string `json:"what"`
}

// Error makes a Difference an error.
func (d *Difference) Error() string { return d.Where + ": " + d.What }

// Verify observes again what the snapshot in out names, and compares every byte. It gives a [*Difference] for the first
// one found: a changed input, a changed output, or a result that does not come out again. data, where not empty, is
// where the inputs lie now.
func Verify(ctx context.Context, out, data string, say func(string, ...any)) error {
	snap, text, err := readSnapshot(out)
	if err != nil {
		return err
	}
	if data == "" {
		data = snap.Data
	}
	if err := sameInputs(ctx, snap, data); err != nil {
		return err
	}
	if err := snap.checkID(); err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "pahra-verify-")
	if err != nil {
		return fmt.Errorf("making a scratch folder: %w", err)
	}
	defer os.RemoveAll(scratch)
	opt, err := snap.options(data, scratch)
	if err != nil {
		return err
	}
	opt.Say = say
	if _, err := Observe(ctx, opt); err != nil {
		return err
	}
	if err := relocate(scratch, snap.Data); err != nil {
		return err
	}
	return sameOutputs(out, scratch, text)
}

// maxSnapshot bounds snapshot.json, in bytes: a million inputs take some 300 MB.
const maxSnapshot = 1 << 30

func readSnapshot(out string) (s Snapshot, text []byte, err error) {
	text, err = folder.ReadRegular(filepath.Join(out, snapshotFile), maxSnapshot)
	if err != nil {
		return s, nil, fmt.Errorf("reading the snapshot: %w", err)
	}
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return s, nil, &Difference{snapshotFile, fmt.Sprintf("cannot be read as a snapshot: %v", err)}
	}
	return s, text, nil
}

// options gives the options that made the snapshot.
func (s *Snapshot) options(data, out string) (Options, error) {
	if s.Program.Version != Version() {
		return Options{}, &Difference{snapshotFile, fmt.Sprintf("made by version %s; this is %s", s.Program.Version, Version())}
	}
	opt := Options{
		only: make(map[string]bool), Data: data, Out: out, From: s.Window.From, To: s.Window.To, Collectors: s.Collectors,
		Profile: s.Profile.ID, Relations: s.Relations, Settings: s.Settings, Limits: authority.DefaultLimits(),
	}
	if s.Profile.File != "" {
		opt.Profile = s.Profile.File
	}
	for _, in := range s.Inputs {
		opt.only[in.Path] = true
	}
	for _, k := range s.AllowAnachronism {
		opt.Allow = append(opt.Allow, authority.Kind(k))
	}
	for k, text := range s.Limits {
		d, err := time.ParseDuration(text)
		if err != nil {
			return opt, &Difference{snapshotFile, fmt.Sprintf("limit of %s: %v", k, err)}
		}
		opt.Limits.Set(authority.Kind(k), d)
	}
	return opt, nil
}

// sameInputs compares the inputs with those that the snapshot names.
func sameInputs(ctx context.Context, s Snapshot, data string) error {
	dir, err := folder.Scan(data)
	if err != nil {
		if _, gone := os.Stat(data); gone == nil { // it is there, and no longer what it was
			return &Difference{"inputs", err.Error()}
		}
		return fmt.Errorf("%w; --data says where the inputs lie now", err)
	}
	if err := dir.Hash(ctx, 2); err != nil {
		return err
	}
	now := make(map[string]folder.File)
	for _, f := range dir.Files {
		now[f.Path] = f
	}
	for _, in := range s.Inputs {
		f, ok := now[in.Path]
		switch {
		case !ok:
			return &Difference{"input " + in.Path, "is gone"}
		case f.SHA256 != in.SHA256:
			return &Difference{"input " + in.Path, fmt.Sprintf("has changed: its SHA-256 was %s and is %s", in.SHA256, f.SHA256)}
		}
	}
	return nil
}

// relocate writes into the scratch run's snapshot where the data lay in the first place.
func relocate(scratch, data string) error {
	again, _, err := readSnapshot(scratch)
	if err != nil {
		return err
	}
	again.Data = data
	return writeJSON(filepath.Join(scratch, snapshotFile), again)
}

// sameOutputs compares every file of two runs; the snapshot last, since it names the others.
func sameOutputs(out, scratch string, snapshot []byte) error {
	want, err := filesBelow(scratch)
	if err != nil {
		return err
	}
	have, err := filesBelow(out)
	if err != nil {
		return err
	}
	for _, name := range want {
		if name == snapshotFile {
			continue
		}
		if !slices.Contains(have, name) {
			return &Difference{name, "is missing"}
		}
		if err := sameFile(name, filepath.Join(out, name), filepath.Join(scratch, name)); err != nil {
			return err
		}
	}
	for _, name := range have {
		if !slices.Contains(want, name) {
			return &Difference{name, "is not one of the run's files"}
		}
	}
	again, err := os.ReadFile(filepath.Join(scratch, snapshotFile))
	if err != nil {
		return fmt.Errorf("reading the scratch snapshot: %w", err)
	}
	return compareBytes(snapshotFile, bytes.NewReader(snapshot), bytes.NewReader(again))
}

func filesBelow(dir string) (names []string, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		names = append(names, filepath.ToSlash(name))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listing %s: %w", dir, err)
	}
	slices.Sort(names)
	return names, nil
}

func sameFile(name, a, b string) error {
	fa, err := folder.OpenRegular(a)
	if err != nil {
		return fmt.Errorf("comparing %s: %w", name, err)
	}
	defer fa.Close()
	fb, err := folder.OpenRegular(b)
	if err != nil {
		return fmt.Errorf("comparing %s: %w", name, err)
	}
	defer fb.Close()
	return compareBytes(name, fa, fb)
}

// compareBytes finds the first byte in which a result differs from what comes out now, and names its line.
func compareBytes(name string, was, is io.Reader) error {
	a, b := make([]byte, 1<<16), make([]byte, 1<<16)
	offset, line := int64(0), 1
	for {
		na, errA := io.ReadFull(was, a)
		nb, errB := io.ReadFull(is, b)
		for i := range min(na, nb) {
			if a[i] != b[i] {
				return &Difference{name, fmt.Sprintf("byte %d (line %d) is not what comes out of the inputs", offset+int64(i), line)}
			}
			if a[i] == '\n' {
				line++
			}
		}
		offset += int64(min(na, nb))
		switch {
		case na != nb:
			return &Difference{name, fmt.Sprintf("is %s what comes out of the inputs, by its byte %d", longer(na, nb), offset)}
		case errA == nil && errB == nil:
			continue
		case ended(errA) && ended(errB):
			return nil
		}
		return errors.Join(errA, errB)
	}
}

// longer compares the lengths of what was and what is.
func longer(was, is int) string {
	if was > is {
		return "longer than"
	}
	return "shorter than"
}

func ended(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
