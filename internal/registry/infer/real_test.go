package infer_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pahra/internal/registry"
	"pahra/internal/registry/infer"
	"pahra/internal/testdata"
	"pahra/wire/compressed"
	"pahra/wire/values"
)

// open gives the plain octets of a file of the real-world data.
func open(t testing.TB, path string) io.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join(testdata.Real(t), "routing", filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := compressed.NewReader(f, compressed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { plain.Close(); f.Close() })
	return plain
}

func noProblem(t testing.TB) func(values.Problem) {
	return func(p values.Problem) { t.Helper(); t.Error(p) }
}

// TestReal2008 infers from the table of 2008-02-24 and holds the relations against CAIDA's of 2008-01.
func TestReal2008(t *testing.T) {
	if os.Getenv("PAHRA_SOAK") != "1" {
		t.Skip("takes some 15 s; set PAHRA_SOAK=1")
	}
	paths := infer.NewPaths(nil, 0)
	reader := infer.NewReader(paths)
	if err := reader.Read(open(t, "mrt/generated/replay-20080224T1800.mrt.bz2"), noProblem(t)); err != nil {
		t.Fatal(err)
	}
	if n := reader.Count().Routes; n != 4_954_001 {
		t.Errorf("%d routes", n)
	}
	known, err := infer.ReadKnown(open(t, "relations/20080101.as-rel.txt.gz"), noProblem(t))
	if err != nil {
		t.Fatal(err)
	}
	r := infer.Infer(paths, infer.Options{Repeats: 4})
	a := infer.Compare(r, known, 0)
	t.Logf("%+v", r.Stats)
	t.Logf("%+v", *a)
	t.Logf("coverage: %.4f of ours, %.4f of theirs", a.CoverOurs(), a.CoverTheirs())
	t.Logf("customer-provider: %.4f of theirs, %.4f of ours; peers: %.4f of theirs, %.4f of ours",
		a.SoldTheirs(), a.SoldOurs(), a.PeersTheirs(), a.PeersOurs())
	for _, bound := range []struct {
		name       string
		got, least float64
	}{
		{"customer-provider, of theirs", a.SoldTheirs(), 0.98},
		{"customer-provider, of ours", a.SoldOurs(), 0.98},
		{"peers, of theirs", a.PeersTheirs(), 0.84},
		{"peers, of ours", a.PeersOurs(), 0.86},
		{"coverage of ours", a.CoverOurs(), 0.93},
		{"coverage of theirs", a.CoverTheirs(), 0.68},
	} {
		if bound.got < bound.least {
			t.Errorf("%s: %.4f, want %.2f at least", bound.name, bound.got, bound.least)
		}
	}
	if len(a.CliqueOurs) > 0 || len(a.CliqueBoth) < 10 {
		t.Errorf("clique: %v by both, %v by us alone", a.CliqueBoth, a.CliqueOurs)
	}
	combineReal(t, r)
}

// combineReal joins what was inferred with CAIDA's relations and says what becomes of the pairs.
func combineReal(t *testing.T, r *infer.Result) {
	b := registry.NewBuilder()
	if err := b.AddASRel(registry.Source{Name: "listed"}, open(t, "relations/20080101.as-rel.txt.gz"), noProblem(t)); err != nil {
		t.Fatal(err)
	}
	var edges []registry.Edge
	for _, e := range r.Edges {
		edges = append(edges, registry.Edge{A: e.A, B: e.B, Code: e.Code, Confidence: e.Confidence})
	}
	b.SetInferred(registry.Source{Name: "inferred"}, edges, r.Clique)
	both := b.Build()
	outcomes, sure := make(map[string]int), make(map[string]float64)
	for _, asn := range both.ASNs() {
		for _, list := range [][]values.ASN{both.Providers(asn), both.Peers(asn)} {
			for _, other := range list {
				rel := both.Relationship(asn, other)
				if rel.Relation == registry.PeerOf && other < asn {
					continue
				}
				outcome := strings.Join(rel.Sources, "+")
				if len(rel.Against) > 0 {
					outcome += " against " + strings.Join(rel.Against, "+")
				}
				outcomes[outcome]++
				sure[outcome] += rel.Confidence
			}
		}
	}
	for outcome, n := range outcomes {
		t.Logf("%s: %d pairs, confidence %.2f on average", outcome, n, sure[outcome]/float64(n))
	}
	if outcomes["listed+inferred"] < 46_000 || both.IsTier1(9498) || !both.IsTier1(3356) {
		t.Errorf("%v", outcomes)
	}
}
