package durable

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := MakeFolder(dir); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "file")
	write := func(content string) *File {
		f, err := Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(content); err != nil {
			t.Fatal(err)
		}
		return f
	}
	holds := func(want string, names int) {
		t.Helper()
		got, err := os.ReadFile(path)
		list, _ := os.ReadDir(dir)
		if err != nil || string(got) != want || len(list) != names {
			t.Errorf("%q beside %d names, %v; want %q, %d", got, len(list), err, want, names)
		}
	}
	if err := write("first").Commit(); err != nil {
		t.Fatal(err)
	}
	second := write("second")
	holds("first", 2)
	if err := second.Commit(); err != nil {
		t.Fatal(err)
	}
	holds("second", 1)
	write("third").Abandon()
	holds("second", 1)
}

// A file that cannot have its name leaves nothing behind.
func TestFileRefused(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := MakeFolder(filepath.Join(taken, "below")); err != nil {
		t.Fatal(err)
	}
	f, err := Create(taken)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err == nil {
		t.Error("a folder was replaced")
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 {
		t.Errorf("%v are left", list)
	}
	if _, err := Create(filepath.Join(dir, "missing", "file")); err == nil {
		t.Error("a folder was made unasked")
	}
}

func TestMakeFolderRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if err := MakeFolder(dir); err == nil {
			t.Errorf("%s is said to be a folder", dir)
		}
	}
}

// Move takes a file or a folder to another place, whose folder it makes, and over a file that is there.
func TestMove(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
	for _, content := range []string{"first", "second"} {
		if err := os.WriteFile(at("file"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Move(at("file"), at("a/b/file")); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(at("a/b/file")); err != nil || string(got) != content {
			t.Errorf("%q, %v; want %q", got, err, content)
		}
	}
	if err := Move(at("a"), at("c")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(at("c/b/file")); err != nil {
		t.Error(err)
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v are left, %v", list, err)
	}
	if err := Move(at("missing"), at("d/file")); !os.IsNotExist(err) {
		t.Errorf("a missing file: %v", err)
	}
}
