// Package values holds the small domain values that every other package shares: the AS number and the calendar month.
//
// Use [ParseASN] at the edge of the program (a flag, a file) and pass [ASN] inside; the same holds for [ParseMonth] and
// [Month]. Prefixes and addresses are the standard library's [net/netip] types, always masked; [ParsePrefix] refuses
// host bits. The package keeps no state and imports nothing outside the standard library.
package values

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ASN is an autonomous system number, four octets (RFC 6793). Zero is "no network": RFC 7607 reserves it.
type ASN uint32

// ASTrans is the two-octet stand-in for a four-octet ASN on an old session (RFC 6793 section 9).
const ASTrans ASN = 23456

// String gives the number in asplain form (RFC 5396), without a prefix: "64500".
func (a ASN) String() string { return strconv.FormatUint(uint64(a), 10) }

// ParseASN reads asplain ("64500"), asdot ("1.10") and either with a leading "AS" in any case.
func ParseASN(s string) (ASN, error) {
	digits := s
	if len(digits) > 2 && strings.EqualFold(digits[:2], "as") {
		digits = digits[2:]
	}
	high, low, dotted := strings.Cut(digits, ".")
	if !dotted {
		n, err := strconv.ParseUint(digits, 10, 32)
		if err != nil || digits[0] == '+' {
			return 0, fmt.Errorf("%q is not an AS number (0 to 4294967295, with or without AS)", s)
		}
		return ASN(n), nil
	}
	h, errHigh := strconv.ParseUint(high, 10, 16)
	l, errLow := strconv.ParseUint(low, 10, 16)
	if errHigh != nil || errLow != nil {
		return 0, fmt.Errorf("%q is not an AS number in asdot form (0.0 to 65535.65535)", s)
	}
	return ASN(h<<16 | l), nil
}

// ParsePrefix reads an IPv4 or IPv6 prefix in CIDR form and refuses host bits, zones and IPv4-mapped IPv6.
func ParsePrefix(s string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is not a prefix in CIDR form", s)
	}
	if p.Addr().Is4In6() {
		return netip.Prefix{}, fmt.Errorf("%q is an IPv4-mapped IPv6 prefix", s)
	}
	if p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("%q has bits set behind its length; %s is the prefix", s, p.Masked())
	}
	return p, nil
}

// ComparePrefix orders prefixes: IPv4 before IPv6, then by address, then shorter first.
func ComparePrefix(a, b netip.Prefix) int {
	if c := a.Addr().Compare(b.Addr()); c != 0 {
		return c
	}
	return a.Bits() - b.Bits()
}
