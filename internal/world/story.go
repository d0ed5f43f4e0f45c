package world

import (
	"net/netip"
	"slices"
	"time"

	"pahra/wire/values"
)

const day = 24 * time.Hour

// story is what makes a world go on from one chapter to the next: the same networks, of which more follow the norms as
// time goes by, and at the ends of each chapter nothing but the ordinary.
type story struct {
	year *Year
	// from is when the chapter begins and length how long it is.
	from   time.Time
	length time.Duration
}

// restoring is how long before the end of a chapter everything goes back to the ordinary.
const restoring = 60

// restored is when a chapter goes back to the ordinary, in seconds since 1970; 0 for a world without a story.
func (w *world) restored() int64 {
	if w.story == nil {
		return 0
	}
	return w.at(w.seconds() - restoring)
}

// restore has all speakers tell the ordinary where it is not what they told last.
func (f *feed) restore(sec int64) {
	prefixes := make([]netip.Prefix, 0, len(f.now))
	for p := range f.now {
		prefixes = append(prefixes, p)
	}
	slices.SortFunc(prefixes, values.ComparePrefix)
	for _, p := range prefixes {
		f.toOrdinary(f.now[p], sec, f.w.ordinarily(p), []netip.Prefix{p})
	}
	nodes := make([]node, 0, len(f.groups))
	for n := range f.groups {
		nodes = append(nodes, n)
	}
	slices.Sort(nodes)
	for _, n := range nodes {
		plain := slices.DeleteFunc(slices.Clone(f.w.net(n).prefixes), func(p netip.Prefix) bool { return f.now[p] != nil })
		f.toOrdinary(f.groups[n], sec, []source{f.w.plainly(n)}, plain)
	}
}

// ordinarily gives who announces a prefix when nothing happens.
func (w *world) ordinarily(p netip.Prefix) []source {
	if n := w.holderOf(p); n >= 0 && slices.Contains(w.net(n).prefixes, p) {
		return []source{w.plainly(n)}
	}
	return nil
}

func (f *feed) toOrdinary(at *state, sec int64, sources []source, prefixes []netip.Prefix) {
	fresh := make([]*route, len(f.w.speakers))
	if len(sources) > 0 {
		fresh = f.w.plainRoutes(sources[0].origin)
	}
	for i := range f.w.speakers {
		if !f.down[i] && !fresh[i].equal(at.routes[i]) {
			f.tell(sec+jitter(sec, i, 0), i, fresh[i], prefixes)
		}
	}
	at.sources, at.routes = sources, fresh
}

// within keeps an event inside its chapter: one that would have begun before it begins in it, one that would outlast it
// lasts for at most three days.
func (w *world) within(from, until int) (int, int) {
	if w.story == nil {
		return from, until
	}
	if from == before {
		from = w.between(60, max(60, w.seconds()/3))
	}
	if until == never {
		until = from + w.between(3600, max(3600, min(3*86400, w.seconds()-from)))
	}
	return from, until
}

// storyLookAlikes are the kinds that leave nothing behind.
func (w *world) storyLookAlikes() []lookAlike {
	return []lookAlike{
		{20, w.engineering}, {12, w.backupTransit}, {10, w.newProvider}, {10, w.newPeering}, {4, w.upgrade},
		{8, w.siblings}, {10, w.providerSpace}, {10, w.blackhole}, {3, w.prependTypo}, {7, w.ddosSwing}, {2, w.siblingTransit},
	}
}

// fewest is how many look-alikes of each kind there are at least.
func (w *world) fewest() int {
	if w.story != nil {
		return 1
	}
	return 2
}

// stir plans that every half hour, in the present every minute or two, some network loses all providers but one for some
// minutes, so that collectors are never silent for long.
func (w *world) stir(busy map[node]int) {
	first := w.tiers[regional]
	least, most := 40, 100
	if w.story.length > day {
		least, most = 1300, 1900
	}
	for at := 20; at+150 < w.seconds(); at += w.between(least, most) {
		for range 40 {
			n := first + node(w.rand.IntN(len(w.networks)-int(first)))
			v := w.net(n)
			if u, plays := busy[n]; plays && (u == never || u > at) || len(v.providers) < 2 || len(v.prefixes) > 3 || v.backup {
				continue
			}
			s := w.plainly(n)
			s.only = slices.Clone(v.providers[:1])
			fresh, plain := w.routesOf([]source{s}), w.plainRoutes(n)
			if !slices.ContainsFunc(w.speakerIndexes(), func(i int) bool { return !fresh[i].equal(plain[i]) }) {
				continue
			}
			until := min(at+w.between(400, 1500), w.seconds()-restoring-30)
			busy[n] = until + 120
			w.plan = append(w.plan, step{sec: w.at(at), source: s}, step{sec: w.at(until), source: w.plainly(n)})
			break
		}
	}
}

func (w *world) speakerIndexes() []int {
	list := make([]int, len(w.speakers))
	for i := range list {
		list[i] = i
	}
	return list
}

// countriesOf gives where holders of a tier may be: the large ones anywhere, the others mostly at home.
func (w *world) countriesOf(tier int) []country {
	if w.story == nil || tier <= large {
		return countries()
	}
	list := countries()
	others := 0
	for _, c := range list[1:] {
		others += c.weight
	}
	list[0].weight = max(1, int(float64(others)*homeShare/(1-homeShare)))
	return list
}

// homeShare is how many of all networks but the largest are at home.
const homeShare = 0.92

// exchangeLands gives where there are exchanges, in turn: in a story the first three are at home.
func (w *world) exchangeLands() []country {
	list := countries()
	if w.story != nil {
		return append([]country{list[0], list[0], list[0]}, list[1:]...)
	}
	return list
}

// months is how many months of the year have passed.
func (s *story) months(at time.Time) float64 { return at.Sub(s.year.p.Start).Hours() / 24 / 30.4 }

// workshop is the month after which the association's members mend what they learned of.
const workshop = 7

// adopt says what networks register at a moment: more do as the year goes by, and the members after their workshop.
func (w *world) adopt(at time.Time) {
	t := w.story.months(at)
	learned := min(1, max(0, (t-workshop+1)/2)) // the workshop's effect, over two months
	for i, n := range w.networks {
		roa, irr, policy := 0.36+0.013*t, 0.76+0.006*t, 0.62+0.004*t
		if w.story.year.member(node(i)) {
			roa, irr, policy = 0.42+0.018*t+0.32*learned, 0.78+0.005*t+0.12*learned, 0.66+0.2*learned
		}
		n.roa, n.policy = fixed(i, 1) < roa, fixed(i, 3) < policy
		n.irr = ""
		if fixed(i, 2) < irr {
			n.irr = irrSource(n.org.country.rir)
			if fixed(i, 4) < 0.3 {
				n.irr = "RADB"
			}
		}
	}
}

// spoofs tells whether spoofed packets get out of a network at a moment.
func (w *world) spoofs(n node, at time.Time) bool {
	t := w.story.months(at)
	share := 0.34 - 0.012*t
	if w.story.year.member(n) {
		share = 0.36 - 0.01*t - 0.2*min(1, max(0, (t-workshop+1)/2))
	}
	return fixed(int(n), 5) < share
}

// fixed is between 0 and 1: as good as random, and always the same for a network and a purpose.
func fixed(i, purpose int) float64 {
	h := uint64(i+1)*0x9e3779b97f4a7c15 ^ uint64(purpose)*0xbf58476d1ce4e5b9
	h ^= h >> 30
	h *= 0x94d049bb133111eb
	h ^= h >> 27
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return float64(h>>11) / (1 << 53)
}
