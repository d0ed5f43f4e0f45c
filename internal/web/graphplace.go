package web

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// bends puts a place to pass by into every column that a long line crosses, so that lines go round boxes.
func (b *builder) bends() {
	for _, n := range b.sorted() {
		for len(b.byCol) <= n.layer {
			b.byCol = append(b.byCol, nil)
		}
		b.byCol[n.layer] = append(b.byCol[n.layer], n)
	}
	for _, e := range b.sortedEdges() {
		from := e.from
		for layer := e.from.layer - 1; layer > e.to.layer; layer-- {
			n := &node{key: fmt.Sprintf("%s-%s-%d", e.from.key, e.to.key, layer), Role: bend, layer: layer}
			b.byCol[layer] = append(b.byCol[layer], n)
			e.pieces = append(e.pieces, link(from, n, e))
			from = n
		}
		e.pieces = append(e.pieces, link(from, e.to, e))
	}
}

func link(from, to *node, whole *edge) *edge {
	p := &edge{from: from, to: to, whole: whole}
	from.out, to.in = append(from.out, p), append(to.in, p)
	return p
}

// order sorts each column so that lines cross little: by the mean place of the neighbours, to and fro.
func (b *builder) order() {
	for _, col := range b.byCol {
		for i, n := range col {
			n.at = float64(i)
		}
	}
	for sweep := range 12 {
		for i := range b.byCol {
			layer := i
			if sweep%2 == 1 {
				layer = len(b.byCol) - 1 - i
			}
			col := b.byCol[layer]
			want := make(map[*node]float64, len(col))
			for _, n := range col {
				want[n] = mean(n, sweep%2 == 0)
			}
			slices.SortStableFunc(col, func(x, y *node) int { return cmp.Compare(want[x], want[y]) })
			for i, n := range col {
				n.at = float64(i)
			}
		}
	}
}

// mean gives the mean place of a node's neighbours on one side, or its own where it has none there.
func mean(n *node, right bool) float64 {
	list := n.in
	if right {
		list = n.out
	}
	if len(list) == 0 {
		return n.at
	}
	sum := 0.0
	for _, e := range list {
		if right {
			sum += e.to.at
		} else {
			sum += e.from.at
		}
	}
	return sum / float64(len(list))
}

// place gives every node its coordinates and every line its curve.
func (b *builder) place() *graph {
	b.spread()
	low, high := math.Inf(1), math.Inf(-1)
	for _, col := range b.byCol {
		for _, n := range col {
			low, high = min(low, n.at), max(high, n.at)
		}
	}
	box, gap := b.widths()
	g := &graph{
		Width:  2*margin + float64(len(b.byCol))*box + float64(len(b.byCol)-1)*gap,
		Height: topSpace + high - low + boxH + margin + 8,
	}
	for layer, col := range b.byCol {
		for _, n := range col {
			n.X, n.W = margin+float64(len(b.byCol)-1-layer)*(box+gap), box
			n.Y = topSpace + n.at - low
			if n.Role == bend {
				n.Y += boxH / 2
			} else {
				g.Nodes = append(g.Nodes, n)
			}
		}
	}
	for _, e := range b.sortedEdges() {
		b.curve(e)
		g.Edges = append(g.Edges, e)
		g.Skips = g.Skips || e.Skips
	}
	slices.SortStableFunc(g.Edges, func(x, y *edge) int { return cmp.Compare(badness(x), badness(y)) }) // the bad ones on top
	b.caption(g)
	return g
}

// widths gives how wide boxes are, and how far apart: so that the picture fits a page, as far as its words allow.
func (b *builder) widths() (box, gap float64) {
	columns, least := float64(len(b.byCol)), float64(gapLeast)
	if b.page.Incident.Evidence.Leak != nil {
		least = gapLabels
	}
	if box = boxW; columns*(boxW+least) > pageW {
		box = narrowW
	}
	gap = (pageW - 2*margin - columns*box) / max(1, columns-1)
	return box, max(least, min(gapMost, gap))
}

