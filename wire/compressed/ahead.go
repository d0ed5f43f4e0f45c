package compressed

import (
	"errors"
	"io"
)

const (
	blockSize = 1 << 20
	blocks    = 4
)

var errClosed = errors.New("reading from a closed stream")

// block is a stretch of output, or the error behind the last one.
type block struct {
	b   []byte
	err error
}

// ahead reads from a decoder in a goroutine of its own, up to so many blocks ahead.
type ahead struct {
	full chan block
	free chan []byte
	stop chan struct{}
	done chan struct{}
	cur  block
	rest []byte
}

func readAhead(d decoder) *ahead {
	a := &ahead{
		full: make(chan block, blocks), free: make(chan []byte, blocks),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	for range blocks {
		a.free <- nil // made when first used: a small stream needs one
	}
	go a.run(d)
	return a
}

func (a *ahead) run(d decoder) {
	defer close(a.done)
	defer close(a.full)
	defer d.Close()
	for {
		var b []byte
		select {
		case b = <-a.free:
		case <-a.stop:
			return
		}
		if b == nil {
			b = make([]byte, blockSize)
		}
		n, err := fill(d, b[:cap(b)])
		a.full <- block{b[:n], err} // never blocks: there are no more blocks than places
		if err != nil {
			return
		}
	}
}

// fill reads until b is full or half full and nothing more is at hand at once, so that a slow source is not held back.
func fill(r io.Reader, b []byte) (n int, err error) {
	for n < len(b)/2 && err == nil {
		var got int
		got, err = r.Read(b[n:])
		n += got
	}
	return n, err
}

// Read gives what is decompressed.
func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.cur.err != nil {
			return 0, a.cur.err
		}
		if a.cur.b != nil {
			a.free <- a.cur.b
		}
		a.cur = <-a.full
		if a.cur.b == nil && a.cur.err == nil {
			a.cur.err = errClosed
		}
		a.rest = a.cur.b
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close stops the goroutine and waits for it. Later calls do nothing. It must not run beside Read.
func (a *ahead) Close() error {
	select {
	case <-a.stop:
	default:
		close(a.stop)
	}
	<-a.done
	a.cur, a.rest = block{err: errClosed}, nil
	return nil
}
