package rtr

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"pahra/wire/values"
)

const headerLen = 8

// lengthOf gives the length that a header announces, if it can be one.
func lengthOf(header []byte) (int, error) {
	n := binary.BigEndian.Uint32(header[4:])
	if n < headerLen || n > MaxLength {
		return 0, &Error{CorruptData, fmt.Sprintf("a PDU of %d octets", n), copyOf(header)}
	}
	return int(n), nil
}

func copyOf(b []byte) []byte { return append([]byte(nil), b...) }

// Decode reads one whole PDU, which keeps nothing of b. An error is an *Error. The version is what the header says, also
// beside an error; an Error Report is read whatever its version.
func Decode(b []byte) (version uint8, p PDU, err error) {
	if len(b) < headerLen {
		return 0, nil, &Error{CorruptData, fmt.Sprintf("%d octets are no PDU", len(b)), copyOf(b)}
	}
	version = b[0]
	n, err := lengthOf(b)
	if err != nil {
		return version, nil, err
	}
	d := decoder{b: b, version: version, kind: Type(b[1])}
	switch {
	case n != len(b):
		d.fail(CorruptData, "%d octets that announce %d", len(b), n)
	case version > MaxVersion && d.kind != TypeErrorReport:
		d.fail(UnsupportedVersion, "version %d", version)
	default:
		p = d.decode()
	}
	if d.err != nil {
		return version, nil, d.err
	}
	return version, p, nil
}

// decoder reads one PDU; err is the first that is wrong with it.
type decoder struct {
	b       []byte
	version uint8
	kind    Type
	err     *Error
}

func (d *decoder) fail(code Code, format string, args ...any) {
	if d.err == nil {
		d.err = &Error{code, fmt.Sprintf(format, args...), copyOf(d.b)}
	}
}

// sized makes sure of the one length that a PDU may have.
func (d *decoder) sized(want int) bool {
	if len(d.b) != want {
		d.fail(CorruptData, "%s of %d octets, not %d", d.kind, len(d.b), want)
		return false
	}
	return true
}

func (d *decoder) u16(at int) uint16 { return binary.BigEndian.Uint16(d.b[at:]) }
func (d *decoder) u32(at int) uint32 { return binary.BigEndian.Uint32(d.b[at:]) }

func (d *decoder) decode() PDU {
	switch {
	case d.kind == TypeSerialNotify && d.sized(12):
		return SerialNotify{d.u16(2), d.u32(8)}
	case d.kind == TypeSerialQuery && d.sized(12):
		return SerialQuery{d.u16(2), d.u32(8)}
	case d.kind == TypeResetQuery && d.sized(8):
		return ResetQuery{}
	case d.kind == TypeCacheResponse && d.sized(8):
		return CacheResponse{d.u16(2)}
	case d.kind == TypeIPv4Prefix && d.sized(20):
		return d.prefix(netip.AddrFrom4([4]byte(d.b[12:16])), 16)
	case d.kind == TypeIPv6Prefix && d.sized(32):
		return d.prefix(netip.AddrFrom16([16]byte(d.b[12:28])), 28)
	case d.kind == TypeEndOfData && d.version == Version0 && d.sized(12):
		return EndOfData{Session: d.u16(2), Serial: d.u32(8)}
	case d.kind == TypeEndOfData && d.version > Version0 && d.sized(24):
		return EndOfData{d.u16(2), d.u32(8), Timers{d.u32(12), d.u32(16), d.u32(20)}}
	case d.kind == TypeCacheReset && d.sized(8):
		return CacheReset{}
	case d.kind == TypeRouterKey && d.version >= Version1:
		return d.routerKey()
	case d.kind == TypeErrorReport:
		return d.errorReport()
	case d.kind == TypeASPA && d.version >= Version2:
		return d.aspa()
	}
	d.fail(UnsupportedPDU, "%s in version %d", d.kind, d.version)
	return nil
}

// prefix reads a VRP. Host bits are forbidden in version 2; the others do not speak of them, and they are cleared.
func (d *decoder) prefix(addr netip.Addr, asn int) PDU {
	flags, bits, maxLength := d.b[8], int(d.b[9]), int(d.b[10])
	if bits > maxLength || maxLength > addr.BitLen() {
		d.fail(CorruptData, "%s/%d with a maxLength of %d", addr, bits, maxLength)
		return nil
	}
	p := netip.PrefixFrom(addr, bits).Masked()
	if d.version >= Version2 && p.Addr() != addr {
		d.fail(CorruptData, "%s/%d has host bits", addr, bits)
		return nil
	}
	if addr.Is4In6() && bits >= 96 {
		d.fail(CorruptData, "%s/%d is IPv4 within IPv6", addr, bits)
		return nil
	}
	return Prefix{flags&1 == 1, p, uint8(maxLength), values.ASN(d.u32(asn))}
}

func (d *decoder) routerKey() PDU {
	if len(d.b) <= 32 {
		d.fail(CorruptData, "Router Key of %d octets", len(d.b))
		return nil
	}
	return RouterKey{d.b[2]&1 == 1, [20]byte(d.b[8:28]), values.ASN(d.u32(28)), copyOf(d.b[32:])}
}

func (d *decoder) errorReport() PDU {
	rest := d.b[headerLen:]
	field := func() ([]byte, bool) {
		if len(rest) < 4 {
			return nil, false
		}
		n := binary.BigEndian.Uint32(rest)
		if uint64(n) > uint64(len(rest)-4) {
			return nil, false
		}
		out := rest[4 : 4+n]
		rest = rest[4+n:]
		return out, true
	}
	pdu, ok := field()
	text, ok2 := field()
	if !ok || !ok2 || len(rest) > 0 {
		d.fail(CorruptData, "Error Report whose lengths do not add up")
		return nil
	}
	return ErrorReport{Code(d.u16(2)), copyOf(pdu), strings.ToValidUTF8(string(text), "?")}
}

// aspa reads a provider set (8210bis-27 section 5.12).
func (d *decoder) aspa() PDU {
	if len(d.b) < 12 || len(d.b)%4 != 0 {
		d.fail(CorruptData, "ASPA of %d octets", len(d.b))
		return nil
	}
	a := ASPA{Announce: d.b[2]&1 == 1, Customer: values.ASN(d.u32(8))}
	for at := 12; at < len(d.b); at += 4 {
		a.Providers = append(a.Providers, values.ASN(d.u32(at)))
	}
	if err := a.check(); err != "" {
		d.fail(ASPAProviderList, "%s", err)
		return nil
	}
	return a
}

// check says what is wrong with the providers; empty where nothing is.
func (a ASPA) check() string {
	switch n := len(a.Providers); {
	case !a.Announce && n > 0:
		return fmt.Sprintf("a withdrawal of AS%d with %d providers", a.Customer, n)
	case a.Announce && n == 0:
		return fmt.Sprintf("an announcement of AS%d without providers", a.Customer)
	case n > 1 && a.Providers[0] == 0:
		return fmt.Sprintf("AS%d has AS0 among other providers", a.Customer)
	}
	for i := 1; i < len(a.Providers); i++ {
		if a.Providers[i-1] >= a.Providers[i] {
			return fmt.Sprintf("the providers of AS%d do not ascend", a.Customer)
		}
	}
	return ""
}
