package watch_test

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"pahra/internal/authority"
	"pahra/internal/registry"
	"pahra/internal/routes"
	"pahra/internal/watch"
	"pahra/wire/bgp"
	"pahra/wire/mrt"
	"pahra/wire/values"
	"pahra/wire/vrp"
)

// internet is a compact one for benchmarks: every part of it follows from its number. Networks are numbered from the
// top: a clique, then transits, then those that only originate.
type internet struct {
	providers       [][]int32 // by network
	prefixes, nPeer int
}

const (
	benchNetworks = 60_000
	benchTransits = 4_000
	benchClique   = 12
	benchPrefixes = 200_000
	benchPeers    = 40
)

// benchStart is when the first updates come; the table stands two hours before.
var benchStart = time.Date(2026, 2, 10, 0, 0, 0, 0, time.UTC).Unix()

func newInternet() *internet {
	r := rand.New(rand.NewPCG(1, 1))
	n := &internet{providers: make([][]int32, benchNetworks), prefixes: benchPrefixes, nPeer: benchPeers}
	for i := benchClique; i < benchNetworks; i++ {
		most := min(i, benchTransits)
		for range 1 + r.IntN(3) {
			// Squaring a uniform draw favours the top: few networks sell most of the transit.
			f := r.Float64()
			p := int32(f * f * float64(most))
			if !slices.Contains(n.providers[i], p) {
				n.providers[i] = append(n.providers[i], p)
			}
		}
	}
	return n
}

// asn gives a network's number; none is a bogon.
func (n *internet) asn(i int) values.ASN {
	if i < 20_000 {
		return values.ASN(1000 + i)
	}
	return values.ASN(131_072 + i)
}

func (n *internet) peers() int { return n.nPeer }

// peerNet is the network of a peer.
func (n *internet) peerNet(peer int) int { return benchClique + 7 + peer*61 }

func (n *internet) peerKey(peer int) routes.PeerKey {
	return routes.PeerKey{Collector: "bench", ASN: n.asn(n.peerNet(peer)), IP: netip.AddrFrom4([4]byte{198, 51, 100, byte(peer)})}
}

// mix gives 64 bits that depend on all of its arguments (splitmix64).
func mix(parts ...uint64) uint64 {
	z := uint64(0x9e3779b97f4a7c15)
	for _, p := range parts {
		z += p * 0xd1342543de82ef95
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
	}
	return z
}

// prefix gives prefix i: of each four the first is a /21, the others are parts of it.
func (n *internet) prefix(i int) netip.Prefix {
	base := uint32(20)<<24 + uint32(i/4)<<11
	bits := 21
	if k := uint32(i % 4); k != 0 {
		base, bits = base+k<<8, 24
	}
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{byte(base >> 24), byte(base >> 16), byte(base >> 8), byte(base)}), bits)
}

// origin gives the network of a prefix: mostly that of its block.
func (n *internet) origin(prefix int) int {
	block := uint64(prefix / 4)
	h := mix(1, block)
	if part := mix(2, uint64(prefix)); prefix%4 != 0 && part%8 == 0 {
		h = part >> 8
	}
	return benchTransits/2 + int(h%(benchNetworks-benchTransits/2))
}

// path gives a way from one network to another: up to the clique, over, and down. Variants take other providers.
func (n *internet) path(dst []values.ASN, from, to int, variant uint64) []values.ASN {
	var up, down [16]int
	a := n.climb(up[:0], from, mix(3, uint64(from), variant/3))
	d := n.climb(down[:0], to, mix(4, uint64(to), uint64(from%8), variant))
	end, turn := len(a), len(d)-1
	for i, x := range a { // where the two meet, the way turns
		if at := slices.Index(d, x); at >= 0 {
			end, turn = i, at
			break
		}
	}
	for _, x := range a[:end] {
		dst = append(dst, n.asn(x))
	}
	for i := turn; i >= 0; i-- {
		dst = append(dst, n.asn(d[i]))
	}
	return dst
}

func (n *internet) climb(dst []int, at int, seed uint64) []int {
	dst = append(dst, at)
	for at >= benchClique && len(dst) < cap(dst) {
		list := n.providers[at]
		seed = mix(seed, uint64(at))
		at = int(list[seed%uint64(len(list))])
		dst = append(dst, at)
	}
	return dst
}

// aspas are true and of one network in twelve.
func (n *internet) aspas() (list []vrp.ASPA) {
	for i := benchClique; i < benchNetworks; i += 12 {
		a := vrp.ASPA{Customer: n.asn(i), TA: "bench"}
		for _, p := range n.providers[i] {
			a.Providers = append(a.Providers, n.asn(int(p)))
		}
		slices.Sort(a.Providers)
		list = append(list, a)
	}
	return list
}

