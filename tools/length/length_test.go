package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMeasure(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("short.go", "package a\n")
	write("function.go", "package a\n\nfunc f() {\n"+strings.Repeat("\n", 60)+"}\n")
	write("long.go", "package a\n"+strings.Repeat("\n", 400))
	write("long_test.go", "package a\n"+strings.Repeat("\n", 4000))
	found, longest, err := measure(dir)
	if err != nil || longest != 401 || len(found) != 2 {
		t.Errorf("got %v, longest %d, %v", found, longest, err)
	}
}
