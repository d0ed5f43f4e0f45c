package folder

import (
	"testing"

	"pahra/internal/testdata"
	"pahra/internal/world"
)

// What the synthetic Internet writes is recognised to the last file, each kind of it.
func TestWorldIsRecognised(t *testing.T) {
	dir := t.TempDir()
	p := world.Defaults(7)
	p.Networks, p.Prefixes = 128, 0
	if _, err := world.Write(testdata.Folder(dir), p); err != nil {
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
