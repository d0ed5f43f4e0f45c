package ledger

import "encoding/binary"

// Last gives at most the last n entries that are signed, the newest first. It looks at two bundles, so that it gives at most some
// hundreds.
func (l *Log) Last(n int) (entries [][]byte, err error) {
	l.mu.Lock()
	signed := l.signed.N
	l.mu.Unlock()
	for last := (signed - 1) / tileWidth; last >= 0 && signed > 0 && len(entries) < n; last-- {
		width := int(min(signed-last*tileWidth, tileWidth))
		octets, err := l.bundle(last, width)
		if err != nil {
			return nil, err
		}
		var part [][]byte
		for len(octets) > 1 {
			end := 2 + int(binary.BigEndian.Uint16(octets))
			part, octets = append(part, octets[2:end]), octets[end:]
		}
		for i := len(part) - 1; i >= 0 && len(entries) < n; i-- {
			entries = append(entries, part[i])
		}
		if last < (signed-1)/tileWidth {
			break
		}
	}
	return entries, nil
}
