package world

// No churn starts or ends around the session reset, whose repeated routes must be the newest.
const (
	quietFrom  = 133
	quietUntil = 141
)

// churn plans what happens on any day: stub networks lose a provider for a while, or vanish for some minutes.
func (w *world) churn() {
	if w.minutes() < 10 {
		return
	}
	first := w.p.Tier1 + w.p.Transits
	busy := map[node]bool{}
	for range w.p.Churn * w.minutes() / 60 {
		n := node(first + w.rand.IntN(w.p.Stubs))
		from := 1 + w.rand.IntN(w.minutes()-5)
		until := from + 2 + w.rand.IntN(45)
		second := int64(w.rand.IntN(30))
		vanish := w.chance(0.15)
		if busy[n] || w.planned(n) || quiet(from) || quiet(until) || until >= w.minutes() {
			continue
		}
		busy[n] = true
		w.swing(n, w.at(from)+second, w.at(until)+second, vanish)
	}
}

func quiet(minute int) bool { return minute >= quietFrom && minute <= quietUntil }

// planned tells whether an event changes any prefix of the network.
func (w *world) planned(n node) bool {
	for _, p := range w.net(n).prefixes {
		if len(w.base[p]) != 1 {
			return true
		}
		for _, s := range w.plan {
			if s.prefix == p && (s.source.origin != n || s.source.behind != nil) {
				return true
			}
		}
	}
	return false
}

func (w *world) swing(n node, from, until int64, vanish bool) {
	providers := w.net(n).providers
	if !vanish && len(providers) < 2 {
		return
	}
	s := plainly(n)
	if !vanish {
		s.only = []node{pick(w.rand, providers)}
	}
	for _, p := range w.net(n).prefixes {
		w.plan = append(w.plan,
			step{sec: from, prefix: p, source: s, gone: vanish},
			step{sec: until, prefix: p, source: plainly(n)})
	}
}
