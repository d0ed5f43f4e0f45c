package jsontree

import (
	"cmp"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Append appends the value as JSON without white space: members in their order, numbers as they were written.
func (v *Value) Append(b []byte) []byte {
	switch v.Kind {
	case Null:
		return append(b, "null"...)
	case String:
		return AppendString(b, v.Text)
	case Array:
		b = append(b, '[')
		for i := range v.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = v.Items[i].Append(b)
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		for i := range v.Members {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendString(b, v.Members[i].Name), ':')
			b = v.Members[i].Value.Append(b)
		}
		return append(b, '}')
	}
	return append(b, v.Text...)
}

// MarshalJSON gives what Append appends.
func (v *Value) MarshalJSON() ([]byte, error) { return v.Append(nil), nil }

// AppendCanonical appends the value in the canonical form of RFC 8785: members in the order of their names' UTF-16 code
// units, numbers as ECMAScript writes them. A number beyond what a double holds is an error.
func (v *Value) AppendCanonical(b []byte) ([]byte, error) {
	var err error
	switch v.Kind {
	case Number:
		return appendNumber(b, v.Text)
	case Array:
		b = append(b, '[')
		for i := range v.Items {
			if i > 0 {
				b = append(b, ',')
			}
			if b, err = v.Items[i].AppendCanonical(b); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case Object:
		order := make([]*Member, len(v.Members))
		for i := range v.Members {
			order[i] = &v.Members[i]
		}
		slices.SortFunc(order, func(x, y *Member) int { return compareUTF16(x.Name, y.Name) })
		b = append(b, '{')
		for i, m := range order {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(AppendString(b, m.Name), ':')
			if b, err = m.Value.AppendCanonical(b); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	}
	return v.Append(b), nil
}

// compareUTF16 orders strings by their UTF-16 code units: as by code points, but that those beyond the BMP stand where
// the surrogates do.
func compareUTF16(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			return cmp.Compare(unit(x), unit(y))
		}
		a, b = a[n:], b[m:]
	}
	return len(a) - len(b)
}

// unit gives the first code unit of a rune, with room for the second so that pairs differ too.
func unit(r rune) int64 {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return int64(high)<<16 | int64(low)
	}
	return int64(r) << 16
}

// appendNumber appends a number as ECMAScript does (RFC 8785 section 3.2.2.3).
func appendNumber(b []byte, text string) ([]byte, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, errors.New("a number that no double holds")
	}
	if f == 0 {
		return append(b, '0'), nil
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.AppendFloat(b, f, 'f', -1, 64), nil
	}
	b = strconv.AppendFloat(b, f, 'e', -1, 64)
	if n := len(b); b[n-2] == '0' && (b[n-3] == '-' || b[n-3] == '+') { // e-07 is e-7
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b, nil
}

// AppendString appends a string as RFC 8785 writes it, which is the shortest form of RFC 8259.
func AppendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(append(b, s[from:i]...), '\\')
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, c)
		case '\b':
			b = append(b, 'b')
		case '\f':
			b = append(b, 'f')
		case '\n':
			b = append(b, 'n')
		case '\r':
			b = append(b, 'r')
		case '\t':
			b = append(b, 't')
		default:
			b = append(b, 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(b, s[from:]...), '"')
}
