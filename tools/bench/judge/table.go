package main

import (
	"io"
	"net/netip"
	"time"

	"pahra/internal/authority"
	"pahra/internal/routes"
	"pahra/wire/mrt"
	"pahra/wire/rpsl"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

func decode(in io.Reader, r *result) error {
	interner := routes.NewInterner()
	err := mrt.Scan(in, nil, func(e *mrt.Elem, _ *mrt.Record) error {
		if e.Kind == mrt.RIBEntry {
			interner.ID(e.RawAttrs, e.AS4, e.RIB)
			r.Routes++
		}
		return nil
	})
	r.Sets, r.Paths = interner.Len(), interner.Paths()
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
	at       time.Time
	prefix   netip.Prefix
	judged   []values.ASN // origins of prefix that have their verdict
	paths    routes.PathID
	hops     []values.ASN
}

func (f *facts) judge(in io.Reader, r *result) error {
	j := &judging{facts: f, r: r, interner: routes.NewInterner()}
	j.table = routes.NewTable(j.interner)
	if err := mrt.Scan(in, nil, j.take); err != nil {
		return err
	}
	r.Sets, r.Paths, r.Prefixes = j.interner.Len(), j.interner.Paths(), j.table.Len()
	return nil
}

func (j *judging) take(e *mrt.Elem, _ *mrt.Record) error {
	if e.Kind != mrt.RIBEntry {
		return nil
	}
	j.r.Routes++
	id := j.interner.ID(e.RawAttrs, e.AS4, e.RIB)
	peer, _ := j.table.Peers.ID(routes.PeerKey{Collector: "bench", ASN: e.PeerAS, IP: e.PeerIP})
	j.table.Load(peer, e.Prefix, e.PathID, id, int64(e.Sec))
	if e.Prefix != j.prefix {
		j.prefix, j.judged, j.at = e.Prefix, j.judged[:0], e.Time()
	}
	attr := j.interner.Attr(id)
	if attr.Path > j.paths {
		j.paths = attr.Path
		j.path(attr.Path)
	}
	for _, asn := range j.judged {
		if asn == attr.Origin {
			return nil
		}
	}
	j.judged = append(j.judged, attr.Origin)
	j.pair(attr.Origin)
	return nil
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
