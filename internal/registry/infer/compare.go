package infer

import (
	"io"
	"slices"

	"pahra/wire/asrel"
	"pahra/wire/values"
)

// Known is what another source says of the relations between networks.
type Known struct {
	Clique []values.ASN // ascending; nil where the source does not say
	pairs  map[[2]values.ASN]asrel.Edge
	left   int // sibling pairs and pairs that contradict one another
}

// ReadKnown reads relations in serial-1 or serial-2 form. Siblings, and pairs of which the source says two things, are
// counted and left out.
func ReadKnown(r io.Reader, report func(values.Problem)) (*Known, error) {
	k := &Known{pairs: make(map[[2]values.ASN]asrel.Edge)}
	torn := make(map[[2]values.ASN]bool)
	header := func(h asrel.Header) error {
		k.Clique = slices.Sorted(slices.Values(h.Clique))
		return nil
	}
	err := asrel.ReadWithHeader(r, report, header, func(e asrel.Edge) error {
		pair := [2]values.ASN{min(e.A, e.B), max(e.A, e.B)}
		before, again := k.pairs[pair]
		if e.Code == asrel.Sibling || again && !sameRelation(before, e) {
			torn[pair] = true
		}
		k.pairs[pair] = e
		return nil
	})
	for pair := range torn {
		delete(k.pairs, pair)
	}
	k.left = len(torn)
	return k, err
}

func sameRelation(a, b asrel.Edge) bool {
	return a.Code == b.Code && (a.Code != asrel.ProviderCustomer || a.A == b.A)
}

// Agreement holds our relations against another's, on the pairs that both have.
type Agreement struct {
	Ours    int `json:"ours"`   // pairs we have a relation for
	Theirs  int `json:"theirs"` // pairs they have one for
	Common  int `json:"common"`
	LeftOut int `json:"left_out"` // their siblings and contradictory pairs
	// What both say of the common pairs, ours first: c2p for customer and provider, p2p for peers.
	Same     int `json:"c2p_c2p"`
	Reversed int `json:"c2p_p2c"`
	SoldPeer int `json:"c2p_p2p"`
	PeerSold int `json:"p2p_c2p"`
	Peers    int `json:"p2p_p2p"`
	// The networks on top by both, by us alone and by them alone; nil where they do not say.
	CliqueBoth   []values.ASN `json:"clique_both,omitempty"`
	CliqueOurs   []values.ASN `json:"clique_only_ours,omitempty"`
	CliqueTheirs []values.ASN `json:"clique_only_theirs,omitempty"`
	// Bands counts the common pairs by our confidence: below 0.1, from 0.1 to below 0.2, and so on.
	Bands [10]Band `json:"bands"`
	// Steps counts the common pairs by what we inferred them from, in the order of the steps.
	Steps []StepBand `json:"steps"`
}

// Band counts pairs and those of which both say the same.
type Band struct {
	Common int `json:"common"`
	Same   int `json:"same"`
}

// StepBand is the band of a step.
type StepBand struct {
	Step Step `json:"step"`
	Band
}

// Share is part / whole, and 0 where there is none.
func Share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// CoverOurs is the share of our pairs that they have, CoverTheirs that of theirs that we have.
func (a *Agreement) CoverOurs() float64   { return Share(a.Common, a.Ours) }
func (a *Agreement) CoverTheirs() float64 { return Share(a.Common, a.Theirs) }

// SoldTheirs is the share of what they call customer and provider that we do too, the same way round; SoldOurs that
// of what we call so.
func (a *Agreement) SoldTheirs() float64 { return Share(a.Same, a.Same+a.Reversed+a.PeerSold) }
func (a *Agreement) SoldOurs() float64   { return Share(a.Same, a.Same+a.Reversed+a.SoldPeer) }

// PeersTheirs is the share of what they call peers that we do too, PeersOurs that of what we call so.
func (a *Agreement) PeersTheirs() float64 { return Share(a.Peers, a.Peers+a.SoldPeer) }
func (a *Agreement) PeersOurs() float64   { return Share(a.Peers, a.Peers+a.PeerSold) }

// Compare holds the edges of r, those of at least the confidence given, against what is known.
func Compare(r *Result, k *Known, confidence float64) *Agreement {
	a := &Agreement{Theirs: len(k.pairs), LeftOut: k.left}
	var steps [len(stepNames)]Band
	for i := range r.Edges {
		e := &r.Edges[i]
		if e.Confidence < confidence {
			continue
		}
		a.Ours++
		if theirs, ok := k.pairs[[2]values.ASN{min(e.A, e.B), max(e.A, e.B)}]; ok {
			same := a.tell(e, theirs)
			a.Bands[min(int(10*e.Confidence), 9)].add(same)
			steps[e.Step].add(same)
		}
	}
	for s, b := range steps {
		if b.Common > 0 {
			a.Steps = append(a.Steps, StepBand{Step(s), b})
		}
	}
	if k.Clique != nil {
		a.CliqueBoth = sift(r.Clique, k.Clique, true)
		a.CliqueOurs = sift(r.Clique, k.Clique, false)
		a.CliqueTheirs = sift(k.Clique, r.Clique, false)
	}
	return a
}

// tell counts a common pair.
func (a *Agreement) tell(ours *Edge, theirs asrel.Edge) (same bool) {
	a.Common++
	switch {
	case ours.Code == asrel.Peer && theirs.Code == asrel.Peer:
		a.Peers++
		return true
	case ours.Code == asrel.Peer:
		a.PeerSold++
	case theirs.Code == asrel.Peer:
		a.SoldPeer++
	case ours.A == theirs.A:
		a.Same++
		return true
	default:
		a.Reversed++
	}
	return false
}

func (b *Band) add(same bool) {
	b.Common++
	if same {
		b.Same++
	}
}

// sift gives those of list that are, or are not, in other.
func sift(list, other []values.ASN, in bool) (out []values.ASN) {
	for _, asn := range list {
		if slices.Contains(other, asn) == in {
			out = append(out, asn)
		}
	}
	return out
}
