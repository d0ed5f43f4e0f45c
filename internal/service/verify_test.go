package service_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/service"
)

// verified makes a small run that verifies.
func verified(t *testing.T) *rig {
	t.Helper()
	data, truth := madeWorld(t, smallWorld(7))
	r := newRig(t, data, truth.Start, truth.End)
	r.observe(t)
	if err := r.verify(t); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestVerifyInputs: one changed bit in any kind of input is found and named.
func TestVerifyInputs(t *testing.T) {
	r := verified(t)
	kinds := make(map[string]bool)
	for _, in := range r.snapshot(t).Inputs {
		if kinds[in.Kind+in.Source] {
			continue
		}
		kinds[in.Kind+in.Source] = true
		restore := flip(t, filepath.Join(r.Data, in.Path))
		r.differs(t, in.Path)
		restore()
	}
	if len(kinds) < 10 {
		t.Errorf("only these kinds were tried: %v", kinds)
	}
	name := filepath.Join(r.Data, "vrp", "20260209T2330Z.json")
	if err := os.Rename(name, name+".away"); err != nil {
		t.Fatal(err)
	}
	r.differs(t, "vrp/20260209T2330Z.json")
	if err := os.Rename(name+".away", name); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(r.Data, "vrp", "20260210T0100Z.json"), []byte(content(t, name)))
	if err := r.verify(t); err != nil {
		t.Errorf("what came later is no part of the run: %v", err)
	}
	if err := os.Remove(filepath.Join(r.Data, "vrp", "20260210T0100Z.json")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(r.Data, "notes.txt"), []byte("what nobody reads does not matter"))
	if err := r.verify(t); err != nil {
		t.Errorf("all as it was: %v", err)
	}
}

// TestVerifyOutputs: one changed bit in any file of the results is found and named, as is one too few or too many.
func TestVerifyOutputs(t *testing.T) {
	r := verified(t)
	names := below(t, r.Out)
	if len(names) < 9 {
		t.Errorf("results: %v", names)
	}
	for _, name := range names {
		if name == "snapshot.json" { // see TestVerifyTheSnapshot
			continue
		}
		path := filepath.Join(r.Out, name)
		restore := flip(t, path)
		r.differs(t, name)
		restore()
		before := content(t, path)
		put(t, path, []byte(before+"\n"))
		r.differs(t, name)
		put(t, path, []byte(before[:len(before)-1]))
		r.differs(t, name)
		put(t, path, []byte(before))
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		r.differs(t, name)
		put(t, path, []byte(before))
	}
	put(t, filepath.Join(r.Out, "archive", "more.parquet"), nil)
	r.differs(t, "archive/more.parquet")
	if err := os.Remove(filepath.Join(r.Out, "archive", "more.parquet")); err != nil {
		t.Fatal(err)
	}
	if err := r.verify(t); err != nil {
		t.Errorf("all as it was: %v", err)
	}
}

// TestVerifyTheSnapshot: what the snapshot says is held against what comes out, word by word.
func TestVerifyTheSnapshot(t *testing.T) {
	r := verified(t)
	path := filepath.Join(r.Out, "snapshot.json")
	before := content(t, path)
	s := r.snapshot(t)
	for _, change := range [][2]string{
		{`"digest": "` + s.Digest[:8], `"digest": "00000000`},
		{`"id": "` + s.ID[:8], `"id": "00000000`},
		{`"min_visibility": 5`, `"min_visibility": 6`},
		{`"version": "` + service.Version(), `"version": "9` + service.Version()},
		{`"overrides": []`, `"overrides": ["none"]`},
		{`"vrp": "24h0m0s"`, `"vrp": "24h0m1s"`},
		{`"vrp": "24h0m0s"`, `"vrp": "a day"`},
		{`"pending": `, `"pending": 1`},
		{`"profile"`, `"profil"`},
	} {
		if strings.Count(before, change[0]) == 0 {
			t.Fatalf("the snapshot has no %s", change[0])
		}
		put(t, path, []byte(strings.Replace(before, change[0], change[1], 1)))
		r.differs(t, "")
	}
	put(t, path, []byte(before))
	in := s.Inputs[0]
	put(t, path, []byte(strings.Replace(before, in.SHA256, strings.Repeat("0", 64), 1)))
	r.differs(t, in.Path)
	bits := rand.New(rand.NewPCG(7, 7))
	for range 25 {
		changed := []byte(before)
		at := bits.IntN(len(changed))
		changed[at] ^= 1 << bits.IntN(8)
		put(t, path, changed)
		if err := r.verify(t); err == nil {
			t.Errorf("byte %d of the snapshot is changed from %q to %q, and it verifies", at, before[at], changed[at])
		}
	}
	put(t, path, []byte(before))
	if err := r.verify(t); err != nil {
		t.Errorf("all as it was: %v", err)
	}
}

// TestVerifyElsewhere: the data may have moved.
func TestVerifyElsewhere(t *testing.T) {
	r := verified(t)
	files := tree(t, r.Data)
	moved := copyTree(t, files, below(t, r.Data))
	if err := os.RemoveAll(r.Data); err != nil {
		t.Fatal(err)
	}
	if err := r.verify(t); err == nil {
		t.Error("it verifies without its data")
	}
	if err := service.Verify(t.Context(), r.Out, moved, nil); err != nil {
		t.Error(err)
	}
	if err := service.Verify(t.Context(), t.TempDir(), "", nil); err == nil {
		t.Error("an empty folder verifies")
	}
}
