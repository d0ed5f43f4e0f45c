package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// groupSources draws vantage points behind one and the same network as one, where there are many.
func (b *builder) groupSources() {
	in, next := make(map[string]int), make(map[string][]string)
	for _, e := range b.sortedEdges() {
		in[e.to.key]++
		next[e.from.key] = append(next[e.from.key], e.to.key)
	}
	groups, sources := make(map[string][]*node), 0
	for _, n := range b.sorted() {
		if in[n.key] > 0 || len(next[n.key]) == 0 {
			continue
		}
		n.Role = vantage
		sources++
		if len(next[n.key]) == 1 {
			groups[next[n.key][0]] = append(groups[next[n.key][0]], n)
		}
	}
	if sources <= maxSources {
		return
	}
	for _, n := range b.sorted() {
		if list := groups[n.key]; len(list) > 1 {
			b.merge(list, "g"+n.key, vantage, "vantage points")
		}
	}
}

// merge replaces nodes by one that stands for all of them.
func (b *builder) merge(list []*node, key string, r role, what string) {
	one := &node{key: key, Role: r, W: boxW, H: boxH, layer: list[0].layer}
	b.nodes[key] = one
	gone := make(map[*node]bool)
	for _, n := range list {
		gone[n] = true
		one.weight += n.weight
		one.members = append(one.members, max(n.Name, strings.Join(n.members, ", ")))
		delete(b.nodes, n.key)
	}
	one.Name = fmt.Sprintf("%d %s", len(list), what)
	one.Note = strings.Join(one.members, ", ")
	for _, e := range b.sortedEdges() {
		if !gone[e.from] && !gone[e.to] {
			continue
		}
		delete(b.edges, [2]string{e.from.key, e.to.key})
		from, to := e.from.key, e.to.key
		if gone[e.from] {
			from = key
		}
		if gone[e.to] {
			to = key
		}
		if from != to {
			b.join(from, to, e.Sessions, e.Skips)
		}
	}
}

// limitRows draws the networks of a crowded column that fewest sessions came by as one.
func (b *builder) limitRows() {
	columns := make(map[int][]*node)
	for _, n := range b.sorted() {
		columns[n.layer] = append(columns[n.layer], n)
	}
	for layer := range len(b.nodes) {
		list := columns[layer]
		if len(list) <= maxRows {
			continue
		}
		slices.SortStableFunc(list, func(x, y *node) int { return cmp.Compare(y.weight, x.weight) })
		rest := list[maxRows-1:]
		what, r := "more networks", transit
		if !slices.ContainsFunc(rest, func(n *node) bool { return n.Role != vantage }) {
			what, r = "more vantage points", vantage
		}
		b.merge(rest, fmt.Sprintf("more%d", layer), r, what)
	}
}
