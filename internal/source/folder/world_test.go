package folder

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"pahra/internal/world"
)

// sink puts a world's files into a folder.
type sink struct{ dir string }

func (s sink) Create(name string) (io.WriteCloser, error) {
	p := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return nil, err
	}
	return os.Create(p)
}

// What the synthetic Internet writes is recognised to the last file, each kind of it.
func TestWorldIsRecognised(t *testing.T) {
	dir := t.TempDir()
	p := world.Defaults(7)
	p.Networks, p.Prefixes = 128, 0
	if _, err := world.Write(sink{dir}, p); err != nil {
		t.Fatal(err)
	}
	d := scan(t, dir)
	for _, u := range d.Unrecognised {
		t.Errorf("unrecognised: %s", u)
	}
	for _, kind := range []Kind{MRT, VRP, IRR, Registry, Relations, Bogons, PeeringDB, Neighbourhoods} {
		files := d.Of(kind)
		if len(files) == 0 {
			t.Errorf("no file is of kind %s", kind)
		}
		for _, f := range files {
			t.Logf("%-14s %-10s %-10s %s %s", kind, f.Format, f.Collector+f.Source, f.Time.Format("2006-01-02T15:04"), f.Path)
		}
	}
}
