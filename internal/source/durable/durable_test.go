package durable

import (
	"bytes"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

func open(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root, dir
}

func TestWriteFile(t *testing.T) {
	root, dir := open(t)
	for _, content := range []string{"first", "second, longer", ""} {
		if err := WriteFile(root, "a/b/c.json", []byte(content)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(dir, "a/b/c.json"))
		if err != nil || string(got) != content {
			t.Errorf("%q, %v; want %q", got, err, content)
		}
	}
	left, err := os.ReadDir(filepath.Join(dir, "a/b"))
	if err != nil || len(left) != 1 {
		t.Errorf("%v lie in the folder, %v", left, err)
	}
}

// Of processes that write one file at once each succeeds, and the file is whole at all times.
func TestWriteFileAtOnce(t *testing.T) {
	root, dir := open(t)
	content := bytes.Repeat([]byte("whole\n"), 1000)
	if err := WriteFile(root, "a", content); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 20 {
				if err := WriteFile(root, "a", content); err != nil {
					t.Error(err)
				}
				if got, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || !bytes.Equal(got, content) {
					t.Errorf("%d bytes are there, %v", len(got), err)
				}
			}
		})
	}
	group.Wait()
}

// A name outside the folder, or below a file, is refused and changes nothing.
func TestRefused(t *testing.T) {
	root, dir := open(t)
	if err := WriteFile(root, "file", []byte("kept")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../outside", "file/below", "/abs"} {
		if err := WriteFile(root, name, []byte("x")); err == nil {
			t.Errorf("%s was written", name)
		}
	}
	if err := Rename(root, "missing", "file"); err == nil {
		t.Error("a missing file was renamed")
	}
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(got) != "kept" {
		t.Errorf("the file holds %q, %v", got, err)
	}
}
