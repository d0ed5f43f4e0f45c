package routes

import (
	"math"
	"net/netip"

	"pahra/internal/checkpoint"
	"pahra/wire/values"
)

// What a checkpoint can hold at most of anything: bounds for a reader, beyond what there ever was.
const (
	mostPrefixes = 1 << 28
	mostSets     = 1 << 30
	mostHops     = 1 << 16
	mostRoutes   = 1 << 24 // of one prefix
	mostName     = 1 << 12
)

// Numbers gives the numbers by which a checkpoint knows attribute sets and paths: those that are kept, in the order of
// their own numbers, without gaps.
type Numbers struct{ attrs, paths []uint32 }

// Attr gives the number of a set that is kept; 0 of another.
func (n *Numbers) Attr(id AttrID) AttrID { return AttrID(n.attrs[id]) }

// Path gives the number of a path that is kept; 0 of another.
func (n *Numbers) Path(id PathID) PathID { return PathID(n.paths[id]) }

// Save writes the table and of its interner the attribute sets that its routes have, those that attrs asks for, their
// paths and those that paths asks for; both by number. A set that comes again after [LoadTable] gets a number of its own,
// since [Sum] means nothing to another run of the program; of a path that comes again the number is the same.
func (t *Table) Save(c *checkpoint.Coder, attrs, paths []bool) *Numbers {
	for id := range t.Len() {
		for _, r := range t.RoutesOf(PrefixID(id)) {
			attrs[r.Attr] = true
		}
	}
	n := t.interner.save(c, attrs, paths)
	t.Peers.code(c)
	t.prefixList(c)
	c.Section("routes")
	order := routeOrder{numbers: n}
	for id := range t.Len() {
		order.code(c, t.RoutesOf(PrefixID(id)))
	}
	return n
}

// LoadTable reads what [Table.Save] wrote: the same prefixes, sessions and routes under the same numbers, attribute sets
// and paths under those that Save gave. The table means nothing where the Coder has an error.
func LoadTable(c *checkpoint.Coder) *Table {
	t := NewTable(NewInterner())
	t.interner.load(c)
	t.Peers.code(c)
	t.prefixList(c)
	c.Section("routes")
	order := routeOrder{most: uint64(t.interner.Len()), peers: t.Peers.Len()}
	for id := 0; id < t.Len() && c.Err() == nil; id++ {
		n := c.Len(0, mostRoutes)
		s := t.spans.at(id)
		for i := 0; i < n && c.Err() == nil; i++ {
			var r Route
			order.route(c, &r)
			t.routes.add(s, r, min(n, maxGuess))
		}
	}
	return t
}

// maxGuess bounds for how many routes room is made on a checkpoint's word.
const maxGuess = 1 << 12

// save writes the kept sets and paths and gives their numbers.
func (in *Interner) save(c *checkpoint.Coder, attrs, paths []bool) *Numbers {
	n := &Numbers{make([]uint32, in.Len()+1), make([]uint32, in.Paths()+1)}
	kept := 0
	for id := 1; id <= in.Len(); id++ {
		if attrs[id] {
			kept++
			n.attrs[id] = uint32(kept)
			paths[in.attrs.at(id).Path] = true
		}
	}
	c.Section("paths")
	nPaths := 0
	for id := 1; id <= in.Paths(); id++ {
		if paths[id] {
			nPaths++
			n.paths[id] = uint32(nPaths)
		}
	}
	c.Len(nPaths, mostSets)
	var hops []values.ASN
	for id := 1; id <= in.Paths(); id++ {
		if paths[id] {
			hops = in.AppendPath(hops[:0], PathID(id))
			codeHops(c, &hops)
		}
	}
	c.Section("attributes")
	c.Len(kept, mostSets)
	for id := 1; id <= in.Len(); id++ {
		if attrs[id] {
			a := in.Attr(AttrID(id))
			a.Path = n.Path(a.Path)
			a.code(c)
		}
	}
	return n
}

func codeHops(c *checkpoint.Coder, hops *[]values.ASN) {
	n := c.Len(len(*hops), mostHops)
	if c.Reading() {
		*hops = (*hops)[:0]
	}
	for i := 0; i < n && c.Err() == nil; i++ {
		if c.Reading() {
			*hops = append(*hops, 0)
		}
		checkpoint.Uint(c, &(*hops)[i])
	}
}

func (a *Attr) code(c *checkpoint.Coder) {
	checkpoint.Uint(c, &a.Path)
	checkpoint.Uint(c, &a.Origin)
	checkpoint.Uint(c, &a.OTC)
	checkpoint.Uint(c, &a.Flags)
}

