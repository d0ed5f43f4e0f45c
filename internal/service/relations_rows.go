package service

import (
	"path/filepath"

	"pahra/internal/archive"
	"pahra/internal/registry"
	"pahra/internal/registry/infer"
	"pahra/wire/asrel"
	"pahra/wire/values"
)

const relationsSegment = "relations.parquet"

// relationRow is a row of archive/relations.parquet: a relation that the run inferred from its own tables and had at its
// end, with what speaks for it. Relations of files are not among them.
type relationRow struct {
	A        uint32 `parquet:"a"`             // the provider, or of peers the lesser
	B        uint32 `parquet:"b"`             // the customer, or of peers the greater
	Relation string `parquet:"relation,dict"` // what a is to b: "provider" or "peer"
	Step     string `parquet:"step,dict"`     // of the method, docs/relations.md
	// VPs are the vantage points that show the pair, For those that show the relation, Against those that show another;
	// Stable is the share of the repetitions that came to the same.
	VPs        int32   `parquet:"vps"`
	For        int32   `parquet:"for"`
	Against    int32   `parquet:"against"`
	Stable     float64 `parquet:"stable"`
	Confidence float64 `parquet:"confidence"`
}

// writeRelations writes what was inferred last.
func (r *run) writeRelations(dir string) (archive.Segment, error) {
	return archive.WriteSegment(filepath.Join(dir, relationsSegment), func(yield func(relationRow) bool) {
		if r.book.inferred == nil {
			return
		}
		for _, e := range r.book.inferred.edges {
			row := relationRow{uint32(e.A), uint32(e.B), registry.PeerOf.String(), e.Step.String(), int32(e.VPs), int32(e.For),
				int32(e.Against), e.Stable, e.Confidence}
			if e.Code == asrel.ProviderCustomer {
				row.Relation = registry.ProviderOf.String()
			}
			if !yield(row) {
				return
			}
		}
	})
}

// recallInferred adds what the run inferred to a registry in the making.
func (r *Run) recallInferred(build *registry.Builder) error {
	var edges []registry.Edge
	var clique []values.ASN
	err := eachOf(r, relationsSegment, func(row relationRow) {
		e := registry.Edge{A: values.ASN(row.A), B: values.ASN(row.B), Code: asrel.Peer, Confidence: row.Confidence}
		if row.Relation == registry.ProviderOf.String() {
			e.Code = asrel.ProviderCustomer
		}
		if row.Step == infer.StepClique.String() {
			clique = append(clique, e.A, e.B)
		}
		edges = append(edges, e)
	})
	if err == nil && len(edges) > 0 {
		build.SetInferred(registry.Source{Name: archiveDir + "/" + relationsSegment, Time: r.Snapshot.Window.To}, edges, clique)
	}
	return err
}
