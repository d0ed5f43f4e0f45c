// Package bgpdump writes elements in the one-line text format of `bgpdump -m`, version 1.6.2, byte for byte.
//
// [Printer.Append] is all there is: it appends the line of one element. Give it the elements of a decoder that is
// Lenient, for bgpdump prints what was announced with malformed attributes. The fields are documented with the program;
// those that surprise are described in docs/bgpdump-compat.md. Attributes are walked as they stand in the record,
// because the text shows some of them as they were sent and not as they are understood (an AS_PATH that cannot be read
// prints as "! Error !", for instance).
//
// A line depends on its element alone: what a Printer caches changes its speed, never its text. Input of any kind is
// safe; a Printer allocates only while its bounded caches fill. The package reads no text and no records.
package bgpdump

import (
	"hash/maphash"
	"net/netip"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// Printer writes lines and remembers what repeats: peers, the last prefix, attribute sets. Use one per goroutine.
type Printer struct {
	opening opening
	peers   [peerSlots]peerText
	prefix  prefixText
	tails   []tail // direct-mapped by hash; nil until the first announcement
	seed    maphash.Seed
}

// NewPrinter gives a Printer with empty caches; it will hold some megabytes.
func NewPrinter() *Printer { return &Printer{seed: maphash.MakeSeed()} }

// Append writes the line of e, with its line feed, behind dst. An element of a type of record that the text format has
// no line for adds nothing.
func (p *Printer) Append(dst []byte, e *mrt.Elem) []byte {
	form := formOf(e.Type, e.Subtype)
	if form == noForm {
		return dst
	}
	dst = append(dst, p.opening.text(form, e)...)
	dst = append(dst, p.peerText(e.PeerIP, e.PeerAS)...)
	if e.Kind == mrt.State {
		return appendStates(dst, e)
	}
	if form == formMRTD && e.Kind == mrt.Withdraw {
		return appendMRTDWithdrawn(dst, e)
	}
	dst = append(dst, p.prefix.of(e)...)
	if form.addPath() {
		dst = append(dst, '|')
		dst = appendUint(dst, e.PathID)
	}
	if e.Kind == mrt.Withdraw {
		return append(dst, '\n')
	}
	dst = append(dst, '|')
	return append(dst, p.tailText(form, e)...)
}

// appendMRTDWithdrawn ends the line of a withdrawal of type 5, where bgpdump shows the peer's address in place of the
// prefix's: both pass through one buffer.
func appendMRTDWithdrawn(dst []byte, e *mrt.Elem) []byte {
	dst = append(appendAddr(dst, e.PeerIP), '/')
	return append(appendUint(dst, uint32(max(e.Prefix.Bits(), 0))), '\n')
}

func appendStates(dst []byte, e *mrt.Elem) []byte {
	dst = appendUint(dst, uint32(e.OldState))
	dst = append(dst, '|')
	dst = appendUint(dst, uint32(e.NewState))
	return append(dst, '\n')
}

// opening is the start of a line up to the peer, kept while form, time and kind stay the same.
type opening struct {
	form       form
	kind       mrt.ElemKind
	sec, micro uint32
	line       []byte
}

func (o *opening) text(form form, e *mrt.Elem) []byte {
	if len(o.line) > 0 && o.form == form && o.kind == e.Kind && o.sec == e.Sec && o.micro == e.Micro {
		return o.line
	}
	o.form, o.kind, o.sec, o.micro = form, e.Kind, e.Sec, e.Micro
	o.line = append(o.line[:0], form.name(e.Kind)...)
	o.line = append(o.line, '|')
	o.line = appendUint(o.line, e.Sec)
	if form.extendedTime() {
		o.line = append(o.line, '.')
		o.line = appendMicros(o.line, e.Micro)
	}
	o.line = append(o.line, kindField(e.Kind)...)
	return o.line
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

type peerText struct {
	ip   netip.Addr
	as   values.ASN
	text []byte
}

// peerText gives "address|ASN|".
func (p *Printer) peerText(ip netip.Addr, as values.ASN) []byte {
	octets := ip.As16()
	mix := uint32(as) ^ uint32(octets[15]) ^ uint32(octets[14])<<8 ^ uint32(octets[13])<<16 ^ uint32(octets[12])<<24
	slot := &p.peers[mix*0x9E3779B1>>(32-9)]
	if slot.ip != ip || slot.as != as || len(slot.text) == 0 {
		slot.ip, slot.as = ip, as
		slot.text = append(appendAddr(slot.text[:0], ip), '|')
		slot.text = append(appendUint(slot.text, uint32(as)), '|')
	}
	return slot.text
}

// prefixText is the last prefix and its text: in a table dump many entries share one.
type prefixText struct {
	prefix   netip.Prefix
	unmasked netip.Addr
	text     []byte
}

// of gives the prefix as it stood, bits behind its length included.
func (c *prefixText) of(e *mrt.Elem) []byte {
	if c.prefix == e.Prefix && c.unmasked == e.Unmasked && len(c.text) > 0 {
		return c.text
	}
	c.prefix, c.unmasked = e.Prefix, e.Unmasked
	addr := e.Prefix.Addr()
	if e.Unmasked.IsValid() {
		addr = e.Unmasked
	}
	c.text = append(appendAddr(c.text[:0], addr), '/')
	c.text = appendUint(c.text, uint32(max(e.Prefix.Bits(), 0)))
	return c.text
}
