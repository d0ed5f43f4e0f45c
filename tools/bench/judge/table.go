package main

import (
	"io"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/routes"
	"pahra/internal/routes/parallel"
	"pahra/wire/mrt"
	"pahra/wire/rpsl"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// part is a run of the table's records on its way through: the fields that are kept, and the attribute sets.
type part struct {
	records []record
	entries []entry
	sets    routes.Sets
	peers   []routes.PeerKey // by index in the peer table
}

type record struct {
	prefix netip.Prefix
	sec    uint32
	offset int64
	end    int // of its entries
}

type entry struct {
	pathID uint32
	set    uint32 // place in sets
	peer   uint16 // index in the peer table
}

func (p *part) add(interner *routes.Interner, e *mrt.Elem) {
	if e.Kind != mrt.RIBEntry {
		return
	}
	for e.PeerIndex >= len(p.peers) {
		p.peers = append(p.peers, routes.PeerKey{})
	}
	if p.peers[e.PeerIndex].Collector == "" {
		p.peers[e.PeerIndex] = routes.PeerKey{Collector: "bench", ASN: e.PeerAS, IP: e.PeerIP}
	}
	set := p.sets.Add(interner, e.PeerIndex, e.RawAttrs, e.AS4, e.RIB)
	p.entries = append(p.entries, entry{e.PathID, set, uint16(e.PeerIndex)})
	if n := len(p.records); n == 0 || p.records[n-1].offset != e.Offset {
		p.records = append(p.records, record{prefix: e.Prefix, sec: e.Sec, offset: e.Offset})
	}
	p.records[len(p.records)-1].end = len(p.entries)
}

func (p *part) reset() {
	p.records, p.entries, p.peers = p.records[:0], p.entries[:0], p.peers[:0]
	p.sets.Reset()
}

// decodeParts decodes in, with attribute sets summed for the interner, and gives the parts one after another.
func decodeParts(in io.Reader, interner *routes.Interner, emit func(*part) error) error {
	return parallel.Decode(in, parallel.Options{Workers: workers}, parallel.Sink[part]{
		New:   func() func(*part, *mrt.Elem) { return func(p *part, e *mrt.Elem) { p.add(interner, e) } },
		Emit:  emit,
		Reset: (*part).reset,
	})
}

const workers = 2

func decode(in io.Reader, r *result) error {
	interner := routes.NewInterner()
	var ids []routes.AttrID
	used := uint64(0)
	err := decodeParts(in, interner, func(p *part) error {
		ids = interner.IDs(ids[:0], p.sets.List)
		for i := range p.entries {
			used += uint64(ids[p.entries[i].set])
		}
		r.Routes += len(p.entries)
		return nil
	})
	r.Sets, r.Paths, r.Used = interner.Len(), interner.Paths(), used
	return err
}

// facts are what the table is held against.
type facts struct {
	vrps    *authority.VRPTable
	objects *authority.RouteTable
	bogons  *authority.Bogons
}

// verdict counts what was found of the distinct pairs and paths.
type verdict struct {
	Valid      int `json:"rov_valid"`
	Invalid    int `json:"rov_invalid"`
	Registered int `json:"irr_valid"`
	Conflicts  int `json:"irr_invalid"`
	Bogons     int `json:"bogon_prefixes"`
	BogonPaths int `json:"bogon_paths"`
}

func load(vrps, irr string, r *result) (*facts, error) {
	f := &facts{bogons: authority.NewBogons(authority.SpecialPrefixes(), authority.SpecialASNs())}
	begin := time.Now()
	err := reading(vrps, func(in io.Reader) error {
		set, err := vrp.Read(in, func(values.Problem) {})
		if err == nil {
			f.vrps = authority.NewVRPTable(set.VRPs)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	r.LoadVRPs, r.VRPs = time.Since(begin).Seconds(), f.vrps.Len()
	begin = time.Now()
	if err := reading(irr, f.loadObjects); err != nil {
		return nil, err
	}
	r.LoadObjects, r.Objects = time.Since(begin).Seconds(), f.objects.Len()
	return f, nil
}

func (f *facts) loadObjects(in io.Reader) error {
	var build authority.RouteBuilder
	rd := rpsl.Reader{Classes: []string{"route", "route6", "aut-num"}}
	err := rd.Read(in, func(values.Problem) {}, func(o *rpsl.Object) error {
		route, err := o.Route()
		if err != nil {
			return nil
		}
		return build.Add(authority.RouteObject{Prefix: route.Prefix, Origin: route.Origin, Source: route.Source,
			Authenticated: route.Authenticated, Created: route.Created, LastModified: route.LastModified})
	})
	f.objects = build.Build()
	return err
}

// judging is the pass over a table: each distinct pair of prefix and origin once, each distinct path once.
type judging struct {
	*facts
	r        *result
	table    *routes.Table
	interner *routes.Interner
	ids      []routes.AttrID
	peers    []routes.PeerID // by index in the peer table
	at       time.Time
	prefix   netip.Prefix
	judged   []values.ASN // origins of prefix that have their verdict
	paths    routes.PathID
	hops     []values.ASN
}

func (f *facts) judge(in io.Reader, r *result) error {
	j := &judging{facts: f, r: r, interner: routes.NewInterner()}
	j.table = routes.NewTable(j.interner)
	err := decodeParts(in, j.interner, j.take)
	r.Sets, r.Paths, r.Prefixes = j.interner.Len(), j.interner.Paths(), j.table.Len()
	return err
}

func (j *judging) take(p *part) error {
	j.ids = j.interner.IDs(j.ids[:0], p.sets.List)
	j.peers = j.peers[:0]
	for _, key := range p.peers {
		var id routes.PeerID
		if key.Collector != "" { // it has entries here
			id, _ = j.table.Peers.ID(key)
		}
		j.peers = append(j.peers, id)
	}
	from := 0
	for i := range p.records {
		r := &p.records[i]
		j.prefix, j.judged, j.at = r.prefix, j.judged[:0], time.Unix(int64(r.sec), 0).UTC()
		for _, e := range p.entries[from:r.end] {
			id := j.ids[e.set]
			j.table.Load(j.peers[e.peer], r.prefix, e.pathID, id, int64(r.sec))
			j.attr(j.interner.Attr(id))
		}
		from = r.end
	}
	j.r.Routes += len(p.entries)
	return nil
}

func (j *judging) attr(a routes.Attr) {
	if a.Path > j.paths {
		j.paths = a.Path
		j.path(a.Path)
	}
	if !slices.Contains(j.judged, a.Origin) {
		j.judged = append(j.judged, a.Origin)
		j.pair(a.Origin)
	}
}

func (j *judging) path(id routes.PathID) {
	j.hops = j.interner.AppendPath(j.hops[:0], id)
	for _, asn := range j.hops {
		if j.bogons.ASN(asn, j.at).Kind != authority.BogonNone {
			j.r.Verdicts.BogonPaths++
			return
		}
	}
}

func (j *judging) pair(origin values.ASN) {
	j.r.Pairs++
	v := &j.r.Verdicts
	switch s := j.vrps.State(j.prefix, origin); {
	case s == authority.ROVValid:
		v.Valid++
	case s.Invalid():
		v.Invalid++
	}
	switch s := j.objects.State(j.prefix, origin, j.at); {
	case s == authority.IRRValid:
		v.Registered++
	case s.Invalid():
		v.Conflicts++
	}
	if j.bogons.Prefix(j.prefix, j.at).Kind != authority.BogonNone {
		v.Bogons++
	}
}