// facts are of the size of the real ones: 500,000 VRPs, 176,000 route objects, the relations of 60,000 networks, 5,000
// ASPAs.
func (n *internet) facts() watch.Facts {
	var vrps []vrp.VRP
	var objects authority.RouteBuilder
	for i := range n.prefixes {
		p, asn := n.prefix(i), n.asn(n.origin(i))
		h := mix(5, uint64(i))
		if h%100 < 66 || n.origin(i) != n.origin(i-i%4) {
			wrong := values.ASN(0)
			if h>>8%100 == 0 {
				wrong = 7
			}
			vrps = append(vrps, vrp.VRP{Prefix: p, MaxLength: 24, ASN: asn + wrong, TA: "bench"})
		}
		if h>>16%100 < 88 {
			_ = objects.Add(authority.RouteObject{Prefix: p, Origin: asn, Source: "RIPE", Authenticated: h>>24%2 == 0})
		}
	}
	for i := uint32(0); len(vrps) < 500_000; i++ { // of those whom no peer here has
		addr := netip.AddrFrom4([4]byte{byte(60 + i>>16), byte(i >> 8), byte(i), 0})
		vrps = append(vrps, vrp.VRP{Prefix: netip.PrefixFrom(addr, 24), MaxLength: 24, ASN: values.ASN(1000 + i%20_000), TA: "bench"})
	}
	b := registry.NewBuilder()
	src := registry.Source{Name: "bench", Time: time.Unix(benchStart, 0).AddDate(0, 0, -9)}
	for i, list := range n.providers {
		for _, p := range list {
			b.AddRelation(src, n.asn(int(p)), registry.ProviderOf, n.asn(i))
		}
	}
	for i := range benchClique {
		for k := range i {
			b.AddRelation(src, n.asn(i), registry.PeerOf, n.asn(k))
		}
	}
	return watch.Facts{VRPs: authority.NewVRPTable(vrps), ASPAs: authority.NewASPATable(n.aspas()), IRR: objects.Build(),
		Registry: b.Build(), Bogons: authority.NewBogons(authority.SpecialPrefixes(), authority.SpecialASNs())}
}

// The kinds of update, in the order of elemKinds.
const (
	kindTable = iota
	kindAnnounce
	kindWithdraw
	kindState
)

func elemKinds() [4]mrt.ElemKind {
	return [4]mrt.ElemKind{mrt.RIBEntry, mrt.Announce, mrt.Withdraw, mrt.State}
}

// update is one element.
type update struct {
	sec    int64
	kind   int
	peer   routes.PeerID
	prefix netip.Prefix
	raw    []byte // attributes
	state  uint16
}

// generator makes a stream in pieces; list holds the latest, until the next is asked for.
type generator struct {
	net                  *internet
	r                    *rand.Rand
	ids                  []routes.PeerID
	sec                  int64
	at                   int // next prefix of the table
	list                 []update
	buf                  []byte
	hops                 []values.ASN
	announced, withdrawn int
	fresh                uint64 // variants used up
	leaker, leaked       int    // who leaks now, and how many prefixes were leaked
	reset                int    // the peer whose session went down last
	nextReset            int64
}

// resetEvery is how often a session goes down, comes up and repeats its whole table, in seconds.
const resetEvery = 6 * 3600

func (n *internet) generator(ids []routes.PeerID) *generator {
	return &generator{net: n, r: rand.New(rand.NewPCG(7, 7)), ids: ids, sec: benchStart, fresh: 1000, nextReset: benchStart + resetEvery/2}
}

func (g *generator) begin() {
	g.list, g.buf = g.list[:0], g.buf[:0]
}

// say adds one announcement, or entry of a table, of the given path.
func (g *generator) say(sec int64, kind, peer, prefix int, label uint32, path []values.ASN) {
	a := bgp.Attrs{HasOrigin: true, Path: []bgp.Segment{{Kind: bgp.ASSequence, ASNs: path}}}
	if label != 0 {
		a.Communities = []uint32{uint32(path[0])<<16 | label&0xffff, label}
	}
	from := len(g.buf)
	g.buf = bgp.AppendAttrs(g.buf, &a)
	g.list = append(g.list, update{sec: sec, kind: kind, peer: g.ids[peer], prefix: g.net.prefix(prefix), raw: g.buf[from:len(g.buf):len(g.buf)]})
	if kind == kindAnnounce {
		g.announced++
	}
}

// table makes the next piece of the first tables; false when all has been made.
func (g *generator) table() bool {
	g.begin()
	for ; g.at < g.net.prefixes && len(g.list) < 100_000; g.at++ {
		origin := g.net.origin(g.at)
		for peer := range g.net.nPeer {
			g.standing(benchStart-7200, kindTable, peer, g.at, origin)
		}
	}
	return len(g.list) > 0
}

