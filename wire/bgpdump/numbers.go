package bgpdump

import (
	"net/netip"
	"strconv"
)

// digits are the numbers 00 to 99.
const digits = "00010203040506070809101112131415161718192021222324252627282930313233343536373839" +
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879" +
	"8081828384858687888990919293949596979899"

// appendUint writes n in decimal; up to five digits, as most AS numbers have, with one append.
func appendUint(dst []byte, n uint32) []byte {
	if n < 10 {
		return append(dst, byte('0'+n))
	}
	high := n / 100
	low := (n - 100*high) * 2
	switch {
	case high == 0:
		return append(dst, digits[low], digits[low+1])
	case high < 10:
		return append(dst, byte('0'+high), digits[low], digits[low+1])
	case high < 100:
		return append(dst, digits[2*high], digits[2*high+1], digits[low], digits[low+1])
	case high < 1000:
		top := high / 100
		mid := (high - 100*top) * 2
		return append(dst, byte('0'+top), digits[mid], digits[mid+1], digits[low], digits[low+1])
	}
	return strconv.AppendUint(dst, uint64(n), 10)
}

// appendInt writes n as the C format %d shows it: from 2^31 on, negative.
func appendInt(dst []byte, n uint32) []byte {
	if int32(n) < 0 {
		return strconv.AppendInt(dst, int64(int32(n)), 10)
	}
	return appendUint(dst, n)
}

// appendMicros writes microseconds with six digits at least.
func appendMicros(dst []byte, micros uint32) []byte {
	for limit := uint32(100000); limit > 1 && micros < limit; limit /= 10 {
		dst = append(dst, '0')
	}
	return appendUint(dst, micros)
}

// appendAddr writes an address; the zero Addr gives 0.0.0.0.
func appendAddr(dst []byte, addr netip.Addr) []byte {
	switch {
	case !addr.IsValid():
		return append(dst, "0.0.0.0"...)
	case addr.Is4():
		return appendIPv4(dst, addr.As4())
	}
	return appendIPv6(dst, addr.As16())
}

func appendIPv4(dst []byte, ip [4]byte) []byte {
	dst = append(appendUint(dst, uint32(ip[0])), '.')
	dst = append(appendUint(dst, uint32(ip[1])), '.')
	dst = append(appendUint(dst, uint32(ip[2])), '.')
	return appendUint(dst, uint32(ip[3]))
}

// appendIPv6 differs from RFC 5952: a single group of zeros is shortened too, and IPv4-compatible addresses
// (::192.0.2.1) are shown with dots.
func appendIPv6(dst []byte, ip [16]byte) []byte {
	var group [8]uint16
	for i := range group {
		group[i] = uint16(ip[2*i])<<8 | uint16(ip[2*i+1])
	}
	if high, four := embeddedIPv4(&group); four {
		dst = append(dst, "::"...)
		if high == 0xFFFF {
			dst = append(dst, "ffff:"...)
		}
		return appendIPv4(dst, [4]byte(ip[12:]))
	}
	start, end := longestZeros(&group)
	for i := 0; i < 8; i++ {
		if i == start {
			if i == 0 {
				dst = append(dst, ':')
			}
			dst = append(dst, ':')
			i = end - 1
			continue
		}
		dst = strconv.AppendUint(dst, uint64(group[i]), 16)
		if i != 7 {
			dst = append(dst, ':')
		}
	}
	return dst
}

// embeddedIPv4 recognises ::ffff:a.b.c.d (high is then 0xFFFF) and ::a.b.c.d, apart from :: and ::1.
func embeddedIPv4(group *[8]uint16) (high uint16, four bool) {
	if group[0]|group[1]|group[2]|group[3]|group[4] != 0 {
		return 0, false
	}
	return group[5], group[5] == 0xFFFF || group[5] == 0 && (group[6] != 0 || group[7] > 1)
}

// longestZeros gives the first of the longest runs of zero groups, as a half-open interval; start is -1 without any.
func longestZeros(group *[8]uint16) (start, end int) {
	start, longest := -1, 0
	for i := 0; i < 8; {
		j := i
		for j < 8 && group[j] == 0 {
			j++
		}
		if j-i > longest {
			start, end, longest = i, j, j-i
		}
		i = j + 1
	}
	return start, end
}