func badness(e *edge) int {
	if e.Bad {
		return 1
	}
	return 0
}

// spread gives each node a height: near the mean of its neighbours, with room between.
func (b *builder) spread() {
	for _, col := range b.byCol {
		y := 0.0
		for i, n := range col {
			if i > 0 {
				y += space(col[i-1], n)
			}
			n.at = y
		}
		for _, n := range col {
			n.at -= y / 2
		}
	}
	for sweep := range 10 {
		for i := range b.byCol {
			layer := i
			if sweep%2 == 1 {
				layer = len(b.byCol) - 1 - i
			}
			settle(b.byCol[layer], sweep%2 == 0)
		}
	}
}

func space(above, below *node) float64 {
	if above.Role == bend && below.Role == bend {
		return bendSep / 2
	}
	if above.Role == bend || below.Role == bend {
		return (rowSep + bendSep) / 2
	}
	return rowSep
}

// settle moves a column's nodes towards their neighbours, in order and with room between: blocks that would overlap move
// together to the mean of what they want.
func settle(col []*node, right bool) {
	type block struct {
		first, last int
		want, n     float64
	}
	offset := make([]float64, len(col))
	var blocks []block
	for i, n := range col {
		if i > 0 {
			offset[i] = offset[i-1] + space(col[i-1], n)
		}
		blocks = append(blocks, block{i, i, mean(n, right) - offset[i], 1})
		for k := len(blocks) - 1; k > 0 && blocks[k-1].want/blocks[k-1].n > blocks[k].want/blocks[k].n; k-- {
			blocks[k-1].last, blocks[k-1].want, blocks[k-1].n = blocks[k].last, blocks[k-1].want+blocks[k].want, blocks[k-1].n+blocks[k].n
			blocks = blocks[:k]
		}
	}
	for _, bl := range blocks {
		for i := bl.first; i <= bl.last; i++ {
			col[i].at = bl.want/bl.n + offset[i]
		}
	}
}

// curve draws a line through the places that it passes.
func (b *builder) curve(e *edge) {
	e.Width = 1.25 + 6*math.Sqrt(float64(e.Sessions)/float64(max(1, b.total)))
	for i, p := range e.pieces {
		x1, y1 := p.from.X+p.from.W, p.from.CY()
		x2, y2 := p.to.X, p.to.CY()
		if i == 0 {
			e.D = fmt.Sprintf("M%.1f %.1f", x1, y1)
		} else {
			e.D += fmt.Sprintf(" L%.1f %.1f", x1, y1) // across the column
		}
		mid := (x1 + x2) / 2
		e.D += fmt.Sprintf(" C%.1f %.1f %.1f %.1f %.1f %.1f", mid, y1, mid, y2, x2, y2)
		if i == len(e.pieces)-1 {
			e.LX, e.LY = mid, (y1+y2)/2-e.Width/2-3
		}
	}
	if e.Label == "" && e.Bad && e.to.Role == bad {
		e.Label = fmt.Sprintf("%d", e.Sessions)
	}
}

// caption says in words what the picture shows.
func (b *builder) caption(g *graph) {
	g.Left, g.Right, g.RightX = "vantage points", "origin", g.Width-margin
	i := &b.page.Incident
	g.Title = fmt.Sprintf("AS paths to AS%d", i.ASN)
	if i.Evidence.Leak != nil {
		g.Right = "towards the origins"
	}
	direct := 0
	for _, e := range g.Edges {
		if e.to.Role == bad {
			direct++
		}
	}
	g.Desc = fmt.Sprintf("%d different paths of %d sessions lead from the vantage points on the left to AS%d, marked as the announcing network. "+
		"They reach it over %d neighbours. The table after the picture lists them.", b.page.PathsAll, len(b.page.Sights), i.ASN, direct)
}