// updates makes the next piece of updates: as many seconds as give some 50,000, or up to the end.
func (g *generator) updates(rate int, end int64) {
	g.begin()
	for g.sec < end && len(g.list) < 50_000 {
		if g.sec >= g.nextReset {
			g.nextReset += resetEvery
			g.sessionReset()
		}
		for goal := g.announced + rate; g.announced < goal; {
			g.happening()
		}
		g.sec++
	}
}

// sessionReset lets a session go down and come up again, which then repeats all of its routes.
func (g *generator) sessionReset() {
	g.reset = (g.reset + 1) % g.net.nPeer
	g.list = append(g.list, update{sec: g.sec, kind: kindState, peer: g.ids[g.reset], state: 1},
		update{sec: g.sec + 5, kind: kindState, peer: g.ids[g.reset], state: routes.Established})
	g.sec += 6
	for i := range g.net.prefixes {
		g.standing(g.sec+int64(i/10_000), kindAnnounce, g.reset, i, g.net.origin(i))
	}
	g.sec += int64(g.net.prefixes / 10_000)
}

// standing says the route that a peer has in the first tables. As after days of updates, some are ways or attributes that
// nothing else has.
func (g *generator) standing(sec int64, kind, peer, prefix, origin int) {
	place := uint64(peer*g.net.prefixes+prefix) + 1
	h := mix(6, place)
	variant, label := h>>32%uint64(knownWays(prefix)), uint32(0)
	switch h % 25 {
	case 0:
		variant = 1<<40 + place
	case 1:
		label = 1<<31 + uint32(place)
	}
	g.hops = g.net.path(g.hops[:0], g.net.peerNet(peer), origin, variant)
	g.say(sec, kind, peer, prefix, label, g.hops)
}

// knownWays is how many known ways there are to a prefix: the more it changes, the more.
func knownWays(prefix int) int {
	switch {
	case prefix%100 == 0:
		return 4
	case prefix%10 == 0:
		return 2
	}
	return 1
}

// happening is one change at one prefix, as some peers come to tell of it: each tries a way or two, or has none for a
// while. Few prefixes make most of them: the top hundredth a third, the top tenth two thirds, as in 2008 and 2021. Of the
// attribute sets about one in ten is new, as in 2008; in 2021 it was one in twenty.
func (g *generator) happening() {
	prefix, ways := g.r.IntN(g.net.prefixes), 4
	switch x := g.r.IntN(100); {
	case x < 35:
		prefix = prefix % (g.net.prefixes / 100) * 100
	case x < 65:
		prefix, ways = prefix%(g.net.prefixes/10)*10, 2
	default:
		ways = 1
	}
	w := g.course(prefix)
	first, n := g.r.IntN(g.net.nPeer), 1+g.r.IntN(1+g.r.IntN(g.net.nPeer))
	for k := range n {
		peer := (first + k) % g.net.nPeer
		if g.r.IntN(10) == 0 {
			g.list = append(g.list, update{sec: g.sec, kind: kindWithdraw, peer: g.ids[peer], prefix: g.net.prefix(prefix)})
			g.withdrawn++
		}
		for range 1 + g.r.IntN(2) {
			variant, label := uint64(g.r.IntN(ways)), uint32(0)
			switch g.r.IntN(25) {
			case 0: // a way never seen before
				g.fresh++
				variant = g.fresh
			case 1: // attributes never seen before on a known way
				g.fresh++
				label = uint32(g.fresh)
			}
			g.hops = g.net.path(g.hops[:0], g.net.peerNet(peer), w.to, variant)
			g.say(g.sec, kindAnnounce, peer, prefix, label, append(g.hops, w.beyond...))
		}
	}
}

// course is where the routes of a happening lead: to the network to, and from there on over beyond.
type course struct {
	to     int
	beyond []values.ASN
}

// course gives the true origin of a prefix, but for one happening in some thousands.
func (g *generator) course(prefix int) course {
	origin := g.net.origin(prefix)
	other := benchTransits + g.r.IntN(benchNetworks-benchTransits)
	switch g.r.IntN(20_000) {
	case 0: // a hijack
		return course{to: other}
	case 1: // a bogon
		return course{origin, []values.ASN{64_999}}
	}
	if g.r.IntN(1000) == 0 { // a leak: over a customer, and up to a provider of it that has the way to the origin
		if g.leaked++; g.leaked%40 == 1 {
			g.leaker = other
		}
		list := g.net.providers[g.leaker]
		return course{g.leaker, g.net.path(nil, int(list[len(list)-1]), origin, 0)}
	}
	return course{to: origin}
}
