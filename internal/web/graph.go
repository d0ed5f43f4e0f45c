package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

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
	gapX       = 64
	gapLabels  = 96 // where lines bear words
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

// markEnds says what each network is.
func (b *builder) markEnds() {
	i := &b.page.Incident
	accomplices := make(map[string]bool)
	for _, a := range i.Accomplices {
		accomplices[a.ASN.String()] = true
	}
	for _, n := range b.sorted() {
		if asn, err := values.ParseASN(n.key); err == nil {
			n.Note = b.page.Holders[asn]
		}
		switch {
		case n.key == i.ASN.String():
			n.Role, n.Mark, b.marked = bad, "announcing network", n
			if i.Kind == watch.Leak {
				n.Mark = "leaker"
			}
		case accomplices[n.key]:
			n.Role, n.Mark = accepted, "took it from there"
		case n.layer == 0:
			n.Role, n.Mark = source, "origin"
			if i.Evidence.Leak != nil {
				n.Mark = "had the routes from"
			}
			if i.Evidence.BogonASN != nil {
				n.Mark = "must not appear"
			}
		}
	}
	for _, e := range b.edges {
		e.Bad = e.to.Role == bad || e.from.Role == bad && e.to.Role == source
		if l := i.Evidence.Leak; l != nil && e.to.Role == bad && e.from.key == l.To.String() {
			e.Label = "its " + relation(l.ToRelation)
		} else if l != nil && e.from.Role == bad && e.to.key == l.From.String() {
			e.Label = "its " + relation(l.FromRelation)
		}
	}
}

func relation(k watch.KnownRelation) string {
	if k.Relation == "" || k.Relation == "unknown" {
		return "neighbour"
	}
	return k.Relation
}

// addHolder adds whose prefix it is, beside the origin: no path leads there.
func (b *builder) addHolder() {
	i := &b.page.Incident
	if i.Kind != watch.Hijack || b.marked == nil || b.marked.layer != 0 {
		return
	}
	h := &node{key: "holder", Role: holder, Mark: "holder: no path leads there", W: boxW, H: boxH}
	switch {
	case i.Victim != nil:
		h.Name, h.Note = "AS"+i.Victim.String(), b.page.Holders[*i.Victim]
		if b.nodes[i.Victim.String()] != nil {
			return
		}
	case len(i.Evidence.Victims) > 0:
		h.Name, h.Note = fmt.Sprintf("%d holders", len(i.Evidence.Victims)), "each of its own prefix"
	default:
		return
	}
	b.nodes[h.key] = h
}
