package rtr

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Append writes a PDU in a version behind b. It refuses what the version does not have and what Decode would refuse.
func Append(b []byte, version uint8, p PDU) ([]byte, error) {
	start := len(b)
	b = append(b, version, uint8(p.Type()), 0, 0, 0, 0, 0, 0)
	out, err := appendBody(b, start, version, p)
	if err != nil {
		return b[:start], fmt.Errorf("writing a %s PDU: %w", p.Type(), err)
	}
	n := len(out) - start
	if n > MaxLength {
		return b[:start], fmt.Errorf("writing a %s PDU: %d octets, and at most %d are allowed", p.Type(), n, MaxLength)
	}
	binary.BigEndian.PutUint32(out[start+4:], uint32(n))
	if _, _, err := Decode(out[start:]); err != nil {
		return b[:start], fmt.Errorf("writing a %s PDU: %w", p.Type(), err)
	}
	return out, nil
}

func appendBody(b []byte, start int, version uint8, p PDU) ([]byte, error) {
	field := b[start+2 : start+4] // what a PDU puts where others have a zero
	u32 := binary.BigEndian.AppendUint32
	switch p := p.(type) {
	case SerialNotify:
		binary.BigEndian.PutUint16(field, p.Session)
		b = u32(b, p.Serial)
	case SerialQuery:
		binary.BigEndian.PutUint16(field, p.Session)
		b = u32(b, p.Serial)
	case ResetQuery, CacheReset:
	case CacheResponse:
		binary.BigEndian.PutUint16(field, p.Session)
	case Prefix:
		return appendPrefix(b, p)
	case EndOfData:
		binary.BigEndian.PutUint16(field, p.Session)
		b = u32(b, p.Serial)
		if version > Version0 {
			b = u32(u32(u32(b, p.Refresh), p.Retry), p.Expire)
		}
	case RouterKey:
		field[0] = flag(p.Announce)
		b = append(b, p.SKI[:]...)
		b = append(u32(b, uint32(p.ASN)), p.SPKI...)
	case ErrorReport:
		binary.BigEndian.PutUint16(field, uint16(p.Code))
		b = append(u32(b, uint32(len(p.PDU))), p.PDU...)
		b = append(u32(b, uint32(len(p.Text))), p.Text...)
	case ASPA:
		field[0] = flag(p.Announce)
		b = u32(b, uint32(p.Customer))
		for _, asn := range p.Providers {
			b = u32(b, uint32(asn))
		}
	default:
		return nil, fmt.Errorf("%T is none of this package", p)
	}
	return b, nil
}

func appendPrefix(b []byte, p Prefix) ([]byte, error) {
	if !p.Prefix.IsValid() {
		return nil, errors.New("no prefix")
	}
	b = append(b, flag(p.Announce), uint8(p.Prefix.Bits()), p.MaxLength, 0)
	b = append(b, p.Prefix.Addr().AsSlice()...)
	return binary.BigEndian.AppendUint32(b, uint32(p.ASN)), nil
}

func flag(set bool) uint8 {
	if set {
		return 1
	}
	return 0
}
