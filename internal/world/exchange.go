package world

import "fmt"

// meet makes the exchanges and takes the networks of their region in.
func (w *world) meet() error {
	list := w.exchangeLands()
	count := min(30, max(3, w.p.Networks/200))
	for i := range count {
		c := &list[i%len(list)]
		s := w.space[c.rir]
		lan, err := s.take4(22)
		if err != nil {
			return err
		}
		city := pick(w.rand, firstWords())
		x := &exchange{name: fmt.Sprintf("%s IX %d", city, i+1), city: city, country: c, asn: s.asn(w.rand, stub), otc: w.chance(0.6), lan: lan}
		x.org = w.organisation(x.name, c)
		w.exchanges = append(w.exchanges, x)
	}
	for i := w.tiers[large]; i < w.tiers[stub+1]; i++ {
		w.visit(i)
	}
	return nil
}

// visit lets a network join exchanges of its region, and a large one some elsewhere.
func (w *world) visit(n node) {
	v := w.net(n)
	chance := []float64{large: 0.5, small: 0.45, regional: 0.4, stub: 0.08}[v.tier]
	for _, x := range w.exchanges {
		near := x.country.rir == v.org.country.rir
		if len(x.members) < 250 && len(v.exchanges) < 4 && (near || v.tier == large) && w.chance(chance*min(1, 4/float64(len(w.exchanges)))) {
			v.exchanges = append(v.exchanges, x)
			x.members = append(x.members, n)
		}
	}
}
