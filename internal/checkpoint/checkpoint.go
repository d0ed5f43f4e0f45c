// Package checkpoint writes the state of a program down so that it can go on from there, and reads it back.
//
// A [Coder] made by [NewWriter] writes what it is shown; one made by [NewReader] reads into it. So one function that
// shows a Coder the fields of a struct serves both ways, and they cannot come apart: [Uint], [Int], [Coder.Bool],
// [Coder.Bytes], [Coder.String], [List], [Coder.Section]. Errors stick: see [Coder.Err] once, at the end.
//
// The stream is a header, then blocks of at most 64 KiB, each with its length and a checksum (CRC-32C) over its place in
// the stream and its octets, then an empty block. So a stream that was cut, or of which an octet changed, is an error and
// never a wrong value. Whoever writes such a stream on purpose can make it hold any values: a reader bounds what it
// allocates, and its user must check that values refer to something.
//
// The package does not know what it writes, and does not compress.
package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// ErrDamaged is wrapped by the error of a stream that is cut short or was changed.
var ErrDamaged = errors.New("the checkpoint is damaged")

// Coder writes values to a stream, or reads them from one. While it writes it assigns nothing that it is shown, so that
// others may read the same values meanwhile. Not safe for concurrent use.
type Coder struct {
	w      io.Writer // nil: it reads
	r      io.Reader
	header [blockHeader]byte
	buf    []byte // writing: what the block holds so far; reading: what is left of the block
	space  []byte // reading: the block
	n      uint64 // blocks so far
	ended  bool
	err    error
	crc    *crc32.Table
}

const (
	blockLen    = 64 << 10
	blockHeader = 8                     // length, checksum
	longest     = binary.MaxVarintLen64 // of a value that is not split
	magic       = "PAHRACP"
)

// NewWriter gives a Coder that writes to w. kind says in a few letters whose state it is, version how it is written.
func NewWriter(w io.Writer, kind string, version uint64) *Coder {
	c := &Coder{w: w, buf: make([]byte, blockHeader, blockLen), crc: crc32.MakeTable(crc32.Castagnoli)}
	_, c.err = io.WriteString(w, magic)
	c.String(&kind, maxKind)
	Uint(c, &version)
	return c
}

const maxKind = 64

// NewReader gives a Coder that reads from r what a writer of the same kind and version wrote. Another kind or version is
// an error.
func NewReader(r io.Reader, kind string, version uint64) (*Coder, error) {
	c := &Coder{r: r, space: make([]byte, blockLen), crc: crc32.MakeTable(crc32.Castagnoli)}
	var start [len(magic)]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:]) != magic {
		return nil, fmt.Errorf("it does not begin as a checkpoint does: %w", ErrDamaged)
	}
	var isKind string
	var is uint64
	c.String(&isKind, maxKind)
	Uint(c, &is)
	switch {
	case c.err != nil:
		return nil, c.err
	case isKind != kind:
		return nil, fmt.Errorf("it is a checkpoint of %q, not of %q", isKind, kind)
	case is != version:
		return nil, fmt.Errorf("the checkpoint is written in version %d, and this program reads version %d", is, version)
	}
	return c, nil
}

// Reading says whether it reads.
func (c *Coder) Reading() bool { return c.w == nil }

// Err gives the first error.
func (c *Coder) Err() error { return c.err }

// Fail makes an error stick: of a reader's user, that values make no sense.
func (c *Coder) Fail(format string, args ...any) {
	if c.err == nil {
		c.err = fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
	}
}

// Close ends the stream: what is written is passed on; what is read must have come to its end.
func (c *Coder) Close() error {
	if c.err != nil {
		return c.err
	}
	if c.Reading() {
		if c.next(); c.err == nil && !c.ended {
			c.Fail("there is more than should be")
		}
		return c.err
	}
	if len(c.buf) > blockHeader {
		c.flush()
	}
	c.flush()
	return c.err
}

// sum is the checksum of block n, whose header holds its length already.
func (c *Coder) sum(n uint64, length, payload []byte) uint32 {
	var place [8]byte
	binary.LittleEndian.PutUint64(place[:], n)
	return crc32.Update(crc32.Update(crc32.Checksum(place[:], c.crc), c.crc, length), c.crc, payload)
}

// flush writes the block.
func (c *Coder) flush() {
	if c.err != nil {
		c.buf = c.buf[:blockHeader]
		return
	}
	binary.LittleEndian.PutUint32(c.buf, uint32(len(c.buf)-blockHeader))
	binary.LittleEndian.PutUint32(c.buf[4:], c.sum(c.n, c.buf[:4], c.buf[blockHeader:]))
	c.n++
	if _, err := c.w.Write(c.buf); err != nil {
		c.err = fmt.Errorf("writing the checkpoint: %w", err)
	}
	c.buf = c.buf[:blockHeader]
}

// next reads the next block, if the last is used up.
func (c *Coder) next() {
	if c.err != nil || len(c.buf) > 0 || c.ended {
		return
	}
	if _, err := io.ReadFull(c.r, c.header[:]); err != nil {
		c.readFailed(err)
		return
	}
	n := binary.LittleEndian.Uint32(c.header[:])
	if n > blockLen-blockHeader {
		c.Fail("block %d has a length that none has", c.n)
		return
	}
	if _, err := io.ReadFull(c.r, c.space[:n]); err != nil {
		c.readFailed(err)
		return
	}
	if c.sum(c.n, c.header[:4], c.space[:n]) != binary.LittleEndian.Uint32(c.header[4:]) {
		c.Fail("block %d has another checksum", c.n)
		return
	}
	c.n++
	c.buf, c.ended = c.space[:n], n == 0
}

func (c *Coder) readFailed(err error) {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		c.Fail("it is cut short in block %d", c.n)
		return
	}
	c.err = fmt.Errorf("reading the checkpoint: %w", err)
}
