package bgpdump

import (
	"encoding/binary"
	"hash/maphash"

	"pahra/wire/mrt"
)

const (
	// tailSlots and tailSlotSize bound the attribute cache to 4 MiB: more slots find more, but no longer in the
	// processor's own cache. A slot is one stretch of memory, so that a find touches neighbouring lines only.
	tailSlots    = 1 << 13
	tailSlotSize = 512
	tailHead     = 8
)

// tailCache keeps the text behind the prefix by attribute set. A slot holds the context (4 octets), the lengths of the
// attributes and of the text (2 each), the attributes and the text; a set that does not fit is not kept.
type tailCache struct {
	slots []byte // nil until the first announcement
	seed  maphash.Seed
}

func newTailCache() tailCache { return tailCache{seed: maphash.MakeSeed()} }

// tailContext is what the text depends on besides the attributes.
type tailContext struct {
	form form
	as4  bool
	v6   bool
	mp   bool
	safi uint8
}

// pack makes the context one number that is never 0, which marks an empty slot.
func (c tailContext) pack() uint32 {
	n := uint32(c.form)<<16 | uint32(c.safi)<<8 | 1<<7
	for i, set := range [...]bool{c.as4, c.v6, c.mp} {
		if set {
			n |= 1 << i
		}
	}
	return n
}

// append writes the rest of the line of an announced route or one in a table.
func (c *tailCache) append(dst []byte, form form, e *mrt.Elem) []byte {
	if c.slots == nil {
		c.slots = make([]byte, tailSlots*tailSlotSize)
	}
	context := tailContext{form.kind(), e.AS4, !e.Prefix.Addr().Is4(), e.MP, e.Safi}
	at := maphash.Bytes(c.seed, e.RawAttrs) % tailSlots * tailSlotSize
	slot := c.slots[at : at+tailSlotSize]
	raw, text := slotParts(slot)
	if binary.LittleEndian.Uint32(slot) == context.pack() && string(raw) == string(e.RawAttrs) {
		return append(dst, text...)
	}
	start := len(dst)
	dst = appendTail(dst, context, e.RawAttrs)
	fill(slot, context, e.RawAttrs, dst[start:])
	return dst
}

func slotParts(slot []byte) (raw, text []byte) {
	_ = slot[tailHead]
	end := tailHead + int(binary.LittleEndian.Uint16(slot[4:]))
	return slot[tailHead:end], slot[end : end+int(binary.LittleEndian.Uint16(slot[6:]))]
}

func fill(slot []byte, context tailContext, raw, text []byte) {
	if tailHead+len(raw)+len(text) > len(slot) {
		return
	}
	binary.LittleEndian.PutUint32(slot, context.pack())
	binary.LittleEndian.PutUint16(slot[4:], uint16(len(raw)))
	binary.LittleEndian.PutUint16(slot[6:], uint16(len(text)))
	copy(slot[tailHead:], raw)
	copy(slot[tailHead+len(raw):], text)
}
