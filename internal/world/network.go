package world

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"pahra/wire/values"
)

// The tiers of networks, from the top. Nodes are numbered in this order.
const (
	tier1    = iota + 1 // without providers, each a peer of all others
	large               // transit between continents
	small               // transit
	regional            // transit for a few
	stub
)

// node is the index of a network in the world.
type node int32

// network is one autonomous system.
type network struct {
	asn       values.ASN
	handle    string // as-name
	tier      int
	org       *org // as registries know it
	holder    int  // who truly holds it; the same for siblings
	providers []node
	customers []node
	peers     []node         // by an agreement of their own
	exchanges []*exchange    // where it is on the route server
	backup    bool           // the last provider gets no announcements unless the others fail
	blocks    []netip.Prefix // what its registry handed out, IPv4 first
	prefixes  []netip.Prefix // what it announces from the start
	spares    uint32         // of its IPv4 block, how many parts events have taken
	roa       bool
	loose     bool   // its ROAs allow parts down to what networks exchange
	irr       string // the registry that holds its route objects; "" for none
	policy    bool   // aut-num with import and export
	attested  []node // providers that its ASPA names beside those that it has
	protector bool   // announces prefixes of others while those are under attack
}

// org is a holder as registries know it, with one network or several.
type org struct {
	id, name, domain string
	country          *country
	registered       time.Time
	members          []node
}

// exchange is a place where networks meet, with a route server that keeps itself out of the paths.
type exchange struct {
	name, city string
	country    *country
	org        *org
	asn        values.ASN // of the route server
	otc        bool       // it marks what it passes on (RFC 9234 section 5)
	lan        netip.Prefix
	members    []node // on the route server
	carriers   []node // of these, those whose choice others learn of
}

// world is everything while it is made.
type world struct {
	p         Params
	story     *story // nil for a world that is observed once
	rand      *rand.Rand
	lands     []country
	space     map[string]*space
	names     *names
	orgs      []*org
	holders   [][]node // by holder
	networks  []*network
	tiers     [stub + 2]node // the first node of each tier; the last is their number
	byASN     map[values.ASN]node
	relations map[[2]node]int8 // what the second is to the first: fromCustomer, fromPeer, fromProvider
	exchanges []*exchange
	speakers  []speaker
	spreader  *spreader
	// extra authorisations that events bring with them
	extraVRPs   []vrp
	extraRoutes []routeObject
	plan        []step // what changes after the start, to be sorted by time
	resets      []reset
	blocks      []entry                   // what registries handed out, in order
	swapped     []node                    // networks whose plain announcements an event changes
	order       []entry                   // what is announced at the start, in the order of values.ComparePrefix
	special     map[netip.Prefix][]source // of these, what is not announced plainly by its holder alone
	shared      *plain                    // a plain origination's routes at the speakers
	ids         int                       // of sources
	truth       Truth
}

// entry is one prefix of the start and whose it is.
type entry struct {
	prefix netip.Prefix
	origin node
}

func newWorld(p Params, s *story) *world {
	return &world{
		p: p, story: s, lands: countries(), rand: p.Rand, names: newNames(), space: newSpace(), byASN: map[values.ASN]node{},
		relations: map[[2]node]int8{}, special: map[netip.Prefix][]source{}, shared: newPlain(),
		truth: Truth{Start: p.Start, End: p.Start.Add(p.Window), Networks: p.Networks, Events: []Event{}},
	}
}

// build makes the networks and plans what happens.
func (w *world) build() error {
	if err := w.lay(); err != nil {
		return err
	}
	return w.direct()
}

// lay makes the networks, with what they hold and how they meet.
func (w *world) lay() error {
	w.grow()
	w.connect()
	if err := w.meet(); err != nil {
		return err
	}
	if err := w.number(); err != nil {
		return err
	}
	w.listen()
	w.spreader = newSpreader(w)
	return nil
}

// direct plans what happens.
func (w *world) direct() error {
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

// between draws from a range, both ends included.
func (w *world) between(from, to int) int { return from + w.rand.IntN(to-from+1) }

// pick draws one of a list.
func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }
