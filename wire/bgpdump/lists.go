package bgpdump

import (
	"encoding/binary"
	"slices"
)

const (
	// pathLimit is the text position behind which bgpdump breaks an AS path off with "...".
	pathLimit = 7900
	// communityLimit is how many octets of communities it shows, with the space before each.
	communityLimit = 8191
	pathError      = "! Error !"
)

// Segment kinds (RFC 4271 section 4.3, RFC 5065 section 3).
const (
	asSet            = 1
	asSequence       = 2
	asConfedSequence = 3
	asConfedSet      = 4
)

// appendPath writes the AS path, merged with AS4_PATH where the session had two-octet AS numbers.
func (a *attributes) appendPath(dst []byte, asLen int) []byte {
	if asLen == 2 && a.hasAS4Path {
		old, oldOK := countPath(a.path, 2)
		with, withOK := countPath(a.as4Path, 4)
		if oldOK && withOK && old >= with {
			return appendMerged(dst, a.path, a.as4Path, old-with)
		}
	}
	text := pathWriter{dst: dst, start: len(dst), kind: asSequence}
	if !text.segments(a.path, asLen) {
		return append(dst, pathError...)
	}
	return text.finish()
}

// appendMerged writes the first keep AS numbers of path, then all of as4Path.
func appendMerged(dst, path, as4Path []byte, keep int) []byte {
	text := pathWriter{dst: dst, start: len(dst), kind: asSequence}
	if !text.segments(truncated(path, keep), 2) || !text.segments(as4Path, 4) {
		return append(dst, pathError...)
	}
	return text.finish()
}

// truncated gives the front of a well-formed two-octet path that counts keep. A sequence that is cut is copied.
func truncated(path []byte, keep int) []byte {
	for at := 0; at < len(path); {
		kind, length := path[at], int(path[at+1])
		next := at + 2 + 2*length
		if keep <= 0 {
			return path[:at]
		}
		weight := weigh(kind, length)
		if weight > keep {
			cut := slices.Clone(path[:at+2+2*keep])
			cut[at+1] = byte(keep)
			return cut
		}
		keep -= weight
		at = next
	}
	return path
}

// weigh is what a segment counts when paths are compared: a set counts one.
func weigh(kind byte, length int) int {
	if kind == asSet || kind == asConfedSet {
		return 1
	}
	return length
}

// countPath gives the number of AS numbers, and whether the path is well formed.
func countPath(path []byte, asLen int) (count int, ok bool) {
	for len(path) > 0 {
		if len(path) < 2 || path[0] < asSet || path[0] > asConfedSet || 2+int(path[1])*asLen > len(path) {
			return 0, false
		}
		count += weigh(path[0], int(path[1]))
		path = path[2+int(path[1])*asLen:]
	}
	return count, true
}

// pathWriter writes segments one after another: "1 2 {3,4}", "(5 6) 7", "[8,9]".
type pathWriter struct {
	dst    []byte
	start  int
	kind   byte // of the last segment
	space  bool // the last segment was not empty
	broken bool // the text became too long and was broken off
}

// segments writes all segments of path; false means that the path is malformed.
func (w *pathWriter) segments(path []byte, asLen int) bool {
	for len(path) > 0 && !w.broken {
		if len(path) < 2 || path[0] < asSet || path[0] > asConfedSet || 2+int(path[1])*asLen > len(path) {
			return false
		}
		end := 2 + int(path[1])*asLen
		w.segment(path[0], path[2:end], asLen)
		path = path[end:]
	}
	return true
}

func (w *pathWriter) segment(kind byte, numbers []byte, asLen int) {
	if w.kind != asSequence {
		w.dst = append(w.dst, closing(w.kind))
	}
	if w.space {
		w.dst = append(w.dst, ' ')
	}
	if kind != asSequence {
		w.dst = append(w.dst, opened(kind))
	}
	w.space, w.kind = false, kind
	separator := byte(' ')
	if kind == asSet || kind == asConfedSet {
		separator = ','
	}
	for ; len(numbers) > 0; numbers = numbers[asLen:] {
		if w.space {
			w.dst = append(w.dst, separator)
		}
		w.space = true
		if asLen == 2 {
			w.dst = appendUint(w.dst, uint32(binary.BigEndian.Uint16(numbers)))
		} else {
			w.dst = appendUint(w.dst, binary.BigEndian.Uint32(numbers))
		}
		if len(w.dst)-w.start > pathLimit {
			w.dst = append(w.dst, "..."...)
			w.broken = true
			return
		}
	}
}

func (w *pathWriter) finish() []byte {
	if w.kind != asSequence && !w.broken {
		w.dst = append(w.dst, closing(w.kind))
	}
	return w.dst
}

func opened(kind byte) byte {
	switch kind {
	case asSet:
		return '{'
	case asConfedSet:
		return '['
	default:
		return '('
	}
}

func closing(kind byte) byte {
	switch kind {
	case asSet:
		return '}'
	case asConfedSet:
		return ']'
	default:
		return ')'
	}
}

// appendCommunities writes communities (RFC 1997) with a space between. Beyond some 8 KiB numbers are cut off and names
// left out.
func appendCommunities(dst, value []byte) []byte {
	start := len(dst)
	room := communityLimit + 1 // one more for the space that is not written before the first
	for ; len(value) >= 4; value = value[4:] {
		before := len(dst)
		if before > start {
			dst = append(dst, ' ')
		}
		name, known := wellKnown(binary.BigEndian.Uint32(value))
		if known {
			dst = append(dst, name...)
		} else {
			dst = appendUint(dst, uint32(binary.BigEndian.Uint16(value)))
			dst = append(dst, ':')
			dst = appendUint(dst, uint32(binary.BigEndian.Uint16(value[2:])))
		}
		if over := len(dst) - start + 2 - room; over > 0 {
			if known {
				dst = dst[:before]
			} else {
				dst = dst[:max(len(dst)-over, before)]
			}
		}
	}
	return dst
}

// wellKnown gives the names that bgpdump knows (RFC 1997).
func wellKnown(community uint32) (string, bool) {
	switch community {
	case 0xFFFFFF01:
		return "no-export", true
	case 0xFFFFFF02:
		return "no-advertise", true
	case 0xFFFFFF03:
		return "local-AS", true
	}
	return "", false
}
