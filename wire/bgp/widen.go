package bgp

import (
	"encoding/binary"
	"errors"
	"slices"

	"pahra/wire/values"
)

var errNotUpdate = errors.New("it is no whole UPDATE")

// TwoOctet tells whether the AS_PATH of an UPDATE's body can be read with AS numbers of two octets only. A path that
// can be read either way, such as none, is taken for one of four.
func TwoOctet(body []byte) bool {
	_, body, _ = counted(body)
	attrs, _, _ := counted(body)
	for len(attrs) > 0 {
		attr, rest, ok := NextAttr(attrs)
		if !ok {
			return false
		}
		if attr.Code == CodeASPath {
			return pathFault(attr.Value, 4) != "" && pathFault(attr.Value, 2) == ""
		}
		attrs = rest
	}
	return false
}

// Widen appends an UPDATE message of a session with two-octet AS numbers as a session with four would have carried it:
// AS4_PATH and AS4_AGGREGATOR are merged (RFC 6793 section 4.2.3) and gone. All else stands as it stood, what is
// malformed included. It may be longer than [MaxMessage], as far as the length fits its two octets.
func Widen(dst, message []byte) ([]byte, error) {
	if len(message) < HeaderLen || message[18] != TypeUpdate {
		return dst, errNotUpdate
	}
	withdrawn, rest, whole := counted(message[HeaderLen:])
	if !whole {
		return dst, errNotUpdate
	}
	attrs, nlri, whole := counted(rest)
	if !whole {
		return dst, errNotUpdate
	}
	start := len(dst)
	dst = append(dst, message[:HeaderLen+2+len(withdrawn)]...)
	dst = append(dst, 0, 0)
	mark := len(dst)
	dst, _ = WidenAttrs(dst, attrs)
	wide := len(dst) - mark
	dst = append(dst, nlri...)
	if len(dst)-start > 0xffff {
		return dst[:start], ErrTooLong
	}
	binary.BigEndian.PutUint16(dst[mark-2:], uint16(wide))
	binary.BigEndian.PutUint16(dst[start+16:], uint16(len(dst)-start))
	return dst, nil
}

// WidenAttrs appends the path attributes of a two-octet session as those of a four-octet one: see [Widen]. hidden says that
// AS_TRANS still stands in the path for a network that nobody can tell any more, so that a reader of the result would
// take it for an AS number.
func WidenAttrs(dst, raw []byte) (out []byte, hidden bool) {
	var a Attrs
	DecodeAttrs(&a, raw, false, false)
	for _, s := range a.Path {
		hidden = hidden || slices.Contains(s.ASNs, values.ASTrans)
	}
	for len(raw) > 0 {
		attr, rest, ok := NextAttr(raw)
		if !ok {
			return append(dst, raw...), hidden
		}
		whole := raw[:len(raw)-len(rest)]
		raw = rest
		flags := attr.Flags &^ FlagExtended
		switch {
		case attr.Code == CodeAS4Path || attr.Code == CodeAS4Aggregator:
		case attr.Code == CodeASPath && pathFault(attr.Value, 2) == "":
			dst = appendAttr(dst, flags, CodeASPath, encodePath(nil, a.Path))
		case attr.Code == CodeAggregator && len(attr.Value) == 6:
			dst = appendAttr(dst, flags, CodeAggregator, aggregator(&a))
		default:
			dst = append(dst, whole...)
		}
	}
	return dst, hidden
}
