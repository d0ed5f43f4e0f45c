package compressed

import (
	"bytes"
	"compress/bzip2"
	"context"
	"errors"
	"io"
	"math/bits"
	"runtime"

	"github.com/cosnicolaou/pbzip2"
)

var errGarbage = errors.New("garbage behind the stream's end")

// parallelBzip2 drives pbzip2's scanner and decompressor, which decode blocks side by side. Its own reader drops blocks
// that are already decoded when the stream turns out to be cut, and it never decodes the block before a place where it
// finds neither a further block nor the end; here both are given.
type parallelBzip2 struct {
	dc     *pbzip2.Decompressor
	tail   *tail
	cancel context.CancelFunc
	done   chan struct{}
	err    error // of the scanner, once done is closed
	last   io.Reader
}

func newBzip2(r io.Reader) decoder {
	ctx, cancel := context.WithCancel(context.Background())
	p := &parallelBzip2{
		dc:     pbzip2.NewDecompressor(ctx, pbzip2.BZConcurrency(runtime.GOMAXPROCS(0))),
		tail:   &tail{r: r},
		cancel: cancel, done: make(chan struct{}),
	}
	go p.scan(ctx)
	return p
}

func (p *parallelBzip2) scan(ctx context.Context) {
	defer close(p.done)
	sc := pbzip2.NewScanner(p.tail)
	for p.err == nil && sc.Scan(ctx) {
		p.err = p.dc.Append(sc.Block())
	}
	if p.err == nil {
		p.err = sc.Err()
	}
	p.dc.Finish()
}

func (p *parallelBzip2) Read(b []byte) (int, error) {
	if p.last != nil {
		return p.last.Read(b)
	}
	n, err := p.dc.Read(b)
	if err != io.EOF {
		return n, err
	}
	<-p.done
	if p.err == nil {
		return n, io.EOF
	}
	data, err := lastBlock(p.tail.b)
	switch {
	case p.tail.err == nil:
		err = p.err // not cut: the scanner gave up
	case p.tail.err != io.EOF:
		err = p.tail.err
	}
	p.last = io.MultiReader(bytes.NewReader(data), failing{err})
	return n, nil
}

func (p *parallelBzip2) Close() {
	p.cancel()
	p.dc.Cancel(errClosed)
	<-p.done
}

// lastBlock decodes the last block that begins in b, the end of a stream that is cut or has garbage behind it, and tells
// which. A block that is not whole gives nothing.
func lastBlock(b []byte) ([]byte, error) {
	block := alignLast(b)
	if block == nil {
		return nil, io.ErrUnexpectedEOF
	}
	const level = "BZh9" // the largest blocks, whatever it was
	data, err := io.ReadAll(bzip2.NewReader(io.MultiReader(bytes.NewReader([]byte(level)), bytes.NewReader(block))))
	switch err {
	case nil, errStreamSum: // the sum differs, for the blocks before are missing
		return data, errGarbage
	case errBlockSum:
		return nil, io.ErrUnexpectedEOF
	}
	return data, io.ErrUnexpectedEOF
}

// What the standard library says behind a block that ends a stream, and of a block that is damaged.
var (
	errStreamSum error = bzip2.StructuralError("file checksum mismatch")
	errBlockSum  error = bzip2.StructuralError("block checksum mismatch")
)

// alignLast finds the last block's magic number at any bit of b and gives b from there, shifted to whole octets.
func alignLast(b []byte) []byte {
	const magic, mask = 0x314159265359, 1<<48 - 1
	var window uint64 // the seven octets from at; behind the end are zeros, which no magic number ends with
	for at := len(b) - 1; at >= 0; at-- {
		window = window>>8 | uint64(b[at])<<48
		for shift := range 8 {
			if window>>(8-shift)&mask == magic {
				return shiftLeft(b[at:], shift)
			}
		}
	}
	return nil
}

// shiftLeft gives b without its first n bits, n below 8.
func shiftLeft(b []byte, n int) []byte {
	out := make([]byte, len(b))
	for i := range out {
		next := byte(0)
		if i+1 < len(b) {
			next = b[i+1]
		}
		out[i] = b[i]<<n | bits.RotateLeft8(next, n)&(1<<n-1)
	}
	return out
}

// tailLen is how much of the input is kept: more than the scanner looks ahead.
const tailLen = 2 << 20

// tail passes octets on and keeps the last ones. It fills what is asked for, which pbzip2's scanner relies on.
type tail struct {
	r   io.Reader
	b   []byte
	err error
}

func (t *tail) Read(p []byte) (int, error) {
	n, err := io.ReadAtLeast(t.r, p, min(len(p), 4))
	if err == io.ErrUnexpectedEOF {
		err = io.EOF
	}
	if len(t.b)+n > 2*tailLen {
		t.b = append(t.b[:0], t.b[len(t.b)-tailLen:]...)
	}
	t.b = append(t.b, p[:n]...)
	t.err = err
	return n, err
}

// failing is a reader that only fails.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
