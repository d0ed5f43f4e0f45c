package registry

import (
	"math"

	"pahra/wire/values"
)

// evidence is a kind of source that tells relations, the strongest first.
type evidence uint8

const (
	byASPA      evidence = iota // the customer's own list of providers, signed
	byListed                    // files of relations
	byInferred                  // told from our own tables
	byPolicy                    // the networks' stated policies in authenticated registries
	byPeeringDB                 // what kind of network each says it is
	evidences
)

var evidenceNames = [evidences]string{"aspa", "listed", "inferred", "irr", "peeringdb"}

// OnlyFrom lets relations rest on one kind of evidence alone, by its name in [Relationship.Sources], so that what each is
// worth can be told; "" stands for all.
func (b *Builder) OnlyFrom(kind string) { b.only = kind }

// counts tells whether a kind of evidence may speak.
func (b *Builder) counts(kind evidence) bool { return b.only == "" || b.only == evidenceNames[kind] }

// What one source of a kind is worth, from 0 to 1; the inferred bring their own. docs/relations.md says why.
const (
	worthASPA      = 0.99
	worthListed    = 0.90
	worthPolicy    = 0.60
	worthPeeringDB = 0.20
)

// surest is the greatest confidence that any sum of evidence gives: nobody has signed for more.
const surest = 0.99

// vote is what a kind says of a pair: the relation of the lesser network to the greater, and what that is worth. Unknown
// is no vote. A weak one can support what others say, but nothing alone.
type vote struct {
	rel   Relation
	worth float64
	weak  bool
}

// votes are those of one pair. barred marks relations that an ASPA excludes.
type votes struct {
	of     [evidences]vote
	barred [SiblingOf + 1]bool
}

// verdict is what the votes come to.
type verdict struct {
	rel       Relation
	hundredth uint8 // of confidence
	from      uint8 // set of the kinds that say so, a bit each
	against   uint8 // set of those that say otherwise
}

// decide combines the votes by Dempster's rule for simple support functions (G. Shafer, A Mathematical Theory of
// Evidence, 1976). Kinds that agree add up: the support of a relation is 1 − ∏(1 − worth). Each relation's share is its
// support times what the support of every other leaves open; its confidence is that share among all that is not
// contradictory. The largest support wins; two alike make Unknown. What an ASPA excludes cannot win and has no share.
func (v *votes) decide() verdict {
	var open [SiblingOf + 1]float64 // 1 − support
	for rel := range open {
		open[rel] = 1
	}
	for _, x := range v.of {
		if x.rel != Unknown && !v.barred[x.rel] {
			open[x.rel] *= 1 - x.worth
		}
	}
	all := open[ProviderOf] * open[PeerOf] * open[CustomerOf] * open[SiblingOf]
	best, tie, sum := Unknown, false, all // of all that is not contradictory: nothing is supported, or one relation alone
	for rel := ProviderOf; rel <= SiblingOf; rel++ {
		if open[rel] == 1 {
			continue
		}
		sum += (1 - open[rel]) * all / open[rel]
		switch d := open[best] - open[rel]; { // Unknown is open to 1
		case math.Abs(d) < 1e-9:
			tie = true
		case d > 0:
			best, tie = rel, false
		}
	}
	if best == Unknown || tie {
		return verdict{}
	}
	strong := false
	out := verdict{rel: best, hundredth: hundredths((1 - open[best]) * all / open[best] / sum)}
	for k, x := range v.of {
		switch x.rel {
		case Unknown:
		case best:
			out.from |= 1 << k
			strong = strong || !x.weak
		default:
			out.against |= 1 << k
		}
	}
	if !strong {
		return verdict{}
	}
	return out
}

// hundredths rounds a confidence: never to nothing, and never past surest.
func hundredths(c float64) uint8 {
	return uint8(min(max(math.Round(100*c), 1), 100*surest))
}

// Relationship is how one network relates to another, how sure that is, and who says so.
type Relationship struct {
	Relation Relation
	// Confidence is from 0.01 to 0.99 in hundredths; 0 where the relation is Unknown. It is an estimate, not a frequency:
	// docs/relations.md has its formula.
	Confidence float64
	// Sources are the kinds of source that say so, the strongest first: "aspa", "listed", "inferred", "irr", "peeringdb".
	// Against are those that say otherwise. The slices are shared: not to be changed.
	Sources, Against []string
}

// Relationship tells what a is to b as [Registry.Relation] does, with its confidence and its sources.
func (r *Registry) Relationship(a, b values.ASN) Relationship {
	na, ok := r.nodes.find(a)
	if !ok {
		return Relationship{}
	}
	nb, ok := r.nodes.find(b)
	if !ok {
		return Relationship{}
	}
	rel, at := r.graph.find(na, nb)
	if rel == Unknown {
		return Relationship{}
	}
	w := r.graph.weights[at]
	return Relationship{rel, float64(w.hundredth) / 100, r.kindSets[w.from], r.kindSets[w.against]}
}

// kindSets names every set of kinds once, so that asking allocates nothing.
func kindSets() [][]string {
	sets := make([][]string, 1<<evidences)
	for set := range sets {
		for k, name := range evidenceNames {
			if set>>k&1 != 0 {
				sets[set] = append(sets[set], name)
			}
		}
	}
	return sets
}
