package routes

import "encoding/binary"

// hasNLRI says whether there is an MP_REACH_NLRI or MP_UNREACH_NLRI in raw.
func hasNLRI(raw []byte) bool {
	for len(raw) >= 3 {
		size := 3 + int(raw[2])
		if raw[0]&0x10 != 0 { // extended length, RFC 4271 section 4.3
			if len(raw) < 4 {
				return false
			}
			size = 4 + int(binary.BigEndian.Uint16(raw[2:]))
		}
		if raw[1] == 14 || raw[1] == 15 {
			return true
		}
		if size >= len(raw) {
			return false
		}
		raw = raw[size:]
	}
	return false
}

// appendWithoutNLRI appends the attributes in raw but for MP_REACH_NLRI and MP_UNREACH_NLRI. What is cut short is
// appended as it stands.
func appendWithoutNLRI(dst, raw []byte) []byte {
	from := 0
	for i := 0; i+3 <= len(raw); {
		size := 3 + int(raw[i+2])
		if raw[i]&0x10 != 0 { // extended length, RFC 4271 section 4.3
			if i+4 > len(raw) {
				break
			}
			size = 4 + int(binary.BigEndian.Uint16(raw[i+2:]))
		}
		if code := raw[i+1]; code == 14 || code == 15 {
			dst = append(dst, raw[from:i]...)
			from = min(i+size, len(raw))
		}
		i += size
	}
	return append(dst, raw[from:]...)
}
