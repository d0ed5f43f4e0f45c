package query

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"pahra/wire/mrt"
	"pahra/wire/values"
)

// ParseRelation reads "exact", "more" or "less".
func ParseRelation(s string) (Relation, error) {
	switch s {
	case "exact":
		return Exact, nil
	case "more":
		return More, nil
	case "less":
		return Less, nil
	}
	return 0, fmt.Errorf("%q is not how prefixes match: want exact, more or less", s)
}

// ParsePeer reads an AS number or an address.
func ParsePeer(s string) (Peer, error) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return Peer{IP: ip.Unmap()}, nil
	}
	asn, err := values.ParseASN(s)
	if err != nil {
		return Peer{}, fmt.Errorf("%q is neither an AS number nor an address", s)
	}
	return Peer{ASN: asn}, nil
}

// ParseKind reads "A" (announced), "W" (withdrawn), "R" (in a table) or "S" (state change), in either case.
func ParseKind(s string) (mrt.ElemKind, error) {
	switch strings.ToUpper(s) {
	case "A", "W", "R", "S":
		return mrt.ElemKind(strings.ToUpper(s)[0]), nil
	}
	return 0, fmt.Errorf("%q is not a type: want A (announced), W (withdrawn), R (in a table) or S (state change)", s)
}

// ParseTime reads RFC 3339 or seconds since 1970.
func ParseTime(s string) (time.Time, error) {
	if seconds, err := strconv.ParseInt(s, 10, 64); err == nil && seconds >= 0 && seconds <= 1<<32-1 {
		return time.Unix(seconds, 0).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time: want RFC 3339, such as 2008-02-24T18:00:00Z, or seconds since 1970", s)
	}
	return t.UTC(), nil
}
