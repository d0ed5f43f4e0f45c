// Package compressed gives the plain octets of a stream that may be compressed with gzip, bzip2, zstd or xz, recognised
// by content and never by name.
//
// [NewReader] is the one entry. Decompression runs ahead in a goroutine of its own, bzip2 on all processors, so that
// whoever reads can work meanwhile; Close stops it and waits for it. Streams that are joined one behind another are
// read as one. A stream that ends early gives all that could be decoded before the error, which then wraps
// [io.ErrUnexpectedEOF]. Output is bounded in size and in proportion to the input, so a small file cannot fill a disk or
// a memory. The package does not write, and knows nothing of what is inside.
package compressed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// Options bound what a reader gives. The zero value has sensible bounds.
type Options struct {
	// MaxBytes is the most octets of output; 0 stands for 1 TiB.
	MaxBytes int64
	// MaxRatio is the highest proportion of output to input, checked once the output passes 64 MiB; 0 stands for
	// 2,000. The input counts as far as it was read ahead, some 2 MiB at most. Route dumps shrink by 5 to 50; gzip
	// cannot pass 1,032, so its streams never meet the default; a bomb in bzip2, zstd or xz reaches 10,000 and more.
	MaxRatio int64
}

const (
	defaultMaxBytes = 1 << 40
	defaultMaxRatio = 2000
	ratioFrom       = 64 << 20
	inputBuffer     = 256 << 10
)

// ErrTooLarge says that a stream gives more than the Options allow.
var ErrTooLarge = errors.New("decompressed stream is too large")

// NewReader recognises the compression of r and gives its plain octets. An error means that r could not be read or that
// its header is damaged. Close, which must be called, ends the goroutine that reads r, but does not close r; where r is
// blocked in Read (a terminal, a pipe) Close waits for that Read. Plain streams are read ahead as well.
func NewReader(r io.Reader, opt Options) (io.ReadCloser, Kind, error) {
	if opt.MaxBytes == 0 {
		opt.MaxBytes = defaultMaxBytes
	}
	if opt.MaxRatio == 0 {
		opt.MaxRatio = defaultMaxRatio
	}
	in := &input{r: r}
	br := bufio.NewReaderSize(in, inputBuffer)
	magic, err := br.Peek(magicLen)
	if err != nil && err != io.EOF {
		return nil, Plain, fmt.Errorf("reading the head of a stream: %w", err)
	}
	kind := Detect(magic)
	d, err := open(kind, br, in)
	if err != nil {
		return nil, kind, fmt.Errorf("opening a %v stream: %w", kind, cutAt(in, err))
	}
	return readAhead(&bounded{decoder: d, in: in, kind: kind, opt: opt}), kind, nil
}

// input counts what is read from below, and remembers its end: the error and the last two octets that are not zero.
// The count may be asked for from any goroutine, the rest only from the one that reads.
type input struct {
	r     io.Reader
	count atomic.Int64
	err   error
	last  [2]byte
}

func (in *input) Read(p []byte) (int, error) {
	n, err := in.r.Read(p)
	in.count.Add(int64(n))
	if err != nil {
		in.err = err
	}
	switch b := bytes.TrimRight(p[:n], "\x00"); len(b) {
	case 0:
	case 1:
		in.last = [2]byte{in.last[1], b[0]}
	default:
		in.last = [2]byte(b[len(b)-2:])
	}
	return n, err
}

// bounded holds a decoder to the options and gives its errors their meaning.
type bounded struct {
	decoder
	in   *input
	kind Kind
	opt  Options
	out  int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.decoder.Read(p)
	b.out += int64(n)
	if b.out > b.opt.MaxBytes {
		return n - int(b.out-b.opt.MaxBytes), fmt.Errorf("%w: more than %d octets", ErrTooLarge, b.opt.MaxBytes)
	}
	if in := b.in.count.Load(); b.out > ratioFrom && b.out/b.opt.MaxRatio > in {
		return n, fmt.Errorf("%w: %d octets out of %d, more than %d times as many", ErrTooLarge, b.out, in, b.opt.MaxRatio)
	}
	if err == nil || err == io.EOF {
		return n, err
	}
	if b.kind != Bzip2 { // which reads in a goroutine of its own, and tells these cases apart
		err = cutAt(b.in, err)
	}
	return n, fmt.Errorf("decompressing %v: %w", b.kind, err)
}

// cutAt makes err an io.ErrUnexpectedEOF where the input ended under the decoder, and the input's own error where it
// failed: decoders say so in many ways.
func cutAt(in *input, err error) error {
	switch {
	case in.err != nil && in.err != io.EOF:
		return in.err
	case errors.Is(err, io.ErrUnexpectedEOF), err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return err
}
