package spool

import (
	"encoding/binary"
	"math/bits"
)

// Set is a set of keys: open addressing in shards that grow by a quarter, so that ten million keys of 12 octets take about
// 150 MiB at any time. Its zero value is of no use: see NewHashes and NewNumbers. Not safe for concurrent use.
type Set[K comparable] struct {
	spread func(K) uint64
	shards [256]shard[K]
	len    int
}

type shard[K comparable] struct {
	slots []K // the zero key stands for none
	used  int
}

// Hash is the first 96 bits of a SHA-256: that two of a hundred million are alike by chance happens once in 10^13 times.
type Hash [12]byte

// NewHashes gives an empty set of hashes.
func NewHashes() *Set[Hash] {
	return &Set[Hash]{spread: func(h Hash) uint64 { return binary.BigEndian.Uint64(h[:]) }}
}

// NewNumbers gives an empty set of numbers of any kind.
func NewNumbers() *Set[uint64] { return &Set[uint64]{spread: mix} }

// mix spreads a number over 64 bits (the finisher of SplitMix64).
func mix(n uint64) uint64 {
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// Len gives how many keys were added.
func (s *Set[K]) Len() int { return s.len }

// Add puts a key in and says whether it is new. The zero key never is.
func (s *Set[K]) Add(k K) bool {
	h := s.spread(k)
	d := &s.shards[h>>56]
	if d.used >= len(d.slots)*7/8 {
		s.grow(d)
	}
	if !d.add(k, h) {
		return false
	}
	s.len++
	return true
}

// Has says whether a key was added. The zero key never is.
func (s *Set[K]) Has(k K) bool {
	h := s.spread(k)
	d := &s.shards[h>>56]
	if len(d.slots) == 0 {
		return false
	}
	at := d.find(k, h)
	var none K
	return d.slots[at] == k && k != none
}

func (d *shard[K]) add(k K, h uint64) bool {
	at := d.find(k, h)
	if d.slots[at] == k {
		return false
	}
	d.slots[at] = k
	d.used++
	return true
}

// find gives the slot where a key is, or would be.
func (d *shard[K]) find(k K, h uint64) int {
	var none K
	hi, _ := bits.Mul64(h<<8, uint64(len(d.slots)))
	for at := int(hi); ; {
		if d.slots[at] == k || d.slots[at] == none {
			return at
		}
		if at++; at == len(d.slots) {
			at = 0
		}
	}
}

// grow makes room for a quarter more.
func (s *Set[K]) grow(d *shard[K]) {
	var none K
	old := d.slots
	d.slots, d.used = make([]K, max(16, len(old)+len(old)/4)), 0
	for _, k := range old {
		if k != none {
			d.add(k, s.spread(k))
		}
	}
}
