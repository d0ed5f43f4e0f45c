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
	"net/netip"

	"pahra/wire/mrt"
)

// Printer writes lines and remembers what repeats: peers, the last prefix, attribute sets. Use one per goroutine.
type Printer struct {
	opening opening
	peers   [peerSlots]peerText
	prefix  prefixText
	tails   tailCache
}

// NewPrinter gives a Printer with empty caches; it will hold some megabytes.
func NewPrinter() *Printer { return &Printer{tails: newTailCache()} }

// Append writes the line of e, with its line feed, behind dst. An element of a type of record that the text format has
// no line for adds nothing.
func (p *Printer) Append(dst []byte, e *mrt.Elem) []byte {
	form := formOf(e.Type, e.Subtype)
	if form == noForm {
		return dst
	}
	dst = append(dst, p.start(form, e)...)
	switch {
	case e.Kind == mrt.State:
		return appendStates(dst, e)
	case e.Kind == mrt.Withdraw && form == formMRTD:
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
	return p.tails.append(dst, form, e)
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
