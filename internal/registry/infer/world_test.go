package infer_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"pahra/internal/registry/infer"
	"pahra/internal/world"
	"pahra/wire/values"
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

// TestWorlds infers from the tables of synthetic worlds, whose relations are known. Who is on top is harder to find in them
// than in the Internet: where a route server joins as many networks as buy of nobody, and these have more neighbours, they
// are taken for the clique. So the steps are held to much where the clique is known, and to less where it is not.
func TestWorlds(t *testing.T) {
	for seed := range uint64(3) {
		paths, known := tables(t, seed+1)
		for _, c := range []struct {
			name                                     string
			clique                                   []values.ASN
			soldTheirs, soldOurs, peersTheirs, peers float64
			sure                                     float64
		}{
			{"clique known", known.Clique, 0.97, 0.95, 0.84, 0.89, 0.99},
			{"clique inferred", nil, 0.89, 0.84, 0.55, 0.62, 0.8},
		} {
			a := infer.Compare(infer.Infer(paths, infer.Options{Repeats: 4, Clique: c.clique}), known, 0)
			sure := infer.Share(a.Bands[9].Same, a.Bands[9].Common)
			t.Logf("seed %d, %s: c2p %.3f of the truth, %.3f of ours; p2p %.3f, %.3f; %.3f of the pairs; past 0.9 %.3f", seed+1, c.name,
				a.SoldTheirs(), a.SoldOurs(), a.PeersTheirs(), a.PeersOurs(), a.CoverTheirs(), sure)
			if a.SoldTheirs() < c.soldTheirs || a.SoldOurs() < c.soldOurs || a.PeersTheirs() < c.peersTheirs || a.PeersOurs() < c.peers || sure < c.sure {
				t.Errorf("seed %d, %s: too little agreement", seed+1, c.name)
			}
			if a.CoverTheirs() < 0.7 || a.CoverOurs() < 1 {
				t.Errorf("seed %d: %d pairs of ours, %d of the truth, %d common", seed+1, a.Ours, a.Theirs, a.Common)
			}
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
