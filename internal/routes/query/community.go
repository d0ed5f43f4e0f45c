package query

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pahra/wire/bgp"
)

// Community is a community (RFC 1997) or large community (RFC 8092) with any part left open.
type Community struct {
	large bool
	part  [3]field
}

// field is one part: a number, or any.
type field struct {
	any   bool
	value uint32
}

// ParseCommunity reads "64500:666", "64500:*", "*:666", a large "64500:1:2" with the same stars, or the name of a
// well-known community: no-export, no-advertise, no-export-subconfed (also local-as), no-peer (RFC 3765), blackhole
// (RFC 7999), graceful-shutdown (RFC 8326), accept-own (RFC 7611), llgr-stale and no-llgr (RFC 9494).
func ParseCommunity(s string) (Community, error) {
	if value, ok := wellKnown(strings.ToLower(s)); ok {
		return Community{part: [3]field{{value: value >> 16}, {value: value & 0xFFFF}}}, nil
	}
	parts := strings.Split(s, ":")
	if len(parts) != 2 && len(parts) != 3 {
		return Community{}, fmt.Errorf("%q is not a community: want a:b, a:b:c (each may be *) or a name such as no-export", s)
	}
	c := Community{large: len(parts) == 3}
	bits := 16
	if c.large {
		bits = 32
	}
	for i, part := range parts {
		if part == "*" {
			c.part[i].any = true
			continue
		}
		n, err := strconv.ParseUint(part, 10, bits)
		if err != nil {
			return Community{}, fmt.Errorf("%q is not a community: %q is not * or a number of %d bits", s, part, bits)
		}
		c.part[i].value = uint32(n)
	}
	return c, nil
}

func wellKnown(name string) (uint32, bool) {
	switch name {
	case "no-export":
		return 0xFFFFFF01, true
	case "no-advertise":
		return 0xFFFFFF02, true
	case "no-export-subconfed", "local-as":
		return 0xFFFFFF03, true
	case "no-peer", "nopeer":
		return 0xFFFFFF04, true
	case "blackhole":
		return 0xFFFF029A, true
	case "graceful-shutdown":
		return 0xFFFF0000, true
	case "accept-own":
		return 0xFFFF0001, true
	case "llgr-stale":
		return 0xFFFF0006, true
	case "no-llgr":
		return 0xFFFF0007, true
	}
	return 0, false
}

// in tells whether one of the route's communities is c.
func (c Community) in(a *bgp.Attrs) bool {
	if c.large {
		return slices.ContainsFunc(a.LargeCommunities, func(l bgp.LargeCommunity) bool {
			return c.part[0].is(l.Global) && c.part[1].is(l.Local1) && c.part[2].is(l.Local2)
		})
	}
	return slices.ContainsFunc(a.Communities, func(n uint32) bool {
		return c.part[0].is(n>>16) && c.part[1].is(n&0xFFFF)
	})
}

func (f field) is(n uint32) bool { return f.any || f.value == n }
