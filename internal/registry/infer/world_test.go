package infer_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"pahra/internal/registry/infer"
	"pahra/internal/world"
)

// memory keeps a world's files.
type memory map[string]*bytes.Buffer

type openFile struct{ *bytes.Buffer }

func (openFile) Close() error { return nil }

// Create implements world.Sink.
func (m memory) Create(path string) (io.WriteCloser, error) {
	m[path] = &bytes.Buffer{}
	return openFile{m[path]}, nil
}

// tables reads a world's table dumps and gives the paths and its true relations.
func tables(t testing.TB, seed uint64) (*infer.Paths, *infer.Known) {
	t.Helper()
	files := memory{}
	if _, err := world.Write(files, flawless(seed)); err != nil {
		t.Fatal(err)
	}
	paths := infer.NewPaths(nil, 0)
	reader := infer.NewReader(paths)
	var known *infer.Known
	for name, data := range files {
		switch {
		case strings.Contains(name, "/bview.") || strings.Contains(name, "/rib."):
			plain, err := gzip.NewReader(data)
			if err != nil {
				t.Fatal(err)
			}
			if err := reader.Read(plain, noProblem(t)); err != nil {
				t.Fatal(name, err)
			}
		case strings.HasSuffix(name, ".as-rel.txt"):
			var err error
			if known, err = infer.ReadKnown(data, noProblem(t)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return paths, known
}

// TestWorlds infers from the tables of synthetic worlds, whose relations are known. They are harder than the Internet:
// with few peers, most of what route servers pass between members is heard from one side only and looks sold.
func TestWorlds(t *testing.T) {
	for seed := range uint64(3) {
		paths, known := tables(t, seed+1)
		a := infer.Compare(infer.Infer(paths, infer.Options{Repeats: 4}), known, 0)
		t.Logf("seed %d: c2p %.3f of the truth, %.3f of ours; p2p %.3f, %.3f; %.3f of the pairs", seed+1,
			a.SoldTheirs(), a.SoldOurs(), a.PeersTheirs(), a.PeersOurs(), a.CoverTheirs())
		if a.SoldTheirs() < 0.87 || a.SoldOurs() < 0.8 || a.PeersTheirs() < 0.5 || a.PeersOurs() < 0.6 {
			t.Errorf("seed %d: too little agreement", seed+1)
		}
		if a.CoverTheirs() < 0.7 || a.CoverOurs() < 1 {
			t.Errorf("seed %d: %d pairs of ours, %d of the truth, %d common; clique %v", seed+1, a.Ours, a.Theirs, a.Common, a.CliqueOurs)
		}
		if sure := a.Bands[9]; infer.Share(sure.Same, sure.Common) < 0.75 {
			t.Errorf("seed %d: of those past 0.9 %+v", seed+1, sure)
		}
	}
}

func BenchmarkInfer(b *testing.B) {
	paths, _ := tables(b, 1)
	for _, repeats := range []int{0, 4} {
		b.Run(map[int]string{0: "once", 4: "and from 4 parts"}[repeats], func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = infer.Infer(paths, infer.Options{Repeats: repeats}).Stats.Paths
			}
			b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "paths/s")
		})
	}
}

// flawless are the parameters of a world whose relations are known without fault.
func flawless(seed uint64) world.Params {
	p := world.Defaults(seed)
	p.Flawless = true
	return p
}
