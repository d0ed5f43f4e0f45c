//go:build unix

package folder

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pahra/internal/testdata"
)

// TestPipesAreNotWaitedFor: a pipe that nobody writes to, in the place of any file, is an error and no wait.
func TestPipesAreNotWaitedFor(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "bogons", "list.txt")
	put := func(path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("10.0.0.0/8\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	pipe := func(path string) {
		t.Helper()
		_ = os.Remove(path) // it may not be there
		if err := syscall.Mkfifo(path, 0o644); err != nil {
			testdata.Lacking(t, "no pipe can be made: "+err.Error())
		}
	}
	refused := func(what string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), errIrregular.Error()) {
			t.Errorf("%s: %v", what, err)
		}
	}
	put(file)
	d, err := Scan(dir)
	if err != nil || len(d.Files) != 1 {
		t.Fatalf("%v, %d files", err, len(d.Files))
	}
	pipe(file) // after it was looked at
	_, err = d.Open(d.Files[0])
	refused("a file of the folder", err)
	pipe(filepath.Join(dir, sourcesName))
	_, err = Scan(dir)
	refused(sourcesName, err)
	_, err = Scan(file)
	if err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("a folder of data: %v", err)
	}
	if err := os.Remove(filepath.Join(dir, sourcesName)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, sourcesName), []byte("root: bogons/list.txt\nfiles: []\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err = Scan(dir); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("a root: %v", err)
	}
	_, err = OpenRegular(file)
	refused("a path", err)
	_, err = ReadRegular("/dev/zero", 10)
	refused("a device", err)
	_, err = OpenRegular(dir)
	refused("a folder", err)
}

func TestReadRegular(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	for _, text := range []string{"", "abc"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadRegular(path, 3); err != nil || string(got) != text {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	if _, err := ReadRegular(path, 2); err == nil {
		t.Error("more than the limit was read")
	}
}
