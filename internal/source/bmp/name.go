package bmp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// maxName bounds a collector's name, which is a folder's.
const maxName = 63

// others' collectors keep their names to themselves.
var reserved = regexp.MustCompile(`^(rrc[0-9]+|route-views.*|world.*)$`)

// safeName makes the name that a router gives itself one that a collector can have: letters of lower case and digits,
// with single dots or hyphens between. Empty where nothing is left, or where it is the name of a public collector.
func safeName(text string) string {
	var b strings.Builder
	gap := byte(0)
	for i := 0; i < len(text) && b.Len() < maxName-1; i++ {
		c := text[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			if gap != 0 && b.Len() > 0 {
				b.WriteByte(gap)
			}
			b.WriteByte(c)
			gap = 0
		case c == '.' && gap == 0:
			gap = '.'
		default:
			gap = '-'
		}
	}
	if name := b.String(); !reserved.MatchString(name) {
		return name
	}
	return ""
}

// addressName is the name of a router that has no other: 192.0.2.1, or an IPv6 address in full with hyphens.
func addressName(addr netip.Addr) string {
	return strings.ReplaceAll(addr.WithZone("").StringExpanded(), ":", "-")
}

// parseInstance reads a routing instance: a route distinguisher of any of its types (RFC 4364 section 4.2), or a number.
func parseInstance(text string) (uint64, error) {
	if text == "" {
		return 0, nil
	}
	bad := fmt.Errorf("instance %q is neither a route distinguisher like 64500:7 nor a number", text)
	left, right, is := strings.Cut(text, ":")
	if !is {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return 0, bad
		}
		return n, nil
	}
	if ip, err := netip.ParseAddr(left); err == nil && ip.Is4() {
		n, err := strconv.ParseUint(right, 10, 16)
		if err != nil {
			return 0, bad
		}
		return 1<<48 | uint64(binary.BigEndian.Uint32(ip.AsSlice()))<<16 | n, nil
	}
	asn, err := strconv.ParseUint(left, 10, 32)
	if err != nil {
		return 0, bad
	}
	if asn <= 0xffff {
		n, err := strconv.ParseUint(right, 10, 32)
		if err != nil {
			return 0, bad
		}
		return asn<<32 | n, nil
	}
	n, err := strconv.ParseUint(right, 10, 16)
	if err != nil {
		return 0, bad
	}
	return 2<<48 | asn<<16 | n, nil
}
