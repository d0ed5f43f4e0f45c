package infer

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"

	"pahra/internal/routes"
)

// Serial is a form of CAIDA's relationship files.
type Serial int

// The forms: a|b|code, and a|b|code|source.
const (
	Serial1 Serial = 1
	Serial2 Serial = 2
)

// SourceName is what serial-2 files give as the source of each edge.
const SourceName = "pahra"

// WriteASRel writes the edges of at least the confidence given as CAIDA does, ascending by both networks, under the
// notes and the clique as comments. Such files have no room for the confidence.
func WriteASRel(w io.Writer, r *Result, form Serial, notes []string, confidence float64) error {
	out := bufio.NewWriter(w)
	for _, n := range notes {
		fmt.Fprintf(out, "# %s\n", n)
	}
	fmt.Fprintf(out, "# inferred clique: %s\n", routes.PathString(r.Clique))
	edges := slices.Clone(r.Edges)
	slices.SortFunc(edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	for _, e := range edges {
		if e.Confidence < confidence {
			continue
		}
		fmt.Fprintf(out, "%d|%d|%d", uint32(e.A), uint32(e.B), e.Code)
		if form == Serial2 {
			out.WriteString("|" + SourceName)
		}
		out.WriteByte('\n')
	}
	return out.Flush()
}
