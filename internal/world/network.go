package world

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// The tiers of networks.
const (
	tier1 = iota + 1
	transit
	stub
)

// node is the index of a network in the world.
type node int

// network is one autonomous system.
type network struct {
	asn       values.ASN
	handle    string // as-name
	tier      int
	org       *org
	providers []node
	customers []node
	peers     []node
	blocks    []netip.Prefix // what its registry handed out
	prefixes  []netip.Prefix // what it announces from the start
	roa       bool
	irr       string // the registry that holds its route objects; "" for none
	policy    bool   // aut-num with import and export
}

// org is a holder, with one network or several.
type org struct {
	id, name, domain string
	country          *country
	registered       time.Time
	members          []node
}

// world is everything while it is made.
type world struct {
	p        Params
	rand     *rand.Rand
	space    map[string]*space
	names    *names
	orgs     []*org
	networks []*network
	byASN    map[values.ASN]node
	speakers []speaker
	// extra authorisations that events bring with them
	extraVRPs   []vrp
	extraRoutes []routeObject
	plan        []step // what changes after the start, to be sorted by time
	resets      []reset
	base        map[netip.Prefix][]source // who announces what at the start
	order       []netip.Prefix            // the keys of base in the order of values.ComparePrefix
	shared      map[node][]held           // a plain origination's routes at the speakers
	truth       Truth
}

func newWorld(p Params) *world {
	return &world{
		p: p, rand: p.Rand, names: newNames(), space: newSpace(), byASN: map[values.ASN]node{},
		base: map[netip.Prefix][]source{}, shared: map[node][]held{},
		truth: Truth{Start: p.Start, End: p.Start.Add(p.Window), Events: []Event{}},
	}
}

// build makes the networks and plans what happens.
func (w *world) build() error {
	w.grow()
	w.connect()
	if err := w.number(); err != nil {
		return err
	}
	w.listen()
	if !w.p.Quiet {
		if err := w.schedule(); err != nil {
			return err
		}
	}
	w.churn()
	w.settle()
	return nil
}

func (w *world) net(n node) *network { return w.networks[n] }

// chance is true with probability p.
func (w *world) chance(p float64) bool { return w.rand.Float64() < p }

// pick draws one of a list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
