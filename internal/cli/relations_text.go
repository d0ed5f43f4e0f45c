package cli

import (
	"fmt"
	"hash"
	"io"

	"pahra/internal/registry/infer"
	"pahra/internal/routes"
	"pahra/wire/values"
)

// countingHash is a hash that knows how much went in.
type countingHash struct {
	hash.Hash
	n int64
}

func (h *countingHash) Write(b []byte) (int, error) {
	h.n += int64(len(b))
	return h.Hash.Write(b)
}

// printAgreement writes how far the relations agree with another's, for a person.
func printAgreement(w io.Writer, d *relationsDoc) error {
	var s screen
	a := d.Agreement
	s.line("%d paths of %d vantage points show %d networks and %d pairs: %d of customer and provider, %d of peers",
		d.Stats.Paths, d.Stats.VPs, d.Stats.Networks, a.Ours, d.Sold, d.Peers)
	s.line("against %s", d.Against.Name)
	s.head("coverage")
	widths := []int{34, 10}
	row := func(what string, n int, rest string) { s.cells(widths, "  "+what, fmt.Sprintf("%8d", n), rest) }
	row("pairs that both have", a.Common, "")
	row("our pairs", a.Ours, percent(a.CoverOurs)+" of them theirs too")
	row("their pairs", a.Theirs, percent(a.CoverTheirs)+" of them ours too")
	if a.LeftOut > 0 {
		row("their siblings and contradictions", a.LeftOut, "left out")
	}
	s.head("agreement on the pairs that both have")
	row("both: customer and provider", a.Same, fmt.Sprintf("%s of what they call so, %s of what we do", percent(a.SoldTheirs), percent(a.SoldOurs)))
	row("both: peers", a.Peers, fmt.Sprintf("%s of what they call so, %s of what we do", percent(a.PeersTheirs), percent(a.PeersOurs)))
	row("provider and customer swapped", a.Reversed, "")
	row("we: customer, they: peers", a.SoldPeer, "")
	row("we: peers, they: customer", a.PeerSold, "")
	s.head("by our confidence")
	for i, b := range a.Bands {
		row(fmt.Sprintf("%.1f to %.1f", float64(i)/10, float64(i+1)/10), b.Common, sameShare(b))
	}
	s.head("by what we inferred it from")
	for _, b := range a.Steps {
		row(b.Step.String(), b.Common, sameShare(b.Band))
	}
	s.head("networks on top")
	s.clique("both", a.CliqueBoth, d.Clique)
	s.clique("ours alone", a.CliqueOurs, nil)
	s.clique("theirs alone", a.CliqueTheirs, nil)
	_, err := w.Write(s.text.Bytes())
	return err
}

// clique writes a list of networks; where it is empty, instead.
func (s *screen) clique(name string, list, instead []values.ASN) {
	switch {
	case len(list) > 0:
		s.cells([]int{16}, "  "+name, routes.PathString(list))
	case len(instead) > 0:
		s.cells([]int{16}, "  ours", routes.PathString(instead))
	}
}

func sameShare(b infer.Band) string {
	if b.Common == 0 {
		return ""
	}
	return percent(infer.Share(b.Same, b.Common)) + " the same"
}

func percent(share float64) string { return fmt.Sprintf("%.2f %%", 100*share) }
