package compressed

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// decoder gives plain octets. Close ends its goroutines, if it has any, and waits for them.
type decoder interface {
	io.Reader
	Close()
}

// maxWindow bounds the memory that a zstd or xz header can ask for, in octets.
const maxWindow = 128 << 20

func open(kind Kind, br *bufio.Reader, in *input) (decoder, error) {
	switch kind {
	case Gzip:
		r, err := gzip.NewReader(br)
		return still{r}, err
	case Bzip2:
		return newBzip2(br), nil
	case Zstd:
		r, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		return r, err
	case XZ:
		r, err := xz.NewReader(newXZGuard(br))
		return still{&xzEnd{r, in}}, err
	}
	return still{br}, nil
}

// still is a decoder without goroutines.
type still struct{ io.Reader }

func (still) Close() {}
