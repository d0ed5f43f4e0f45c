package bgp

import (
	"encoding/binary"
	"strconv"

	"pahra/wire/values"
)

// OriginAS gives the network that originates the route: the last AS number of the path. It gives false where the path
// is empty, or ends in an AS_SET or a confederation segment, so that no single origin is known (RFC 6811 section 2).
func (a *Attrs) OriginAS() (values.ASN, bool) {
	if len(a.Path) == 0 {
		return 0, false
	}
	last := a.Path[len(a.Path)-1]
	if last.Kind != ASSequence || len(last.ASNs) == 0 {
		return 0, false
	}
	return last.ASNs[len(last.ASNs)-1], true
}

// AppendASNs appends every AS number of the path to dst in the order it stands, members of sets and confederations
// included, prepends not collapsed.
func (a *Attrs) AppendASNs(dst []values.ASN) []values.ASN {
	for _, s := range a.Path {
		dst = append(dst, s.ASNs...)
	}
	return dst
}

// HasSet tells whether the path holds an AS_SET or AS_CONFED_SET.
func (a *Attrs) HasSet() bool {
	for _, s := range a.Path {
		if s.Kind == ASSet || s.Kind == ASConfedSet {
			return true
		}
	}
	return false
}

// PathString gives the path in the usual notation: "701 {64500,64501}", confederations as (1 2) and [1,2].
func (a *Attrs) PathString() string { return string(a.AppendPath(nil)) }

// AppendPath appends what PathString gives.
func (a *Attrs) AppendPath(dst []byte) []byte {
	for i, s := range a.Path {
		if i > 0 {
			dst = append(dst, ' ')
		}
		dst = s.append(dst)
	}
	return dst
}

func (s Segment) append(dst []byte) []byte {
	open, sep, shut := byte(0), byte(' '), byte(0)
	switch s.Kind {
	case ASSet:
		open, sep, shut = '{', ',', '}'
	case ASConfedSequence:
		open, shut = '(', ')'
	case ASConfedSet:
		open, sep, shut = '[', ',', ']'
	}
	if open != 0 {
		dst = append(dst, open)
	}
	for i, n := range s.ASNs {
		if i > 0 {
			dst = append(dst, sep)
		}
		dst = strconv.AppendUint(dst, uint64(n), 10)
	}
	if shut != 0 {
		dst = append(dst, shut)
	}
	return dst
}

// pathFault tells what is wrong with an AS_PATH's octets (RFC 7606 section 7.2), or "".
func pathFault(b []byte, size int) string {
	for len(b) > 0 {
		if len(b) < 2 {
			return "AS_PATH has one octet left over"
		}
		kind, n := b[0], int(b[1])
		if kind < 1 || kind > 4 {
			return "AS_PATH has an unknown kind of segment"
		}
		if n == 0 {
			return "AS_PATH has an empty segment"
		}
		if len(b)-2 < n*size {
			return "AS_PATH has a segment longer than itself"
		}
		b = b[2+n*size:]
	}
	return ""
}

// appendPath appends the segments of a well-formed AS_PATH to dst and reuses the storage behind its length.
func appendPath(dst []Segment, b []byte, size int) []Segment {
	for len(b) >= 2 {
		n := int(b[1])
		var s *Segment
		dst, s = grow(dst)
		s.Kind = SegmentKind(b[0])
		asns := b[2 : 2+n*size]
		b = b[2+n*size:]
		if size == 4 {
			for ; len(asns) >= 4; asns = asns[4:] {
				s.ASNs = append(s.ASNs, values.ASN(binary.BigEndian.Uint32(asns)))
			}
			continue
		}
		for ; len(asns) >= 2; asns = asns[2:] {
			s.ASNs = append(s.ASNs, values.ASN(binary.BigEndian.Uint16(asns)))
		}
	}
	return dst
}

// grow lengthens dst by one emptied segment, which keeps its storage where it had some.
func grow(dst []Segment) ([]Segment, *Segment) {
	if len(dst) < cap(dst) {
		dst = dst[:len(dst)+1]
	} else {
		dst = append(dst, Segment{})
	}
	s := &dst[len(dst)-1]
	s.ASNs = s.ASNs[:0]
	return dst, s
}

// pathLength counts as RFC 4271 section 9.1.2.2 and RFC 5065 section 5.3 do: a set is one, a confederation none.
func pathLength(path []Segment) (n int) {
	for _, s := range path {
		switch s.Kind {
		case ASSequence:
			n += len(s.ASNs)
		case ASSet:
			n++
		}
	}
	return n
}

// mergeAS4 puts AS4_PATH in place of the tail of AS_PATH (RFC 6793 section 4.2.3). Where AS_PATH is the shorter one,
// AS4_PATH is ignored. The result shares no storage with tail.
func mergeAS4(path, tail []Segment) []Segment {
	keep := pathLength(path) - pathLength(tail)
	if keep < 0 {
		return path
	}
	n, cut := 0, false
	for ; n < len(path) && keep > 0; n++ {
		switch s := &path[n]; s.Kind {
		case ASSequence:
			cut = keep < len(s.ASNs)
			s.ASNs = s.ASNs[:min(keep, len(s.ASNs))]
			keep -= len(s.ASNs)
		case ASSet:
			keep--
		}
	}
	for !cut && n < len(path) && path[n].Kind >= ASConfedSequence {
		n++ // a confederation segment that leads or adjoins what is taken is taken too
	}
	path = path[:n]
	for _, t := range tail {
		var s *Segment
		path, s = grow(path)
		s.Kind = t.Kind
		s.ASNs = append(s.ASNs, t.ASNs...)
	}
	return path
}
