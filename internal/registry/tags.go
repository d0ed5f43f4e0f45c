package registry

import (
	"slices"
	"strings"
)

// tagSets gathers each network's tags; networks with the same set share one string, tags between spaces.
type tagSets struct {
	r    *Registry
	of   map[uint32][]string
	text map[string]uint32
}

func newTagSets(r *Registry) *tagSets {
	return &tagSets{r, map[uint32][]string{}, map[string]uint32{}}
}

func (t *tagSets) add(node, value uint32) { t.of[node] = append(t.of[node], t.r.text[value]) }

// done writes the sets into the registry's rows, in the order of nodes.
func (t *tagSets) done() {
	for node := range t.r.networks {
		tags := t.of[uint32(node)]
		if len(tags) == 0 {
			continue
		}
		slices.Sort(tags)
		set := strings.Join(slices.Compact(tags), " ")
		n, ok := t.text[set]
		if !ok {
			n = uint32(len(t.r.text))
			t.r.text = append(t.r.text, set)
			t.text[set] = n
		}
		t.r.networks[node].tags = n
	}
}

// tags gives a set's tags, ascending.
func (r *Registry) tags(set uint32) []string {
	if set == 0 {
		return nil
	}
	return strings.Fields(r.text[set])
}
