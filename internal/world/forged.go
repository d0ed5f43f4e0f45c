package world

import (
	"net/netip"

	"pahra/wire/values"
)

// forgedOrigin: the attacker puts the victim's number behind its own, so that origin validation finds nothing wrong.
func (w *world) forgedOrigin(c *cast) error {
	victim, err := c.stub(func(n *network) bool { return !n.backup })
	if err != nil {
		return err
	}
	p, err := c.own(victim)
	if err != nil {
		return err
	}
	return w.forge(c, victim, p, Event{Kind: ForgedOrigin, Note: "the victim's number stands behind the attacker's, who is no neighbour of it"})
}

// forgedSpecific: the same with a part of the prefix that no ROA forbids.
func (w *world) forgedSpecific(c *cast) error {
	victim, err := c.stub(func(n *network) bool { return !n.backup && (!n.roa || n.loose) })
	if err != nil {
		return err
	}
	p, err := c.part(victim)
	if err != nil {
		return err
	}
	return w.forge(c, victim, p, Event{Kind: ForgedSpecific, Note: "a part of the victim's prefix, the victim's number behind the attacker's"})
}

func (w *world) forge(c *cast, victim node, p netip.Prefix, e Event) error {
	behind := []values.ASN{w.net(victim).asn}
	attacker, err := c.against(victim, func(n node) source { return source{id: -1, origin: n, behind: behind} }, p)
	if err != nil {
		return err
	}
	s := w.event(attacker)
	s.behind = behind
	e.Victim = w.net(victim).asn
	from, until := w.span()
	w.happens(e, from, until, s, p)
	return nil
}

// framingHijack: a liar announces a victim's prefix as learned from a third network, which never announced it.
func (w *world) framingHijack(c *cast) error {
	victim, err := c.stub(func(n *network) bool { return n.irr != "" && !n.backup })
	if err != nil {
		return err
	}
	p, err := c.own(victim)
	if w.chance(0.5) {
		p, err = c.part(victim)
	}
	if err != nil {
		return err
	}
	return w.frame(c, p, victim, Event{Kind: FramingHijack, Victim: w.net(victim).asn,
		Note: "a third network's number stands behind the liar's, which made it look like the hijacker"})
}

// framingBogon: the same with a bogon prefix.
func (w *world) framingBogon(c *cast) error {
	p, why := w.drawBogon()
	if c.taken[p] {
		return errNobody
	}
	c.taken[p] = true
	return w.frame(c, p, w.anyNode(), Event{Kind: FramingBogon, Note: "said to come from another network: " + why})
}

func (w *world) frame(c *cast, p netip.Prefix, victim node, e Event) error {
	framed, err := c.stub(func(n *network) bool { return n.org.country != w.net(victim).org.country })
	if err != nil {
		return err
	}
	behind := []values.ASN{w.net(framed).asn}
	liar, err := c.against(victim, func(n node) source { return source{id: -1, origin: n, behind: behind} }, p)
	if err != nil {
		return err
	}
	s := w.event(liar)
	s.behind = behind
	e.ASN, e.Liar, e.Framing = w.net(framed).asn, w.net(liar).asn, true
	from, until := w.span()
	w.happens(e, from, until, s, p)
	return nil
}

// framingLeak: a provider or peer of a network tells routes as if that had leaked them to it.
func (w *world) framingLeak(c *cast) error {
	for range 200 {
		framed := w.tiers[regional] + node(w.rand.IntN(int(w.tiers[stub+1]-w.tiers[regional])))
		v := w.net(framed)
		if c.used[framed] || c.extra[framed] || len(v.providers) < 2 || v.backup {
			continue
		}
		liar, from := v.providers[0], v.providers[1]
		if liar < w.tiers[large] || c.used[liar] { // a tier-1 network that lies would be too well seen
			continue
		}
		if w.frameLeaker(c, liar, framed, from) {
			return nil
		}
	}
	return errNobody
}

// frameLeaker plans the paths "… liar framed from … origin"; false where too few peers would see them.
func (w *world) frameLeaker(c *cast, liar, framed, from node) bool {
	var prefixes []netip.Prefix
	var sources []source
	for _, o := range w.behind(from, 20) {
		if len(prefixes) >= 6 {
			break
		}
		if c.used[o] || c.extra[o] || o == from {
			continue
		}
		if w.spreader.spread([]source{w.plainly(o)})[from].how == 0 {
			continue
		}
		path := w.spreader.path(from)
		if len(path) > 5 || w.onPath(path, liar) || w.onPath(path, framed) {
			continue
		}
		s := source{id: w.nextID(), origin: liar, behind: append([]values.ASN{w.net(framed).asn}, path...)}
		p := w.net(o).prefixes[0]
		if !c.taken[p] && w.seeing(s, []source{w.plainly(o)}) >= w.enough() {
			c.taken[p] = true
			prefixes, sources = append(prefixes, p), append(sources, s)
		}
	}
	if len(prefixes) < 3 {
		return false
	}
	c.used[framed], c.used[liar] = true, true
	at, until := w.span()
	w.note(Event{Kind: FramingLeak, ASN: w.net(framed).asn, From: w.net(from).asn, To: []values.ASN{w.net(liar).asn}, Liar: w.net(liar).asn,
		Framing: true, Prefixes: prefixes, Peers: w.enough(), Note: "the liar made up that the network between leaked to it"}, at, until)
	for i, s := range sources {
		w.announce(at, until, s, prefixes[i:i+1])
	}
	return true
}

func (w *world) onPath(path []values.ASN, n node) bool {
	for _, asn := range path {
		if asn == w.net(n).asn {
			return true
		}
	}
	return false
}

// lie: a peer tells its collector alone that a network announces another's prefix, or lies next to it.
func (w *world) lie(c *cast) error {
	var liar *speaker
	for i := range w.speakers {
		if w.speakers[i].liar {
			liar = &w.speakers[i]
		}
	}
	victim, err := c.stub(func(n *network) bool { return !n.backup })
	if err != nil || liar == nil {
		return errNobody
	}
	framed, err := c.stub(anyone)
	if err != nil {
		return err
	}
	s := w.event(liar.node)
	s.lie, s.behind = true, []values.ASN{w.net(framed).asn}
	note := "one peer alone says that another network announces it"
	if w.chance(0.5) {
		s.behind = append(s.behind, w.net(victim).asn)
		note = "one peer alone says that another network is next to the origin"
	}
	from, until := w.span()
	w.happens(Event{Kind: Lie, ASN: w.net(framed).asn, Victim: w.net(victim).asn, Liar: w.net(liar.node).asn, Framing: true, Peers: 1, Note: note},
		from, until, s, w.net(victim).prefixes[0])
	return nil
}
