package bmp

import (
	"net/netip"
	"slices"

	"pahra/wire/bgp"
	wire "pahra/wire/bmp"
	"pahra/wire/mrt"
)

// monitor takes one UPDATE.
func (s *session) monitor(m *wire.Message) error {
	if !s.wanted(&m.Peer) || m.Peer.View() != s.router.view {
		s.passed++
		return nil
	}
	p := s.peers[keyOf(&m.Peer)]
	switch {
	case p == nil:
		if p = s.addPeer(&m.Peer); p == nil {
			return nil
		}
	case p.gone:
		s.fault("a route of %s, which is down, is passed over", m.Peer.IP)
		s.passed++
		return nil
	}
	if !p.up { // the Loc-RIB, or a neighbour of which no Peer Up came
		if err := s.tellUp(p, &m.Peer); err != nil {
			return err
		}
	}
	body := m.Update[bgp.HeaderLen:]
	if f, ok := bgp.EndOfRIB(body); ok {
		if f.Prefixes() && f.SAFI == 1 {
			p.telling(f).over = true
		}
		return nil
	}
	return s.pass(p, m, s.parse(m, body))
}

// parse takes an UPDATE apart and tells whether its AS numbers take two octets: by the flag, or, where its AS_PATH cannot
// be read with four, by that. FRR writes such paths without the flag.
func (s *session) parse(m *wire.Message, body []byte) (legacy bool) {
	legacy = m.Peer.LegacyASPath()
	bgp.ParseUpdate(&s.update.update, body, bgp.UpdateOptions{AS4: !legacy})
	if legacy || !badPath(s.update.update.Faults) {
		return legacy
	}
	bgp.ParseUpdate(&s.update.update, body, bgp.UpdateOptions{})
	if !badPath(s.update.update.Faults) {
		return true
	}
	bgp.ParseUpdate(&s.update.update, body, bgp.UpdateOptions{AS4: true})
	return false
}

func badPath(faults bgp.Faults) bool {
	return slices.ContainsFunc(faults, func(f bgp.Fault) bool { return f.Code == bgp.CodeASPath && f.Action >= bgp.TreatAsWithdraw })
}

// pass hands an UPDATE on: what belongs to a table that is told for the first time as its entries, the rest as messages.
func (s *session) pass(p *peer, m *wire.Message, legacy bool) error {
	u := &s.update
	u.prepare(!legacy, p.session.PeerAS <= 0xffff)
	whole := !legacy && !u.noHop // nothing of the message has to be changed
	told := false
	for i := range u.parts {
		part := &u.parts[i]
		part.addPath = p.opens.AddPath(part.family, s.router.view)
		whole = whole && part.addPath == u.parts[0].addPath
		if t := p.telling(part.family); t != nil && t.going(s.heard) {
			told = true
			part.table = part.announced && u.as4 && !u.malformed
		}
		whole = whole && !part.table
	}
	if len(u.parts) == 0 {
		s.passed++ // only families that are not read
		return nil
	}
	var at int64
	if told {
		at = s.arrival(p)
	} else {
		at = s.live(p, m.Peer.Time())
	}
	if whole {
		return s.message(p, at, m.Update, bgp.UpdateOptions{AS4: true, AddPath: u.parts[0].addPath})
	}
	for _, addPath := range []bool{false, true} {
		message, ok := u.message(addPath)
		if !ok {
			s.fault("an UPDATE of %s does not fit a message any more when its AS numbers take four octets", m.Peer.IP)
		} else if message != nil {
			if err := s.message(p, at, message, bgp.UpdateOptions{AS4: u.as4, AddPath: addPath}); err != nil {
				return err
			}
		}
	}
	for i := range u.parts {
		if part := &u.parts[i]; part.table {
			if err := s.entries(p, at, m, part, u.entryAttrs(part)); err != nil {
				return err
			}
		}
	}
	return nil
}

// message writes one UPDATE as a record.
func (s *session) message(p *peer, at int64, update []byte, opt bgp.UpdateOptions) error {
	var err error
	if s.record, err = mrt.AppendMessageAs(s.record[:0], uint32(at/1e6), uint32(at%1e6), p.session, update, opt); err != nil {
		s.fault("%v", err)
		return nil
	}
	s.table.leave()
	return s.put(s.record)
}

// entries writes the prefixes of a part as entries of a table.
func (s *session) entries(p *peer, at int64, m *wire.Message, part *part, attrs []byte) error {
	if len(attrs) > 0xffff {
		s.fault("the attributes of an UPDATE of %s do not fit a table any more", m.Peer.IP)
		return nil
	}
	var n bgp.NLRI
	for list := part.nlri; len(list) > 0; {
		var err error
		if list, err = bgp.NextNLRI(&n, list, part.family.AFI, part.addPath); err != nil {
			s.fault("UPDATE of %s: %v", m.Peer.IP, err)
			return nil
		}
		e := mrt.TableEntry{Originated: min(m.Peer.Sec, uint32(at/1e6)), PathID: n.PathID, Attrs: attrs}
		if err := s.table.write(p, uint32(at/1e6), s.router.view.String(), n.Prefix, part.addPath, e); err != nil {
			return err
		}
	}
	return nil
}

// tableWriter writes entries of tables, and a table of peers before them wherever a reader could miss it: at each change
// of peer, and behind each other record.
type tableWriter struct {
	w    *mrt.Writer
	peer *peer
	next uint32
}

// leave says that another record comes in between.
func (t *tableWriter) leave() { t.peer = nil }

func (t *tableWriter) write(p *peer, sec uint32, view string, prefix netip.Prefix, addPath bool, e mrt.TableEntry) error {
	if t.peer != p {
		id := p.opens.Sent.ID
		if !id.Is4() {
			id = netip.IPv4Unspecified()
		}
		speaker := mrt.Speaker{ID: p.id, IP: p.session.PeerIP, ASN: p.session.PeerAS}
		if err := t.w.PeerIndex(sec, id, view, []mrt.Speaker{speaker}); err != nil {
			return err
		}
		t.peer, t.next = p, 0
	}
	write := t.w.Table
	if addPath {
		write = t.w.TableAddPath
	}
	err := write(sec, t.next, prefix, []mrt.TableEntry{e})
	t.next++
	return err
}
