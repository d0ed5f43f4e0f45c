package folder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestUnchanged: a file that changed behind the back of who reads the folder is found out.
func TestUnchanged(t *testing.T) {
	changes := map[string]func(path string) error{
		"":      func(string) error { return nil },
		"grown": func(p string) error { return os.WriteFile(p, []byte("10.0.0.0/8\n192.168.0.0/16\n"), 0o644) },
		"same size": func(p string) error {
			return os.Chtimes(p, time.Time{}, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
		},
		"gone": os.Remove,
	}
	for name, change := range changes {
		dir := t.TempDir()
		path := filepath.Join(dir, "bogons", "list.txt")
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("10.0.0.0/8\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := Scan(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := change(path); err != nil {
			t.Fatal(err)
		}
		err = d.Unchanged()
		if (err == nil) != (name == "") || err != nil && !strings.Contains(err.Error(), "bogons/list.txt") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
