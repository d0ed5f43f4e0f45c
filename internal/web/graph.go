package web

import (
	"cmp"
	"slices"

	"pahra/internal/service"
	"pahra/internal/watch"
	"pahra/wire/values"
)

// graph is the picture of the AS paths of an incident: vantage points left, origin right. Networks that paths have in
// common are drawn once, and the lines between them are as thick as sessions came by them.
type graph struct {
	Width, Height float64
	Nodes         []*node // those that are drawn
	Edges         []*edge
	Title, Desc   string
	Skips         bool   // a line does
	Left, Right   string // headings over the outer columns
	RightX        float64
}

// role is what a network is in the picture; it decides how it is drawn.
type role string

const (
	vantage  role = "vantage"
	transit  role = "transit"
	accepted role = "accepted" // took it straight from the announcing network
	bad      role = "bad"      // the announcing network
	source   role = "source"   // what lies behind it: the network that a leaker had the route of, a bogon, the origin
	holder   role = "holder"   // whose it is; no path leads there
	bend     role = "bend"     // a place where a long line passes a column; not drawn
)

type node struct {
	Role       role
	Name, Note string // "AS64500", its holder
	Mark       string // what it is, in words, above its box
	X, Y       float64
	W, H       float64
	key        string
	layer      int // 0 is the origin's column
	at         float64
	weight     int
	members    []string
	in, out    []*edge // in: from the left
}

// Inner tells whether a node has a second rim, IX to IH say where.
func (n *node) Inner() bool { return n.Role == bad }

// Many tells whether a node stands for several networks.
func (n *node) Many() bool { return len(n.members) > 0 }

// IX is the left of the second rim.
func (n *node) IX() float64 { return n.X + 3 }

// IY is its top.
func (n *node) IY() float64 { return n.Y + 3 }

// IW is its width.
func (n *node) IW() float64 { return n.W - 6 }

// IH is its height.
func (n *node) IH() float64 { return n.H - 6 }

// CX is the middle of a node from the left.
func (n *node) CX() float64 { return n.X + n.W/2 }

// CY is its middle from above.
func (n *node) CY() float64 { return n.Y + n.H/2 }

type edge struct {
	Bad      bool
	Skips    bool // networks in between are left out
	Sessions int
	Label    string
	LX, LY   float64
	Width    float64
	D        string // the path's data
	from, to *node
	whole    *edge // the edge that a piece of a long line belongs to
	pieces   []*edge
}

// The sizes of the picture, in pixels of its own.
const (
	boxW, boxH = 140, 40
	narrowW    = 118 // of a box, where there are many columns
	pageW      = 1104
	gapMost    = 64
	gapLeast   = 26
	gapLabels  = 84 // at least, where lines bear words
	rowSep     = 60 // between the middles of two boxes of a column
	bendSep    = 22
	topSpace   = 44
	margin     = 10
)

// Bounds that keep the picture readable; the table beside it has the rest.
const (
	maxSources = 8  // single vantage points, before those behind one network are drawn as one
	maxRows    = 10 // boxes of a column
	maxHops    = 7  // of a path: the vantage point, and those next to where it ends
)

// drawPaths lays out the paths of an incident; nil where none is known.
func drawPaths(page *service.IncidentPage) *graph {
	b := &builder{page: page, nodes: make(map[string]*node), edges: make(map[[2]string]*edge)}
	for _, p := range page.Paths {
		b.addPath(p)
	}
	if len(b.nodes) == 0 {
		return nil
	}
	b.groupSources()
	b.layers()
	b.limitRows()
	b.markEnds()
	b.addHolder()
	b.bends()
	b.order()
	return b.place()
}

// builder makes a graph.
type builder struct {
	page   *service.IncidentPage
	nodes  map[string]*node
	edges  map[[2]string]*edge
	byCol  [][]*node
	total  int
	marked *node
}

// addPath adds a path, from the vantage point to where the picture ends.
func (b *builder) addPath(p service.PathSeen) {
	keys, stop := []string{}, cut(p.Path, &b.page.Incident)
	for _, asn := range p.Path[:stop] {
		key := asn.String()
		if at := slices.Index(keys, key); at >= 0 {
			keys = keys[:at] // a loop: what lies in between is in the table
		}
		keys = append(keys, key)
	}
	long := len(keys) > maxHops
	if long {
		keys = append(keys[:1:1], keys[len(keys)-maxHops+1:]...)
	}
	b.total += p.Sessions
	for i, key := range keys {
		n := b.nodes[key]
		if n == nil {
			n = &node{key: key, Role: transit, Name: "AS" + key, W: boxW, H: boxH}
			b.nodes[key] = n
		}
		n.weight += p.Sessions
		if i > 0 {
			b.join(keys[i-1], key, p.Sessions, long && i == 1)
		}
	}
}

// join adds a line, or makes it thicker; skips says that networks in between are left out.
func (b *builder) join(from, to string, sessions int, skips bool) {
	e := b.edges[[2]string{from, to}]
	if e == nil {
		if b.edges[[2]string{to, from}] != nil {
			return // both ways round: the first stays
		}
		e = &edge{from: b.nodes[from], to: b.nodes[to], Skips: true}
		b.edges[[2]string{from, to}] = e
	}
	e.Sessions += sessions
	e.Skips = e.Skips && skips
}

// cut tells after how many networks the picture of a path ends: behind the network that a leaker had the route of, behind
// a bogon, else at the origin.
func cut(path []values.ASN, i *watch.Incident) int {
	stop := i.ASN
	switch {
	case i.Evidence.Leak != nil:
		stop = i.Evidence.Leak.From
	case i.Evidence.BogonASN != nil:
		stop = *i.Evidence.BogonASN
	case i.Evidence.NewLink != nil:
		stop = i.Evidence.NewLink.Far
	}
	for at := len(path) - 1; at >= 0; at-- {
		if path[at] == stop {
			return at + 1
		}
	}
	return len(path)
}

// sorted gives the nodes in a fixed order.
func (b *builder) sorted() []*node {
	list := make([]*node, 0, len(b.nodes))
	for _, n := range b.nodes {
		list = append(list, n)
	}
	slices.SortFunc(list, byKey)
	return list
}

func byKey(x, y *node) int {
	return cmp.Or(cmp.Compare(len(x.key), len(y.key)), cmp.Compare(x.key, y.key))
}

func (b *builder) sortedEdges() []*edge {
	list := make([]*edge, 0, len(b.edges))
	for _, e := range b.edges {
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y *edge) int { return cmp.Or(byKey(x.from, y.from), byKey(x.to, y.to)) })
	return list
}

// layers puts every network into a column: the origin's is 0, and a line always leads to a column further right.
func (b *builder) layers() {
	edges := b.sortedEdges()
	for round, moved := 0, true; moved; round++ {
		moved = false
		for _, e := range edges {
			if e.from.layer <= e.to.layer {
				if round > len(b.nodes) { // a ring: this line closes it
					delete(b.edges, [2]string{e.from.key, e.to.key})
					continue
				}
				e.from.layer, moved = e.to.layer+1, true
			}
		}
		if round > len(b.nodes) {
			for _, n := range b.nodes {
				n.layer = 0
			}
			edges, round, moved = b.sortedEdges(), 0, len(b.sortedEdges()) < len(edges)
		}
	}
	most := 0
	for _, n := range b.nodes {
		most = max(most, n.layer)
	}
	for _, n := range b.nodes {
		if n.Role == vantage {
			n.layer = most
		}
	}
}
