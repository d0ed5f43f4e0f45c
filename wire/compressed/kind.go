package compressed

import "bytes"

// Kind is a form of compression.
type Kind uint8

// The forms of compression.
const (
	Plain Kind = iota
	Gzip
	Bzip2
	Zstd
	XZ
)

// String gives the form's usual name: "plain", "gzip", "bzip2", "zstd" or "xz".
func (k Kind) String() string {
	return [...]string{"plain", "gzip", "bzip2", "zstd", "xz"}[k]
}

// magicLen is how much of a stream Detect looks at.
const magicLen = 10

// Detect tells the form by the first octets of a stream; ten are enough. What it does not know is Plain.
func Detect(b []byte) Kind {
	switch {
	case bytes.HasPrefix(b, []byte{0x1f, 0x8b, 8}):
		return Gzip
	case len(b) >= 10 && string(b[:3]) == "BZh" && b[3] >= '1' && b[3] <= '9' &&
		(string(b[4:10]) == blockMagic || string(b[4:10]) == endMagic):
		return Bzip2
	case bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}),
		len(b) >= 4 && b[0]&0xf0 == 0x50 && bytes.Equal(b[1:4], []byte{0x2a, 0x4d, 0x18}): // a skippable frame
		return Zstd
	case bytes.HasPrefix(b, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		return XZ
	}
	return Plain
}

// What begins a block and the end of a bzip2 stream: pi and its square root.
const (
	blockMagic = "\x31\x41\x59\x26\x53\x59"
	endMagic   = "\x17\x72\x45\x38\x50\x90"
)
