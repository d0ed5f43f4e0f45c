package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every command that --help shows has a page, and writing them twice gives the same bytes.
func TestMan(t *testing.T) {
	var texts [2]string
	for i := range texts {
		dir := filepath.Join(t.TempDir(), "new")
		root := newRoot()
		root.SetArgs([]string{"man", dir})
		root.SetErr(io.Discard)
		if err := root.Execute(); err != nil {
			t.Fatal(err)
		}
		names := []string{"pahra.1"}
		for _, c := range root.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, "pahra-"+c.Name()+".1")
			}
		}
		for _, name := range names {
			page, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(string(page), ".nh\n.TH") {
				t.Errorf("%s is no manual page:\n%.200s", name, page)
			}
			texts[i] += string(page)
		}
	}
	if texts[0] != texts[1] {
		t.Error("pages differ from run to run")
	}
}
