package mrt_test

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/testdata"
	"pahra/wire/compressed"
	"pahra/wire/mrt"
	"pahra/wire/values"
)

// count gives the number of elements of a file, as bgpdump would see them, and the problems.
func count(t *testing.T, path string) (elems int, problems []values.Problem, err error) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, _, err := compressed.NewReader(f, compressed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	report := func(p values.Problem) { problems = append(problems, p) }
	err = mrt.Scan(r, report, func(*mrt.Elem, *mrt.Record) error { elems++; return nil })
	return elems, problems, err
}

// realFiles are the MRT files at hand, the long ones only where -short is not set.
func realFiles(t *testing.T) (paths []string) {
	root := filepath.Join(testdata.Real(t), "routing", "mrt")
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && filepath.Ext(path) != ".rst" {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestRealAgainstBgpdump holds the number of elements of every file at hand against bgpdump's lines.
func TestRealAgainstBgpdump(t *testing.T) {
	files, tool := realFiles(t), testdata.Tool(t, "bgpdump")
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			if testing.Short() && strings.Contains(path, "generated") {
				t.Skip("5 million routes")
			}
			got, problems, err := count(t, path)
			if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			cmd := exec.Command(tool, "-q", "-m", path)
			var out bytes.Buffer
			cmd.Stdout = &out
			_ = cmd.Run() // it aborts on what it cannot read
			want := bytes.Count(out.Bytes(), []byte("\n"))
			if got != want {
				t.Errorf("%d elements, bgpdump has %d", got, want)
			}
			for i, p := range problems {
				if i == 3 {
					t.Logf("and %d more", len(problems)-i)
					break
				}
				t.Logf("%v", p)
			}
		})
	}
}
