package world

import (
	"bufio"
	"fmt"
	"slices"

	"pahra/wire/values"
)

// relationLine is one line of CAIDA's serial-1 form: provider|customer|-1 or peer|peer|0.
type relationLine [3]int

// writeRelations writes what is publicly known of the relations. As such files are made from what collectors hear, one
// pair in ten is missing and one in twenty is wrong; only the clique is always right.
func (w *world) writeRelations(out *bufio.Writer) {
	out.WriteString("# inferred clique:")
	for _, n := range w.networks[:w.tiers[large]] {
		fmt.Fprintf(out, " %d", n.asn)
	}
	out.WriteString("\n")
	var lines []relationLine
	for _, l := range w.relationLines() {
		w.truth.Facts.Relations++
		if !w.p.Flawless {
			var ok bool
			if l, ok = w.misjudge(l); !ok {
				continue
			}
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b relationLine) int { return slices.Compare(a[:], b[:]) })
	for _, l := range lines {
		line(out, "%d|%d|%d", l[0], l[1], l[2])
	}
}

// relationLines are all that there are, but for peers on a route server of which neither's choice is seen.
func (w *world) relationLines() []relationLine {
	var lines []relationLine
	for i, n := range w.networks {
		for _, c := range n.customers {
			lines = append(lines, relationLine{int(n.asn), int(w.net(c).asn), -1})
		}
		for _, p := range n.peers {
			if node(i) < p {
				lines = append(lines, relationLine{int(n.asn), int(w.net(p).asn), 0})
			}
		}
	}
	met := make(map[[2]node]bool)
	for _, x := range w.exchanges {
		for _, a := range x.carriers {
			for _, b := range x.members {
				if pair := [2]node{min(a, b), max(a, b)}; a != b && !met[pair] && !w.related(a, b) {
					met[pair] = true
					lines = append(lines, relationLine{int(w.net(a).asn), int(w.net(b).asn), 0})
				}
			}
		}
	}
	return lines
}

// misjudge gives what is known of a relation: often the truth, sometimes another kind, sometimes nothing.
func (w *world) misjudge(l relationLine) (relationLine, bool) {
	const missing, wrong = 0.10, 0.05
	a, b := w.net(w.byASN[values.ASN(l[0])]), w.net(w.byASN[values.ASN(l[1])])
	if a.tier == tier1 && b.tier == tier1 {
		return l, true
	}
	switch u := w.rand.Float64(); {
	case u < missing:
		w.truth.Facts.MissingRelations++
		return l, false
	case u < missing+wrong:
		w.truth.Facts.WrongRelations++
		switch {
		case l[2] == 0: // the larger one is taken for the provider
			l[2] = -1
			if w.byASN[values.ASN(l[0])] > w.byASN[values.ASN(l[1])] {
				l[0], l[1] = l[1], l[0]
			}
		case w.chance(0.8):
			l[2] = 0
		default:
			l[0], l[1] = l[1], l[0]
		}
	}
	return l, true
}
