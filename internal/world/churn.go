package world

import "slices"

// churn plans what happens on any day: networks lose a provider for a while, or vanish for some minutes. Those of events
// are left out.
func (w *world) churn() {
	busy := make(map[node]int) // until when
	for _, n := range w.swapped {
		busy[n] = never
	}
	for _, s := range w.plan {
		if n := w.holderOf(s.prefix); s.prefix.IsValid() && n >= 0 {
			busy[n] = never
		}
	}
	if w.story != nil {
		w.stir(busy)
		return
	}
	hourly := int(w.p.Churn / 1000 * float64(w.p.Networks))
	for hour := 0; hour+600 < w.seconds(); hour += 3600 {
		for range hourly * min(3600, w.seconds()-hour) / 3600 {
			w.swing(hour, busy)
		}
	}
}

// swing plans that a network loses all providers but one, or vanishes, in the hour from that second.
func (w *world) swing(hour int, busy map[node]int) {
	first := w.tiers[regional]
	n := first + node(w.rand.IntN(len(w.networks)-int(first)))
	from := hour + w.between(60, 3600)
	until := from + w.between(120, 2700)
	vanish := w.chance(0.15)
	if u, ok := busy[n]; ok && (u == never || u > from) || until >= w.seconds() || w.net(n).backup || !vanish && len(w.net(n).providers) < 2 {
		return
	}
	busy[n] = until + 120
	s := w.plainly(n)
	if !vanish {
		s.only = slices.Clone(w.net(n).providers[:1])
	}
	w.plan = append(w.plan, step{sec: w.at(from), source: s, gone: vanish}, step{sec: w.at(until), source: w.plainly(n)})
}
