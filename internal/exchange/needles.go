package exchange

import (
	"math/bits"
	"slices"
	"strings"
)

// needles finds which of many texts of at least leastLong octets stand in another, in time that does not grow with how many there
// are. Not changed once it is made.
type needles struct {
	all     []string // in order, each once
	heads   []string // those of all that begin with no other: at most one of these begins at a place
	first   filter   // of the first three octets of heads
	windows filter   // of the three octets from the first, the second and the third place of heads
	keys    []uint32 // what windows holds, in order
}

// filter tells what is surely not in a set of numbers of 24 bits.
type filter struct {
	bits  []uint64
	shift uint8
}

// newFilter makes a filter for about n numbers.
func newFilter(n int) filter {
	size := min(max(bits.Len(uint(n))+6, 10), 24)
	return filter{make([]uint64, 1<<(size-6)), uint8(32 - size)}
}

func (f *filter) place(key uint32) (word, bit uint32) {
	h := key * 0x9e3779b1 >> f.shift
	return h >> 6, h & 63
}

func (f *filter) add(key uint32) {
	word, bit := f.place(key)
	f.bits[word] |= 1 << bit
}

func (f *filter) has(key uint32) bool {
	word, bit := f.place(key)
	return f.bits[word]>>bit&1 != 0
}

// newNeedles takes texts over, which have leastLong octets at least.
func newNeedles(texts []string) *needles {
	slices.Sort(texts)
	n := &needles{all: slices.Compact(texts)}
	for _, t := range n.all {
		if len(n.heads) == 0 || !strings.HasPrefix(t, n.heads[len(n.heads)-1]) {
			n.heads = append(n.heads, t)
		}
	}
	n.first, n.windows = newFilter(len(n.heads)), newFilter(3*len(n.heads))
	n.keys = make([]uint32, 0, 3*len(n.heads))
	for _, t := range n.heads {
		n.first.add(octets3(t))
		for at := range 3 {
			n.keys = append(n.keys, octets3(t[at:]))
			n.windows.add(octets3(t[at:]))
		}
	}
	slices.Sort(n.keys)
	return n
}

func octets3(s string) uint32 { return uint32(s[0])<<16 | uint32(s[1])<<8 | uint32(s[2]) }

// in tells whether a text holds one.
func (n *needles) in(text string) bool {
	if len(text) < leastLong || len(n.heads) == 0 {
		return false
	}
	key := uint32(text[0])<<8 | uint32(text[1])
	for i := 2; i < len(text); i++ {
		key = (key<<8 | uint32(text[i])) & 0xffffff
		if n.first.has(key) && n.begins(text[i-2:]) {
			return true
		}
	}
	return false
}

// begins tells whether a text begins with one: it is the greatest of heads that is not greater than the text.
func (n *needles) begins(text string) bool {
	at, found := slices.BinarySearch(n.heads, text)
	return found || at > 0 && strings.HasPrefix(text, n.heads[at-1])
}

// is tells whether a text is one.
func (n *needles) is(text string) bool {
	_, found := slices.BinarySearch(n.all, text)
	return found
}

// window tells whether three octets, of which capitals count as small letters, stand at one of the first three places of one.
func (n *needles) window(octets uint32) bool {
	key := folded(octets)
	if !n.windows.has(key) {
		return false
	}
	_, found := slices.BinarySearch(n.keys, key)
	return found
}

// folded puts the capitals of three octets in small letters.
func folded(v uint32) uint32 {
	low := v & 0x7f7f7f
	capital := (low + 0x3f3f3f) &^ (low + 0x252525) &^ v & 0x808080 // from A on, and not from [ on
	return v | capital>>2
}
