package service

import (
	"context"
	"slices"
	"testing"

	"pahra/internal/routes"
	"pahra/internal/source/folder"
	"pahra/internal/testdata"
	"pahra/internal/world"
	"pahra/wire/mrt"
)

// TestHeld: where everything is forgotten but what the feed holds, each element still comes with its own attributes.
func TestHeld(t *testing.T) {
	p := world.Defaults(5)
	p.Networks, p.Prefixes, p.Peers = 120, 300, 8
	data := t.TempDir()
	if _, err := world.Write(testdata.Folder(data), p); err != nil {
		t.Fatal(err)
	}
	dir, err := folder.Scan(data)
	if err != nil {
		t.Fatal(err)
	}
	forgetful, other := routes.NewInterner(), routes.NewInterner()
	open := func(in *routes.Interner) *feed {
		f, err := newFeed(context.Background(), dir, wholeFiles(dir.Of(folder.MRT)), in)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	f, want := open(forgetful), open(other)
	defer f.close()
	defer want.close()
	forgotten := 0
	for n := 0; ; n++ {
		s, w := f.next(), want.next()
		if s == nil || w == nil {
			break
		}
		if n%50 == 0 {
			held := make(map[routes.AttrID]bool)
			for id := range f.held {
				held[id] = true
			}
			forgetful.Sweep(func(id routes.AttrID) bool { return held[id] }, func(sets []routes.AttrID, _ []routes.PathID) { forgotten += len(sets) })
		}
		e, _ := s.elem()
		if e.Kind != mrt.Announce && e.Kind != mrt.RIBEntry {
			continue
		}
		got := forgetful.AppendPath(nil, forgetful.Attr(s.attr()).Path)
		if path := other.AppendPath(nil, other.Attr(w.attr()).Path); len(got) == 0 || !slices.Equal(got, path) {
			t.Fatalf("element %d has the path %v, not %v", n, got, path)
		}
	}
	if forgotten == 0 || forgetful.Len() >= other.Len() {
		t.Errorf("%d sets forgotten; %d numbers given, %d without forgetting", forgotten, forgetful.Len(), other.Len())
	}
}