// load reads sets and paths into an empty interner. The sums of the sets are not known, so that none is found again.
func (in *Interner) load(c *checkpoint.Coder) {
	c.Section("paths")
	var hops []values.ASN
	var key []byte
	nPaths := c.Len(0, mostSets)
	in.paths.sums.room(min(nPaths, 1<<20))
	for range nPaths {
		if codeHops(c, &hops); c.Err() != nil {
			return
		}
		key = appendKey(key[:0], hops)
		if _, isNew := in.paths.id(key); !isNew || len(hops) == 0 {
			c.Fail("a path is there twice, or empty")
			return
		}
	}
	c.Section("attributes")
	n := c.Len(0, mostSets)
	for range n {
		var a Attr
		if a.code(c); int(a.Path) > in.Paths() {
			c.Fail("attributes have a path that is not there")
		}
		if c.Err() != nil {
			return
		}
		in.attrs.add(a)
	}
	in.sets.reserve(n)
}

func (p *Peers) code(c *checkpoint.Coder) {
	c.Section("peers")
	checkpoint.List(c, &p.list, MaxPeers, func(pr *Peer) { pr.code(c) })
	if !c.Reading() {
		return
	}
	p.ids = make(map[PeerKey]PeerID, len(p.list))
	for id := range p.list {
		pr := &p.list[id]
		p.ids[pr.PeerKey] = PeerID(id)
		for f := IPv4; f <= IPv6; f++ {
			if pr.Families&f != 0 {
				p.with[f-1]++
			}
		}
	}
	if len(p.ids) < len(p.list) {
		c.Fail("a session is there twice")
	}
}

func (p *Peer) code(c *checkpoint.Coder) {
	c.String(&p.Collector, mostName)
	checkpoint.Uint(c, &p.ASN)
	ip, _ := p.IP.MarshalBinary()
	if c.Bytes(&ip, mostName); c.Reading() {
		if err := p.IP.UnmarshalBinary(ip); err != nil {
			c.Fail("a session's address: %v", err)
		}
	}
	c.Bool(&p.Down)
	checkpoint.Uint(c, &p.Families)
	for _, n := range [...]*int64{&p.DownSince, &p.UpSince, &p.Table, &p.First, &p.Last, &p.Announced, &p.Withdrawn, &p.Dumped} {
		checkpoint.Int(c, n)
	}
	checkpoint.Int(c, &p.Resets)
}

// prefixList writes or reads the prefixes.
func (t *Table) prefixList(c *checkpoint.Coder) {
	c.Section("prefixes")
	n := c.Len(t.Len(), mostPrefixes)
	for id := 0; id < n && c.Err() == nil; id++ {
		if !c.Reading() {
			t.prefixes.at(id).code(c)
			continue
		}
		var p packed
		p.code(c)
		if q := p.prefix(); !q.IsValid() || q != q.Masked() || int(t.ID(q)) != id {
			c.Fail("prefix %d is none, or is there twice", id)
		}
	}
	t.last = netip.Prefix{}
}

func (p *packed) code(c *checkpoint.Coder) {
	c.Bool(&p.is4)
	checkpoint.Uint(c, &p.bits)
	for i := range min(len(p.addr), int(p.bits+7)/8) {
		checkpoint.Uint(c, &p.addr[i])
	}
}

// routeOrder writes or reads routes one after another. Times are told from that of the last.
type routeOrder struct {
	numbers *Numbers // of the writer
	most    uint64   // of the reader: the highest AttrID
	peers   int      // of the reader
	since   int64
}

func (o *routeOrder) code(c *checkpoint.Coder, list []Route) {
	c.Len(len(list), mostRoutes)
	for _, r := range list {
		r.Attr = o.numbers.Attr(r.Attr)
		o.route(c, &r)
	}
}

func (o *routeOrder) route(c *checkpoint.Coder, r *Route) {
	step := int64(r.Since) - o.since
	row := [4]uint64{uint64(r.Peer), uint64(r.Path), uint64(r.Attr), uint64(step)<<1 ^ uint64(step>>63)}
	if c.Row(&row); !c.Reading() {
		o.since = int64(r.Since)
		return
	}
	o.since += int64(row[3]>>1) ^ -int64(row[3]&1)
	*r = Route{PeerID(row[0]), uint32(row[1]), AttrID(row[2]), uint32(o.since)}
	if row[0] >= uint64(o.peers) || row[1] > math.MaxUint32 || row[2] > o.most || row[2] == 0 || o.since>>32 != 0 {
		c.Fail("a route has a session or attributes that are not there")
	}
}
