package bgpdump

import (
	"net/netip"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// opening is the start of a line up to the peer, kept while form, kind and time stay the same.
type opening struct {
	form       form
	kind       mrt.ElemKind
	sec, micro uint32
	serial     uint32 // changes with the text
	text       []byte
}

func (o *opening) update(form form, e *mrt.Elem) {
	if o.sec == e.Sec && o.micro == e.Micro && o.kind == e.Kind && o.form == form && o.serial > 0 {
		return
	}
	o.form, o.kind, o.sec, o.micro = form, e.Kind, e.Sec, e.Micro
	o.serial++
	o.text = append(o.text[:0], form.name(e.Kind)...)
	o.text = append(o.text, '|')
	o.text = appendUint(o.text, e.Sec)
	if form.extendedTime() {
		o.text = append(o.text, '.')
		o.text = appendMicros(o.text, e.Micro)
	}
	o.text = append(o.text, kindField(e.Kind)...)
}

// kindField is the third field with its separators.
func kindField(kind mrt.ElemKind) string {
	switch kind {
	case mrt.RIBEntry:
		return "|B|"
	case mrt.Withdraw:
		return "|W|"
	case mrt.State:
		return "|STATE|"
	default:
		return "|A|"
	}
}

// peerSlots bounds the peer cache; a collector has some dozens of peers, the largest some hundreds.
const peerSlots = 512

// peerText is what is known of one peer: its "address|ASN|", and the whole start of a line as of the opening with the
// same serial.
type peerText struct {
	ip     netip.Addr
	as     values.ASN
	serial uint32
	text   []byte
	start  []byte
}

// start gives the line up to and with the peer.
func (p *Printer) start(form form, e *mrt.Elem) []byte {
	p.opening.update(form, e)
	slot := &p.peers[peerSlot(e)]
	if slot.as != e.PeerAS || slot.ip != e.PeerIP || len(slot.text) == 0 {
		slot.ip, slot.as, slot.serial = e.PeerIP, e.PeerAS, 0
		slot.text = append(appendAddr(slot.text[:0], e.PeerIP), '|')
		slot.text = append(appendUint(slot.text, uint32(e.PeerAS)), '|')
	}
	if slot.serial != p.opening.serial {
		slot.serial = p.opening.serial
		slot.start = append(append(slot.start[:0], p.opening.text...), slot.text...)
	}
	return slot.start
}

// peerSlot spreads peers over the slots: by their index where they have one.
func peerSlot(e *mrt.Elem) uint32 {
	if e.PeerIndex >= 0 {
		return uint32(e.PeerIndex) % peerSlots
	}
	ip := e.PeerIP.As16()
	mix := uint32(e.PeerAS) ^ uint32(ip[15]) ^ uint32(ip[14])<<8 ^ uint32(ip[13])<<16 ^ uint32(ip[12])<<24
	return mix * 0x9E3779B1 >> (32 - 9)
}
