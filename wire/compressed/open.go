package compressed

import (
	"bufio"
	"context"
	"io"
	"runtime"

	"github.com/cosnicolaou/pbzip2"
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

func open(kind Kind, br *bufio.Reader) (decoder, error) {
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
		r, err := xz.ReaderConfig{DictCap: 8 << 20}.NewReader(br)
		return still{r}, err
	}
	return still{br}, nil
}

// still is a decoder without goroutines.
type still struct{ io.Reader }

func (still) Close() {}

// parallelBzip2 drives pbzip2's scanner and decompressor. Its own reader drops blocks that are already decoded when the
// stream turns out to be cut; here they are all given first.
type parallelBzip2 struct {
	dc     *pbzip2.Decompressor
	cancel context.CancelFunc
	done   chan error
}

func newBzip2(br *bufio.Reader) decoder {
	ctx, cancel := context.WithCancel(context.Background())
	p := &parallelBzip2{
		dc:     pbzip2.NewDecompressor(ctx, pbzip2.BZConcurrency(runtime.GOMAXPROCS(0))),
		cancel: cancel, done: make(chan error, 1),
	}
	go func() {
		sc := pbzip2.NewScanner(br)
		var err error
		for err == nil && sc.Scan(ctx) {
			err = p.dc.Append(sc.Block())
		}
		if err == nil {
			err = sc.Err()
		}
		p.dc.Finish()
		p.done <- err
		close(p.done)
	}()
	return p
}

func (p *parallelBzip2) Read(b []byte) (int, error) {
	n, err := p.dc.Read(b)
	if err == io.EOF {
		if scan := <-p.done; scan != nil {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}

func (p *parallelBzip2) Close() {
	p.cancel()
	p.dc.Cancel(errClosed)
	<-p.done
}
